"""The compiled mixed model gives the numbers and the refusals of the numpy fit, and those of R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics import compiled_mmrm as compiled
from holdfast.statistics.compiled_mmrm import add_person, fit_sums, fit_trial, gather, model, workspace
from holdfast.statistics.compiled_trials import fit_many, fit_once
from holdfast.statistics.fit import fit
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import estimate
from scale import scaled

HERE = Path(__file__).parent.parent / "reference"
FEV = HERE / "fev" / "fev_data.csv"
MMRM = json.loads((HERE / "fev" / "mmrm_unstructured.json").read_text())["fits"]

#: How the numpy fit says in a sentence what the compiled one says by its status.
SENTENCES = {
    compiled.NO_RESPONSE: "There is no response",
    compiled.TOO_FEW: "more responses or fewer covariates are needed",
    compiled.NO_VARIATION: "there is nothing to model",
    compiled.NO_VARIATION_AT_A_VISIT: "there is no variance to estimate",
}


def random_trial(
    seed: int, *, n: int, visits: int, sites: int = 0, missing: float = 0.1, treated: float = 0.5
):
    """Outcomes (n, visits) and numbers (n, P): intercept, arm, baseline, sites."""
    rng = np.random.default_rng(seed)
    arm = (rng.random(n) < treated).astype(float)
    baseline = rng.normal(40.0, 6.0, n)
    root = rng.normal(size=(visits, visits))
    y = 0.5 * baseline[:, None] - 4.0 * arm[:, None] * np.arange(1, visits + 1)
    y = y + rng.normal(size=(n, visits)) @ root.T * 5.0 + rng.normal(size=(n, visits)) * 5.0
    y[rng.random((n, visits)) < missing] = np.nan
    if seed % 2:  # dropout: nothing after the first missing value
        y = y + np.cumsum(np.isnan(y), axis=1) * 0.0
        y[np.cumsum(np.isnan(y), axis=1) > 0] = np.nan
    columns = [np.ones(n), arm, baseline]
    if sites:
        site = rng.integers(0, sites, n)
        columns += [(site == k).astype(float) for k in range(1, sites)]
    return y, np.column_stack(columns)


def columns_of(visits: int, numbers: int) -> tuple[list[int], list[int]]:
    """Intercept, arm and baseline by visit, sites at all visits."""
    person = [j for j in range(3) for _ in range(visits)] + list(range(3, numbers))
    visit = [v for _ in range(3) for v in range(visits)] + [-1] * (numbers - 3)
    return person, visit


def long(y, c, person, visit):
    subject, at = np.nonzero(~np.isnan(y))
    X = [c[subject, j] * ((at == v) if v >= 0 else 1.0) for j, v in zip(person, visit, strict=True)]
    return y[subject, at], np.column_stack(X), at, subject


def both(y, c, *, method="reml", rows=None):
    """The compiled answer, and the numpy fit with both its estimates or the sentence it refuses with."""
    V, P = y.shape[1], c.shape[1]
    person, visit = columns_of(V, P)
    rows = np.eye(len(person)) if rows is None else rows
    design = model(person, visit, rows, visits=V, numbers=P, reml=method == "reml")
    found = fit_once(y, c, design)
    response, X, at, subject = long(y, c, person, visit)
    try:
        expected = fit(response, X, visit=at, subject=subject, n_visits=V, method=method)
    except TableError as refused:
        return found, str(refused), None, None
    return found, expected, estimate(expected, rows, df="satterthwaite"), estimate(expected, rows, df="kr")


def assert_same(found, expected, plain, kr, *, rtol=1e-8):
    """Estimates are held to the same share of their standard error, the rest relatively."""
    assert found.dropped == expected.dropped
    assert (found.status == 0) == expected.converged
    if not expected.converged:
        return
    gap = (found.estimate - plain.estimate) / plain.se
    assert_allclose(gap, np.where(plain.estimable, 0, np.nan), atol=rtol)
    assert_allclose(found.se, plain.se, rtol=rtol)
    positive = ~(kr.se == 0)
    assert_allclose(found.se_kr[positive], kr.se[positive], rtol=rtol)
    assert_allclose(found.df, plain.df, rtol=rtol)
    assert_allclose(found.neg2ll, expected.neg2ll, rtol=1e-10)
    deviation = np.sqrt(np.diag(expected.covariance))
    gap = (found.covariance - expected.covariance) / np.outer(deviation, deviation)
    assert_allclose(gap, np.where(np.isnan(expected.covariance), np.nan, 0), atol=rtol)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("sites", [0, 5])
def test_random_trials_equal_the_numpy_fit(method, sites):
    rng = np.random.default_rng(sites)
    for seed in range(scaled(500)):
        y, c = random_trial(
            seed,
            n=int(rng.integers(40, 130)),
            visits=int(rng.integers(1, 5)),
            sites=sites,
            missing=float(rng.choice([0.0, 0.05, 0.15])),
            treated=float(rng.choice([0.5, 0.25])),
        )
        assert_same(*both(y, c, method=method))


def test_tiny_trials_are_answered_or_refused_as_by_the_numpy_fit():
    """Few persons, coarse outcomes, empty cells: the same refusals, convergence and numbers."""
    rng = np.random.default_rng(11)
    seen, apart, count = set(), [], scaled(2000)
    for seed in range(count):
        y, c = random_trial(
            seed,
            n=int(rng.integers(1, 26)),
            visits=int(rng.integers(1, 5)),
            sites=int(rng.choice([0, 3])),
            missing=float(rng.choice([0.0, 0.3, 0.6])),
        )
        y = np.round(y, int(rng.choice([-1, 0, 3])))
        found, expected, plain, kr = both(y, c)
        seen.add(found.status)
        if isinstance(expected, str):
            assert SENTENCES[found.status] in expected
            continue
        assert found.dropped == expected.dropped
        if (found.status == 0) != expected.converged or lower_or_flat(found, expected, plain, kr):
            apart.append(seed)
            continue
        # 1e-4: with hardly more persons than parameters the Hessian is close to singular.
        assert_same(found, expected, plain, kr, rtol=1e-4)
    assert len(apart) <= 0.02 * count, apart
    assert {compiled.CONVERGED, compiled.TOO_FEW} <= seen


def lower_or_flat(found, expected, plain, kr) -> bool:
    """Another maximum, or a likelihood so flat that where its top lies is rounding."""
    if not expected.converged:
        return False
    other = abs(found.neg2ll - expected.neg2ll) > 1e-6
    known = plain.df[np.isfinite(plain.df)]
    hardly = (kr.se > 3 * plain.se).any()  # so much does the covariance's uncertainty add
    return bool(other or hardly or not len(known) or known.max() > 1e6 or known.min() < 0.05)


def reference(df: str) -> dict:
    formula = "FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID)"
    return next(each for each in MMRM if each["formula"] == formula and each["df_method"] == df)


def fev():
    """Outcomes (persons, 4) and numbers: intercept, two races, sex, arm."""
    roles = Roles(response="FEV1", subject="USUBJID", visit="AVISIT", arm="ARMCD", covariates=("RACE", "SEX"))
    rows, _ = rows_of_table(read_csv(FEV), roles)
    race, sex, n = rows.factors["RACE"], rows.factors["SEX"], rows.subject.max() + 1
    y = np.full((n, 4), np.nan)
    y[rows.subject, rows.visit] = rows.response
    c = np.ones((n, 5))
    c[rows.subject, 1] = race.codes == race.levels.index("Black or African American")
    c[rows.subject, 2] = race.codes == race.levels.index("White")
    c[rows.subject, 3] = sex.codes == sex.levels.index("Female")
    c[rows.subject, 4] = rows.arm == 1
    return y, c


def test_every_coefficient_equals_r_mmrm():
    y, c = fev()
    person, visit = [0, 1, 2, 3, 4, 0, 0, 0, 4, 4, 4], [-1, -1, -1, -1, -1, 1, 2, 3, 1, 2, 3]
    found = fit_once(y, c, model(person, visit, np.eye(11), visits=4, numbers=5))
    plain, kr = reference("satterthwaite"), reference("kr")
    assert found.status == compiled.CONVERGED
    assert found.warnings == ()
    assert_allclose(found.estimate, plain["coef"], rtol=1e-6)
    assert_allclose(found.beta, plain["coef"], rtol=1e-6)
    assert_allclose(found.se, plain["se"], rtol=1e-6)
    assert_allclose(found.df, plain["df"], rtol=1e-6)
    assert_allclose(found.se_kr, kr["se"], rtol=1e-6)
    assert_allclose(found.df, kr["df"], rtol=1e-6)
    assert_allclose(found.neg2ll, plain["neg2ll"], rtol=1e-9)
    assert_allclose(found.covariance, plain["varcor"], rtol=1e-6)


@pytest.mark.parametrize(("shift", "scale"), [(1e5, 1.0), (-1e5, 1e-6), (1e3, 1e6)])
def test_a_large_mean_or_unit_costs_no_digits(shift, scale):
    y, c = random_trial(4, n=60, visits=3)
    before, after = both(y, c)[0], both(scale * (y + shift), c)[0]
    assert after.status == 0
    # 1e-6 as in the invariance tests of the numpy fit: the mean takes five digits of the outcomes themselves.
    assert_allclose(after.se, scale * before.se, rtol=1e-6)
    assert_allclose(after.df, before.df, rtol=1e-6)
    assert_allclose(after.estimate[3:], scale * before.estimate[3:], rtol=1e-6)


def test_a_person_taken_out_is_as_never_there():
    y, c = random_trial(5, n=40, visits=3, missing=0.2)
    person, visit = columns_of(3, 3)
    design = model(person, visit, np.eye(9)[3:6], visits=3, numbers=3)
    work = workspace(design)
    gather(y, c, work)
    for i in range(len(y)):
        add_person(y[i], c[i], -1.0, work)
        status = fit_sums(design, work, i > 0)
        expected = fit_once(np.delete(y, i, axis=0), np.delete(c, i, axis=0), design)
        assert status == expected.status == 0
        assert_allclose(work.found.estimate, expected.estimate, rtol=1e-8)
        assert_allclose(work.found.se_kr, expected.se_kr, rtol=1e-8)
        assert_allclose(work.found.df, expected.df, rtol=1e-8)
        add_person(y[i], c[i], 1.0, work)


def test_a_person_taken_out_of_shifted_sums_is_as_never_there():
    y, c = random_trial(5, n=40, visits=3, missing=0.2)
    y = y + 1e6
    person, visit = columns_of(3, 3)
    design = model(person, visit, np.eye(9)[3:6], visits=3, numbers=3)
    work = workspace(design)
    assert fit_trial(y, c, design, work) == 0
    add_person(y[7], c[7], -1.0, work)
    assert fit_sums(design, work, True) == 0
    expected = fit_once(np.delete(y, 7, axis=0), np.delete(c, 7, axis=0), design)
    assert_allclose(work.found.estimate, expected.estimate, rtol=1e-7)
    assert_allclose(work.found.se_kr, expected.se_kr, rtol=1e-7)


def test_sums_that_lost_the_residuals_say_so():
    y, c = random_trial(5, n=40, visits=3)
    person, visit = columns_of(3, 3)
    design = model(person, visit, np.eye(9)[:1], visits=3, numbers=3)
    work = workspace(design)
    gather(y + 1e6, c, work)
    assert fit_sums(design, work, False) == compiled.CANCELLED
    assert fit_trial(y + 1e6, c, design, work) == compiled.CONVERGED


def statuses(y, c):
    return both(y, c)[0].status


def test_what_cannot_be_fitted_has_a_status():
    y, c = random_trial(6, n=30, visits=3, missing=0.0)
    assert statuses(np.full_like(y, np.nan), c) == compiled.NO_RESPONSE
    assert statuses(np.full_like(y, 12.3), c) == compiled.NO_VARIATION
    assert statuses(3.0 + 2.0 * c[:, 2:] - c[:, 1:2] + 0.0 * y, c) == compiled.NO_VARIATION
    flat = y.copy()
    flat[:, 1] = 7.0
    assert statuses(flat, c) == compiled.NO_VARIATION_AT_A_VISIT
    assert statuses(y[:3], c[:3]) == compiled.TOO_FEW
    repeated = y.copy()
    repeated[:, 1] = repeated[:, 0]
    found = both(repeated, c)[0]
    assert found.status == compiled.SINGULAR
    assert found.warnings == ("The covariance becomes singular.",)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_value_has_a_status(value):
    y, c = random_trial(6, n=30, visits=3)
    design = model(*columns_of(3, 3), np.eye(9), visits=3, numbers=3)
    infinite = y.copy()
    infinite[4, 0] = value
    assert fit_once(infinite, c, design).status == compiled.NOT_FINITE
    infinite = c.copy()
    infinite[4, 2] = value
    assert fit_once(y, infinite, design).status == compiled.NOT_FINITE
    infinite[4, 2] = np.nan
    assert fit_once(y, infinite, design).status == compiled.NOT_FINITE
    gone = y.copy()
    gone[4] = np.nan
    assert fit_once(gone, infinite, design).status == 0, "nobody asks for a covariate without a response"


def test_an_arm_with_nobody_at_a_visit_loses_that_contrast_only():
    y, c = random_trial(8, n=60, visits=3, missing=0.0)
    y[c[:, 1] == 1, 2] = np.nan
    found, expected, plain, kr = both(y, c)
    assert found.dropped == (5,)
    assert np.isnan(found.estimate[5])
    assert np.isnan(found.beta[5])
    assert_same(found, expected, plain, kr)


def test_a_repeated_column_is_dropped_and_its_sum_still_estimated():
    y, c = random_trial(9, n=60, visits=2, missing=0.1)
    c = np.column_stack([c, 2.0 * c[:, 2] + 1.0])
    rows = np.zeros((2, 7))
    rows[0, 4:] = [1.0, 0.0, 2.0]  # follows the dependence at no visit
    rows[1, 2] = 1.0
    assert_same(*both(y, c, rows=rows))


def test_visits_never_seen_together_leave_their_covariance_unknown():
    y, c = random_trial(10, n=60, visits=3, missing=0.0)
    y[:30, 2] = np.nan
    y[30:, 1] = np.nan
    found, expected, plain, kr = both(y, c)
    assert np.isnan(found.covariance[1, 2])
    assert_same(found, expected, plain, kr)


def test_eight_visits_and_many_columns_equal_the_numpy_fit():
    y, c = random_trial(12, n=400, visits=8, sites=33, missing=0.05)
    found, expected, plain, kr = both(y, c)
    assert (y.shape[1], c.shape[1], len(found.beta)) == (8, 35, 56)
    assert_same(found, expected, plain, kr)


def test_many_trials_are_each_as_alone():
    trials = [random_trial(seed, n=50, visits=3) for seed in range(6)]
    y, c = np.array([t[0] for t in trials]), np.array([t[1] for t in trials])
    y[3] = np.nan
    design = model(*columns_of(3, 3), np.eye(9)[5:6], visits=3, numbers=3)
    found = fit_many(y, c, design)
    assert found.status.tolist() == [0, 0, 0, compiled.NO_RESPONSE, 0, 0]
    assert found.warnings == ("1 of 6 trials: there is no response.",)
    for t in range(6):
        alone = fit_once(y[t], c[t], design)
        np.testing.assert_array_equal(found.estimate[t], alone.estimate)
        np.testing.assert_array_equal(found.se_kr[t], alone.se_kr)
        np.testing.assert_array_equal(found.covariance[t], alone.covariance)
    same = fit_many(y, c[0], design)
    np.testing.assert_array_equal(same.estimate[0], found.estimate[0])


def test_a_design_that_points_nowhere_is_refused():
    with pytest.raises(ImpossibleValue, match="points outside the 2 numbers of a person or the 3 visits"):
        model([0, 2], [0, 1], np.eye(2), visits=3, numbers=2)
    with pytest.raises(ImpossibleValue, match="points outside"):
        model([0, 1], [0, 3], np.eye(2), visits=3, numbers=2)
    with pytest.raises(ImpossibleValue, match="9 visits: a compiled fit takes 1 to 8"):
        model([0], [0], np.eye(1), visits=9, numbers=1)
    with pytest.raises(ImpossibleValue, match="Contrasts must have 2 entries"):
        model([0, 0], [0, 1], np.eye(3), visits=2, numbers=1)
    design = model([0, 0], [0, 1], np.eye(2), visits=2, numbers=1)
    with pytest.raises(ImpossibleValue, match="a column for each of 2 visits; found shape"):
        fit_once(np.zeros((4, 3)), np.ones((4, 1)), design)
    with pytest.raises(ImpossibleValue, match="Numbers must be 4 persons by 1"):
        fit_once(np.zeros((4, 2)), np.ones((5, 1)), design)
