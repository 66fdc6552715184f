"""The mixed model for repeated measures: covariance of a chosen structure, REML or ML.

``mmrm`` fits one trial and gives the differences between arms and the least squares
means at every visit. ``fit.fit`` is the same model on bare arrays, for any design.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Floats, TrialArrays
from holdfast.statistics.design import Factor, Rows, build_design, rows_of
from holdfast.statistics.fit import CovarianceParameter, Fit, Information, Method, fit
from holdfast.statistics.joint import JointTest, joint_test
from holdfast.statistics.lsmeans import DegreesOfFreedom, Estimates, estimate
from holdfast.statistics.robust import Robust
from holdfast.statistics.spacing import spacing_warnings
from holdfast.statistics.structures import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One coefficient of the model, with treatment coding."""

    name: str
    estimate: float
    se: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEstimate:
    """A difference from the reference arm, or a mean, of ``arm`` at ``visit``; NaN where not estimable."""

    arm: str
    visit: str
    estimate: float
    se: float
    df: float
    p: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MmrmFit:
    """What a trial's model says.

    ``contrasts``: each arm but the reference, at each visit, minus the reference.
    ``ls_means``: each arm at each visit, covariates at their mean, levels of factors in
    equal parts (``p`` then tests a mean of zero). ``covariance`` (V, V) of one
    subject's visits, or (groups, V, V) in the order of ``groups`` where each has one.
    ``dropped`` names the columns that depend on others. A result with ``converged``
    false must not be reported; ``warnings`` are sentences. ``model`` is the fit on bare
    arrays and ``differences`` (arms − 1, V, p) are the rows of the contrasts in it.
    """

    arms: tuple[str, ...]
    visits: tuple[str, ...]
    contrasts: tuple[CellEstimate, ...]
    ls_means: tuple[CellEstimate, ...]
    coefficients: tuple[Coefficient, ...]
    covariance: Floats
    neg2ll: float
    converged: bool
    iterations: int
    subjects: int
    observations: int
    method: Method
    df: DegreesOfFreedom
    structure: Structure
    groups: tuple[str, ...]
    parameters: tuple[CovarianceParameter, ...]
    dropped: tuple[str, ...]
    warnings: tuple[str, ...]
    model: Fit
    differences: Floats

    @property
    def aic(self) -> float:
        """−2 log likelihood + 2d, d the covariance parameters, and under ML the coefficients besides."""
        return self.neg2ll + 2.0 * self._counted

    @property
    def bic(self) -> float:
        """−2 log likelihood + d·log n, d as in ``aic``, n the independent units (subjects, or pairs)."""
        return self.neg2ll + self._counted * math.log(self.model.independent)

    @property
    def _counted(self) -> int:
        return len(self.parameters) + (len(self.model.kept) if self.method == "ml" else 0)

    @property
    def reference(self) -> str:
        """The arm the others are compared with."""
        return self.arms[0]

    def contrast(self, *, arm: str, visit: str) -> CellEstimate:
        """The difference of ``arm`` from the reference at ``visit``. Raises KeyError where there is none."""
        return _cells_by_name(self.contrasts)[arm, visit]

    def ls_mean(self, *, arm: str, visit: str) -> CellEstimate:
        """The least squares mean of ``arm`` at ``visit``. Raises KeyError where there is none."""
        return _cells_by_name(self.ls_means)[arm, visit]


