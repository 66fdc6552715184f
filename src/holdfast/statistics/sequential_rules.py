"""What a group-sequential design is asked for, checked and put as rules to solve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics.boundaries import Rules, alpha_spent
from holdfast.statistics.spending import SPENDING, checked_spending, spent

Floats = npt.NDArray[np.float64]

CLASSICAL = ("obrien-fleming", "pocock", "wang-tsiatis", "haybittle-peto")
_CLOSEST = 1e-3  # looks nearer than this share of the information are refused


def with_efficacy(
    rules: Rules, efficacy: str | Sequence[float] | None, parameter: float | None, alpha: float
) -> tuple[Rules, Floats | None]:
    """The rules with the alpha to spend, or the shape of a classical boundary, or its fixed part."""
    looks, total = len(rules.looks), np.full(len(rules.looks), alpha)
    if efficacy is None:
        return replace(rules, upper=_all_but_last(looks, math.inf), alpha_spent=total), None
    if not isinstance(efficacy, str):
        amounts = checked_spending(efficacy, total=alpha, looks=looks, error="alpha")
        return replace(rules, alpha_spent=amounts), None
    if efficacy in SPENDING:
        amounts = spent(efficacy, rules.looks, total=alpha, sides=rules.sides, parameter=parameter)
        return replace(rules, alpha_spent=amounts), None
    if efficacy == "haybittle-peto":
        early = 3.0 if parameter is None else parameter
        _check_early(rules, early, alpha)
        return replace(rules, upper=_all_but_last(looks, early), alpha_spent=total), None
    return rules, (rules.looks / rules.looks[-1]) ** (_delta(efficacy, parameter) - 0.5)


def _delta(efficacy: str, parameter: float | None) -> float:
    if efficacy not in CLASSICAL:
        raise UnknownName(
            f"There is no efficacy boundary {efficacy!r}; there are {', '.join(SPENDING + CLASSICAL)}, "
            "None, or the alpha spent by each look."
        )
    delta = {"obrien-fleming": 0.0, "pocock": 0.5}.get(efficacy, 0.25 if parameter is None else parameter)
    if not -5.0 <= delta <= 5.0:
        raise ImpossibleValue(f"Delta of wang-tsiatis must lie from -5 to 5, not {delta}.", field="parameter")
    return delta


def _check_early(rules: Rules, early: float, alpha: float) -> None:
    if not (math.isfinite(early) and early > 0.0):
        raise ImpossibleValue(
            f"The early z of haybittle-peto must be positive, not {early}.", field="parameter"
        )
    upper, none = np.full(len(rules.looks), early), np.full(len(rules.looks), -math.inf)
    so_far = alpha_spent(rules.looks, upper, none, sides=rules.sides, binding=False)[:-1]
    if so_far.size and so_far[-1] >= alpha:
        raise ImpossibleValue(
            f"Looks at z = {early:g} before the last spend {so_far[-1]:.4g}, all of alpha = {alpha:g}; "
            "raise that z.",
            field="parameter",
        )


def _all_but_last(looks: int, value: float) -> Floats:
    return np.append(np.full(looks - 1, value), math.nan)


def futility_bounds(
    looks: Floats,
    futility: str | Sequence[float] | None,
    beta_spent: Sequence[float] | None,
    *,
    sides: int,
) -> Floats:
    """Fixed futility bounds, NaN where they are to be solved (the last meets the upper boundary)."""
    if beta_spent is not None:
        if futility is not None:
            raise ImpossibleValue("Give futility or beta_spent, not both.", field="beta_spent")
        return np.full(len(looks), math.nan)
    if futility is None or len(looks) == 1:
        return np.full(len(looks), -math.inf)
    if isinstance(futility, str):
        return np.full(len(looks), math.nan)
    bounds = np.asarray(futility, dtype=np.float64)
    if bounds.shape != (len(looks) - 1,) or np.any(np.isnan(bounds)):
        raise ImpossibleValue(
            f"Give one futility z for each look but the last: {len(looks) - 1}, not {list(futility)}.",
            field="futility",
        )
    if sides == 2 and np.any((bounds < 0.0) & (bounds > -math.inf)):
        raise ImpossibleValue(
            "With two sides a trial is futile between minus and plus the bound: give bounds of 0 or more, "
            f"not {list(futility)}; for futility on one side give sides=1 and half of alpha.",
            field="futility",
        )
    return np.append(bounds, math.nan)


def beta_to_spend(
    looks: Floats,
    beta: float,
    futility: str | Sequence[float] | None,
    parameter: float | None,
    beta_spent: Sequence[float] | None,
) -> Floats:
    """The beta to be spent by each look; zeros where none is."""
    if beta_spent is None and not isinstance(futility, str):
        return np.zeros(len(looks))
    if looks[-1] < 1.0:
        raise ImpossibleValue(
            f"Spending of beta needs a last look at 1, not at {looks[-1]:g}.", field="looks"
        )
    if beta_spent is not None:
        return checked_spending(beta_spent, total=beta, looks=len(looks), error="beta")
    assert isinstance(futility, str)
    return spent(futility, looks, total=beta, parameter=parameter)


def checked_looks(looks: Sequence[float] | Floats) -> Floats:
    """The looks as an array; refused unless they rise from above 0 to at most 1."""
    fractions = np.asarray(looks, dtype=np.float64)
    if fractions.ndim != 1 or fractions.size == 0 or not np.all(np.isfinite(fractions)):
        raise ImpossibleValue(
            f"Looks are a list of information fractions such as 0.5, 1; not {looks}.", field="looks"
        )
    if np.any(np.diff(fractions, prepend=0.0) <= 0.0) or fractions[-1] > 1.0:
        raise ImpossibleValue(
            f"Information fractions must rise from above 0 to at most 1, not {fractions.tolist()}.",
            field="looks",
        )
    if np.any(np.diff(fractions, prepend=0.0) < _CLOSEST):
        raise ImpossibleValue(
            f"Looks must be at least {_CLOSEST:g} of the information apart, not {fractions.tolist()}.",
            field="looks",
        )
    return fractions


def check_errors(alpha: float, beta: float, sides: int) -> None:
    """Refuse errors and sides that no design can have."""
    if not 0.0 < alpha < 0.5:
        raise ImpossibleValue(f"alpha must lie between 0 and 0.5, not at {alpha}.", field="alpha")
    if sides not in (1, 2):
        raise ImpossibleValue(f"A test has 1 or 2 sides, not {sides}.", field="sides")
    if not 0.0 < beta < 1.0 - alpha / sides:
        raise ImpossibleValue(f"beta must lie between 0 and 1 - alpha, not at {beta}.", field="beta")
