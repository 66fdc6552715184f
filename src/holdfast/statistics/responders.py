"""Responders: a score cut in two, and what is done with people who have no score.

Three forms, each named in its result. *Multiple imputation*: the missing scores are
imputed M times by whoever calls, every completed set is cut and compared, and the answers
are combined by Rubin's rules; cutting after imputing keeps what the score says beyond its
side of the cut. *Non-responder imputation*: whoever has no score has not responded.
*Observed only*: whoever has none is left out, as if missing completely at random within
the arm. Two arms, plain, over strata (Mantel-Haenszel) or given covariates (standardised).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.proportions import check_level, risk_difference, risk_ratio
from holdfast.statistics.rubin import Pooled, pooled
from holdfast.statistics.standardisation import standardise
from holdfast.statistics.stratified import common_risk_difference, common_risk_ratio, strata_of_people

Form = Literal["multiple imputation", "non-responder imputation", "observed only"]
#: M completed sets of scores (M, n), or a function that gives the set of that number (n,).
Imputed = Floats | Callable[[int], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Who responds: a score ``at_most`` (remission, a change of −10) or ``at_least`` ``threshold``."""

    threshold: float
    respond: Literal["at_most", "at_least"] = "at_most"

    def __post_init__(self) -> None:
        if self.respond not in ("at_most", "at_least"):
            raise UnknownName(f"One responds at_most or at_least the threshold, not {self.respond}.")
        if not math.isfinite(self.threshold):
            raise ImpossibleValue(f"A threshold is a finite number, not {self.threshold}.")

    def __call__(self, scores: Floats) -> Bools:
        """Whether each score responds."""
        responds: Bools = scores <= self.threshold if self.respond == "at_most" else scores >= self.threshold
        return responds


@dataclass(frozen=True, slots=True, kw_only=True)
class Responders:
    """Shares of responders in the reference and the treated arm, and their difference and ratio.

    ``form`` says what stands for missing scores, ``method`` how intervals were had.
    ``difference_se`` belongs to the difference, ``log_ratio_se`` to the ratio's
    logarithm. ``imputations``, ``df`` and ``monte_carlo_error`` (of the difference) are 0,
    infinite and 0 where nothing was imputed several times.
    """

    form: Form
    method: str
    shares: tuple[float, float]
    n: tuple[int, int]
    missing: tuple[int, int]
    difference: float
    difference_se: float
    difference_interval: tuple[float, float]
    ratio: float
    log_ratio_se: float
    ratio_interval: tuple[float, float]
    imputations: int
    df: float
    monte_carlo_error: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """One completed set compared; ``variance`` names that of the standard errors, which are pooled."""

    method: str
    variance: str
    shares: tuple[float, float]
    difference: float
    difference_se: float
    difference_interval: tuple[float, float]
    ratio: float
    log_ratio_se: float
    ratio_interval: tuple[float, float]
    warnings: tuple[str, ...]


def observed_responders(
    scores: Floats,
    arm: Ints,
    cut: Cut,
    *,
    form: Literal["non-responder imputation", "observed only"],
    stratum: npt.ArrayLike | None = None,
    covariates: Floats | None = None,
    level: float = 0.95,
) -> Responders:
    """Responders among ``scores`` (n,), NaN where missing; ``arm`` (n,) is 0 (the reference) or 1.

    Intervals are Miettinen and Nurminen's without strata or covariates.

    Raises TableError where an arm has nobody left, or lists do not fit; ImpossibleValue for
    an infinite score.
    """
    check_level(level)
    values, which = _checked(scores, arm)
    absent = np.isnan(values)
    if form not in ("non-responder imputation", "observed only"):
        raise UnknownName(f"{form} is no way to read observed scores.")
    keep = np.ones(len(values), dtype=np.bool_) if form == "non-responder imputation" else ~absent
    if len(np.unique(which[keep])) < 2:
        raise TableError("An arm has nobody with a score: nothing can be compared.")
    response = cut(np.where(absent, np.inf if cut.respond == "at_most" else -np.inf, values))
    found = _compare(
        response[keep],
        which[keep],
        stratum=None if stratum is None else np.asarray(stratum)[keep],
        covariates=None if covariates is None else covariates[keep],
        level=level,
    )
    missing = _by_arm(absent, which)
    return Responders(
        form=form,
        method=found.method,
        shares=found.shares,
        n=_by_arm(keep, which),
        missing=missing,
        difference=found.difference,
        difference_se=found.difference_se,
        difference_interval=found.difference_interval,
        ratio=found.ratio,
        log_ratio_se=found.log_ratio_se,
        ratio_interval=found.ratio_interval,
        imputations=0,
        df=math.inf,
        monte_carlo_error=0.0,
        warnings=_missing_words(form, missing, len(values)) + found.warnings,
    )