def mmrm(
    arrays: TrialArrays,
    *,
    covariates: Sequence[str] = (),
    by_visit: Sequence[str] = ("baseline",),
    factors: Sequence[str] = (),
    method: Method = "reml",
    df: DegreesOfFreedom = "kr",
    structure: Structure = "us",
    group: str | None = None,
    pair: str | None = None,
    cluster: str | None = None,
    robust: Robust = "cr2",
    information: Information = "observed",
    level: float = 0.95,
) -> MmrmFit:
    """Fit one trial: arm by visit, ``covariates``, ``factors``, and ``by_visit`` covariates by visit.

    Covariates are "baseline" or names in ``arrays.covariates``; ``factors`` names in
    ``arrays.factors``. ``structure`` is that of a subject's covariance; ``group``, "arm"
    or a factor, gives each of its levels a covariance of its own. ``pair``, a factor,
    adds random effects of therapist pair and of pair by arm. ``cluster``, "subject" or a
    factor, gives cluster-robust errors of kind ``robust`` with degrees of freedom of
    their own: ``df`` is then not used and the result's is "robust". ``information`` as in
    ``fit``. Raises TableError
    where nothing can be fitted, UnknownName for another structure.
    """
    names = tuple(dict.fromkeys((*covariates, *by_visit)))
    labels = dict.fromkeys(name for name in (group, pair, cluster) if name not in (None, "arm", "subject"))
    rows, warnings = rows_of(
        arrays, covariates=names, factors=factors, labels=[name for name in labels if name is not None]
    )
    return fit_rows(
        rows, by_visit=by_visit, method=method, df=df, structure=structure, group=group, pair=pair,
        cluster=cluster, robust=robust, information=information, level=level, warnings=warnings,
    )  # fmt: skip


def fit_rows(
    rows: Rows,
    *,
    by_visit: Sequence[str] = (),
    method: Method = "reml",
    df: DegreesOfFreedom = "kr",
    structure: Structure = "us",
    group: str | None = None,
    pair: str | None = None,
    cluster: str | None = None,
    robust: Robust = "cr2",
    information: Information = "observed",
    level: float = 0.95,
    warnings: tuple[str, ...] = (),
) -> MmrmFit:
    """Fit the rows of a trial; ``warnings`` are put before the fit's own. Raises TableError.

    As ``mmrm``; ``group``, ``pair`` and ``cluster`` name labels of the rows.
    """
    _check_rows(rows)
    design = build_design(rows, by_visit=by_visit)
    names = design.names
    grouping = None if group is None else _label(rows, group)
    df = df if cluster is None else "robust"
    fitted = fit(
        rows.response,
        design.X,
        visit=rows.visit,
        subject=rows.subject,
        n_visits=len(rows.visits),
        method=method,
        structure=structure,
        group=None if grouping is None else grouping.codes,
        groups=None if grouping is None else grouping.levels,
        pair=None if pair is None else _label(rows, pair).codes,
        arm=rows.arm,
        cluster=None if cluster is None else _label(rows, cluster).codes,
        robust=robust,
        information=information,
        names=names,
        visits=rows.visits,
    )
    p = len(design.columns)
    differences = (design.means[1:] - design.means[:1]).reshape(-1, p)
    means = design.means.reshape(-1, p)
    combinations = np.vstack([differences, means, np.eye(p)[list(fitted.kept)]])
    found = _numbers(estimate(fitted, combinations, df=df, level=level))
    contrasts = _cells(found[: len(differences)], rows.arms[1:], rows.visits)
    ls_means = _cells(found[len(differences) : len(differences) + len(means)], rows.arms, rows.visits)
    notes = (
        *warnings,
        *spacing_warnings(structure, rows.visits),
        *fitted.warnings,
        *_unknown(contrasts, ls_means),
    )
    if len(rows.arms) == 1:
        notes += ("There is one arm only: nothing is compared.",)
    if df == "kr" and method == "ml":
        notes += ("Kenward-Roger was derived for REML; with ML it is computed by the same formula.",)
    return MmrmFit(
        arms=rows.arms,
        visits=rows.visits,
        contrasts=contrasts,
        ls_means=ls_means,
        coefficients=_coefficients(found[-len(fitted.kept) :], fitted, names),
        covariance=fitted.covariance,
        neg2ll=fitted.neg2ll,
        converged=fitted.converged,
        iterations=fitted.iterations,
        subjects=fitted.subjects,
        observations=fitted.observations,
        method=method,
        df=df,
        structure=structure,
        groups=() if grouping is None else _present(grouping),
        parameters=fitted.parameters,
        dropped=tuple(names[j] for j in fitted.dropped),
        warnings=notes,
        model=fitted,
        differences=design.means[1:] - design.means[:1],
    )


