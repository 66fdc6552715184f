"""Degrees of freedom and adjusted covariance of the fixed effects.

Satterthwaite: twice the squared variance of a contrast over the variance of that
variance; for several contrasts at once by the eigenvectors of their covariance (Fai,
Cornelius 1996, doi:10.1080/00949659608811740). Kenward-Roger (1997,
doi:10.2307/2533558), *linear*: the second derivatives of the covariance are left out of
the adjustment, where they do not vanish. The covariance of the parameters is the
inverse of the observed information, as in SAS. For one contrast the Kenward-Roger
degrees of freedom are exactly Satterthwaite's and the scale factor is one (put ℓ = 1
into the paper's formulas); the two differ in the standard error.
"""

from __future__ import annotations

import numpy as np

from holdfast.statistics.arrays import Floats
from holdfast.statistics.reml import Point

#: Degrees of freedom that differ by less than this share are equal.
SAME = 1e-8
#: Eigenvalues below this share of the largest belong to combinations that follow from others.
ZERO = 1e-10


def variance_of_elements(hessian: Floats) -> Floats | None:
    """(m, m) covariance of the estimated covariance parameters; None at no proper maximum.

    ``hessian`` (m, m) of minus twice the log-likelihood, observed or expected.
    """
    try:
        root = np.linalg.inv(np.linalg.cholesky(hessian))
    except np.linalg.LinAlgError:
        return None
    return np.asarray(2.0 * (root.T @ root))


def satterthwaite(rows: Floats, *, phi: Floats, slopes: Floats, of_elements: Floats) -> Floats:
    """(r,) degrees of freedom of the contrasts in ``rows`` (r, q)."""
    turned = rows @ phi
    variance = (turned * rows).sum(axis=1)
    gradient = ((turned @ slopes) * turned).sum(axis=2).T
    spread = ((gradient @ of_elements) * gradient).sum(axis=1)
    return np.asarray(2.0 * variance**2 / spread)


def kenward_roger_covariance(point: Point, *, curvature: Floats, of_elements: Floats) -> Floats:
    """(q, q) adjusted covariance Φ + 2Φ{Σ Wₖₗ(Qₖₗ − PₖΦPₗ)}Φ, without second derivatives.

    ``curvature`` (q, q) is Σ Wₖₗ Qₖₗ with Qₖₗ = X'V⁻¹VₖV⁻¹VₗV⁻¹X.
    """
    mixed = np.tensordot(of_elements, point.slopes, axes=1)
    product = (point.slopes @ point.phi @ mixed).sum(axis=0)
    inner = curvature - product
    adjusted = point.phi + point.phi @ (inner + inner.T) @ point.phi
    return np.asarray(0.5 * (adjusted + adjusted.T))


def joint_satterthwaite(rows: Floats, *, phi: Floats, slopes: Floats, of_elements: Floats) -> float:
    """Denominator degrees of freedom of the joint test of ``rows`` (r, q), whose rank may be less than r.

    The eigenvectors of the contrasts' covariance are uncorrelated single contrasts; the
    mean of their F(1, ν), Σ ν/(ν − 2), is that of ℓ·F(ℓ, df). Where an eigenvector has
    two degrees of freedom or fewer there is no such mean, and the answer is 2. The
    eigenvectors depend on how the combinations are written, not on their span alone.
    """
    values, turn = np.linalg.eigh(rows @ phi @ rows.T)
    proper = turn[:, values > ZERO * values[-1]].T @ rows
    each = satterthwaite(proper, phi=phi, slopes=slopes, of_elements=of_elements)
    if np.ptp(each) <= SAME * each.max():
        return float(each.mean())
    if (each <= 2.0).any():
        return 2.0
    expected = float((each / (each - 2.0)).sum())
    return 2.0 * expected / (expected - len(each))


def joint_kenward_roger(
    rows: Floats, *, phi: Floats, slopes: Floats, of_elements: Floats
) -> tuple[float, float]:
    """Denominator degrees of freedom and scale factor of the joint test of ``rows`` (ℓ, q), of full rank.

    They depend on the span of the rows only.
    """
    count = len(rows)
    theta = rows.T @ np.linalg.solve(rows @ phi @ rows.T, rows)
    # Pₖ of the paper is minus our slope; the two signs cancel in every product.
    turned = (theta @ phi) @ slopes @ phi
    traces = np.trace(turned, axis1=1, axis2=2)
    crossed = np.einsum("kab,lba->kl", turned, turned)
    a1 = float(traces @ of_elements @ traces)
    a2 = float((of_elements * crossed).sum())
    b = (a1 + 6.0 * a2) / (2.0 * count)
    g = ((count + 1.0) * a1 - (count + 4.0) * a2) / ((count + 2.0) * a2)
    below = 3.0 * count + 2.0 * (1.0 - g)
    c1, c2, c3 = g / below, (count - g) / below, (count + 2.0 - g) / below
    mean = 1.0 / (1.0 - a2 / count)
    variance = (2.0 / count) * (1.0 + c1 * b) / ((1.0 - c2 * b) ** 2 * (1.0 - c3 * b))
    ratio = variance / (2.0 * mean**2)
    df = 4.0 + (count + 2.0) / (count * ratio - 1.0)
    return df, df / (mean * (df - 2.0))
