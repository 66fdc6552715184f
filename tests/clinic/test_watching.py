"""What is overdue is recorded though nobody looks at a page, once, and the page shows it once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections

from clinic.bedside import READING, STREAM, STUDY, Tablet, dosed, facts, scene, therapist
from clinic.scene import Scene
from holdfast.clinic.dosing import watching
from holdfast.clinic.ledger import read
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised

__all__ = ["scene", "therapist"]  # fixtures
pytestmark = pytest.mark.postgres
TAKE = "<button>I take it on</button>"


def rung() -> list[tuple[str, str]]:
    return [(each.code, each.priority) for each in facts(AlarmRaised)]


def strips(tablet: Tablet) -> list[str]:
    """The causes in the alarm strip, as the page shows them."""
    page = tablet.page()
    section = page[page.index('id="alarms"') : page.index("</section>", page.index('id="alarms"'))]
    return re.findall(r"<strong>([^<]+)</strong>", section)


def filmed(tablet: Tablet) -> None:
    dosed(tablet)
    assert tablet.send("recording", act="started").status_code == 200


def test_an_overdue_reading_is_recorded_once_and_shown_once(therapist: Tablet) -> None:
    filmed(therapist)
    assert watching.look() == 0
    therapist.clock.pass_(21)
    shown_before = strips(therapist)
    assert shown_before == ["The reading of T+0:15 is overdue."]
    assert watching.look() == 1
    assert rung() == [("vitals-overdue", "low")]
    assert strips(therapist) == ["The reading of T+0:15 is overdue."]
    assert watching.look() == 0
    record = next(each for each in read.records(STUDY, stream=STREAM) if isinstance(each.fact, AlarmRaised))
    assert (record.author, record.role, record.device, record.site) == (
        "holdfast",
        "system",
        "holdfast",
        "S01",
    )
    assert facts(Deviation) == []
    therapist.clock.pass_(1)
    assert therapist.send("reading", due_minute="15", **READING).status_code == 200
    assert strips(therapist) == []


def test_two_lookers_at_one_moment_record_one_alarm(
    therapist: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    filmed(therapist)
    therapist.clock.pass_(21)
    now = therapist.clock()
    codes = watching._codes(STUDY, "S01", "P-001", "dosing-1", now=now)
    assert codes == ["vitals-overdue"]
    assert watching.overdue(STUDY, "S01", STREAM, now=now) == 1
    # The other one had looked before that was written: it tells the same with the same id.
    before = read.standings_of
    session = before(STUDY, [STREAM])[STREAM]

    def stale(study: str, streams: Any) -> dict[str, Any]:
        found = before(study, streams)
        earlier = type(session)(**{**_fields(session), "alarms": {}, "latched": {}})
        return {**found, **({STREAM: earlier} if STREAM in found else {})}

    monkeypatch.setattr(watching.read, "standings_of", stale)
    assert watching.overdue(STUDY, "S01", STREAM, now=now) == 0
    assert rung() == [("vitals-overdue", "low")]


def _fields(standing: Any) -> dict[str, Any]:
    return {name: getattr(standing, name) for name in standing.__dataclass_fields__}


def test_only_one_looks_at_a_time(therapist: Tablet) -> None:
    filmed(therapist)
    therapist.clock.pass_(21)
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [watching.LOCK])
        assert watching.look() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", [watching.LOCK])
    assert watching.look() == 1


def test_an_alarm_that_nobody_looked_at_again_rings_again(therapist: Tablet) -> None:
    filmed(therapist)
    therapist.clock.pass_(15)
    assert therapist.send("reading", due_minute="15", **{**READING, "systolic": "184"}).status_code == 200
    alarm = next(each for each in read.records(STUDY, stream=STREAM) if isinstance(each.fact, AlarmRaised))
    taken = therapist.send("alarm", alarm=str(alarm.id), plan="Physician called", after="5")
    assert taken.status_code == 200
    therapist.clock.pass_(6)
    assert watching.look() == 0
    therapist.clock.pass_(2)
    assert watching.look() == 1
    assert rung() == [("systolic-stop", "high"), ("systolic-stop", "high")]


def test_a_repeat_is_asked_for_without_a_form_and_confirmed_when_it_does_not_come(
    therapist: Tablet,
) -> None:
    filmed(therapist)
    therapist.clock.pass_(15)
    assert therapist.send("reading", due_minute="15", **{**READING, "systolic": "165"}).status_code == 200
    page = therapist.page()
    assert "Systolic blood pressure 165 mmHg, limit 160: once, not yet confirmed" in page
    assert TAKE not in page
    therapist.clock.pass_(10)
    assert watching.look() == 1
    assert rung() == [("repeat-systolic-hold", "low"), ("systolic-hold", "medium")]
    assert TAKE in therapist.page()


def test_readings_of_which_nothing_is_known_are_named_and_no_alarm(therapist: Tablet) -> None:
    filmed(therapist)
    therapist.clock.pass_(30)
    assert therapist.send("reading", due_minute="30", **READING).status_code == 200
    assert watching.look() == 0
    assert "Nothing is recorded of the readings T+0:15." in therapist.page()


def test_the_window_that_closes_undecided_is_a_notice_and_no_record(therapist: Tablet) -> None:
    filmed(therapist)
    for minute in range(15, 106, 15):
        therapist.clock.pass_(15)
        assert therapist.send("reading", due_minute=str(minute), **READING).status_code == 200
    therapist.clock.pass_(8)
    watching.look()
    assert ("supplement-closing", "notice") not in rung()
    assert "The window of the supplemental dose closes soon, and nobody has decided." in therapist.page()


def test_a_session_that_nobody_closed_for_two_days_is_left_alone(therapist: Tablet) -> None:
    filmed(therapist)
    therapist.clock.pass_(60 * 49)
    assert watching.look() == 0


def test_a_closed_session_is_not_looked_at(scene: Scene) -> None:
    assert read.open_sessions() == []


def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look() -> int:
        looks.append(1)
        if len(looks) == 1:
            raise OperationalError("the server closed the connection")
        return 0

    class Stop(Exception):
        pass

    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise Stop

    monkeypatch.setattr(watching, "look", look)
    said: list[str] = []
    with pytest.raises(Stop):
        watching.keep_looking(say=said.append, sleep=sleep)
    assert (len(looks), waits) == (2, [watching.EVERY_SECONDS] * 2)
    assert timedelta(seconds=watching.EVERY_SECONDS) <= timedelta(seconds=15)
    assert said == ["Watching open sessions."]
