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

from holdfast.errors import ImpossibleValue
from holdfast.statistics.boundaries import Rules, Solved, Stopping, alpha_spent, classical, solve, stopping
from holdfast.statistics.crossing import root
from holdfast.statistics.sequential_rules import (
    beta_to_spend,
    check_errors,
    checked_looks,
    futility_bounds,
    with_efficacy,
)

Floats = npt.NDArray[np.float64]

_PRIOR_REACH = 8.0  # standard deviations of a prior
_PRIOR_PANEL = 2.0  # in units of the drift, over which a power changes little enough for eight points


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
    (``sequential_rules.CLASSICAL``), the alpha spent by each look, or None (no early efficacy).
    ``parameter``: gamma of hsd-spending, power of power-spending, Delta of wang-tsiatis
    (0.25), z before the last look of haybittle-peto (3). ``futility``: None, a spending
    function of beta, or one z bound for each look but the last; or give ``beta_spent``.
    ``alpha`` is of all sides together. Raises ImpossibleValue and UnknownName.
    """
    fractions = checked_looks(looks)
    check_errors(alpha, beta, sides)
    rules = Rules(
        looks=fractions,
        sides=sides,
        upper=np.full(len(fractions), math.nan),
        lower=futility_bounds(fractions, futility, beta_spent, sides=sides),
        alpha_spent=np.zeros(len(fractions)),
        beta_spent=beta_to_spend(fractions, beta, futility, futility_parameter, beta_spent),
        binding=binding,
    )
    rules, shape = with_efficacy(rules, efficacy, parameter, alpha)
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


def averaged(chance: Callable[[float], float], mean: float, sd: float) -> float:
    """The mean of ``chance`` (of a drift) over a normal law of the drift."""
    if not (math.isfinite(mean) and math.isfinite(sd) and sd >= 0.0):
        raise ImpossibleValue(
            f"A law of the drift needs a finite mean and deviation of at least 0, not {mean}, {sd}."
        )
    if sd == 0.0:
        return chance(mean)
    panels = math.ceil(max(4.0, 2.0 * _PRIOR_REACH * sd / _PRIOR_PANEL))
    points, weights = np.polynomial.legendre.leggauss(8)
    half = _PRIOR_REACH / panels
    u = (half * (2.0 * np.arange(panels) + 1.0 + points[:, None]) - _PRIOR_REACH).T.ravel()
    mass = half * np.tile(weights, panels) * np.exp(-0.5 * u**2) / math.sqrt(2.0 * math.pi)
    return float(sum(m * chance(mean + sd * float(one)) for m, one in zip(mass, u, strict=True)))


def design_assurance(design: Design, mean: float, sd: float) -> float:
    """The power expected over a normal prior of the drift (effect / standard error at full information).

    O'Hagan, Stevens, Campbell 2005, doi:10.1002/pst.175. Raises ImpossibleValue.
    """
    return averaged(lambda drift: operation(design, drift).power, mean, sd)


def outcomes(
    z: Floats, upper: Floats, lower: Floats, *, sides: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int8]]:
    """Where each simulated trial ends: its look (from 0) and 1 efficacy, −1 reverse, 0 neither.

    ``z``: trials by looks; ``upper`` and ``lower`` as in ``Design``.
    """
    size = np.abs(z) if sides == 2 else z
    over = size >= upper
    ends = over | (size < lower)
    ends[:, -1] = True
    look = np.argmax(ends, axis=1)
    at = np.arange(len(z)), look
    return look, np.where(over[at], np.where(z[at] >= 0.0, 1, -1) if sides == 2 else 1, 0).astype(np.int8)


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
    if missing(low) <= 0.0:  # where both sides count and the power is low
        low = 0.0
    high = 1.1 * (low + 0.1) / math.sqrt(rules.looks[-1])
    while missing(high) > 0.0 and high < 60.0:
        high *= 1.2
    if high >= 60.0:
        raise ImpossibleValue(
            f"No effect, however large, gives this design a power of {1.0 - beta:g}: "
            "its futility boundaries stop too often; lower them or raise beta.",
            field="futility",
        )
    return root(missing, low, high)


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
