"""G-computation: marginal shares, their differences and ratios, after logistic regression.

A logistic model of the response on arm and covariates predicts every person's chance under
each arm; the average over *all* persons is the arm's standardised share. Its difference
and ratio are marginal, as a randomised trial's unadjusted ones are, but more precise; the
model's odds ratio is conditional and another quantity (FDA 2023, Adjusting for Covariates
in Randomized Clinical Trials for Drugs and Biological Products). Standard errors: the
sandwich of the stacked estimating equations, which stands when the model is wrong and
counts the covariates as drawn with the people (Ye, Bannick, Yi, Shao 2023,
doi:10.1080/24754269.2023.2205802), or the delta method given the covariates and the model
(Ge and others 2011, doi:10.1177/009286151104500409).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.proportions import check_level

#: A column whose part outside the columns before it is smaller than this share of it says nothing new.
DEPENDENT = 1e-9
_STEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalShare:
    """The standardised share of one arm."""

    arm: str
    estimate: float
    se: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalContrast:
    """One arm against the reference; ``log_ratio_se`` is the standard error of the ratio's logarithm."""

    arm: str
    reference: str
    difference: float
    difference_se: float
    difference_interval: tuple[float, float]
    ratio: float
    log_ratio_se: float
    ratio_interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """Marginal shares and contrasts; NaN, with the reason in ``warnings``, where there is no estimate.

    ``separated`` names the columns along which responders and others part wholly (no finite
    coefficients exist); ``n`` persons were averaged over, ``responses`` entered the model.
    """

    shares: tuple[MarginalShare, ...]
    contrasts: tuple[MarginalContrast, ...]
    coefficients: Floats
    columns: tuple[str, ...]
    variance: str
    n: int
    responses: int
    converged: bool
    separated: tuple[str, ...]
    warnings: tuple[str, ...]


def standardise(
    response: npt.ArrayLike,
    arm: Ints,
    covariates: Floats,
    *,
    arms: Sequence[str] = ("reference", "treatment"),
    names: Sequence[str] | None = None,
    variance: Literal["sandwich", "delta"] = "sandwich",
    level: float = 0.95,
) -> Standardised:
    """Standardised shares of ``response`` by arm, and each arm against the first.

    ``response`` (n,) is 0, 1 or NaN (a person without one is averaged over but does not
    enter the model); ``arm`` (n,) indices into ``arms``; ``covariates`` (n, k) complete,
    ``names`` (k,).

    Raises TableError for arrays that do not fit, an arm without responses, covariates that
    are missing or infinite; ImpossibleValue for a response neither 0 nor 1.
    """
    check_level(level)
    if variance not in ("sandwich", "delta"):
        raise UnknownName(f"A standard error is by sandwich or delta, not {variance}.")
    answer, which, columns = _checked(response, arm, covariates, len(arms))
    labels = (
        tuple(names) if names is not None else tuple(f"covariate {j + 1}" for j in range(columns.shape[1]))
    )
    if len(labels) != columns.shape[1]:
        raise TableError(f"{len(labels)} names came for {columns.shape[1]} covariates.")
    observed = ~np.isnan(answer)
    columns, labels, warnings = _independent(columns, labels, which, observed, len(arms))
    X = _design(which, columns, len(arms))
    all_labels = ("intercept", *arms[1:], *labels)
    beta, converged = _logistic(X[observed], answer[observed])
    separated = _separation(X[observed], answer[observed], beta, all_labels)
    warnings += _doubts(answer[observed], X.shape[1], int((~observed).sum()), separated, converged)
    if separated or not converged:
        estimates, covariance = np.full(len(arms), np.nan), np.full((len(arms), len(arms)), np.nan)
    else:
        estimates, covariance = _marginal(X, answer, observed, beta, arms=len(arms), variance=variance)
    z = float(ndtri(0.5 + level / 2.0))
    return Standardised(
        shares=tuple(_share(arms[a], estimates[a], covariance[a, a], z) for a in range(len(arms))),
        contrasts=tuple(_contrast(a, arms, estimates, covariance, z) for a in range(1, len(arms))),
        coefficients=beta,
        columns=all_labels,
        variance=variance,
        n=len(answer),
        responses=int(observed.sum()),
        converged=converged and not separated,
        separated=separated,
        warnings=warnings,
    )


def _checked(
    response: npt.ArrayLike, arm: Ints, covariates: Floats, arms: int
) -> tuple[Floats, Ints, Floats]:
    answer, which, columns = _tables(response, arm, covariates)
    if arms < 2 or not np.isin(which, np.arange(arms)).all():
        raise TableError(f"Arms are numbered 0 to {arms - 1}, and two at least are compared.")
    for a in range(arms):
        if not (~np.isnan(answer[which == a])).any():
            raise TableError(f"Arm {a} has nobody with a response: it cannot be standardised.")
    return answer, which.astype(np.int64), columns


