"""*Play*: a whole trial through conduct, alike for the same seed, and what it must contain."""

from __future__ import annotations

import ast
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from holdfast.allocation.key import part_for_slots
from holdfast.allocation.sealing import opens
from holdfast.conduct.standing import ParticipantStanding, Stage, fold
from holdfast.errors import Refusal
from holdfast.protocol.model import Protocol
from holdfast.records.chain import verify_stream
from holdfast.records.envelope import Sealed
from holdfast.records.ndjson import from_line, to_line
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.play import Rehearsal, play
from holdfast.simulation.play_opening import secret
from simulation_tests import digest, small

FOLDER = Path(play.__code__.co_filename).parent


def test_a_rehearsal_is_a_whole_trial(whole: Rehearsal) -> None:
    kinds = Counter(record.kind for record in whole.records)
    assert len(whole.records) >= 30_000
    assert kinds["randomised"] == 104
    slots = [record.fact.slot for record in whole.records if record.kind == "randomised"]
    arms = Counter(whole.key.arm_of_slot[slot] for slot in slots)
    assert arms == {"mdma": 53, "placebo": 51}
    assert [record.kind for record in whole.records[:2]] == ["study-opened", "protocol-adopted"]
    assert whole.records[0].fact.life == "rehearsal"
    assert [record.kind for record in whole.records[-2:]] == ["study-locked", "study-unblinded"]
    for kind in (
        *("screen-failed", "withdrew", "treatment-stopped", "intercurrent-event", "touch-recorded"),
        *("gate-overridden", "alarm-acknowledged", "risk-acknowledged", "vitals-deferred", "kit-returned"),
        *("contact-attempted", "medication-recorded", "rater-assigned", "completed", "prompts-rated"),
    ):
        assert kinds[kind] > 0, kind


def test_nothing_that_goes_wrong_in_trials_is_missing(whole: Rehearsal) -> None:
    counts = whole.counts
    assert min(counts.refused, counts.deviations, counts.corrections) > 0
    assert min(counts.late_entries, counts.missed_readings) > 0
    asked = {action for action, _ in whole.refused}
    assert {"Randomise", "AskDose", "EndSession", "StartSession", "UnblindStudy"} <= asked
    reasons = {code for _, codes in whole.refused for code in codes}
    assert {"dose-out-of-window", "limit-passed", "minimum-hours", "eligibility-not-assessed"} <= reasons


def test_euphoria_is_an_event(whole: Rehearsal) -> None:
    events = [record.fact for record in whole.records if record.kind == "adverse-event"]
    pleasant = [fact for fact in events if fact.prompt == "euphoria"]
    assert pleasant
    assert all(fact.special_interest == "abuse-potential" for fact in pleasant)


def test_every_stream_verifies_and_time_runs_forward(whole: Rehearsal) -> None:
    streams: dict[str, list[Sealed]] = defaultdict(list)
    for sealed in whole.sealed:
        streams[sealed.record.stream].append(sealed)
    for stream in streams.values():
        verify_stream(stream)
    recorded = [record.recorded_at for record in whole.records]
    assert recorded == sorted(recorded)
    assert len(set(recorded)) < len(recorded)  # records of one action share its moment
    assert all(record.happened_at.at <= record.recorded_at for record in whole.records)


