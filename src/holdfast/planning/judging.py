"""What trials say: the primary analysis, the interim look, the guess-adjusted display."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from holdfast.planning.trial_loop import Trials
from holdfast.statistics.compiled_mmrm import Model as Columns
from holdfast.statistics.compiled_search import CONVERGED
from holdfast.statistics.compiled_trials import FittedTrials, fit_many

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TRUTHS = ("total", "equal-belief", "all-complete")
OF_A_TRIAL = (
    "estimate", "se", "df", "rejects", "rejects-satterthwaite", "favours",
    *(f"covers-{truth}" for truth in TRUTHS),
    "guess-adjusted", "guess-adjusted-rejects", "converges",
    "stops-for-efficacy", "stops-for-futility", "randomised",
)  # fmt: skip
"""What is said of every trial."""
INTERVAL = 0.05
"""Coverage is that of the 95 % interval, whatever level the test has."""


class Judge(NamedTuple):
    """How trials are judged.

    ``arms`` is how many there are, ``indicator`` the place of the experimental arm's among a
    person's numbers. ``alpha`` is two-sided; ``interim`` the share of participants at the interim
    look, 0 for none,
    with the nominal two-sided levels ``alpha_interim`` and ``alpha_final``, the ``futility`` bound
    of the t statistic (minus infinity for none), and the ``overrun``: people randomised until the
    look is analysed. ``order`` (n,) is each person's place in their site's enrolment, 0 to 1;
    ``truths`` (3,) in the order of ``TRUTHS``, NaN where not known.
    """

    arms: int
    indicator: int
    alpha: float
    interim: float
    alpha_interim: float
    alpha_final: float
    futility: float
    overrun: int
    order: Floats
    truths: Floats


def judge_trials(trials: Trials, judge: Judge, columns: Columns) -> dict[str, Floats]:
    """What each of T trials says, by the names of ``OF_A_TRIAL``, each (T,); NaN where it says nothing.

    A trial whose analysis fails shows nothing: it does not reject. The contrast is the model's first.
    """
    count, n, _ = trials.y.shape
    stops = np.zeros((2, count), dtype=np.bool_)
    final = judged(
        fit_many(trials.y, trials.c, columns), judge, judge.alpha_final if judge.interim else judge.alpha
    )
    randomised = np.full(count, float(n))
    if judge.interim:
        early = judge.order < judge.interim
        some = np.where(early[None, :, None], trials.y, np.nan)
        look = fit_many(some, trials.c, columns)
        at_look = judged(look, judge, judge.alpha_interim)
        stops[0] = at_look["rejects"] > 0
        stops[1] = ~stops[0] & (-look.estimate[:, 0] / look.se_kr[:, 0] < judge.futility)
        stopped = stops.any(axis=0)
        final = {name: np.where(stopped, at_look[name], values) for name, values in final.items()}
        randomised[stopped] = min(n, int(early.sum()) + judge.overrun)
    adjusted, p = adjusted_for_guess(trials, judge)
    return {
        **final,
        "guess-adjusted": adjusted,
        "guess-adjusted-rejects": np.where(np.isnan(p), np.nan, p < judge.alpha),
        "stops-for-efficacy": stops[0].astype(np.float64),
        "stops-for-futility": stops[1].astype(np.float64),
        "randomised": randomised,
    }


def judged(fitted: FittedTrials, judge: Judge, alpha: float) -> dict[str, Floats]:
    """The first contrast's estimate, error, rejections and coverage in each trial."""
    estimate, se_kr, df = fitted.estimate[:, 0], fitted.se_kr[:, 0], fitted.df[:, 0]
    converged = (fitted.status == CONVERGED) & np.isfinite(se_kr)
    rejects = converged & (two_sided_p(estimate / se_kr, df) < alpha)
    known = np.where(converged, 0.0, np.nan)
    return {
        "estimate": estimate + known,
        "se": se_kr + known,
        "df": df + known,
        "rejects": rejects.astype(np.float64),
        "rejects-satterthwaite": (converged & (two_sided_p(estimate / fitted.se[:, 0], df) < alpha)).astype(
            np.float64
        ),
        "favours": (rejects & (estimate < 0)).astype(np.float64),
        **{
            f"covers-{name}": known + math.nan
            if math.isnan(truth)
            else known + (two_sided_p((estimate - truth) / se_kr, df) > INTERVAL)
            for name, truth in zip(TRUTHS, judge.truths.tolist(), strict=True)
        },
        "converges": converged.astype(np.float64),
    }


def two_sided_p(t: Floats, df: Floats) -> Floats:
    """The two-sided p value of a t statistic; NaN of NaN."""
    p: Floats = 2.0 * stdtr(df, -np.abs(t))
    return p


def adjusted_for_guess(trials: Trials, judge: Judge) -> tuple[Floats, Floats]:
    """Covariance analysis of completers with their final guess: estimate and p value, (T,).

    A display, never an estimate of the drug's effect. NaN where the completers do not tell
    arm and guess apart.
    """
    beta, se, free = _regressed(trials.y[:, :, -1], trials.c, judge, trials.guess)
    with np.errstate(invalid="ignore", divide="ignore"):
        return beta, two_sided_p(beta / se, free)


def adjusted_difference(score: Floats, c: Floats, judge: Judge) -> Floats:
    """The experimental arm's difference in scores (T, n), NaN where unseen, adjusted for the baseline."""
    return _regressed(score, c, judge, None)[0]


def arms_of(c: Floats, judge: Judge, *, comparator: int) -> list[Floats]:
    """Who is in each arm: indicators (T, n) in the order of the arms."""
    others = [c[:, :, place] for place in range(1, judge.arms)]
    rest = 1.0 - sum(others)
    return [*others[:comparator], np.asarray(rest), *others[comparator:]]


def _regressed(
    outcome: Floats, c: Floats, judge: Judge, guess: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Least squares of an outcome (T, n) on arms, baseline and a guess: coefficient of the arm, SE, df."""
    arm, ahead = judge.indicator, judge.arms + 1
    used = np.isfinite(outcome)
    columns = [c[:, :, :ahead]]
    if guess is not None:
        used &= np.isfinite(guess)
        columns.append(np.nan_to_num(guess)[:, :, None])
    weight = used.astype(np.float64)
    rows = np.concatenate(columns, axis=2)
    rows[:, :, ahead - 1] -= 40.0  # near the baselines' mean, so that no digits are lost
    rows *= weight[:, :, None]
    y = np.where(used, outcome, 0.0)
    turned = rows.transpose(0, 2, 1)
    normal, right = turned @ rows, (turned @ y[:, :, None])[:, :, 0]
    free = weight.sum(axis=1) - rows.shape[2]
    # Columns that say the same leave a matrix near singular: such a trial says nothing.
    sound = (np.linalg.cond(normal) < 1e12) & (free > 0)
    inverse = np.linalg.inv(np.where(sound[:, None, None], normal, np.eye(rows.shape[2])))
    beta = (inverse @ right[:, :, None])[:, :, 0]
    left = np.maximum((y * y).sum(axis=1) - (beta * right).sum(axis=1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(left / free * inverse[:, arm, arm])
    return np.where(sound, beta[:, arm], np.nan), np.where(sound, se, np.nan), free
