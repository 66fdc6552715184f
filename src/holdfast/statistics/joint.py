"""One test of several linear combinations at once: all visits, or an arm-by-visit interaction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from holdfast.errors import TableError
from holdfast.statistics.arrays import Floats
from holdfast.statistics.df import joint_kenward_roger, joint_satterthwaite
from holdfast.statistics.fit import Fit
from holdfast.statistics.lsmeans import DegreesOfFreedom, estimable_rows
from holdfast.statistics.robust import hotelling

#: Combinations whose part outside the others is smaller than this share add nothing.
DEPENDENT = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """An F test of combinations of rank ``numerator_df``.

    ``f`` has Kenward and Roger's factor ``scale`` in it already, 1 for other methods.
    Everything is NaN where no standard error could be had, with the reason in ``warnings``.
    """

    f: float
    numerator_df: int
    df: float
    p: float
    scale: float
    warnings: tuple[str, ...]


def joint_test(fit: Fit, combinations: Floats, *, df: DegreesOfFreedom = "kr") -> JointTest:
    """Test that all rows of ``combinations`` (r, p) of the coefficients are zero, by one F test.

    "kr": Kenward and Roger 1997 (doi:10.2307/2533558), linear, with scale factor.
    "satterthwaite": by eigenvectors (Fai, Cornelius 1996, doi:10.1080/00949659608811740).
    "robust": the approximate Hotelling T² test (Tipton, Pustejovsky 2015,
    doi:10.3102/1076998615606099) on the cluster-robust covariance, which the fit must
    have. Rows that follow from others count once; rows that cannot be estimated are
    left out with a warning. Raises TableError where none can be.
    """
    estimable = estimable_rows(fit, combinations)
    if not estimable.any():
        raise TableError("None of the combinations to be tested can be estimated.")
    warnings: tuple[str, ...] = ()
    if not estimable.all():
        warnings = (f"{int((~estimable).sum())} combinations that cannot be estimated are not tested.",)
    given = combinations[estimable][:, list(fit.kept)]
    written = np.asarray(np.linalg.solve(fit.triangle.T, given.T).T)
    rows = _full_rank(written)
    if not len(rows):
        raise TableError("The combinations to be tested are zero whatever the coefficients are.")
    if fit.of_elements is None:
        return JointTest(
            f=np.nan, numerator_df=len(rows), df=np.nan, p=np.nan, scale=np.nan,
            warnings=(*warnings, "Standard errors, degrees of freedom and intervals could not be computed."),
        )  # fmt: skip
    f, freedom, scale = _statistic(fit, written, rows, df)
    if not freedom > 0:
        return JointTest(
            f=np.nan, numerator_df=len(rows), df=np.nan, p=np.nan, scale=np.nan,
            warnings=(*warnings, "There are too few clusters or subjects for so many combinations at once."),
        )  # fmt: skip
    p = float(fdtrc(len(rows), freedom, max(f, 0.0)))
    return JointTest(f=f, numerator_df=len(rows), df=freedom, p=p, scale=scale, warnings=warnings)


def _statistic(fit: Fit, written: Floats, rows: Floats, df: DegreesOfFreedom) -> tuple[float, float, float]:
    """F with any scale factor in it, denominator df, scale factor."""
    value = rows @ fit.gamma
    if df == "robust":
        f, freedom = hotelling(rows, value, found=fit.sandwich_or_refuse())
        return f, freedom, 1.0
    assert fit.of_elements is not None, "asked before"
    parts = {"phi": fit.phi, "slopes": fit.slopes, "of_elements": fit.of_elements}
    covariance = fit.adjusted if df == "kr" else fit.phi
    wald = float(value @ np.linalg.solve(rows @ covariance @ rows.T, value)) / len(rows)
    if df == "satterthwaite":
        return wald, joint_satterthwaite(written, **parts), 1.0
    freedom, scale = joint_kenward_roger(rows, **parts)
    return scale * wald, freedom, scale


def _full_rank(rows: Floats) -> Floats:
    """As many orthonormal rows as there are independent ones, spanning the same."""
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(basis[sizes > DEPENDENT * sizes.max(initial=0.0)])
