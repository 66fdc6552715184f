"""Displays of what guesses of the arm might hide: sensitivity, never estimates.

Two things people do with guesses. The *correct-guess-rate curve* re-weighs, within each
arm, those who guessed rightly and wrongly to an assumed rate of right guesses, and shows
the difference of arms as that rate changes (the idea of Szigeti and others 2023,
doi:10.1038/s41598-023-34938-7, with weights in place of kernel densities and resampling).
The *guess-adjusted* difference has the final guess among the covariates. Both hold fixed
what the outcome itself brought about: who gets better guesses "drug". Where expectancy is
nothing they shrink a wholly real effect; where it is everything they leave a part of it
standing. Every result says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.ancova import arm_weights, differences
from holdfast.statistics.arrays import Bools, Floats, Ints, TrialArrays
from holdfast.statistics.blinding import NO_ANSWER, UNSURE
from holdfast.statistics.mmrm import MmrmFit, mmrm
from holdfast.statistics.proportions import check_level

#: The first warning of every result here.
DISPLAY = (
    "A display of sensitivity, never an estimate of the drug effect: benefit drives the guess, so holding "
    "the guess fixed takes away part of a real effect and leaves part of an unreal one."
)
#: Fewer people than this in an arm with one answer are called few.
FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessCell:
    """The outcome of one arm's people who gave one answer (an arm's index, or ``UNSURE``)."""

    arm: int
    guess: int
    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectGuessCurve:
    """The treated arm minus the reference at each assumed share of right guesses, arrays (R,).

    NaN where a needed cell is empty. ``observed_rates`` are the right shares among those
    who guessed, reference first; ``observed_difference`` is that of all with an outcome
    and an answer. ``unsure_shares`` stay as they were observed. ``warnings`` begins with
    ``DISPLAY``.
    """

    rates: Floats
    difference: Floats
    se: Floats
    lower: Floats
    upper: Floats
    observed_rates: tuple[float, float]
    observed_difference: float
    unsure_shares: tuple[float, float]
    cells: tuple[GuessCell, ...]
    left_out: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The treated arm minus the reference."""

    estimate: float
    se: float
    df: int
    p: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessAdjusted:
    """The same people with and without their guess as a covariate; ``warnings`` begins with ``DISPLAY``."""

    adjusted: Difference
    unadjusted: Difference
    n: int
    left_out: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessAdjustedMmrm:
    """Mixed models of the same people with and without guess by visit; ``warnings`` as above."""

    adjusted: MmrmFit
    unadjusted: MmrmFit
    left_out: int
    warnings: tuple[str, ...]


