"""What was assumed: which assumptions are moved, which stand apart and why, and which come first."""

from __future__ import annotations

import math

import pytest

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.planning.batch import Question
from holdfast.planning.engine import Here
from holdfast.planning.run import run
from holdfast.planning.scenario import Ground, ground_of
from holdfast.planning.summary import outcome_of
from holdfast.planning.tornado import apart, ends, scanned, tornado, value_of
from holdfast.simulation.catalogue import Parameter
from holdfast.sourced import Status
from planned_outcomes import TRIALS, outcome


@pytest.fixture(scope="module")
def inactive() -> Ground:
    return ground_of("inactive-placebo")


@pytest.fixture(scope="module")
def low() -> Ground:
    return ground_of("low-dose-control")


def reasons(ground: Ground, values: dict[str, float]) -> dict[str, str]:
    return {each.parameter.alias: each.reason for each in apart(ground, values)}


def moved(ground: Ground, values: dict[str, float]) -> dict[str, tuple[float, float]]:
    found = {}
    for parameter, at_low, at_high in ends(ground, values):
        pair = at_low.changed[parameter.alias], at_high.changed[parameter.alias]
        found[parameter.alias] = pair
    return found


def parameter(alias: str, scan: tuple[float, float] = (0.0, 1.0)) -> Parameter:
    return Parameter(
        name=f"part.{alias}", alias=alias, label=alias.capitalize(), unit="1", value=0.5, allowed=(0.0, 10.0),
        scan=scan, whole=False, source="assumed: for a test", status=Status.ASSUMED,
    )  # fmt: skip


def test_every_scanned_assumption_is_either_moved_or_stands_apart(inactive: Ground, low: Ground) -> None:
    for ground in (inactive, low):
        here, there = set(moved(ground, {})), set(reasons(ground, {}))
        assert here.isdisjoint(there)
        assert here | there == {each.alias for each in ground.parameters() if each.scan}


def test_each_assumption_is_moved_to_both_ends_of_its_range(inactive: Ground) -> None:
    found = moved(inactive, {})
    assert found["expectancy"] == (0.0, 1.0)
    assert found["contrast"] == (0.0, 1.5)
    assert found["leaving-by-response"] == (-0.7, 0.0)
    assert found["severity"] == (34.0, 44.0)


def test_assumptions_about_arms_that_a_study_lacks_are_left_out(inactive: Ground, low: Ground) -> None:
    assert {"low-felt", "low-fraction", "leaving-low", "active-felt"}.isdisjoint(moved(inactive, {}))
    assert {"low-felt", "low-fraction", "leaving-low", "leaving-full"} <= set(moved(low, {}))
    assert "leaving-inactive" not in moved(low, {})
    assert reasons(inactive, {})["low-felt"] == "no arm of this study"
    assert reasons(low, {})["relapse-inactive"] == "no arm of this study"


def test_what_comes_after_the_primary_visit_stands_apart(inactive: Ground) -> None:
    told = reasons(inactive, {})
    later = sorted(alias for alias, reason in told.items() if reason == "after the primary visit")
    assert later == [
        "crossover", "crossover-gain", "follow-up-lost", "follow-up-lost-by-response",
        "relapse-full", "relapse-inactive", "relapse-remitted", "relapse-returns",
    ]  # fmt: skip


def test_what_has_no_effect_until_something_else_is_set_says_so(inactive: Ground) -> None:
    assert reasons(inactive, {})["rater-bias"] == "without effect while rater-unblinded is 0"
    assert reasons(inactive, {})["pairs"] == "without effect while pair-sd or pair-by-arm-sd is 0"
    assert "rater-bias" in moved(inactive, {"rater-unblinded": 0.2})
    assert "rater-bias" in moved(inactive, {"scenarios.raters.unblinded": 0.2})
    assert "pairs" in moved(inactive, {"pair-sd": 3.0})


def test_the_pace_matters_to_power_only_behind_an_interim_look(inactive: Ground) -> None:
    assert reasons(inactive, {})["pace"] == "time and cost only"
    assert moved(inactive, {"interim": 0.5})["pace"] == (3.0, 15.0)
    assert reasons(inactive, {"interim": 0.5})["screen-failures"] == "time and cost only"


