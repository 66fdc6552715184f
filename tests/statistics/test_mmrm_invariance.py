"""What must not matter to the mixed model, and what it must equal, on random trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.statistics.design import build_design, rows_of
from holdfast.statistics.fit import fit
from holdfast.statistics.lsmeans import estimate
from holdfast.statistics.mmrm import MmrmFit, mmrm
from scale import scaled
from small_trials import trial

trials = st.builds(
    trial,
    st.integers(0, 2**32),
    n=st.integers(24, 40),
    visits=st.integers(2, 4),
    missing=st.sampled_from([0.0, 0.1, 0.25]),
)
often = settings(max_examples=scaled(400), deadline=None)


def numbers(found: MmrmFit) -> np.ndarray:
    return np.array([(c.estimate, c.se, c.df, c.p, c.lower, c.upper) for c in found.contrasts])


def fitted(arrays) -> MmrmFit:
    found = mmrm(arrays, factors=("site",))
    assume(found.converged)
    return found


@often
@given(trials, st.randoms(use_true_random=False))
def test_the_order_of_persons_does_not_matter(arrays, random):
    order = list(range(len(arrays.arm)))
    random.shuffle(order)
    shuffled = replace(
        arrays,
        outcome=arrays.outcome[order],
        observed=arrays.observed[order],
        arm=arrays.arm[order],
        baseline=arrays.baseline[order],
        factors={"site": arrays.factors["site"][order]},
    )
    before, after = fitted(arrays), fitted(shuffled)
    # 1e-7: both stand at the same maximum, which rounding blurs by the square root of its own size at most.
    assert_allclose(numbers(after), numbers(before), rtol=1e-7)
    assert_allclose(after.neg2ll, before.neg2ll, rtol=1e-10)


@often
@given(trials, st.sampled_from([-1e5, 0.0, 1e5]), st.sampled_from([1e-6, -1.0, 1e6]))
def test_shift_and_scale_of_the_response_only_shift_and_scale(arrays, shift, scale):
    before = fitted(arrays)
    after = fitted(replace(arrays, outcome=shift * scale + scale * arrays.outcome))
    assert_allclose(
        [c.estimate for c in after.contrasts], [scale * c.estimate for c in before.contrasts], rtol=1e-6
    )
    assert_allclose([c.se for c in after.contrasts], [abs(scale) * c.se for c in before.contrasts], rtol=1e-6)
    assert_allclose([c.df for c in after.contrasts], [c.df for c in before.contrasts], rtol=1e-6)
    assert_allclose(after.covariance, scale**2 * before.covariance, rtol=1e-5, atol=1e-6 * scale**2)
    freedom = before.observations - len(before.coefficients)
    assert_allclose(after.neg2ll, before.neg2ll + 2 * freedom * np.log(abs(scale)), rtol=1e-8, atol=1e-6)


@often
@given(trials, st.randoms(use_true_random=False))
def test_the_order_of_visits_does_not_matter(arrays, random):
    order = list(range(len(arrays.visits)))
    random.shuffle(order)
    turned = replace(
        arrays,
        outcome=arrays.outcome[:, order],
        observed=arrays.observed[:, order],
        visits=tuple(arrays.visits[k] for k in order),
    )
    before, after = fitted(arrays), fitted(turned)
    assert_allclose(after.neg2ll, before.neg2ll, rtol=1e-9)
    assert_allclose(after.covariance, before.covariance[np.ix_(order, order)], rtol=1e-6, atol=1e-6)
    for contrast in before.contrasts:
        same = after.contrast(arm=contrast.arm, visit=contrast.visit)
        assert_allclose(
            (same.estimate, same.se, same.df), (contrast.estimate, contrast.se, contrast.df), rtol=1e-6
        )


@often
@given(trials)
def test_exchanging_the_arms_only_turns_the_sign(arrays):
    before = fitted(arrays)
    after = fitted(replace(arrays, arm=1 - arrays.arm, arms=arrays.arms[::-1]))
    assert_allclose([c.estimate for c in after.contrasts], [-c.estimate for c in before.contrasts], rtol=1e-7)
    assert_allclose([c.se for c in after.contrasts], [c.se for c in before.contrasts], rtol=1e-7)


@often
@given(trials, st.sampled_from(["reml", "ml"]))
def test_grouped_patterns_equal_the_dense_matrices(arrays, method):
    """Every N·N matrix written out, no grouping, no orthonormal columns, no scaling."""
    rows, _ = rows_of(arrays, covariates=("baseline",))
    design = build_design(rows, by_visit=("baseline",))
    X, y, V = design.X, rows.response, len(rows.visits)
    found = fit(y, X, visit=rows.visit, subject=rows.subject, n_visits=V, method=method)
    assume(found.converged)
    assume(np.isfinite(found.covariance).all())
    same = rows.subject[:, None] == rows.subject[None, :]
    at = np.ix_(rows.visit, rows.visit)
    inverse = np.linalg.inv(np.where(same, found.covariance[at], 0.0))
    phi = np.linalg.inv(X.T @ inverse @ X)
    beta = phi @ X.T @ inverse @ y
    residual = y - X @ beta
    expected = -np.linalg.slogdet(inverse)[1] + residual @ inverse @ residual
    freedom = len(y)
    if method == "reml":
        expected -= np.linalg.slogdet(phi)[1]
        freedom -= X.shape[1]
    expected += freedom * np.log(2 * np.pi)
    assert_allclose(found.neg2ll, expected, rtol=1e-9)

    slopes = []
    for a in range(V):
        for b in range(a, V):
            E = np.zeros((V, V))
            E[a, b] = E[b, a] = 1.0
            slopes.append(np.where(same, E[at], 0.0))
    P = inverse - inverse @ X @ phi @ X.T @ inverse
    middle = P if method == "reml" else inverse
    gradient = [np.trace(middle @ S) - y @ P @ S @ P @ y for S in slopes]
    spread = [np.trace(middle @ S @ middle @ S) ** 0.5 for S in slopes]
    assert_allclose(np.array(gradient) / spread, 0, atol=1e-6)

    m = len(slopes)
    hessian = np.empty((m, m))
    for k in range(m):
        for j in range(m):
            hessian[k, j] = 2 * y @ P @ slopes[k] @ P @ slopes[j] @ P @ y
            hessian[k, j] -= np.trace(middle @ slopes[k] @ middle @ slopes[j])
    W = 2 * np.linalg.inv(hessian)
    first = [-X.T @ inverse @ S @ inverse @ X for S in slopes]
    inner = sum(
        W[k, j] * (X.T @ inverse @ slopes[k] @ inverse @ slopes[j] @ inverse @ X - first[k] @ phi @ first[j])
        for k in range(m)
        for j in range(m)
    )
    adjusted = phi + 2 * phi @ inner @ phi
    L = (design.means[1] - design.means[0])[-1]
    gradient_of_variance = np.array([-L @ phi @ slope @ phi @ L for slope in first])
    df = 2 * (L @ phi @ L) ** 2 / (gradient_of_variance @ W @ gradient_of_variance)
    kr = estimate(found, L[None, :], df="kr")
    plain = estimate(found, L[None, :], df="satterthwaite")
    # 1e-5: the dense inverse of W loses digits that the scaled, orthonormal fit keeps.
    assert_allclose(kr.estimate[0], L @ beta, rtol=1e-6)
    assert_allclose(plain.se[0], np.sqrt(L @ phi @ L), rtol=1e-6)
    assert_allclose(kr.se[0], np.sqrt(L @ adjusted @ L), rtol=1e-5)
    assert_allclose((kr.df[0], plain.df[0]), (df, df), rtol=1e-5)


@often
@given(trials.map(lambda arrays: trial(int(arrays.baseline.sum() * 1e6), missing=0.0)))
def test_complete_data_equal_the_analysis_of_covariance_of_each_visit(arrays):
    """Everything by visit and nothing missing: each visit alone, by ordinary least squares, n − 3 df."""
    found = mmrm(arrays)
    n = len(arrays.arm)
    X = np.column_stack([np.ones(n), arrays.arm, arrays.baseline])
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ arrays.outcome
    residual = arrays.outcome - X @ beta
    covariance = residual.T @ residual / (n - 3)
    assert_allclose(found.covariance, covariance, rtol=1e-8, atol=1e-8)
    assert_allclose([c.estimate for c in found.contrasts], beta[1], rtol=1e-8)
    assert_allclose([c.se for c in found.contrasts], np.sqrt(np.diag(covariance) * inverse[1, 1]), rtol=1e-8)
    assert_allclose([c.df for c in found.contrasts], n - 3, rtol=1e-8)
    at_mean = np.array([[1.0, arm, arrays.baseline.mean()] for arm in (0, 1)])
    assert_allclose([c.estimate for c in found.ls_means], (at_mean @ beta).reshape(-1), rtol=1e-8)
    spread = np.sqrt(np.outer(np.diag(at_mean @ inverse @ at_mean.T), np.diag(covariance)))
    assert_allclose([c.se for c in found.ls_means], spread.reshape(-1), rtol=1e-8)


@often
@given(trials)
def test_persons_doubled_halve_the_variance_at_no_more_patterns(arrays):
    twice = replace(
        arrays,
        outcome=np.vstack([arrays.outcome] * 2),
        observed=np.vstack([arrays.observed] * 2),
        arm=np.tile(arrays.arm, 2),
        baseline=np.tile(arrays.baseline, 2),
        factors={},
    )
    once, both = mmrm(arrays, method="ml", df="satterthwaite"), mmrm(twice, method="ml", df="satterthwaite")
    assume(once.converged and both.converged)
    assert_allclose(both.neg2ll, 2 * once.neg2ll, rtol=1e-9)
    assert_allclose([c.se for c in both.contrasts], [c.se / np.sqrt(2) for c in once.contrasts], rtol=1e-6)
    assert_allclose([c.df for c in both.contrasts], [2 * c.df for c in once.contrasts], rtol=1e-6)
