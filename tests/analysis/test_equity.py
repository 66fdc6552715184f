"""Fair access: counts by group with small cells hidden, goals of the study file, waiting times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from analysis.test_periodic import played
from holdfast.analysis.equity import ACCESS, NOT_RECORDED, Factor, equity
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.enrolment import ConsentGiven, Prescreened, Randomised
from holdfast.records.envelope import Record
from programme_world import protocol as programme

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


def records(finished: Rehearsal) -> list[Record]:
    return [each.record for each in finished.sealed]


def found_people(given: Sequence[Record]) -> int:
    """How many were both in touch and consented."""
    streams = [{e.stream for e in given if isinstance(e.fact, kind)} for kind in (Prescreened, ConsentGiven)]
    return len(streams[0] & streams[1])


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


def test_who_is_not_recorded_is_a_group_of_its_own_and_the_last(
    finished: Rehearsal, shipped: Protocol
) -> None:
    found = equity([each.record for each in finished.sealed], shipped)
    for each in found.factors:
        assert [level.level for level in each.levels].index(NOT_RECORDED) == len(each.levels) - 1
    # Those who consented and failed screening before they were asked are no answer's.
    assert [level.level for level in factor(found.factors, "prior-mdma").levels] == [
        "never", "once", "2-5", "more", NOT_RECORDED,
    ]  # fmt: skip


def test_what_a_study_does_not_ask_is_said_and_what_it_asks_is_counted(
    finished: Rehearsal, shipped: Protocol
) -> None:
    assert equity(records(finished), shipped).not_asked == ACCESS
    found = equity(played(), programme())
    assert found.not_asked == ()
    paid = factor(found.factors, "payer")
    assert paid.stages == ("consented", "entered")
    assert {level.level for level in paid.levels} <= {
        "self", "insurer", "veterans-affairs", "employer-or-charity", NOT_RECORDED,
    }  # fmt: skip


def test_goals_come_from_the_study_file_and_name_groups_of_whom_nobody_came(
    finished: Rehearsal, shipped: Protocol
) -> None:
    text = shipped.text.replace("\nsettings:\n", f"\n{GOAL}", 1)
    aimed = compile_text(text, name="study.yaml")
    levels = {each.level: each for each in factor(equity(records(finished), aimed).factors, "race").levels}
    goal = levels["black-or-african-american"].goal
    assert goal is not None
    assert goal.number == 13
    assert levels["nobody-yet"].counts == (0, 0)
    assert list(levels)[-2:] == ["nobody-yet", NOT_RECORDED]
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
    assert first.people == found_people(given)
    assert all(wait.days is None for wait in equity([e for e in given if e.stream in kept], shipped).waits)


@pytest.mark.parametrize("stage", ["contacted", "consented", "entered"])
def test_an_empty_study_has_no_groups_and_no_waits(shipped: Protocol, stage: str) -> None:
    found = equity([], shipped)
    assert found.totals[stage] == 0
    assert all([level.counts for level in each.levels] == [(0,) * len(each.stages)] for each in found.factors)
