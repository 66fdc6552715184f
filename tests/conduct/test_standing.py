from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import cache
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduct_world import PERSON, World, cssrs
from holdfast.conduct import actions as act
from holdfast.conduct.standing import CLASSES, empty, fold, fold_resolved, step
from holdfast.errors import UnknownName
from holdfast.records.assessment import VisitScheduled
from holdfast.records.envelope import Record
from holdfast.records.safety import AdverseEvent
from holdfast.records.session import PromptsRated, VitalsRead
from holdfast.records.supply import KitCounted
from scale import scaled

COUNT = scaled(1000)
print(f"standings: {COUNT} histories")


@cache
def history() -> dict[str, tuple[Record, ...]]:
    """The records of a whole session day by stream, prompts and readings included."""
    world = World().supplemented()
    for hour in (2, 4, 6):
        world.later(hours=1)
        for code in ("euphoria", "nausea"):
            rate = act.RatePrompts(
                participant=PERSON,
                visit="dosing-1",
                at_hour=hour,
                rated_by="observer",
                ratings={code: hour // 2},
            )
            world.told("ana", rate)
        world.vitals(systolic=150 + 6 * hour)
        schedule = act.ScheduleVisit(participant=PERSON, visit="week-4", on=f"2026-05-{hour:02d}")
        world.told("lee", schedule)
    world.told("kim", act.CountKit(kit="K2", counted=1, witness="ana"))
    world.fill("ana", "morning-1", "C-SSRS", cssrs(q1=True))
    streams: dict[str, list[Record]] = defaultdict(list)
    for record in world.book.records:
        streams[record.stream].append(record)
    return {stream: tuple(records) for stream, records in streams.items()}


def changed(record: Record, n: int) -> Record:
    """The record's fact, changed by n where its kind knows how."""
    fact = record.fact
    if isinstance(fact, AdverseEvent):
        return replace(record, fact=replace(fact, severity=("mild", "moderate", "severe")[n % 3]))
    if isinstance(fact, VitalsRead):
        return replace(record, fact=replace(fact, systolic=100.0 + n))
    if isinstance(fact, VisitScheduled):
        return replace(record, fact=replace(fact, on=f"2026-06-{1 + n % 28:02d}"))
    if isinstance(fact, KitCounted):
        return replace(record, fact=replace(fact, counted=n % 4))
    if isinstance(fact, PromptsRated):
        return replace(record, fact=replace(fact, at_hour=float(n)))
    return record


@st.composite
def corrected_histories(draw) -> tuple[str, tuple[Record, ...]]:
    """A stream's records with corrections of records, and of corrections, put in after them."""
    stream = draw(st.sampled_from(sorted(history())))
    records = list(history()[stream])
    for k in range(draw(st.integers(min_value=0, max_value=6))):
        target = draw(st.integers(min_value=0, max_value=len(records) - 1))
        place = draw(st.integers(min_value=target + 1, max_value=len(records)))
        minutes = draw(st.integers(min_value=-5, max_value=5))
        old = changed(records[target], draw(st.integers(min_value=0, max_value=60)))
        when = records[place - 1].recorded_at + timedelta(minutes=minutes)
        new = replace(old, id=UUID(int=k + 1), corrects=records[target].id, recorded_at=when)
        records.insert(place, new)
    return stream, tuple(records)


@settings(max_examples=COUNT, deadline=None)
@given(corrected_histories())
def test_a_step_a_fold_and_the_fold_of_the_resolved_history_are_equal(case):
    stream, records = case
    standing = empty(stream)
    for k, record in enumerate(records, start=1):
        standing = step(standing, record)
        if record.corrects is not None:
            assert standing == fold_resolved(stream, records[:k])
    assert standing == fold(stream, records) == fold_resolved(stream, records)
    assert standing.history == records


def test_a_correction_changes_the_standing():
    stream = f"session/{PERSON}/dosing-1"
    records = history()[stream]
    reading = next(each for each in reversed(records) if each.kind == "vitals-read")
    new = replace(changed(reading, 7), id=UUID(int=9), corrects=reading.id)
    after = step(fold(stream, records), new)
    assert after.last["systolic"].value == 107
    assert after.last["systolic"].at == reading.happened_at


def test_a_step_leaves_the_standing_before_as_it_was():
    stream = f"participant/{PERSON}"
    *before, last = history()[stream]
    standing = fold(stream, before)
    copy = replace(standing)
    step(standing, last)
    assert standing == copy
    assert len(standing.history) == len(before)


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_every_kind_of_stream_begins_empty(kind):
    standing = empty(f"{kind}/x/y")
    assert isinstance(standing, CLASSES[kind])
    assert standing.history == ()


def test_a_stream_of_no_known_kind_has_no_standing():
    with pytest.raises(UnknownName, match="no kind of stream called 'weather'"):
        empty("weather/today")


def test_every_kind_of_fact_a_day_leaves_is_in_a_standing_or_kept_in_its_history():
    for stream, records in history().items():
        assert fold(stream, records).history == records
