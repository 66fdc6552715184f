"""The one analysis, on a whole rehearsal: pooled without the key, by arm with it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from holdfast.allocation.key import flipped
from holdfast.analysis.analyse import analyse, tables
from holdfast.analysis.report import html
from holdfast.analysis.results import ALL, Results
from holdfast.errors import TableError
from holdfast.protocol.model import Protocol
from holdfast.records.study import StudyUnblinded
from holdfast.statistics.mmrm import mmrm
from holdfast.tables.arrays import trial_arrays

if TYPE_CHECKING:
    from holdfast.simulation.play import Rehearsal


@pytest.fixture(scope="module")
def by_arm(finished: Rehearsal, shipped: Protocol) -> Results:
    return analyse([each.record for each in finished.sealed], shipped, finished.key)


@pytest.fixture(scope="module")
def pooled(finished: Rehearsal, shipped: Protocol) -> Results:
    return analyse([each.record for each in finished.sealed], shipped)


def test_the_flow_adds_up(by_arm: Results) -> None:
    flow = by_arm.flow
    assert flow.randomised == {"placebo": 51, "mdma": 53}
    assert flow.consented == flow.screen_failed + flow.in_screening + 104
    assert sum(flow.screen_failures.values()) == flow.screen_failed
    for arm, randomised in flow.randomised.items():
        assert flow.completed[arm] + flow.left_study[arm] + flow.ongoing[arm] == randomised
        assert randomised >= flow.assessed["week-4"][arm] >= flow.assessed["week-18"][arm]


def test_the_primary_result_is_the_mixed_model_on_the_tables(
    finished: Rehearsal, shipped: Protocol, by_arm: Results
) -> None:
    made = tables([each.record for each in finished.sealed], shipped, finished.key)
    primary = next(each for each in shipped.analyses if each.role == "primary")
    arrays = trial_arrays(
        made["adsl"], adqs=made["adqs"], adice=made["adice"], protocol=shipped, analysis=primary
    )
    for event, strategy in shipped.estimands[0].strategies.items():
        if strategy.value == "hypothetical":
            arrays.outcome[arrays.intercurrent[event]] = float("nan")
    arrays.observed[:] = arrays.outcome == arrays.outcome
    own = mmrm(arrays, by_visit=("baseline",), factors=("stratum",)).contrasts[-1]
    shown = next(each for each in by_arm.continuous if each.role == "primary").contrasts[-1]
    assert (shown.arm, shown.visit) == ("mdma", "week-18")
    assert (shown.estimate, shown.se, shown.df) == pytest.approx((own.estimate, own.se, own.df), rel=1e-12)


def test_turning_the_key_round_turns_the_contrast_round(
    finished: Rehearsal, shipped: Protocol, by_arm: Results
) -> None:
    other = analyse([each.record for each in finished.sealed], shipped, flipped(finished.key))
    for mine, theirs in zip(by_arm.continuous[0].contrasts, other.continuous[0].contrasts, strict=True):
        assert theirs.estimate == pytest.approx(-mine.estimate, rel=1e-6)
        assert theirs.se == pytest.approx(mine.se, rel=1e-6)


def test_without_the_key_nothing_is_told_apart(pooled: Results) -> None:
    assert not pooled.unblinded
    assert all(each.contrasts == () for each in pooled.continuous)
    groups = {row.group for each in pooled.continuous for row in each.observed}
    groups |= set(pooled.flow.randomised) | set(pooled.safety.denominators)
    groups |= {band.group for band in pooled.vitals.bands} | {row.group for row in pooled.guesses}
    assert groups == {ALL}
    assert all(row.correct is None and row.bang is None for row in pooled.guesses)


def test_of_prompted_effects_not_even_the_number_is_told_while_blinded(
    pooled: Results, by_arm: Results
) -> None:
    told = {row.term for row in pooled.safety.rows}
    prompted = {row.term for row in by_arm.safety.rows if row.prompted}
    assert len(prompted) > 10
    assert any("uphoria" in term for term in prompted)
    assert not any(row.prompted for row in pooled.safety.rows)
    assert told == {row.term for row in by_arm.safety.rows if not row.prompted}
    (everybody,) = pooled.safety.any_event
    assert pooled.safety.any_event[everybody] < sum(by_arm.safety.any_event.values())
    assert "abuse-potential" in by_arm.safety.special
    assert "abuse-potential" not in pooled.safety.special
    assert pooled.safety.serious[everybody] == sum(by_arm.safety.serious.values())
    assert "left out until the study is unblinded" in pooled.safety.note
    assert "left out" not in by_arm.safety.note


def test_the_key_is_refused_before_unblinding(finished: Rehearsal, shipped: Protocol) -> None:
    before = [each.record for each in finished.sealed if not isinstance(each.record.fact, StudyUnblinded)]
    with pytest.raises(TableError, match="still blinded"):
        analyse(before, shipped, finished.key)


def test_no_records_are_refused_in_a_sentence(shipped: Protocol) -> None:
    with pytest.raises(TableError, match="no records"):
        analyse([], shipped)


def test_results_are_json_without_nan(by_arm: Results) -> None:
    text = json.dumps(by_arm.as_json(), allow_nan=False)
    assert json.loads(text)["flow"]["randomised"] == {"placebo": 51, "mdma": 53}


def test_the_report_is_self_contained_says_what_it_is_and_is_the_same_each_time(
    by_arm: Results, pooled: Results
) -> None:
    page = html(by_arm)
    assert page == html(by_arm)
    assert "Rehearsal: no real person" in page
    assert "not the primary patient alarm" in page
    assert "It is not the drug effect alone" in page
    outside = re.findall(r'(?:src|href)="(?!data:)[^"]*"', page)
    assert outside == []
    assert page.count("<img ") == 4
    assert "MDMA with therapy minus" not in html(pooled)


def test_conduct_counts_what_went_otherwise(by_arm: Results, pooled: Results, finished: Rehearsal) -> None:
    assert by_arm.conduct.records == len(finished.sealed)
    assert pooled.conduct.records is None
    assert by_arm.conduct.corrections == finished.counts.corrections
    assert by_arm.conduct.late_entries > 0
    assert sum(by_arm.conduct.deviations.values()) > 0
    assert by_arm.vitals.missed > 0


def test_guesses_are_told_apart_by_who_guessed(by_arm: Results, finished: Rehearsal) -> None:
    last = {
        (row.evaluator, row.group): row
        for row in by_arm.guesses
        if row.visit == "week-18" and row.correct is not None
    }
    assert {evaluator for evaluator, _ in last} == {"participant", "therapist", "rater"}
    # The generator's shares among completers are 90 and 75 %; three standard errors at n = 53 and 42.
    assert last["participant", "mdma"].correct.estimate == pytest.approx(0.90, abs=3 * 0.041)  # type: ignore[union-attr]
    assert last["participant", "placebo"].correct.estimate == pytest.approx(0.75, abs=3 * 0.067)  # type: ignore[union-attr]
