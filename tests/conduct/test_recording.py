from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue

DIGEST = "ab" * 32
END = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True})


def keep(sha256: str = DIGEST, custodian: str = "lee") -> act.KeepRecording:
    return act.KeepRecording(participant=PERSON, visit="dosing-1", sha256=sha256, custodian=custodian)


def withdraw(world: World) -> None:
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("recording",)))


def unrecorded() -> World:
    """A session with its first dose and no recording."""
    world = World().kitted()
    world.told("ana", world.start_ask())
    world.fill("ana", "dosing-1", "C-SSRS", {**_no_ideation()})
    world.suds(2)
    world.vitals(-5)
    world.ask_dose()
    world.later(minutes=5).give()
    return world


def _no_ideation() -> dict:
    asked = ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts")
    return dict.fromkeys(asked, False)


def at_the_end(world: World) -> list:
    minutes = (world.session().t0.at + timedelta(minutes=480) - world.now) / timedelta(minutes=1)
    world.later(minutes=minutes).vitals(480)
    return world.told("ana", END)


def test_a_gap_of_12_minutes_opens_a_deviation_by_itself():
    world = World().dosed().later(minutes=60)
    assert kinds(world.record("stopped")) == ["recording-noted"]
    records = world.later(minutes=12).record("resumed")
    assert codes(records) == ["recording-gap"]
    found = fact_of(records, "deviation")
    t0 = world.session().t0.local
    off, on = t0 + timedelta(minutes=60), t0 + timedelta(minutes=72)
    assert found.what == (
        f"Nothing was recorded for 12 minutes, from {off:%H:%M} until it ran again at {on:%H:%M}."
    )
    assert (found.severity, records[1].because) == ("minor", records[0].id)


def test_a_gap_before_the_first_dose_is_none_and_one_that_reaches_beyond_it_counts_from_the_dose():
    world = World().started()
    world.record("stopped")
    assert codes(world.later(minutes=20).record("resumed")) == []
    world = unrecorded()
    records = world.later(minutes=7).record("started")
    assert fact_of(records, "deviation").what.startswith("Nothing was recorded for 7 minutes")


def test_a_recording_still_off_is_told_by_the_end_of_the_session():
    world = World().dosed().later(minutes=450)
    world.record("stopped")
    found = fact_of(at_the_end(world), "deviation")
    assert found.code == "recording-gap"
    assert "30 minutes" in found.what
    assert "until the session ended" in found.what


def test_a_session_never_recorded_says_so_at_its_end():
    world = unrecorded()
    records = at_the_end(world)
    assert [(each.fact.code, each.fact.severity) for each in records if each.kind == "deviation"] == [
        ("recording-missing", "major")
    ]


def test_a_recorded_session_ends_without_a_word():
    assert codes(at_the_end(World().dosed())) == []


def test_a_session_without_a_dose_needs_no_recording():
    world = World().kitted()
    world.told("ana", world.start_ask())
    assert codes(world.told("ana", END)) == []


def test_stopping_because_consent_was_withdrawn_is_right():
    world = World().dosed().later(minutes=60)
    withdraw(world)
    assert codes(world.later(minutes=2).record("stopped")) == []
    assert codes(at_the_end(world)) == []


def test_a_gap_before_the_withdrawal_is_still_told_and_ends_with_it():
    world = World().dosed().later(minutes=60)
    world.record("stopped")
    withdraw(world.later(minutes=9))
    found = fact_of(at_the_end(world), "deviation")
    assert found.what.startswith("Nothing was recorded for 9 minutes")
    assert "until consent to it was withdrawn" in found.what


def test_starting_without_consent_is_recorded_with_a_deviation_and_an_alarm():
    world = World().dosed().later(minutes=60)
    withdraw(world)
    world.record("stopped")
    records = world.later(minutes=30).record("resumed")
    assert kinds(records) == ["recording-noted", "deviation", "alarm-raised"]
    assert codes(records) == ["recording-without-consent"]
    assert records[2].fact.priority == "medium"
    assert records[2].because == records[1].id


def test_a_recording_that_runs_on_after_the_withdrawal_is_told_once_when_it_stops():
    world = World().dosed().later(minutes=60)
    withdraw(world)
    records = world.later(minutes=25).record("stopped")
    assert fact_of(records, "deviation").what == (
        "The recording ran for 25 minutes after consent to it was withdrawn."
    )
    assert codes(at_the_end(world)) == []


def test_one_that_is_still_running_without_consent_is_told_by_the_end():
    world = World().dosed().later(minutes=60)
    withdraw(world)
    assert codes(at_the_end(world)) == ["recording-without-consent"]


def test_a_stop_entered_late_counts_from_when_it_happened():
    world = World().dosed().later(minutes=60)
    world.later(minutes=20).record("stopped", ago=timedelta(minutes=20))
    found = fact_of(world.later(minutes=5).record("resumed"), "deviation")
    assert found.what.startswith("Nothing was recorded for 25 minutes")


def test_the_digest_and_its_custodian_may_come_later_and_nothing_else_is_kept():
    world = World().ended().later(days=1)
    records = world.told("lee", keep(sha256=DIGEST.upper()))
    assert kinds(records) == ["recording-kept"]
    assert (records[0].fact.sha256, records[0].fact.custodian) == (DIGEST, "lee")
    assert world.session().custodian == "lee"


@pytest.mark.parametrize(
    ("tell", "field"),
    [
        (keep(sha256="ab" * 31), "sha256"),
        (keep(sha256="zz" * 32), "sha256"),
        (keep(custodian=" "), "custodian"),
        (act.NoteRecording(participant=PERSON, visit="dosing-1", act="paused"), "act"),
    ],
)
def test_what_cannot_be_is_sent_back(tell, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().dosed().told("ben", tell)
    assert sent_back.value.field == field
