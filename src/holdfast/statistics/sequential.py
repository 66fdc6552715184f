"""Group-sequential designs: when a trial may stop early, and what that costs.

``design`` gives a frozen ``Design``: boundaries on the z, p and effect scales, the errors
spent, the chances of stopping at each look, the inflation of the sample size and the
expected information. Jennison, Turnbull 1999, doi:10.1201/9780367805326.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics.boundaries import Rules, Solved, Stopping, alpha_spent, classical, solve, stopping
from holdfast.statistics.crossing import root
from holdfast.statistics.spending import SPENDING, checked_spending, spent

Floats = npt.NDArray[np.float64]

CLASSICAL = ("obrien-fleming", "pocock", "wang-tsiatis", "haybittle-peto")
_CLOSEST = 1e-3  # looks nearer than this share of the information are refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a design does at one drift (the expected z statistic at full information).

    ``stops`` holds the chances of each end at each look; ``expected`` is the mean
    information at the end, as a share of the full information.
    """

    drift: float
    power: float
    expected: float
    stops: Stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A group-sequential design. Arrays have one number a look.

    ``upper`` (z; infinite where a look cannot stop for efficacy; with two sides −``upper``
    counts too), ``lower`` (futility z, −inf where there is none; with two sides the trial is
    futile between −``lower`` and ``lower``; at the last look it meets ``upper``), the errors
    spent so far, ``drift`` at which the power is 1 − ``beta``, ``inflation`` of the sample
    size against one look of equal power, what happens without an effect, at half the drift
    and at the drift, and ``warnings``.
    """

    looks: Floats
    alpha: float
    beta: float
    sides: int
    efficacy: str
    futility: str
    binding: bool
    upper: Floats
    lower: Floats
    alpha_spent: Floats
    beta_spent: Floats
    drift: float
    inflation: float
    null: Operation
    between: Operation
    alternative: Operation
    warnings: tuple[str, ...]

    @property
    def upper_p(self) -> Floats:
        """One-sided p values at the efficacy boundary."""
        return np.asarray(ndtr(-self.upper))

    @property
    def lower_p(self) -> Floats:
        """One-sided p values at the futility boundary; 1 where there is none."""
        return np.asarray(ndtr(-self.lower))

    @property
    def fixed_drift(self) -> float:
        """The drift at which one look, at the end, has the power of this design."""
        return fixed_drift(alpha=self.alpha, beta=self.beta, sides=self.sides)

    @property
    def relative_expected(self) -> tuple[float, float, float]:
        """Expected sample sizes by the fixed one: without effect, at half the drift, at the drift."""
        scale = (self.drift / self.fixed_drift) ** 2
        return self.null.expected * scale, self.between.expected * scale, self.alternative.expected * scale

    def effects(self, standard_error: float) -> tuple[Floats, Floats]:
        """Boundaries as estimates (upper, lower), given the standard error at full information."""
        return on_effect_scale(self.upper, self.looks, standard_error=standard_error), on_effect_scale(
            self.lower, self.looks, standard_error=standard_error
        )


def fixed_drift(*, alpha: float, beta: float, sides: int) -> float:
    """The expected z statistic that gives one look the power 1 − ``beta``."""
    return float(ndtri(1.0 - alpha / sides) + ndtri(1.0 - beta))


def on_effect_scale(z: Floats, looks: Floats, *, standard_error: float) -> Floats:
    """Boundaries in units of the effect: z times the standard error at each look.

    ``standard_error`` is the one at full information. Raises ImpossibleValue where it is not positive.
    """
    if not (math.isfinite(standard_error) and standard_error > 0.0):
        raise ImpossibleValue(
            f"A standard error must be positive, not {standard_error}.", field="standard_error"
        )
    return np.asarray(z * standard_error / np.sqrt(looks))


def design(
    looks: Sequence[float] | Floats = (0.5, 1.0),
    *,
    alpha: float = 0.05,
    sides: int = 2,
    beta: float = 0.1,
    efficacy: str | Sequence[float] | None = "obf-spending",
    parameter: float | None = None,
    futility: str | Sequence[float] | None = None,
    futility_parameter: float | None = None,
    beta_spent: Sequence[float] | None = None,
    binding: bool = False,
) -> Design:
    """The design with these ``looks`` (information fractions, rising, at most 1).

    ``efficacy``: a spending function (``spending.SPENDING``), a classical boundary
    (``CLASSICAL``), the alpha spent by each look, or None (no early efficacy).
    ``parameter``: gamma of hsd-spending, power of power-spending, Delta of wang-tsiatis
    (0.25), z before the last look of haybittle-peto (3). ``futility``: None, a spending
    function of beta, or one z bound for each look but the last; or give ``beta_spent``.
    ``alpha`` is of all sides together. Raises ImpossibleValue and UnknownName.
    """
    fractions = _checked_looks(looks)
    _check_errors(alpha, beta, sides)
    rules = Rules(
        looks=fractions,
        sides=sides,
        upper=np.full(len(fractions), math.nan),
        lower=_lower(fractions, futility, beta_spent),
        alpha_spent=np.zeros(len(fractions)),
        beta_spent=_beta_spent(fractions, beta, futility, futility_parameter, beta_spent),
        binding=binding,
    )
    rules, shape = _with_efficacy(rules, efficacy, parameter, alpha)
    rules, spending_drift = _settled(rules, shape, alpha, beta)
    solved = solve(rules, spending_drift)
    _check_order(solved)
    names = _name(efficacy), "beta-spent" if beta_spent is not None else _name(futility)
    return _described(rules, solved, spending_drift, alpha, beta, names)


def operation(design: Design, drift: float) -> Operation:
    """What a design does at ``drift`` = effect / standard error at full information."""
    return _operation(design.looks, design.upper, design.lower, design.sides, drift)


def power(design: Design, drifts: Sequence[float] | Floats) -> Floats:
    """The chance of crossing the upper boundary at each of ``drifts``."""
    return np.array([operation(design, float(drift)).power for drift in drifts])


def _operation(looks: Floats, upper: Floats, lower: Floats, sides: int, drift: float) -> Operation:
    stops = stopping(looks, upper, lower, sides=sides, drift=drift)
    expected = float(looks @ (stops.efficacy + stops.reverse + stops.futility))
    return Operation(drift=drift, power=float(stops.efficacy.sum()), expected=expected, stops=stops)


def _settled(rules: Rules, shape: Floats | None, alpha: float, beta: float) -> tuple[Rules, float]:
    """The rules with every boundary known but those that spend beta, and the drift at which they do."""
    spends = bool(np.any(np.isnan(rules.lower[:-1])))

    def at(drift: float) -> Rules:
        return rules if shape is None else classical(rules, shape, alpha, drift)

    if not (spends and rules.binding):  # the upper boundary is the same at every drift
        free = rules if rules.binding else replace(rules, lower=np.full_like(rules.lower, -math.inf))
        upper = solve(free if shape is None else classical(free, shape, alpha), 0.0).upper
        rules, shape = replace(rules, upper=upper), None
    if not spends:
        return rules, 0.0
    drift = _drift_of(lambda drift: solve(at(drift), drift).futile - beta, rules, alpha, beta)
    return at(drift), drift


def _drift_of(missing: Callable[[float], float], rules: Rules, alpha: float, beta: float) -> float:
    """The drift at which the power that is missing vanishes; the search begins at that of one look."""
    # No design with the same error at full information beats one look (Neyman and Pearson).
    low = 0.99 * max(0.0, fixed_drift(alpha=alpha, beta=beta, sides=rules.sides))
    high = 1.3 * (low + 0.3) / math.sqrt(rules.looks[-1])
    while missing(high) > 0.0 and high < 60.0:
        high *= 1.3
    if high >= 60.0:
        raise ImpossibleValue(
            f"No effect, however large, gives this design a power of {1.0 - beta:g}: "
            "its futility boundaries stop too often; lower them or raise beta.",
            field="futility",
        )
    return root(missing, low, high)


def _with_efficacy(
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


def _lower(
    looks: Floats, futility: str | Sequence[float] | None, beta_spent: Sequence[float] | None
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
    return np.append(bounds, math.nan)


def _beta_spent(
    looks: Floats,
    beta: float,
    futility: str | Sequence[float] | None,
    parameter: float | None,
    beta_spent: Sequence[float] | None,
) -> Floats:
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


def _checked_looks(looks: Sequence[float] | Floats) -> Floats:
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


def _check_errors(alpha: float, beta: float, sides: int) -> None:
    if not 0.0 < alpha < 0.5:
        raise ImpossibleValue(f"alpha must lie between 0 and 0.5, not at {alpha}.", field="alpha")
    if sides not in (1, 2):
        raise ImpossibleValue(f"A test has 1 or 2 sides, not {sides}.", field="sides")
    if not 0.0 < beta < 1.0 - alpha / sides:
        raise ImpossibleValue(f"beta must lie between 0 and 1 - alpha, not at {beta}.", field="beta")


def _check_order(solved: Solved) -> None:
    for k, (upper, lower) in enumerate(zip(solved.upper[:-1], solved.lower[:-1], strict=True)):
        if lower > upper:
            raise ImpossibleValue(
                f"At look {k + 1} the futility bound z = {lower:.4g} lies above the efficacy boundary "
                f"z = {upper:.4g}; lower it.",
                field="futility",
            )


def _name(given: str | Sequence[float] | None) -> str:
    return "none" if given is None else given if isinstance(given, str) else "given"


def _described(
    rules: Rules, solved: Solved, spending_drift: float, alpha: float, beta: float, names: tuple[str, str]
) -> Design:
    def at(drift: float) -> Operation:
        return _operation(rules.looks, solved.upper, solved.lower, rules.sides, drift)

    # With two sides beta is spent on every acceptance, while the power counts the upper side only.
    drift = spending_drift
    if drift == 0.0 or rules.sides == 2:
        drift = _drift_of(lambda drift: 1.0 - beta - at(drift).power, rules, alpha, beta)
    operations = [at(share * drift) for share in (0.0, 0.5, 1.0)]
    accepted = operations[2] if spending_drift == 0.0 else at(spending_drift)
    fixed = fixed_drift(alpha=alpha, beta=beta, sides=rules.sides)
    used = alpha_spent(rules.looks, solved.upper, solved.lower, sides=rules.sides, binding=rules.binding)
    return Design(
        looks=rules.looks,
        alpha=alpha,
        beta=beta,
        sides=rules.sides,
        efficacy=names[0],
        futility=names[1],
        binding=rules.binding,
        upper=solved.upper,
        lower=solved.lower,
        alpha_spent=used,
        beta_spent=np.cumsum(accepted.stops.futility),
        drift=drift,
        inflation=float((drift / fixed) ** 2 * rules.looks[-1]),
        null=operations[0],
        between=operations[1],
        alternative=operations[2],
        warnings=_warnings(rules, solved, float(used[-1]), alpha),
    )


def _warnings(rules: Rules, solved: Solved, used: float, alpha: float) -> tuple[str, ...]:
    found = []
    never = [str(k + 1) for k, z in enumerate(solved.upper) if math.isinf(z)]
    if never:
        found.append(f"No trial stops for efficacy at look {', '.join(never)}: nothing is spent there.")
    if used < alpha * (1.0 - 1e-6):
        found.append(f"The looks spend {used:.6g} of alpha = {alpha:g}; the rest is left.")
    futile = [f for f in solved.lower[:-1] if f > -math.inf]
    if futile and not rules.binding and rules.sides == 1:
        found.append(
            "Futility is not binding: alpha holds if it is overruled; chances are given as if it is obeyed."
        )
    return tuple(found)
