"""Each scenario's parameter moves what it should, and nothing else. The same dice throughout."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue
from holdfast.simulation.catalogue import with_values
from holdfast.simulation.course import draw_course
from holdfast.simulation.luck import Luck
from holdfast.simulation.model import model_of
from holdfast.simulation.plan import plan_of
from scale import scaled
from trial_drawing import FIELDS, MAPP2, SHIPPED, Many, many, truths

TRIALS = scaled(2000)
FULL, INACTIVE = MAPP2 == 1, MAPP2 == 0
CONTRAST = np.array(SHIPPED.latent.contrast.numbers)
THERAPY = np.array(SHIPPED.latent.therapy.numbers)


@pytest.fixture(scope="module")
def plain() -> Many:
    return many(TRIALS)


@pytest.fixture(scope="module")
def by_drug() -> Many:
    """No expectancy: what belief does is leaving alone."""
    return many(TRIALS, expectancy=0.0)


def same(one: Many, other: Many, *names: str, where: object = slice(None)) -> None:
    for name in names or FIELDS:
        np.testing.assert_array_equal(getattr(one, name)[:, where], getattr(other, name)[:, where], name)


@pytest.mark.parametrize(
    "without_effect",
    [
        {"rater_bias": 10.0},
        {"raters": 3.0},
        {"pairs": 26.0},
        {"light_gain": 0.0, "light_contrast_lost": 1.0},
        {"rebound": 8.0},
        {"prior_use": 0.1},
        {"stopping": 0.1, "missed_session": 0.1},
        {"low_felt": 7.0, "low_fraction": 0.6, "active_felt": 3.0, "active_fraction": 0.5},
        {"leaving_low": 1.0, "leaving_active": -1.0},
        {"relapse_full": 0.08, "crossover": 1.0, "follow_up_lost": 0.4},
        {"pace": 3.0, "screen_failures": 2.0},
    ],
)
def test_what_belongs_to_a_scenario_that_is_off_changes_nothing(
    plain: Many, without_effect: dict[str, float]
) -> None:
    same(plain, many(TRIALS, **without_effect))


def test_without_pharmacology_only_belief_is_left_of_the_contrast(plain: Many) -> None:
    none = many(TRIALS, pharmacology=0.0)
    same(plain, none, where=INACTIVE)
    same(plain, none, "theta", "baseline")
    # q is a half: half the contrast goes; belief at the first visit is as it was.
    moved = (none.latent - plain.latent)[:, FULL, 0]
    np.testing.assert_allclose(moved, 0.5 * CONTRAST[0], atol=1e-12)


def test_the_contrast_s_size_scales_drug_and_belief_alike(plain: Many) -> None:
    half, none = many(TRIALS, contrast=0.5), many(TRIALS, contrast=0.0)
    same(plain, none, "theta", "baseline")
    at_first = (none.latent + plain.latent - 2 * half.latent)[..., 0]
    np.testing.assert_allclose(at_first, 0, atol=1e-12)
    assert np.abs(none.latent - plain.latent)[..., 0].max() > 4


def test_assurance_varies_the_contrast_by_trial_as_published(by_drug: Many) -> None:
    sure = many(TRIALS, expectancy=0.0, contrast_uncertainty=1.0)
    same(by_drug, sure, where=INACTIVE)
    scale = 1 + (by_drug.latent - sure.latent)[:, FULL] / CONTRAST
    np.testing.assert_allclose(scale, scale[:, :1, :1] * np.ones_like(scale), atol=1e-12)
    # 2.44 / 8.9 = 0.274; the SD of a sample of N(0, 1) has error 1 / sqrt(2 T).
    assert scale[:, 0, 0].std() == pytest.approx(2.44 / 8.9, rel=4 / np.sqrt(2 * TRIALS))


def test_raters_own_effects_move_ratings_alone(plain: Many) -> None:
    rated = many(TRIALS, rater_sd=3.0)
    same(plain, rated, "theta", "baseline", "belief", "latent", "left", "skipped", "guess")
    moved = (rated.score - plain.score)[plain.score > 20]
    # Unrounded 3 points, rounded: variance 9 + 1/12 + 1/12 at most; raters repeat within a trial.
    assert 2.7 < moved.std() < 3.3
    assert abs(moved.mean()) < 0.4


def test_a_rater_without_colleagues_moves_all_of_a_trial_alike(plain: Many) -> None:
    rated = many(TRIALS, rater_sd=3.0, raters=1.0)
    moved = np.where(plain.score > 30, rated.score - plain.score, 0)
    assert all(np.ptp(trial[trial != 0]) <= 1 for trial in moved if (trial != 0).any())


def test_unblinded_raters_move_ratings_by_belief_alone() -> None:
    fair = many(TRIALS, expectancy=0.0)
    biased = many(TRIALS, expectancy=0.0, rater_unblinded=0.4, rater_bias=10.0)
    same(fair, biased, "theta", "baseline", "belief", "latent", "left", "skipped", "guess")
    moved = (biased.score - fair.score)[..., 2]
    assert (moved != 0).mean() == pytest.approx(0.4, abs=0.1)
    # On average 0.4 x 10 points between the arms, less what is bent away at zero.
    assert -4.2 < moved[:, FULL].mean() - moved[:, INACTIVE].mean() < -2.4


def test_leaving_may_depend_on_the_arm_alone(plain: Many) -> None:
    more = many(TRIALS, leaving_full=1.0)
    same(plain, more, where=INACTIVE)
    same(plain, more, "theta", "baseline", "belief", "latent", "score")
    gone, before = (each.left[:, FULL] < 3 for each in (more, plain))
    assert gone[before].all()
    # e times the odds of about 3 %, with room for the Monte-Carlo error of a few hundred.
    assert 1.9 < gone.sum() / before.sum() < 3.2


def test_leaving_may_depend_on_belief_or_on_response_alone(plain: Many) -> None:
    for values in ({"leaving_by_belief": 0.0}, {"leaving_by_response": -0.7}):
        other = many(TRIALS, **values)
        same(plain, other, "theta", "baseline", "belief", "latent", "score")
        assert (other.left != plain.left).any()
    unmoved = many(TRIALS, leaving_by_belief=0.0, leaving_by_response=0.0)
    arms = [(unmoved.left[:, arm] < 3).mean() for arm in (FULL, INACTIVE)]
    assert abs(arms[0] - arms[1]) < 4 * np.sqrt(2 * arms[0] / (TRIALS * 51))


def test_each_session_not_had_takes_a_share_of_what_contrast_is_left(by_drug: Many) -> None:
    lost = many(TRIALS, expectancy=0.0, session_loss=0.5, stopping=0.2, missed_session=0.2)
    same(by_drug, lost, "latent", "score", "belief", where=INACTIVE)  # no drug, no contrast to lose
    moved = (lost.latent - by_drug.latent)[:, FULL] / CONTRAST
    kept = np.round(1 - moved, 9)
    assert set(np.unique(kept)) == {1.0, 0.5, 0.25}  # nobody misses the first
    assert (np.diff(kept, axis=-1) <= 0).all()
    complete = many(
        TRIALS, expectancy=0.0, session_loss=0.5, stopping=0.2, missed_session=0.2, all_complete=True
    )
    same(by_drug, complete, "latent", "score", "belief")


def test_stopped_people_stay_rated(by_drug: Many) -> None:
    lost = many(TRIALS, expectancy=0.0, session_loss=0.5, stopping=0.3)
    fewer = (lost.latent - by_drug.latent)[:, FULL, 2] > 1
    assert lost.assessed[:, FULL, 2][fewer].mean() > 0.8


def test_prior_users_recognise_the_drug_and_answer_to_it_otherwise(by_drug: Many) -> None:
    sharp = many(TRIALS, expectancy=0.0, recognition=2.0)
    users = (sharp.belief != by_drug.belief)[..., 0]
    assert users.mean() == pytest.approx(0.462, abs=4 * 0.5 / np.sqrt(users.size))
    same(by_drug, sharp, "theta", "baseline", "latent", "score")
    strong = many(TRIALS, expectancy=0.0, prior_response=0.3)
    moved = (strong.latent - by_drug.latent)[..., 2]
    np.testing.assert_allclose(moved[users & FULL], -0.3 * CONTRAST[2], atol=1e-12)
    assert not moved[~users | INACTIVE].any()


@pytest.mark.parametrize("name", ["site_sd", "pair_sd", "pair_by_arm_sd"])
def test_people_share_the_effect_of_their_site_pair_or_pair_and_arm(name: str) -> None:
    plan = plan_of(MAPP2, site=np.arange(104) % 4, pair=np.arange(104) % 13)
    plain, shared = (many(TRIALS, plan=plan, expectancy=0.0, **{name: sd}) for sd in (0.0, 3.0))
    same(plain, shared, "theta", "baseline")
    effect = shared.latent - plain.latent
    np.testing.assert_allclose(effect, effect[..., :1] * np.ones(3), atol=1e-12)  # alike at every visit
    group = {"site_sd": plan.site, "pair_sd": plan.pair, "pair_by_arm_sd": plan.pair + 13 * MAPP2}[name]
    first = np.array([np.flatnonzero(group == each)[0] for each in np.unique(group)])
    for each, at in zip(np.unique(group), first, strict=True):
        np.testing.assert_allclose(
            effect[:, group == each, 0], effect[:, [at], 0] * np.ones((group == each).sum()), atol=1e-12
        )
    values = effect[:, first, 0]
    assert values.std() == pytest.approx(3, rel=4 / np.sqrt(2 * values.size))
    assert np.abs(np.corrcoef(values.T) - np.eye(first.size)).max() < 6 / np.sqrt(TRIALS)


def test_light_therapy_gives_a_share_and_may_take_from_the_contrast(by_drug: Many) -> None:
    light = many(TRIALS, expectancy=0.0, light_therapy=1.0, light_gain=0.5)
    np.testing.assert_allclose(
        light.latent - by_drug.latent, 0.5 * THERAPY * np.ones((TRIALS, 104, 1)), atol=1e-12
    )
    bound = many(TRIALS, expectancy=0.0, light_therapy=1.0, light_gain=1.0, light_contrast_lost=1.0)
    same(by_drug, bound, "latent", where=INACTIVE)
    np.testing.assert_allclose(
        (bound.latent - by_drug.latent)[:, FULL], CONTRAST * np.ones((TRIALS, 53, 1)), atol=1e-12
    )
    some = many(TRIALS, expectancy=0.0, light_therapy=0.3)
    share = (some.latent != by_drug.latent)[..., 0].mean()
    assert share == pytest.approx(0.3, abs=4 * 0.46 / np.sqrt(TRIALS * 104))


def test_felt_and_response_may_hang_together_and_keep_their_variance(by_drug: Many) -> None:
    tied = many(TRIALS, expectancy=0.0, felt_response=0.6)
    same(by_drug, tied, "theta", "baseline")
    same_first = tied.belief[..., 0] == by_drug.belief[..., 0]
    assert same_first.all()  # what is felt is as it was
    own, before = ((each.latent - each.theta[..., None])[:, FULL] for each in (tied, by_drug))
    np.testing.assert_allclose(own.std(axis=(0, 1)), before.std(axis=(0, 1)), rtol=0.04)
    better = [
        np.corrcoef(tied_.belief[:, FULL, 0].ravel(), part[..., 2].ravel())[0, 1]
        for tied_, part in ((tied, own), (by_drug, before))
    ]
    assert better[0] < -0.25
    assert abs(better[1]) < 4 / np.sqrt(TRIALS * 53)


def test_a_taper_raises_baseline_and_wears_off(by_drug: Many) -> None:
    tapered = many(TRIALS, expectancy=0.0, taper=1.0, rebound=4.0)
    entered_alike = tapered.theta == by_drug.theta
    assert entered_alike.mean() > 0.9  # the others entered at another attempt
    np.testing.assert_array_equal((tapered.baseline - by_drug.baseline)[entered_alike], 4)
    left = (tapered.latent - by_drug.latent)[entered_alike]
    np.testing.assert_allclose(left, np.array([2.0, 0.8, 0.0]) * np.ones_like(left), atol=1e-12)


def test_severity_and_the_entry_score_move_who_enters() -> None:
    plain, severe, strict = many(TRIALS), many(TRIALS, severity=41.5), many(TRIALS, entry=35)
    # 4.1 points less what the bar at 28 already took: means of normals cut off at 27.5, 42.18 - 39.01.
    assert severe.baseline.mean() - plain.baseline.mean() == pytest.approx(3.17, abs=0.25)
    assert strict.baseline.min() == 35
    assert plain.baseline.min() == 28


def test_low_dose_and_active_comparator_move_their_own_arm_alone() -> None:
    plan = plan_of(np.arange(104) % 4)
    level = plan.level
    plain = many(TRIALS, plan=plan, expectancy=0.0)
    for name, own in (("low", 2), ("active", 3)):
        other = many(TRIALS, plan=plan, expectancy=0.0, **{f"{name}_felt": 7.0, f"{name}_fraction": 0.6})
        same(plain, other, where=level != own)
        moved = (other.latent - plain.latent)[:, level == own]
        before = 0.3 if own == 2 else 0.0
        np.testing.assert_allclose(moved, (before - 0.6) * CONTRAST * np.ones_like(moved), atol=1e-12)
        assert (other.belief[:, level == own] >= plain.belief[:, level == own] - 1e-12)[..., 0].all()


def test_at_equal_belief_everyone_has_the_comparator_s_belief(plain: Many) -> None:
    equal, comparator = many(TRIALS, equal_belief=True), many(TRIALS, arm=0)
    same(equal, comparator, "belief", "theta", "baseline")
    same(equal, plain, "latent", "score", "left", where=INACTIVE)
    assert (equal.latent != plain.latent)[:, FULL].mean() > 0.99  # some felt 10 of 10 in either arm


def test_when_all_complete_nobody_leaves_and_no_rating_is_missed(plain: Many) -> None:
    complete = many(TRIALS, all_complete=True)
    assert complete.assessed.all()
    same(plain, complete, "theta", "baseline", "latent", "score", "belief")  # nothing was lost by leaving


def test_the_same_people_in_their_own_arm_are_the_same(plain: Many) -> None:
    for arm, here in ((0, INACTIVE), (1, FULL)):
        same(plain, many(TRIALS, arm=arm), where=here)


def test_truths_take_no_part_in_what_raters_do() -> None:
    few = scaled(400)
    fair, biased = (
        truths(few, rater_unblinded=share, rater_bias=10.0, rater_sd=sd)
        for share, sd in ((0.0, 0.0), (0.5, 3.0))
    )
    np.testing.assert_array_equal(fair, biased)


def test_own_scores_are_the_mean_of_fair_ratings() -> None:
    trials = scaled(4000)
    plan = plan_of(np.ones(104, dtype=np.int64))
    drawn = many(trials, plan=plan, arm=1)
    own = truths(trials, plan=plan, arms=(1, 0)) + truths(trials, plan=plan, arms=(0, 0))
    rated = drawn.score - many(trials, plan=plan, arm=0).score
    gap = (rated - own).mean(axis=1)  # rating errors are shared by the two arms, their effect at zero is not
    assert np.abs(gap.mean(axis=0)).max() < 0.05 + 4 * gap.std() / np.sqrt(trials)


def test_nobody_entering_is_told() -> None:
    with pytest.raises(ImpossibleValue, match="reaches the entry score of 60"):
        draw_course(with_values(SHIPPED, {"entry": 60, "severity": 5}), seed=1, level=MAPP2)


def test_a_share_outside_its_range_makes_no_model() -> None:
    with pytest.raises(ImpossibleValue, match="between 0 and 1"):
        model_of(SHIPPED, share=-0.1)


def test_prior_use_is_what_a_rehearsal_tells_at_screening(by_drug: Many) -> None:
    sharp = many(1, expectancy=0.0, recognition=2.0)
    users = (sharp.belief != by_drug.belief[:1])[0, :, 0]
    told = [Luck(1, person).strikes("prior-mdma", SHIPPED.people.prior_mdma.number) for person in range(104)]
    assert users.tolist() == told