def correct_guess_curve(
    outcome: Floats,
    arm: Ints,
    guess: Ints,
    *,
    rates: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> CorrectGuessCurve:
    """How the difference of arms changes with an assumed rate of right guesses: a display only.

    ``outcome`` (n,) NaN where missing (a change from baseline, say), ``arm`` (n,) 0 or 1,
    ``guess`` (n,) 0, 1, ``UNSURE`` or ``NO_ANSWER``; ``rates`` (R,) from 0 to 1, by
    default every five per cent. A point is a weighted sum of six means, its interval
    Student's with Satterthwaite's degrees of freedom; sampling of the rates does not enter, as
    they are assumed.

    Raises TableError where lists do not fit or an arm has no guess, ImpossibleValue for rates outside 0 to 1.
    """
    check_level(level)
    grid = np.linspace(0.0, 1.0, 21) if rates is None else np.atleast_1d(np.asarray(rates, dtype=np.float64))
    if not ((grid >= 0.0) & (grid <= 1.0)).all():
        raise ImpossibleValue("A rate of right guesses lies from 0 to 1.")
    values, which, said, keep = _usable(outcome, arm, guess)
    cells = tuple(_cell(values, which, said, a, g) for a in (0, 1) for g in (a, 1 - a, UNSURE))
    counts = np.array([cell.n for cell in cells]).reshape(2, 3)
    if not counts[:, :2].sum(axis=1).all():
        raise TableError("An arm has nobody who guessed: there is nothing to re-weigh.")
    unsure = counts[:, 2] / counts.sum(axis=1)
    weights = np.stack([_arm_weights(grid, unsure[0]), _arm_weights(grid, unsure[1])], axis=1)
    difference, se, df = _weighed(weights, cells)
    half = stdtrit(df, 0.5 + level / 2.0) * se
    right = counts[:, 0] / counts[:, :2].sum(axis=1)
    return CorrectGuessCurve(
        rates=grid,
        difference=difference,
        se=se,
        lower=difference - half,
        upper=difference + half,
        observed_rates=(float(right[0]), float(right[1])),
        observed_difference=float(values[which == 1].mean() - values[which == 0].mean()),
        unsure_shares=(float(unsure[0]), float(unsure[1])),
        cells=cells,
        left_out=int((~keep).sum()),
        warnings=(DISPLAY, *_cell_words(cells), *_left_out_words(keep)),
    )


def guess_adjusted(
    outcome: Floats, arm: Ints, guess: Ints, *, covariates: Floats | None = None, level: float = 0.95
) -> GuessAdjusted:
    """Analysis of covariance of completers with the final guess as covariate: a display only.

    ``outcome`` (n,) NaN where missing, ``arm`` (n,) 0 or 1, ``guess`` (n,) 0, 1, ``UNSURE``
    or ``NO_ANSWER``, ``covariates`` (n, k) such as baseline. "Don't know" is a level of its own.

    Raises TableError where lists do not fit, or the guess alone says who is in which arm.
    """
    check_level(level)
    values, which, said, keep = _usable(outcome, arm, guess)
    columns = np.empty((len(keep), 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    if columns.ndim != 2 or len(columns) != len(keep) or not np.isfinite(columns[keep]).all():
        raise TableError(
            "Covariates must be a table of n rows, complete for all who have an outcome and a guess."
        )
    columns = columns[keep]
    with_guess = np.column_stack([columns, said == 1, said == UNSURE]).astype(np.float64)
    return GuessAdjusted(
        adjusted=_difference(values, which, with_guess, level),
        unadjusted=_difference(values, which, columns, level),
        n=len(values),
        left_out=int((~keep).sum()),
        warnings=(DISPLAY, *_left_out_words(keep)),
    )


def guess_adjusted_mmrm(arrays: TrialArrays, *, level: float = 0.95) -> GuessAdjustedMmrm:
    """The mixed model with baseline by visit, with and without final guess by visit: a display only.

    Of ``arrays`` with ``guess``; people without an answer are left out of both models.

    Raises TableError where there are no guesses, or a model cannot be fitted.
    """
    if arrays.guess is None or not (np.asarray(arrays.guess) != NO_ANSWER).any():
        raise TableError("Nobody's guess is in these arrays: there is nothing to adjust for.")
    keep = np.asarray(arrays.guess) != NO_ANSWER
    kept = _only(arrays, keep)
    said = np.asarray(kept.guess)
    codes = {f"guess {kept.arms[g]}": said == g for g in range(1, len(kept.arms)) if (said == g).any()} | (
        {"guess don't know": said == UNSURE} if (said == UNSURE).any() else {}
    )
    columns = {name: column.astype(np.float64) for name, column in codes.items()}
    guessed = replace(kept, covariates={**kept.covariates, **columns})
    return GuessAdjustedMmrm(
        adjusted=mmrm(guessed, by_visit=("baseline", *columns), level=level),
        unadjusted=mmrm(kept, level=level),
        left_out=int((~keep).sum()),
        warnings=(DISPLAY, *_left_out_words(keep)),
    )


def _usable(outcome: Floats, arm: Ints, guess: Ints) -> tuple[Floats, Ints, Ints, Bools]:
    """Outcome, arm and guess of those who have both, and who they are."""
    values, which, said = np.asarray(outcome, dtype=np.float64), np.asarray(arm), np.asarray(guess)
    if values.ndim != 1 or not values.shape == which.shape == said.shape:
        raise TableError("Outcome, arm and guess must be three lists of one length, one entry a person.")
    if not np.isin(which, (0, 1)).all() or len(np.unique(which)) != 2:
        raise TableError(f"Two arms are compared, 0 (the reference) and 1; these came: {np.unique(which)}.")
    if not np.isin(said, (0, 1, UNSURE, NO_ANSWER)).all():
        raise TableError(f"A guess is arm 0 or 1, {UNSURE} (don't know) or {NO_ANSWER} (no answer).")
    if np.isinf(values).any():
        raise ImpossibleValue("An outcome is infinite; missing outcomes are NaN.")
    keep: Bools = ~np.isnan(values) & (said != NO_ANSWER)
    if len(np.unique(which[keep])) != 2:
        raise TableError("An arm has nobody with both an outcome and an answer.")
    return values[keep], which[keep].astype(np.int64), said[keep].astype(np.int64), keep


def _cell(values: Floats, arm: Ints, guess: Ints, a: int, g: int) -> GuessCell:
    inside = values[(arm == a) & (guess == g)]
    return GuessCell(
        arm=a,
        guess=g,
        n=len(inside),
        mean=float(inside.mean()) if len(inside) else math.nan,
        sd=float(inside.std(ddof=1)) if len(inside) > 1 else math.nan,
    )


def _arm_weights(rates: Floats, unsure: float) -> Floats:
    """(R, 3): the shares of right, wrong and unsure within an arm."""
    guessed = 1.0 - unsure
    return np.stack([guessed * rates, guessed * (1.0 - rates), np.full_like(rates, unsure)], axis=1)


def _weighed(weights: Floats, cells: tuple[GuessCell, ...]) -> tuple[Floats, Floats, Floats]:
    """Differences, standard errors and degrees of freedom; ``weights`` (R, 2, 3), where 0 needs no cell."""
    n = np.array([cell.n for cell in cells], dtype=np.float64).reshape(2, 3)
    mean = np.array([cell.mean for cell in cells]).reshape(2, 3)
    variance = np.array([cell.sd for cell in cells]).reshape(2, 3) ** 2
    used = weights > 0.0
    means = np.where(used, weights * mean, 0.0).sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(used, weights**2 * variance / n, 0.0)
        whole = parts.sum(axis=(1, 2))
        df = whole**2 / np.where(used, parts**2 / (n - 1.0), 0.0).sum(axis=(1, 2))
    return means[:, 1] - means[:, 0], np.sqrt(whole), df


def _difference(values: Floats, arm: Ints, covariates: Floats, level: float) -> Difference:
    weights = arm_weights(arm, arms=2, covariates=covariates)
    estimates, errors = differences(weights, values[:, None])
    estimate, se = float(estimates[0, 0]), float(errors[0, 0])
    half = float(stdtrit(weights.df, 0.5 + level / 2.0)) * se
    return Difference(
        estimate=estimate,
        se=se,
        df=weights.df,
        p=float(2.0 * stdtr(weights.df, -abs(estimate) / se)) if se else math.nan,
        interval=(estimate - half, estimate + half),
    )


def _only(arrays: TrialArrays, keep: Bools) -> TrialArrays:
    assert arrays.guess is not None
    return replace(
        arrays,
        outcome=arrays.outcome[keep],
        observed=arrays.observed[keep],
        arm=arrays.arm[keep],
        baseline=arrays.baseline[keep],
        covariates={name: column[keep] for name, column in arrays.covariates.items()},
        factors={name: column[keep] for name, column in arrays.factors.items()},
        intercurrent={code: rows[keep] for code, rows in arrays.intercurrent.items()},
        guess=arrays.guess[keep],
    )


def _cell_words(cells: tuple[GuessCell, ...]) -> tuple[str, ...]:
    words = []
    for cell in cells:
        if cell.guess == UNSURE:
            continue
        people = f"arm {cell.arm} guessing arm {cell.guess}"
        if cell.n == 0:
            words.append(f"Nobody is in {people}: the curve is known only where that cell weighs nothing.")
        elif cell.n < FEW:
            words.append(f"Only {cell.n} in {people}: the curve leans on them.")
    return tuple(words)


def _left_out_words(keep: Bools) -> tuple[str, ...]:
    absent = int((~keep).sum())
    return (f"{absent} of {len(keep)} lack an outcome or an answer and are left out.",) if absent else ()