def imputed_responders(
    imputed: Imputed,
    arm: Ints,
    cut: Cut,
    *,
    imputations: int | None = None,
    missing: Bools | None = None,
    stratum: npt.ArrayLike | None = None,
    covariates: Floats | None = None,
    level: float = 0.95,
) -> Responders:
    """Responders after multiple imputation: ``imputed`` (M, n) completed scores, or a function of 0 … M − 1.

    ``imputations`` is M for a function; ``missing`` (n,) says whose scores were imputed.
    Differences are pooled as they are, ratios by their logarithms, with Barnard and
    Rubin's degrees of freedom.

    Raises TableError where a set still lacks a score or lists do not fit, ImpossibleValue
    for fewer than two sets.
    """
    check_level(level)
    sets = _sets(imputed, imputations)
    _, which = _checked(sets[0], arm)
    if sets.shape[1] != len(which) or not np.isfinite(sets).all():
        raise TableError(
            "Every imputed set needs a finite score for everybody; some are missing or infinite."
        )
    extra = 0 if covariates is None else covariates.shape[1]
    extra += 0 if stratum is None else len(np.unique(np.asarray(stratum))) - 1
    found = [
        _compare(cut(scores), which, stratum=stratum, covariates=covariates, level=level) for scores in sets
    ]
    complete_df = len(which) - 2 - extra
    difference = _pool([f.difference for f in found], [f.difference_se for f in found], complete_df, level)
    logs = [math.log(f.ratio) if 0.0 < f.ratio < math.inf else math.nan for f in found]
    ratio = _pool(logs, [f.log_ratio_se for f in found], complete_df, level)
    absent = np.zeros(len(which), dtype=np.bool_) if missing is None else np.asarray(missing, dtype=np.bool_)
    return Responders(
        form="multiple imputation",
        method=f"Rubin's rules over {found[0].variance}",
        shares=(float(np.mean([f.shares[0] for f in found])), float(np.mean([f.shares[1] for f in found]))),
        n=_by_arm(np.ones(len(which), dtype=np.bool_), which),
        missing=_by_arm(absent, which),
        difference=float(difference.estimate),
        difference_se=float(difference.se),
        difference_interval=(float(difference.lower), float(difference.upper)),
        ratio=math.exp(float(ratio.estimate)),
        log_ratio_se=float(ratio.se),
        ratio_interval=(math.exp(float(ratio.lower)), math.exp(float(ratio.upper))),
        imputations=len(sets),
        df=float(difference.df),
        monte_carlo_error=float(difference.monte_carlo_error),
        warnings=_imputed_words(found, difference, ratio),
    )


def _checked(scores: Floats, arm: Ints) -> tuple[Floats, Ints]:
    values, which = np.asarray(scores, dtype=np.float64), np.asarray(arm)
    if values.ndim != 1 or which.shape != values.shape:
        raise TableError("Scores and arm must be two lists of one length, one entry a person.")
    if np.isinf(values).any():
        raise ImpossibleValue("A score is infinite; missing scores are NaN.")
    if not np.isin(which, (0, 1)).all() or len(np.unique(which)) != 2:
        raise TableError(f"Two arms are compared, 0 (the reference) and 1; these came: {np.unique(which)}.")
    return values, which.astype(np.int64)


def _sets(imputed: Imputed, imputations: int | None) -> Floats:
    if callable(imputed):
        if imputations is None or imputations < 2:
            raise ImpossibleValue(f"Rubin's rules need two imputed sets at least, not {imputations}.")
        return np.array([imputed(number) for number in range(imputations)], dtype=np.float64)
    sets = np.asarray(imputed, dtype=np.float64)
    if sets.ndim != 2:
        raise TableError("Imputed scores must be a table of M rows, one a set, and n columns.")
    if len(sets) < 2:
        raise ImpossibleValue(f"Rubin's rules need two imputed sets at least, not {len(sets)}.")
    return sets


def _by_arm(rows: Bools, arm: Ints) -> tuple[int, int]:
    return int(rows[arm == 0].sum()), int(rows[arm == 1].sum())


def _compare(
    response: Bools,
    arm: Ints,
    *,
    stratum: npt.ArrayLike | None,
    covariates: Floats | None,
    level: float,
) -> _Comparison:
    if stratum is not None and covariates is not None:
        raise TableError("Give strata or covariates, not both; strata may enter as covariates.")
    if stratum is not None:
        return _over_strata(response, arm, stratum, level)
    if covariates is not None:
        return _standardised(response, arm, covariates, level)
    return _plain(response, arm, level)