def test_lines_read_back_as_they_were_written(whole: Rehearsal) -> None:
    for sealed in whole.sealed[:: max(1, len(whole.sealed) // 500)]:
        assert from_line(to_line(sealed)) == sealed


def test_no_record_names_an_arm(whole: Rehearsal, protocol: Protocol) -> None:
    arms = {arm.code for arm in protocol.arms}
    for sealed in whole.sealed:
        if sealed.record.kind != "protocol-adopted":  # the protocol itself says which arms there are
            assert not arms & _words(json.loads(to_line(sealed)))


def _words(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return {word for each in value.values() for word in _words(each)}
    if isinstance(value, list):
        return {word for each in value for word in _words(each)}
    return set()


def test_the_commitments_in_the_records_open_with_the_key(whole: Rehearsal) -> None:
    sealed = [record.fact for record in whole.records if record.kind == "list-sealed"]
    assert len(sealed) == 4
    for fact in sealed:
        assert opens(fact.commitment, part_for_slots(whole.key, fact.slots), secret(11))


def test_kits_hold_what_the_slot_says(whole: Rehearsal) -> None:
    slot = {r.stream.split("/")[1]: r.fact.slot for r in whole.records if r.kind == "randomised"}
    doses = [record.fact for record in whole.records if record.kind == "dose-given"]
    assert len(doses) > 500
    for dose in doses:
        assert whole.key.arm_of_kit[dose.kit] == whole.key.arm_of_slot[slot[dose.participant]]
        assert whole.key.step_of_kit[dose.kit] == dose.step


def test_a_play_stopped_earlier_is_the_beginning_of_the_whole(
    whole: Rehearsal, protocol: Protocol, model: Assumptions
) -> None:
    stopped = play(protocol, model, seed=11, until=datetime(2023, 5, 15, 12, tzinfo=UTC))
    assert len(stopped.sealed) > 2000
    same = whole.sealed[: len(stopped.sealed)]
    assert [to_line(each) for each in stopped.sealed] == [to_line(each) for each in same]
    assert all(record.recorded_at <= datetime(2023, 5, 15, 12, 1, tzinfo=UTC) for record in stopped.records)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    protocol: Protocol, model: Assumptions
) -> None:
    little = small(model)
    first, again, other = (play(protocol, little, seed=seed) for seed in (5, 5, 6))
    assert digest(first) == digest(again)
    assert digest(first) != digest(other)


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2025, 3, 28)])
def test_a_study_under_way_has_somebody_at_every_step_today(
    protocol: Protocol, model: Assumptions, today: date
) -> None:
    # A Sunday, and a Friday on the eve of a change of clocks at one of the sites.
    rehearsal = play(protocol, model, seed=3, today=today)
    until = datetime(today.year, today.month, today.day, 17, 30, tzinfo=UTC)
    assert rehearsal.records[-1].recorded_at <= until + timedelta(minutes=1)
    people = _standings(rehearsal)
    stages = Counter(each.stage for each in people.values())
    assert {Stage.SCREENING, Stage.ELIGIBLE, Stage.IN_TREATMENT, Stage.WITHDRAWN} <= set(stages)
    assert 0.35 < len([1 for each in people.values() if each.randomised]) / 104 < 0.75
    running = [
        state
        for each in people.values()
        for state in each.sessions.values()
        if state.started and state.started.at > until - timedelta(hours=5) and not state.ended
    ]
    assert running
    assert any(state.doses for state in running)
    overdue = [
        visit
        for each in people.values()
        for visit, state in each.visits.items()
        if state.scheduled
        and not state.held
        and not state.missed
        and not each.stopped
        and date.fromisoformat(state.scheduled) < today - timedelta(days=1)
    ]
    assert overdue
    assert not any(record.kind == "study-locked" for record in rehearsal.records)


def _standings(rehearsal: Rehearsal) -> dict[str, ParticipantStanding]:
    streams = defaultdict(list)
    for record in rehearsal.records:
        if record.stream.startswith("participant/"):
            streams[record.stream].append(record)
    return {stream: fold(stream, records) for stream, records in streams.items()}  # type: ignore[misc]


def test_scripts_make_no_fact_and_no_record() -> None:
    """The import rule says it for the whole room; here for what a script might do without importing."""
    for file in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            (node.module, name.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("holdfast.records")
            for name in node.names
        }
        allowed = {
            ("holdfast.records.envelope", "Record"),
            ("holdfast.records.envelope", "Sealed"),
            ("holdfast.records.fact", "Json"),
        }
        assert imported <= allowed, file.name
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {function.id for function in calls if isinstance(function, ast.Name)}
        assert not called & {"Record", "Sealed"}, file.name


def test_a_study_not_randomised_within_sites_is_refused(protocol: Protocol, model: Assumptions) -> None:
    with pytest.raises(Refusal, match="randomises within sites: add 'site' to the strata"):
        play(protocol.model_copy(update={"randomisation": None}), model, seed=1)
