"""Batches: what the compiled loop finds is what the analysis of the same trials finds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue, Refusal, UnknownName
from holdfast.planning.batch import AS_DRAWN, Batch, Question, _laid_out, carry_out
from holdfast.planning.judging import judge_trials
from holdfast.planning.scenario import Ground, ground_of
from holdfast.planning.setup import primary_of
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.mmrm import mmrm
from holdfast.statistics.sequential import design

STUDIES = ("inactive-placebo", "low-dose-control")


@pytest.fixture(scope="module", params=STUDIES)
def ground(request: pytest.FixtureRequest) -> Ground:
    return ground_of(request.param)


def batch(ground: Ground, question: Question = Question.PLANNED, *, count: int = 6, **values: float) -> Batch:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    setup = ground.scenario(named).setups((question,))[question]
    return Batch(key="", question=question, setup=setup, seed=7, first=3, count=count)


def arrays_of(asked: Batch, y: np.ndarray, c: np.ndarray) -> TrialArrays:
    """One laid-out trial as the analysis of a study would be given it."""
    arms = len(asked.setup.arms)
    strata = c[:, arms + 1 :]
    return TrialArrays(
        outcome=y,
        observed=~np.isnan(y),
        arm=c[:, 1].astype(np.int64),
        arms=asked.setup.arms,
        visits=asked.setup.visits,
        baseline=c[:, arms],
        factors={"stratum": np.where(strata.any(axis=1), strata.argmax(axis=1) + 1, 0)},
    )


def test_every_trial_is_judged_as_the_analysis_of_a_study_judges_it(ground: Ground):
    asked = batch(ground, n=60)
    compared = 0
    for trials in _laid_out(asked, AS_DRAWN):
        said = judge_trials(trials, asked.setup.judge, asked.setup.columns)
        for t in range(len(trials.y)):
            arrays = arrays_of(asked, trials.y[t], trials.c[t])
            fitted = mmrm(arrays, by_visit=("baseline",), factors=("stratum",), df="kr")
            row = fitted.contrast(arm=asked.setup.arms[1], visit=asked.setup.visits[-1])
            found = [said[name][t] for name in ("estimate", "se", "df")]
            # Two ways to climb the same likelihood end within its rounding of each other.
            assert found == pytest.approx([row.estimate, row.se, row.df], rel=1e-6)
            assert said["rejects"][t] == (row.p < 0.05)
            compared += 1
    assert compared == 6


def test_the_guess_adjusted_display_is_the_covariance_analysis_of_completers(ground: Ground):
    asked = batch(ground)
    (trials,) = _laid_out(asked, AS_DRAWN)
    said = judge_trials(trials, asked.setup.judge, asked.setup.columns)
    for t in range(len(trials.y)):
        used = ~np.isnan(trials.y[t, :, -1]) & ~np.isnan(trials.guess[t])
        X = np.column_stack([trials.c[t][used][:, :3], trials.guess[t][used]])
        beta = np.linalg.lstsq(X, trials.y[t, used, -1], rcond=None)[0]
        assert said["guess-adjusted"][t] == pytest.approx(beta[1], abs=1e-9)


def test_trials_are_the_same_alone_and_together(ground: Ground):
    whole = batch(ground, count=10)
    parts = [replace(whole, first=3 + start, count=count) for start, count in ((0, 1), (1, 6), (7, 3))]
    together, apart = carry_out(whole), [carry_out(part) for part in parts]
    for name, (n, total, squares) in together.columns.items():
        assert n == sum(part.columns[name][0] for part in apart), name
        assert total == pytest.approx(math.fsum(part.columns[name][1] for part in apart), rel=1e-12), name
        assert squares == pytest.approx(math.fsum(part.columns[name][2] for part in apart), rel=1e-12), name


def test_arms_get_exactly_their_numbers_whatever_n(ground: Ground):
    for n in (30, 31, 104):
        (trials,) = _laid_out(batch(ground, n=n, count=2), AS_DRAWN)
        for t in range(2):
            assert trials.c[t, :, 1].sum() in (n // 2, n - n // 2)


def test_an_interim_look_stops_at_the_nominal_levels_of_the_spending_function(ground: Ground):
    asked = batch(ground, interim=0.5)
    planned = design((0.5, 1.0), alpha=0.05, sides=2, efficacy="obf-spending")
    judge = asked.setup.judge
    assert judge.alpha_interim == pytest.approx(math.erfc(planned.upper[0] / math.sqrt(2)))
    assert judge.alpha_final == pytest.approx(math.erfc(planned.upper[1] / math.sqrt(2)))
    moments = carry_out(replace(asked, count=120))
    stops = moments.share("stops-for-efficacy").estimate
    assert 0.02 < stops < 0.6
    assert moments.mean("randomised").estimate < asked.setup.design.by_arm.sum()


def test_a_futility_bound_stops_trials_that_go_nowhere(ground: Ground):
    asked = batch(ground, Question.IDENTICAL, interim=0.5, futility=0.2, count=120)
    moments = carry_out(asked)
    assert moments.share("stops-for-futility").estimate > 0.4
    assert moments.share("rejects").estimate < 0.12


def test_what_cannot_be_simulated_is_told_in_a_sentence(ground: Ground):
    with pytest.raises(UnknownName, match="expectancy"):
        ground.scenario({"expectency": 0.5})
    with pytest.raises(ImpossibleValue, match="expectancy"):
        ground.scenario({"expectancy": 1.5})
    with pytest.raises(ImpossibleValue, match=r"n \(Participants randomised\) is a whole number from 8"):
        ground.scenario({"n": 3})
    with pytest.raises(ImpossibleValue, match=r"n .*whole number"):
        ground.scenario({"n": 100.5})
    with pytest.raises(ImpossibleValue, match="A futility bound needs an interim look"):
        ground.scenario({"futility": 0.2}).setups()
    with pytest.raises(Refusal, match="compares no arms"):
        primary_of(ground.protocol.model_copy(update={"randomisation": None}))


def test_a_baseline_that_reaches_no_entry_is_told_in_a_sentence():
    ground = ground_of("inactive-placebo")
    with pytest.raises(Refusal, match=r"never reached the entry score.*Raise baseline\.mean"):
        carry_out(batch(ground, severity=5.0, entry=60.0, count=1))