def test_what_was_asked_for_stays_while_one_assumption_is_moved(inactive: Ground) -> None:
    values = {"latent.share": 0.25, "n": 150.0}
    found = {each.alias: (at_low, at_high) for each, at_low, at_high in ends(inactive, values)}
    at_low, at_high = found["contrast"]
    assert dict(at_low.changed) == {"latent.share": 0.25, "n": 150.0, "contrast": 0.0}
    assert (at_high.design.n, at_high.assumptions.latent.share.value.number) == (150, 0.25)
    # The one that was asked for by its dotted name is moved too, and not set twice.
    assert dict(found["expectancy"][1].changed) == {"n": 150.0, "expectancy": 1.0}


def test_a_parameter_is_told_as_it_stands_with_its_source(inactive: Ground) -> None:
    (found,) = (each for each in scanned(inactive, {"expectancy": 0.25}) if each.alias == "expectancy")
    assert (found.value, found.status) == (0.25, Status.ASSUMED)
    assert found.source.startswith("Set for this run; the file has 0.5:")
    assert value_of(inactive, "expectancy", {"latent.share": 0.25}) == 0.25
    assert value_of(inactive, "expectancy", {}) == 0.5
    with pytest.raises(UnknownName, match="no parameter 'expectations'"):
        value_of(inactive, "expectations", {})


def test_an_impossible_setting_is_refused_before_anything_runs(inactive: Ground) -> None:
    with pytest.raises(ImpossibleValue, match="lies between 0 and 1"):
        ends(inactive, {"expectancy": 2.0})


def test_the_widest_swing_of_power_comes_first_and_equal_ones_by_the_bias() -> None:
    base = outcome(power=0.9, bias=-4.0)
    quiet = (parameter("quiet"), outcome(power=0.9, bias=-4.0), outcome(power=0.9, bias=-4.5))
    loud = (parameter("loud"), outcome(power=0.9, bias=-4.0), outcome(power=0.9, bias=-8.0))
    strong = (parameter("strong", (0.0, 1.5)), outcome(power=0.4, bias=-1.0), outcome(power=0.95, bias=-5.0))
    above = (parameter("above"), outcome(power=0.92, bias=-4.0), outcome(power=0.98, bias=-4.0))
    found = tornado(base, [quiet, loud, strong, above])
    assert [bar.parameter.alias for bar in found.bars] == ["strong", "above", "loud", "quiet"]
    # 95 - 40, then 98 - 90 (the plan itself is the lowest), then nothing: percentage points.
    assert [bar.swing for bar in found.bars] == pytest.approx([55.0, 8.0, 0.0, 0.0], abs=1e-9)
    assert [bar.bias_swing for bar in found.bars] == pytest.approx([4.0, 0.0, 4.0, 0.5], abs=1e-9)
    assert (found.bars[0].low.value, found.bars[0].high.value) == (0.0, 1.5)


def test_a_swing_within_monte_carlo_error_is_marked() -> None:
    # At 0.90 of 1,000 trials the standard error of a difference is 1.3 points: 1.96 times that is 2.6.
    assert math.isclose(196 * math.sqrt(2 * 0.09 / TRIALS), 2.63, abs_tol=0.01)
    base = outcome(power=0.9)
    within = (parameter("within"), outcome(power=0.9), outcome(power=0.92))
    beyond = (parameter("beyond"), outcome(power=0.9), outcome(power=0.94))
    found = {bar.parameter.alias: bar.beyond_error for bar in tornado(base, [within, beyond]).bars}
    assert found == {"within": False, "beyond": True}


def test_real_trials_say_that_expectancy_moves_the_bias_and_the_contrast_moves_power(
    inactive: Ground,
) -> None:
    """Directions only, on so few trials: 250 have a standard error of 2 points of power, 0.2 of bias."""
    asked = (Question.PLANNED, Question.TRUTH)
    wanted = [each for each in ends(inactive, {}) if each[0].alias in {"expectancy", "contrast", "stopping"}]
    scenarios = [inactive.scenario({}), *(one for _, *both in wanted for one in both)]
    done = run([each.setups(asked) for each in scenarios], trials=250, seed=3, engine=Here(), code="tornado")
    base, *rest = (outcome_of(each, ran, seed=3) for each, ran in zip(scenarios, done.ran, strict=True))
    pairs = zip(wanted, zip(rest[::2], rest[1::2], strict=True), strict=True)
    found = {bar.parameter.alias: bar for bar in tornado(base, [(one[0], *both) for one, both in pairs]).bars}
    assert next(iter(found)) == "contrast"
    assert found["contrast"].swing > 80.0
    assert found["expectancy"].bias_swing > 7.0
    # Stopping costs nothing while no contrast is lost with a session: exactly, by common random numbers.
    assert (found["stopping"].swing, found["stopping"].bias_swing) == (0.0, 0.0)
