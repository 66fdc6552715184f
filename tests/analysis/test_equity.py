"""Fair access: counts by group with small cells hidden, goals of the study file, waiting times."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from holdfast.analysis.equity import SMALL, Factor, equity, hidden
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.enrolment import ConsentGiven, Prescreened, Randomised

if TYPE_CHECKING:
    from holdfast.simulation.play import Rehearsal

GOAL = """settings:
  - code: goal-race-black-or-african-american
    label: {en: "Share of those who enter that the study aims at"}
    value: {value: 13, unit: "%", source: "assumed for this test: a share of those who enter", status: assumed, date: 2026}
  - code: goal-race-nobody-yet
    label: {en: "A group of whom nobody has come"}
    value: {value: 2, unit: "%", source: "assumed for this test: a share of those who enter", status: assumed, date: 2026}
"""  # noqa: E501 one figure of a study file is one line


def records(finished: Rehearsal) -> list[object]:
    return [each.record for each in finished.sealed]


def factor(found: tuple[Factor, ...], name: str) -> Factor:
    return next(each for each in found if each.factor == name)


def test_totals_are_those_who_were_in_touch_consented_and_entered(
    finished: Rehearsal, shipped: Protocol
) -> None:
    given = [each.record for each in finished.sealed]
    found = equity(given, shipped)
    kinds = {"contacted": Prescreened, "consented": ConsentGiven, "entered": Randomised}
    for stage, kind in kinds.items():
        streams = {each.stream for each in given if isinstance(each.fact, kind)}
        assert found.totals[stage] == len(streams)
    assert found.totals["entered"] == 104


def test_groups_add_up_to_the_total_wherever_nothing_is_hidden(
    finished: Rehearsal, shipped: Protocol
) -> None:
    found = equity([each.record for each in finished.sealed], shipped)
    whole = 0
    for each in found.factors:
        for place, stage in enumerate(each.stages):
            counts = [level.counts[place] for level in each.levels]
            if None not in counts:
                whole += 1
                assert sum(count or 0 for count in counts) == found.totals[stage], each.factor
    assert whole >= 8
    assert factor(found.factors, "sex").stages == ("consented", "entered")
    assert factor(found.factors, "referral").stages == ("contacted", "consented", "entered")


def test_no_small_group_can_be_read_or_subtracted() -> None:
    for counts in product((0, 1, 4, 5, 7, 30), repeat=4):
        shown = hidden(counts)
        assert all(count is None or count == 0 or count >= SMALL for count in shown)
        away = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
        # One hidden cell, or hidden cells that add up to a few people, would be told by the total.
        if any(count >= SMALL for count in counts):
            assert not away or (len(away) > 1 and sum(away) >= SMALL), counts
    assert hidden([10, 20, 0]) == [10, 20, 0]
    assert hidden([3, 20, 9]) == [None, 20, None]


def test_goals_come_from_the_study_file_and_name_groups_of_whom_nobody_came(
    finished: Rehearsal, shipped: Protocol
) -> None:
    text = shipped.text.replace("\nsettings:\n", f"\n{GOAL}", 1)
    aimed = compile_text(text, name="study.yaml")
    levels = {each.level: each for each in factor(equity(records(finished), aimed).factors, "race").levels}  # type: ignore[arg-type]
    goal = levels["black-or-african-american"].goal
    assert goal is not None
    assert goal.number == 13
    assert levels["nobody-yet"].counts == (0, 0)
    assert levels["white"].goal is None


def test_waits_are_days_between_the_same_persons_stages(finished: Rehearsal, shipped: Protocol) -> None:
    given = [each.record for each in finished.sealed]
    first, second = equity(given, shipped).waits
    assert (first.start, first.end, second.end) == ("contacted", "consented", "entered")
    for each in (first, second):
        assert each.days is not None
        assert 0 <= each.days[0] <= each.days[1] <= each.days[2]
    few = {each.stream for each in given if isinstance(each.fact, Prescreened)}
    kept = sorted(few)[:4]
    assert all(wait.days is None for wait in equity([e for e in given if e.stream in kept], shipped).waits)


@pytest.mark.parametrize("stage", ["contacted", "consented", "entered"])
def test_an_empty_study_has_no_groups_and_no_waits(shipped: Protocol, stage: str) -> None:
    found = equity([], shipped)
    assert found.totals[stage] == 0
    assert all(each.levels == () for each in found.factors)
