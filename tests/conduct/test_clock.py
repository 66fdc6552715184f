"""Which moment a time typed as on the clock is, around changes of the clocks and around midnight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from holdfast.conduct.clock import meant
from holdfast.conduct.standing import SessionStanding, empty
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant

# Zone, the moment (UTC) at which the clocks change, the half or whole hour they change by.
FORWARD = [
    ("Europe/Berlin", "2026-03-29T01:00", 60, "02:30", "from 02:00 to 03:00"),
    ("America/New_York", "2026-03-08T07:00", 60, "02:30", "from 02:00 to 03:00"),
    ("Australia/Sydney", "2026-10-03T16:00", 60, "02:30", "from 02:00 to 03:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30", 30, "02:15", "from 02:00 to 02:30"),
]
BACK = [
    ("Europe/Berlin", "2026-10-25T01:00", 60, "02:30"),
    ("America/New_York", "2026-11-01T06:00", 60, "01:30"),
    ("Australia/Sydney", "2026-04-04T16:00", 60, "02:30"),
    ("Australia/Lord_Howe", "2026-04-04T15:00", 30, "01:45"),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def session(zone: str, *, started: datetime, discharged: datetime | None = None) -> SessionStanding:
    one = empty("session/P-001/dosing-1")
    assert isinstance(one, SessionStanding)
    return replace(
        one,
        started=Instant(started, zone),
        discharged=None if discharged is None else Instant(discharged, zone),
    )


def asked(clock: str, zone: str, now: datetime, *, started: datetime, **more: datetime) -> list[datetime]:
    found = meant(
        time.fromisoformat(clock), Instant(now, zone), session=session(zone, started=started, **more)
    )
    return [each.at for each in found]


@pytest.mark.parametrize(("zone", "change", "by", "clock", "words"), FORWARD)
def test_a_time_the_clocks_were_put_forward_over_is_sent_back_with_what_happened(
    zone, change, by, clock, words
):
    now = utc(change) + timedelta(minutes=40)
    with pytest.raises(ImpossibleValue, match=words) as sent_back:
        asked(clock, zone, now, started=utc(change) - timedelta(hours=4))
    assert sent_back.value.field == "clock"


@pytest.mark.parametrize(("zone", "change", "by", "clock", "words"), FORWARD)
def test_a_time_just_before_the_clocks_were_put_forward_is_the_elapsed_minutes_ago(
    zone, change, by, clock, words
):
    before = utc(change) - timedelta(minutes=10)
    typed = Instant(before, zone).local.strftime("%H:%M")
    now = utc(change) + timedelta(minutes=5)
    assert asked(typed, zone, now, started=utc(change) - timedelta(hours=4)) == [before]


@pytest.mark.parametrize(("zone", "change", "by", "clock"), BACK)
def test_a_time_the_clocks_showed_twice_is_asked_about_once_both_have_been(zone, change, by, clock):
    first, second = (utc(change) + timedelta(minutes=each) for each in (-by / 2, by / 2))
    started = utc(change) - timedelta(hours=4)
    assert asked(clock, zone, second + timedelta(minutes=5), started=started) == [first, second]
    # Before the second has come there is nothing to ask, though the clock shows an earlier time.
    assert asked(clock, zone, utc(change) + timedelta(minutes=5), started=started) == [first]


@pytest.mark.parametrize(("zone", "change", "by", "clock"), BACK)
def test_a_session_that_began_between_the_two_means_the_second(zone, change, by, clock):
    second = utc(change) + timedelta(minutes=by / 2)
    for hours in (0.5, 20):
        now = second + timedelta(hours=hours)
        assert asked(clock, zone, now, started=utc(change) + timedelta(minutes=1)) == [second]


DENVER = "America/Denver"


def test_a_time_ahead_of_now_is_yet_to_come_and_not_yesterday():
    now = utc("2026-03-10T20:05")  # 14:05
    with pytest.raises(ImpossibleValue, match="14:10 is yet to come: it is 14:05 MDT"):
        asked("14:10", DENVER, now, started=utc("2026-03-10T15:00"))


def test_a_session_past_midnight_reaches_back_to_yesterday():
    started, now = utc("2026-03-10T20:00"), utc("2026-03-11T07:00")  # 14:00, 01:00 the next day
    assert asked("23:30", DENVER, now, started=started) == [utc("2026-03-11T05:30")]
    assert asked("00:30", DENVER, now, started=started) == [utc("2026-03-11T06:30")]


def test_after_the_participant_left_the_day_is_asked_where_both_may_be_meant():
    started, left = utc("2026-03-10T14:00"), utc("2026-03-11T00:00")
    now = utc("2026-03-11T20:00")  # 14:00 the next day
    both = asked("13:00", DENVER, now, started=started, discharged=left)
    assert both == [utc("2026-03-10T19:00"), utc("2026-03-11T19:00")]