def _plain(response: Bools, arm: Ints, level: float) -> _Comparison:
    x1, n1 = int(response[arm == 1].sum()), int((arm == 1).sum())
    x0, n0 = int(response[arm == 0].sum()), int((arm == 0).sum())
    p1, p0 = x1 / n1, x0 / n0
    difference = risk_difference(x1, n1, x0, n0, level=level)
    ratio = risk_ratio(x1, n1, x0, n0, level=level)
    log_se = math.sqrt((1.0 - p1) / x1 + (1.0 - p0) / x0) if x1 and x0 else math.nan
    return _Comparison(
        method="miettinen-nurminen",
        variance="unpooled variances",
        shares=(p0, p1),
        difference=difference.estimate,
        difference_se=math.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0),
        difference_interval=difference.interval,
        ratio=ratio.estimate,
        log_ratio_se=log_se,
        ratio_interval=ratio.interval,
        warnings=ratio.warnings,
    )


def _over_strata(response: Bools, arm: Ints, stratum: npt.ArrayLike, level: float) -> _Comparison:
    strata = strata_of_people(response, arm, stratum)
    difference = common_risk_difference(strata, level=level)
    ratio = common_risk_ratio(strata, level=level)
    weights = strata.n * strata.reference_n / (strata.n + strata.reference_n)
    treated = float((weights * strata.events / strata.n).sum() / weights.sum())
    return _Comparison(
        method="Mantel-Haenszel, Sato's variance",
        variance="Mantel-Haenszel with Sato's variance",
        shares=(treated - difference.estimate, treated),
        difference=difference.estimate,
        difference_se=difference.se,
        difference_interval=difference.interval,
        ratio=ratio.estimate,
        log_ratio_se=ratio.se,
        ratio_interval=ratio.interval,
        warnings=tuple(dict.fromkeys((*difference.warnings, *ratio.warnings))),
    )


def _standardised(response: Bools, arm: Ints, covariates: Floats, level: float) -> _Comparison:
    found = standardise(response.astype(np.float64), arm, covariates, level=level)
    contrast = found.contrasts[0]
    return _Comparison(
        method="standardised after logistic regression, sandwich",
        variance="shares standardised after logistic regression, sandwich",
        shares=(found.shares[0].estimate, found.shares[1].estimate),
        difference=contrast.difference,
        difference_se=contrast.difference_se,
        difference_interval=contrast.difference_interval,
        ratio=contrast.ratio,
        log_ratio_se=contrast.log_ratio_se,
        ratio_interval=contrast.ratio_interval,
        warnings=found.warnings,
    )


def _pool(estimates: list[float], errors: list[float], complete_df: int, level: float) -> Pooled:
    """Rubin's rules; NaN throughout where a set has no estimate, no error, or none of them varies."""
    values, variances = np.array(estimates), np.array(errors) ** 2
    sound = np.isfinite(values).all() and np.isfinite(variances).all()
    if sound and (variances.mean() > 0.0 or values.var() > 0.0):
        return pooled(values, variances, complete_df=complete_df, level=level)
    nothing = np.asarray(math.nan)
    return Pooled(
        estimate=np.asarray(values.mean()),
        se=nothing,
        df=nothing,
        p=nothing,
        lower=nothing,
        upper=nothing,
        within=nothing,
        between=nothing,
        monte_carlo_error=nothing,
    )


def _missing_words(form: Form, missing: tuple[int, int], n: int) -> tuple[str, ...]:
    total = sum(missing)
    if not total:
        return ()
    if form == "observed only":
        words = "are left out, as if missing completely at random within the arm."
    else:
        words = "count as non-responders."
    return (
        f"{total} of {n} have no score ({missing[0]} in the reference, {missing[1]} treated) and {words}",
    )


def _imputed_words(found: list[_Comparison], difference: Pooled, ratio: Pooled) -> tuple[str, ...]:
    words = list(dict.fromkeys(warning for each in found[:1] for warning in each.warnings))
    failed = sum(not math.isfinite(each.difference) for each in found)
    if failed:
        words.append(f"{failed} of {len(found)} imputed sets have no estimate: nothing was pooled.")
    elif math.isnan(float(difference.se)):
        words.append("The shares are 0 or 1 in every imputed set: the difference has no standard error.")
    if not failed and math.isnan(float(ratio.se)):
        words.append("In an imputed set an arm has no responder: the ratio has no pooled interval.")
    if difference.monte_carlo_error > 0.1 * difference.se:
        words.append(
            f"{len(found)} imputations leave a Monte-Carlo error of more than a tenth of the standard error; "
            "impute more often."
        )
    return tuple(words)