def _tables(
    response: npt.ArrayLike, arm: Ints, covariates: Floats
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    answer, which = np.asarray(response, dtype=np.float64), np.asarray(arm)
    columns = np.asarray(covariates, dtype=np.float64)
    if answer.ndim != 1 or which.shape != answer.shape or columns.ndim != 2 or len(columns) != len(answer):
        raise TableError("Response and arm must be lists of n entries, covariates a table of n rows.")
    if not np.isin(answer[~np.isnan(answer)], (0.0, 1.0)).all():
        raise ImpossibleValue("A response is 0 or 1 (or missing); other values came.")
    if not np.isfinite(columns).all():
        missing = int((~np.isfinite(columns).all(axis=1)).sum())
        raise TableError(
            f"{missing} of {len(columns)} persons have a missing or infinite covariate: "
            "impute baseline values first, so that everybody randomised is averaged over."
        )
    return answer, which, columns


def logistic_chances(
    response: npt.ArrayLike, covariates: Floats, *, names: Sequence[str]
) -> tuple[Floats, tuple[str, ...]]:
    """Everybody's chance (n,) of a response (0 or 1, none missing), by logistic regression on covariates.

    NaN for all, with the reason among the warnings, where the model has no estimate.
    Raises TableError for a response that is missing, or arrays that do not fit.
    """
    answer, which, columns = _tables(response, np.zeros(len(covariates), dtype=np.int64), covariates)
    observed = ~np.isnan(answer)
    if not observed.size or not observed.all():
        raise TableError("A chance is fitted to people whose response is known: leave the others out.")
    columns, labels, warnings = _independent(columns, tuple(names), which, observed, 1)
    X = _design(which, columns, 1)
    if answer.min() == answer.max():
        return np.full(len(answer), np.nan), (*warnings, *_doubts(answer, X.shape[1], 0, (), True))
    beta, converged = _logistic(X, answer)
    separated = _separation(X, answer, beta, ("intercept", *labels))
    warnings += _doubts(answer, X.shape[1], 0, separated, converged)
    known = converged and not separated
    return (np.asarray(expit(X @ beta)) if known else np.full(len(answer), np.nan)), warnings


def _design(arm: Ints, columns: Floats, arms: int) -> Floats:
    dummies = (arm[:, None] == np.arange(1, arms)[None, :]).astype(np.float64)
    return np.column_stack([np.ones(len(arm)), dummies, columns])


def _independent(
    columns: Floats, labels: tuple[str, ...], arm: Ints, observed: Bools, arms: int
) -> tuple[Floats, tuple[str, ...], tuple[str, ...]]:
    """The columns that say something new among those with a response, and a warning that names the others."""
    kept = _design(arm[observed], columns[observed][:, :0], arms)
    chosen, dropped = [], []
    for j, label in enumerate(labels):
        column = columns[observed, j]
        left = column - kept @ np.linalg.lstsq(kept, column, rcond=None)[0]
        if np.linalg.norm(left) > DEPENDENT * np.linalg.norm(column):
            kept = np.column_stack([kept, column])
            chosen.append(j)
        else:
            dropped.append(label)
    warnings = (f"Left out, as the columns before say the same: {', '.join(dropped)}.",) if dropped else ()
    return columns[:, chosen], tuple(labels[j] for j in chosen), warnings


def _logistic(X: Floats, y: Floats) -> tuple[Floats, bool]:
    """Maximum likelihood coefficients by Newton's steps, halved while the likelihood falls."""
    centre, scale = X.mean(axis=0), X.std(axis=0)
    centre[0], scale[0] = 0.0, 1.0
    Z = (X - centre) / scale
    gamma = np.zeros(X.shape[1])
    value = _log_likelihood(Z, y, gamma)
    converged = False
    for _ in range(_STEPS):
        p = expit(Z @ gamma)
        information = (Z * (p * (1.0 - p))[:, None]).T @ Z
        step = np.linalg.lstsq(information, Z.T @ (y - p), rcond=None)[0]
        while (next_value := _log_likelihood(Z, y, gamma + step)) < value - 1e-12 * abs(value):
            step = step / 2.0
        gamma, value = gamma + step, next_value
        if np.abs(step).max() < 1e-10:
            converged = True
            break
    beta = gamma / scale
    beta[0] = gamma[0] - float((gamma[1:] * centre[1:] / scale[1:]).sum())
    return beta, converged


def _log_likelihood(Z: Floats, y: Floats, gamma: Floats) -> float:
    eta = Z @ gamma
    return float((y * eta - np.logaddexp(0.0, eta)).sum())


def _separation(X: Floats, y: Floats, beta: Floats, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a direction along which the likelihood rises for ever, none where there is no such.

    A direction b with x·b ≥ 0 for everybody who responded and ≤ 0 for everybody who did
    not, and not 0 for all (Albert, Anderson 1984, doi:10.1093/biomet/71.1.1), is sought by
    linear programming; only where some fitted chance has come near 0 or 1.
    """
    chance = expit(X @ beta)
    if min(chance.min(), 1.0 - chance.max()) > 1e-5:
        return ()
    from scipy.optimize import linprog  # weight

    scale = np.abs(X).max(axis=0)
    signed = (2.0 * y - 1.0)[:, None] * X / scale
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1.0, 1.0))
    if not found.success or -found.fun < 1e-6:
        return ()
    along = tuple(label for label, size in zip(labels, found.x, strict=True) if abs(size) > 1e-7)
    return along[1:] if len(along) > 1 and along[0] == "intercept" else along


def _doubts(
    y: Floats, columns: int, missing: int, separated: tuple[str, ...], converged: bool
) -> tuple[str, ...]:
    doubts = []
    if y.min() == y.max():
        doubts.append("All or none respond: the logistic model has no estimate and nothing to explain.")
    elif separated:
        doubts.append(
            f"Separation along {', '.join(separated)}: those with and without a response are parted wholly, "
            "so the logistic model has no estimate; compare the shares without it, or with fewer covariates."
        )
    elif not converged:
        doubts.append("The logistic model did not converge: do not report its numbers.")
    rarer = int(min(y.sum(), len(y) - y.sum()))
    if rarer < 5 * columns:
        doubts.append(
            f"{rarer} persons in the rarer outcome carry {columns} coefficients: "
            "fewer than five each, standard errors may be too small."
        )
    if missing:
        doubts.append(
            f"{missing} of {len(y) + missing} persons have no response; they are averaged over by "
            "prediction, which assumes that responses are missing at random given arm and covariates."
        )
    return tuple(doubts)


def _marginal(
    X: Floats, answer: Floats, observed: Bools, beta: Floats, *, arms: int, variance: str
) -> tuple[Floats, Floats]:
    """Standardised shares (A,) and their covariance (A, A)."""
    n = len(X)
    p = expit(X @ beta)
    weight = np.where(observed, p * (1.0 - p), 0.0)
    bread = np.linalg.inv((X * weight[:, None]).T @ X)
    estimates, slopes, predicted = np.empty(arms), np.empty((arms, X.shape[1])), np.empty((arms, n))
    for a in range(arms):
        everyone = X.copy()
        everyone[:, 1:arms] = np.arange(1, arms) == a
        predicted[a] = expit(everyone @ beta)
        estimates[a] = predicted[a].mean()
        slopes[a] = (everyone * (predicted[a] * (1.0 - predicted[a]))[:, None]).mean(axis=0)
    if variance == "delta":
        return estimates, slopes @ bread @ slopes.T
    residual = np.where(observed, answer - p, 0.0)
    influence = predicted - estimates[:, None] + n * (slopes @ bread) @ (X * residual[:, None]).T
    return estimates, influence @ influence.T / n**2


def _share(arm: str, estimate: float, variance: float, z: float) -> MarginalShare:
    se = math.sqrt(variance)
    low, high = estimate - z * se, estimate + z * se
    return MarginalShare(arm=arm, estimate=float(estimate), se=se, interval=(float(low), float(high)))


def _contrast(
    a: int, arms: Sequence[str], estimates: Floats, covariance: Floats, z: float
) -> MarginalContrast:
    p1, p0 = float(estimates[a]), float(estimates[0])
    v1, v0, between = float(covariance[a, a]), float(covariance[0, 0]), float(covariance[a, 0])
    se = math.sqrt(max(v1 + v0 - 2.0 * between, 0.0)) if not math.isnan(v1) else math.nan
    ratio = p1 / p0
    square = v1 / p1**2 + v0 / p0**2 - 2.0 * between / (p1 * p0)
    log_se = math.sqrt(max(square, 0.0)) if not math.isnan(square) else math.nan
    return MarginalContrast(
        arm=arms[a],
        reference=arms[0],
        difference=p1 - p0,
        difference_se=se,
        difference_interval=(p1 - p0 - z * se, p1 - p0 + z * se),
        ratio=ratio,
        log_ratio_se=log_se,
        ratio_interval=(ratio * math.exp(-z * log_se), ratio * math.exp(z * log_se)),
    )