def arm_at_all_visits(found: MmrmFit) -> JointTest:
    """The joint test of every difference from the reference arm. Raises TableError for one arm."""
    _check_arms(found)
    rows = found.differences.reshape(-1, found.differences.shape[-1])
    return joint_test(found.model, rows, df=found.df)


def arm_by_visit(found: MmrmFit) -> JointTest:
    """The joint test of equal differences at all visits. Raises TableError for one arm or visit."""
    _check_arms(found)
    if len(found.visits) == 1:
        raise TableError("There is one visit only: no difference can vary over visits.")
    changes = found.differences[:, 1:] - found.differences[:, :1]
    return joint_test(found.model, changes.reshape(-1, changes.shape[-1]), df=found.df)


def _check_arms(found: MmrmFit) -> None:
    if len(found.arms) == 1:
        raise TableError("There is one arm only: nothing is compared.")


def _label(rows: Rows, name: str) -> Factor:
    """The categories called ``name``; "arm" and "subject" are always there."""
    if name in rows.labels:
        return rows.labels[name]
    if name == "arm":
        return Factor(codes=rows.arm, levels=rows.arms)
    if name == "subject":
        return Factor(codes=rows.subject, levels=tuple(map(str, range(int(rows.subject.max()) + 1))))
    raise TableError(
        f"There is no factor {name!r}; there are: {', '.join(sorted({*rows.labels, 'arm', 'subject'}))}."
    )


def _present(factor: Factor) -> tuple[str, ...]:
    return tuple(factor.levels[code] for code in np.unique(factor.codes).tolist())


def _check_rows(rows: Rows) -> None:
    if not len(rows.response):
        raise TableError("There is no response: every value is missing.")
    for kind, labels in (("arm", rows.arms), ("visit", rows.visits)):
        repeated = sorted({label for label in labels if labels.count(label) > 1})
        if repeated or not labels:
            raise TableError(f"The {kind}s must be named once each; found {', '.join(labels) or 'none'}.")


Numbers = tuple[float, float, float, float, float, float]


def _numbers(found: Estimates) -> list[Numbers]:
    """Estimate, standard error, df, p, lower and upper limit of each combination."""
    columns = (found.estimate, found.se, found.df, found.p, found.lower, found.upper)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _cells(found: Sequence[Numbers], arms: Sequence[str], visits: Sequence[str]) -> tuple[CellEstimate, ...]:
    cells = ((arm, visit) for arm in arms for visit in visits)
    return tuple(
        CellEstimate(arm=arm, visit=visit, estimate=estimate, se=se, df=df, p=p, lower=lower, upper=upper)
        for (arm, visit), (estimate, se, df, p, lower, upper) in zip(cells, found, strict=True)
    )


def _unknown(contrasts: Sequence[CellEstimate], means: Sequence[CellEstimate]) -> tuple[str, ...]:
    """Sentences for what could not be estimated, so that no NaN is silent."""
    lost = [f"{cell.arm} at {cell.visit}" for cell in contrasts if math.isnan(cell.estimate)]
    lost_means = [f"{cell.arm} at {cell.visit}" for cell in means if math.isnan(cell.estimate)]
    without_error = any(math.isnan(c.se) and not math.isnan(c.estimate) for c in (*contrasts, *means))
    warnings = []
    if lost:
        warnings.append(f"The differences of these cannot be estimated: {'; '.join(lost)}.")
    if lost_means:
        warnings.append(f"The means of these cannot be estimated: {'; '.join(lost_means)}.")
    if without_error:
        warnings.append("Standard errors, degrees of freedom and intervals could not be computed.")
    return tuple(warnings)


def _coefficients(found: Sequence[Numbers], fitted: Fit, names: Sequence[str]) -> tuple[Coefficient, ...]:
    return tuple(
        Coefficient(name=names[j], estimate=estimate, se=se, df=degrees)
        for j, (estimate, se, degrees, *_) in zip(fitted.kept, found, strict=True)
    )


def _cells_by_name(cells: Sequence[CellEstimate]) -> Mapping[tuple[str, str], CellEstimate]:
    return {(cell.arm, cell.visit): cell for cell in cells}
