"""How far the blind was seen through: Bang's index of each arm, James's of a whole trial.

Bang, Ni, Davis 2004 (doi:10.1016/j.cct.2003.10.016): of one arm's people, the share who
guess their arm rightly minus the share who guess it wrongly. 1 is complete unblinding,
0 is what random guessing or general ignorance gives, −1 is everybody guessing the other
arm. Its variance is that of a difference of two multinomial shares. With five answers
(sure, rather, don't know) the index is the mean of a score of certainty.

James and others 1996 (doi:10.1002/(SICI)1097-0258(19960715)15:13<1421::AID-SIM266>3.0.CO;2-H):
1 is complete blinding, 0 complete unblinding, 0.5 what random guessing by everybody
gives. "Don't know" counts as blinded, so many such answers raise it whatever the others say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.proportions import check_level, wilson

#: Codes in an array of guesses beside the indices of arms: "don't know", and no answer at all.
UNSURE, NO_ANSWER = -2, -1
#: Bang's scores of five answers, from sure and right to sure and wrong.
CERTAINTY = (1.0, 0.5, 0.0, -0.5, -1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindingIndex:
    """Bang's index of one arm (−1 to 1) or James's (0 to 1), with its interval.

    ``method`` says how the interval was had.
    """

    estimate: float
    se: float
    interval: tuple[float, float]
    method: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleVisitBlinding:
    """The guesses of one role at one visit.

    ``counts`` (A, A + 1) arm by guess, "don't know" last; ``bang`` one index for each arm, None
    where nobody of it answered; ``james`` None where it does not exist; ``no_answer`` (A,).
    """

    role: str
    visit: str
    counts: Ints
    no_answer: tuple[int, ...]
    bang: tuple[BlindingIndex | None, ...]
    james: BlindingIndex | None
    warnings: tuple[str, ...]


def bang_index(*, correct: int, wrong: int, unsure: int = 0, level: float = 0.95) -> BlindingIndex:
    """Bang's index of an arm from its counts of right, wrong and "don't know" answers.

    The interval is the published one (normal), cut at −1 and 1. Where all answered
    alike its variance is 0, which would claim certainty from any number of people; the
    distance to the edge is then that of Wilson's interval for n of n.

    Raises ImpossibleValue for a negative count, or nobody at all.

    >>> round(bang_index(correct=48, wrong=4, unsure=330).estimate, 3)
    0.115
    """
    check_level(level)
    _check((correct, wrong, unsure), "Bang's index")
    n = correct + wrong + unsure
    right, mistaken = correct / n, wrong / n
    estimate = right - mistaken
    variance = (right * (1.0 - right) + mistaken * (1.0 - mistaken) + 2.0 * right * mistaken) / n
    se = math.sqrt(variance)
    alike = n in (correct, wrong, unsure)
    half = float(ndtri(0.5 + level / 2.0)) * se
    if alike:
        # A share of 1 − w for the others moves the index by w, or by 2w where they would answer the opposite.
        half = (1.0 if n == unsure else 2.0) * (1.0 - wilson(n, n, level=level)[0])
    return BlindingIndex(
        estimate=estimate,
        se=se,
        interval=(max(estimate - half, -1.0), min(estimate + half, 1.0)),
        method="Wilson, as all answered alike" if alike else "normal",
        n=n,
    )


def bang_index_graded(
    answers: Sequence[int], *, scores: Sequence[float] = CERTAINTY, level: float = 0.95
) -> BlindingIndex:
    """Bang's index of an arm from graded answers, sure and right first, sure and wrong last.

    ``answers`` counts those of each kind, ``scores`` (−1 to 1) weigh them; the index is
    the mean score and its variance that of a mean. Where all answered alike the
    interval is Wilson's, to the farthest score.

    Raises ImpossibleValue for negative counts, nobody, or scores outside −1 to 1.

    >>> bang_index_graded([10, 5, 3, 1, 1]).estimate
    0.55
    """
    check_level(level)
    _check(answers, "Bang's index")
    if len(scores) != len(answers) or any(not -1.0 <= score <= 1.0 for score in scores):
        raise ImpossibleValue("Each kind of answer needs one score between −1 and 1.")
    counts, values = np.asarray(answers, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    n = int(counts.sum())
    estimate = float(counts @ values) / n
    se = math.sqrt(max(float(counts @ values**2) / n - estimate**2, 0.0) / n)
    alike = len(np.unique(values[counts > 0])) == 1
    half = float(ndtri(0.5 + level / 2.0)) * se
    if alike:
        se = 0.0
        half = float(np.abs(values - estimate).max()) * (1.0 - wilson(n, n, level=level)[0])
    return BlindingIndex(
        estimate=estimate,
        se=se,
        interval=(max(estimate - half, -1.0), min(estimate + half, 1.0)),
        method="Wilson, as all answered alike" if alike else "normal",
        n=n,
    )


def james_index(guesses: npt.ArrayLike, unsure: npt.ArrayLike, *, level: float = 0.95) -> BlindingIndex:
    """James's index from ``guesses`` (A, A), arm by guess, and ``unsure`` (A,), who did not know.

    Right guesses weigh 0, wrong ones 0.5, "don't know" 1. With m the share of guesses,
    S their weighted disagreement and T what it would be by chance, the index is
    1 − m + m² S / 2T; its variance is by the delta method from the multinomial
    counts, its interval normal, cut at 0 and 1, and Wilson's where all answered alike.

    Raises ImpossibleValue for negative counts or nobody, TableError for tables that do
    not fit or guesses of one arm only, for which chance has no disagreement.

    >>> round(james_index([[48, 4], [22, 30]], [330, 319]).estimate, 3)
    0.896
    """
    check_level(level)
    table, ignorant = np.asarray(guesses, dtype=np.float64), np.asarray(unsure, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or ignorant.shape != table.shape[:1]:
        raise TableError("James's index needs a square table, arm by guess, and one count of unsure an arm.")
    _check((*table.ravel().tolist(), *ignorant.tolist()), "James's index")
    n = float(table.sum() + ignorant.sum())
    P = table / n
    weight = 0.5 * (1.0 - np.eye(len(P)))
    m, S = float(P.sum()), float((weight * P).sum())
    of_arm, of_guess = P.sum(axis=1), P.sum(axis=0)
    T = float(of_arm @ weight @ of_guess)
    if m > 0.0 and T == 0.0:
        raise TableError("All guesses came from one arm and named it: James's index has nothing to compare.")
    estimate, variance = 1.0, 0.0
    if m > 0.0:
        estimate = 1.0 - m + m * m * S / (2.0 * T)
        slope = -1.0 + m * S / T + m * m / (2.0 * T) * (weight - S / T * _chance(weight, of_arm, of_guess))
        variance = float((P * slope**2).sum() - (P * slope).sum() ** 2) / n
    se = math.sqrt(variance) if variance > 1e-14 else 0.0
    half = float(ndtri(0.5 + level / 2.0)) * se
    if se == 0.0:
        # A share w of others moves the index by w, or by w/4T where they would be guesses of the other kind.
        half = (1.0 - wilson(int(n), int(n), level=level)[0]) * max(1.0, 1.0 / (4.0 * T) if m else 1.0)
    return BlindingIndex(
        estimate=estimate,
        se=se,
        interval=(max(estimate - half, 0.0), max(min(estimate + half, 1.0), estimate)),
        method="normal" if se else "Wilson, as all answered alike",
        n=int(n),
    )


def blinding_by_role_and_visit(
    arm: npt.ArrayLike,
    guess: npt.ArrayLike,
    role: Sequence[str],
    visit: Sequence[str],
    *,
    arms: int = 2,
    level: float = 0.95,
) -> tuple[RoleVisitBlinding, ...]:
    """Both indices of every role at every visit, in the order in which they first come.

    One row an answer: ``arm`` (r,) index, ``guess`` (r,) index of an arm, ``UNSURE`` or
    ``NO_ANSWER``, ``role`` and ``visit`` (r,) names.

    Raises TableError where the lists do not fit or hold other codes.
    """
    which, said = np.asarray(arm), np.asarray(guess)
    if not which.shape == said.shape == (len(role),) or len(role) != len(visit) or not len(role):
        raise TableError("Arm, guess, role and visit must be four lists of one length, one entry an answer.")
    if not np.isin(which, np.arange(arms)).all():
        raise TableError(f"Arms are numbered 0 to {arms - 1}; others came.")
    if not np.isin(said, (*range(arms), UNSURE, NO_ANSWER)).all():
        raise TableError(
            f"A guess is an arm, 0 to {arms - 1}, {UNSURE} (don't know) or {NO_ANSWER} (no answer)."
        )
    roles, visits = np.asarray(role), np.asarray(visit)
    found = []
    for one, at in dict.fromkeys(zip(role, visit, strict=True)):
        rows = (roles == one) & (visits == at)
        found.append(_role_visit(one, at, which[rows], said[rows], arms=arms, level=level))
    return tuple(found)


def _role_visit(
    role: str, visit: str, arm: Ints, guess: Ints, *, arms: int, level: float
) -> RoleVisitBlinding:
    answers = (*range(arms), UNSURE)
    counts = np.array([[int(((arm == a) & (guess == g)).sum()) for g in answers] for a in range(arms)])
    silent = tuple(int(((arm == a) & (guess == NO_ANSWER)).sum()) for a in range(arms))
    warnings = []
    if any(silent):
        warnings.append(f"{sum(silent)} gave no answer and are left out; who does not answer may differ.")
    bang = tuple(
        bang_index(
            correct=int(counts[a, a]),
            wrong=int(counts[a, :arms].sum() - counts[a, a]),
            unsure=int(counts[a, arms]),
            level=level,
        )
        if counts[a].sum()
        else None
        for a in range(arms)
    )
    warnings += [f"Nobody of arm {a} answered." for a, index in enumerate(bang) if index is None]
    try:
        james = None if None in bang else james_index(counts[:, :arms], counts[:, arms], level=level)
    except TableError as refusal:
        james = None
        warnings.append(str(refusal))
    return RoleVisitBlinding(
        role=role,
        visit=visit,
        counts=counts,
        no_answer=silent,
        bang=bang,
        james=james,
        warnings=tuple(warnings),
    )


def _chance(weight: Floats, of_arm: Floats, of_guess: Floats) -> Floats:
    """How the disagreement by chance changes with each cell."""
    slopes: Floats = (weight @ of_guess)[:, None] + (of_arm @ weight)[None, :]
    return slopes


def _check(counts: Sequence[float], index: str) -> None:
    if any(not math.isfinite(count) or count != int(count) or count < 0 for count in counts):
        raise ImpossibleValue(f"{index} is made of whole counts, none negative or infinite.")
    if sum(counts) == 0:
        raise ImpossibleValue(f"{index} needs at least one answer.")
