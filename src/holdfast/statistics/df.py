"""Degrees of freedom and adjusted covariance of the fixed effects.

Satterthwaite: twice the squared variance of a contrast over the variance of that
variance. Kenward-Roger (1997, doi:10.2307/2533558), *linear*: the covariance is linear
in its variances and covariances, so the second derivatives vanish, which is what SAS
computes for an unstructured covariance. The covariance of the variances is the inverse
of the observed information, as in SAS. For one contrast the Kenward-Roger degrees of
freedom are exactly Satterthwaite's and the scale factor is one (put ℓ = 1 into the
paper's formulas); the two differ in the standard error.
"""

from __future__ import annotations

import numpy as np

from holdfast.statistics.arrays import Floats
from holdfast.statistics.covariance import PatternSums
from holdfast.statistics.reml import Point


def variance_of_elements(point: Point) -> Floats | None:
    """(m, m) covariance of the estimated variances and covariances; None at no proper maximum."""
    try:
        root = np.linalg.inv(np.linalg.cholesky(point.hessian))
    except np.linalg.LinAlgError:
        return None
    # The Hessian is of minus twice the log-likelihood.
    return np.asarray(2.0 * (root.T @ root))


def satterthwaite(rows: Floats, *, phi: Floats, slopes: Floats, of_elements: Floats) -> Floats:
    """(r,) degrees of freedom of the contrasts in ``rows`` (r, q)."""
    turned = rows @ phi
    variance = (turned * rows).sum(axis=1)
    gradient = ((turned @ slopes) * turned).sum(axis=2).T
    spread = ((gradient @ of_elements) * gradient).sum(axis=1)
    return np.asarray(2.0 * variance**2 / spread)


def kenward_roger_covariance(
    point: Point, sums: PatternSums, basis: Floats, *, of_elements: Floats
) -> Floats:
    """(q, q) adjusted covariance Φ + 2Φ{Σ Wₖₗ(Qₖₗ − PₖΦPₗ)}Φ, without second derivatives.

    Qₖₗ = X'V⁻¹VₖV⁻¹VₗV⁻¹X is summed over k and l before it meets the design, so that
    no m·m stack of q·q matrices is made.
    """
    V, q = sums.seen.shape[1], len(point.phi)
    crossed = (basis.T @ of_elements @ basis).reshape(V, V, V, V)
    # Σ Wₖₗ EₖMEₗ of a pattern with inverse M: at [a, d] the sum over b, c of crossed[a, b, c, d] M[b, c].
    flat = point.inverse.reshape(-1, V * V) @ crossed.transpose(1, 2, 0, 3).reshape(V * V, V * V)
    middle = flat.reshape(-1, V, V)
    outer = (point.inverse @ middle @ point.inverse).reshape(-1)
    curvature = (outer @ sums.xx).reshape(q, q)
    mixed = np.tensordot(of_elements, point.slopes, axes=1)
    product = (point.slopes @ point.phi @ mixed).sum(axis=0)
    inner = curvature - product
    adjusted = point.phi + point.phi @ (inner + inner.T) @ point.phi
    return np.asarray(0.5 * (adjusted + adjusted.T))
