"""What was assumed and what would change one's mind: every scanned assumption at both ends of its range.

One assumption is moved at a time, everything else stays as it was asked for. Assumptions that
cannot move the primary result of this study are named apart, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.errors import UnknownName
from holdfast.planning.moments import Mean, Share
from holdfast.planning.outcome import Outcome
from holdfast.planning.scenario import Ground, Scenario
from holdfast.simulation.catalogue import Parameter

OF_A_LEVEL = {
    "leaving-inactive": 0,
    "leaving-full": 1,
    "leaving-low": 2,
    "leaving-active": 3,
    "low-felt": 2,
    "low-fraction": 2,
    "active-felt": 3,
    "active-fraction": 3,
    "relapse-inactive": 0,
    "relapse-full": 1,
    "relapse-low": 2,
    "relapse-active": 3,
}
"""Assumptions about one arm level: without an arm of that level they are about nobody."""

NEEDS = {
    "rater-bias": ("rater-unblinded",),
    "session-loss": ("missed-session", "stopping"),
    "recognition": ("prior-use",),
    "prior-response": ("prior-use",),
    "pairs": ("pair-sd", "pair-by-arm-sd"),
    "light-gain": ("light-therapy",),
    "light-contrast-lost": ("light-therapy",),
    "rebound": ("taper",),
}
"""Assumptions that act only through others: without effect while all of those are 0."""

AFTER_THE_PRIMARY = ("scenarios.durability.", "scenarios.crossover.")
WAY_IN = "recruitment."
PACE = "recruitment.per_month"

NO_SUCH_ARM = "no arm of this study"
LATER = "after the primary visit"
EFFORT_ONLY = "time and cost only"
IDLE = "without effect while {} is 0"


@dataclass(frozen=True, slots=True)
class Apart:
    """An assumption with a range that cannot move the primary result here, and why."""

    parameter: Parameter
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The result with one assumption at one end of its range. ``bias`` is at equal belief, in points."""

    value: float
    power: Share
    bias: Mean | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One assumption at both ends.

    ``swing`` is the distance between the lowest and the highest power, the planned one among
    them, in percentage points; ``bias_swing`` the same of the bias, in points (NaN: not known).
    """

    parameter: Parameter
    low: End
    high: End
    swing: float
    bias_swing: float
    beyond_error: bool


@dataclass(frozen=True, slots=True)
class Tornado:
    """All bars, the widest first, around the result as planned."""

    base: Outcome
    bars: tuple[Bar, ...]
    apart: tuple[Apart, ...]


def scanned(ground: Ground, values: Mapping[str, float]) -> tuple[Parameter, ...]:
    """The parameters that have a range, as they stand with ``values`` set; a point is no range."""
    setting = Ground(
        name=ground.name, protocol=ground.protocol, assumptions=ground.scenario(values).assumptions
    )
    return tuple(each for each in setting.parameters() if each.scan and each.scan[0] < each.scan[1])


def apart(ground: Ground, values: Mapping[str, float]) -> tuple[Apart, ...]:
    """The parameters with a range that cannot move the primary result of this study, each with the reason."""
    every = _standing(ground, values)
    found = ((each, _reason(each, ground, every, values)) for each in scanned(ground, values))
    return tuple(Apart(each, reason) for each, reason in found if reason)


def ends(ground: Ground, values: Mapping[str, float]) -> list[tuple[Parameter, Scenario, Scenario]]:
    """For every parameter that may move the primary result, the scenarios at the two ends of its range.

    Raises what ``Ground.scenario`` raises.
    """
    left_out = {each.parameter.name for each in apart(ground, values)}
    found = []
    for each in scanned(ground, values):
        if each.name not in left_out and each.scan is not None:
            others = {name: v for name, v in values.items() if name not in {each.name, each.alias}}
            low, high = (ground.scenario({**others, each.alias: end}) for end in each.scan)
            found.append((each, low, high))
    return found


def tornado(
    base: Outcome, found: Sequence[tuple[Parameter, Outcome, Outcome]], aside: Sequence[Apart] = ()
) -> Tornado:
    """The bars around ``base``, the widest first; bars of one width by what they do to the bias."""
    bars = [_bar(base, parameter, low, high) for parameter, low, high in found]
    bars.sort(key=lambda bar: (-bar.swing, -_or_zero(bar.bias_swing), bar.parameter.alias))
    return Tornado(base=base, bars=tuple(bars), apart=tuple(aside))


def bias_of(outcome: Outcome) -> Mean | None:
    """The bias against the effect at equal belief; None where the truths were not asked for."""
    found = outcome.against.get("equal-belief")
    return found.bias if found else None


def value_of(ground: Ground, alias: str, values: Mapping[str, float]) -> float:
    """The value at which a parameter stands, set or not. Raises UnknownName for a name that is none."""
    every = _standing(ground, values)
    if alias not in every:
        raise UnknownName(f"There is no parameter {alias!r} in {ground.name!r}.")
    return every[alias]


def _standing(ground: Ground, values: Mapping[str, float]) -> dict[str, float]:
    """Every parameter's value by alias, with those that were set by either name."""
    return {
        each.alias: values.get(each.alias, values.get(each.name, each.value)) for each in ground.parameters()
    }


def _reason(
    parameter: Parameter, ground: Ground, standing: Mapping[str, float], values: Mapping[str, float]
) -> str:
    level = OF_A_LEVEL.get(parameter.alias)
    if level is not None and level not in {arm.level for arm in ground.protocol.arms}:
        return NO_SUCH_ARM
    if parameter.name.startswith(AFTER_THE_PRIMARY):
        return LATER
    # The pace decides how many come in behind an interim look; without one it costs months only.
    if parameter.name.startswith(WAY_IN) and not (parameter.name == PACE and standing["interim"]):
        return EFFORT_ONLY
    gates = NEEDS.get(parameter.alias, ())
    if gates and not any(standing.get(gate, 0.0) for gate in gates):
        return IDLE.format(" or ".join(gates))
    return ""


def _bar(base: Outcome, parameter: Parameter, low: Outcome, high: Outcome) -> Bar:
    assert parameter.scan is not None
    every = (low, base, high)
    powers = sorted((each.power for each in every), key=lambda share: share.estimate)
    swing = 100.0 * (powers[-1].estimate - powers[0].estimate)
    biases = [each.estimate for one in every if (each := bias_of(one)) is not None]
    error = 100.0 * math.hypot(powers[-1].se, powers[0].se)
    return Bar(
        parameter=parameter,
        low=End(parameter.scan[0], low.power, bias_of(low)),
        high=End(parameter.scan[1], high.power, bias_of(high)),
        swing=swing,
        bias_swing=max(biases) - min(biases) if len(biases) == len(every) else math.nan,
        beyond_error=swing > 1.96 * error,
    )


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
