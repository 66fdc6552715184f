"""Sample size looked at again while the trial runs.

Blinded: the variance of all persons lumped together, with or without Kieser and Friede's
adjustment for the difference that hides in it (2003, doi:10.1002/sim.1585). Unblinded: the
promising zone of Mehta and Pocock 2011, doi:10.1002/sim.4102, tested with the classical
statistic or the weighted one of Cui, Hung and Wang 1999,
doi:10.1111/j.0006-341X.1999.00853.x. The classical one holds alpha only where the
conditional power is high enough (Chen, DeMets, Lan 2004, doi:10.1002/sim.1688);
``lowest_promising`` finds where.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from holdfast.errors import ImpossibleValue
from holdfast.statistics.sample_size import persons_for_means

Floats = npt.NDArray[np.float64]

_FAR = 9.0
_POINTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinded:
    """A blinded re-estimation: the standard deviation found and the persons it asks for."""

    sd: float
    persons: int
    wanted: int
    observed: int
    warnings: tuple[str, ...]


def blinded_sd(values: Sequence[float] | Floats, *, assumed_effect: float = 0.0, share: float = 0.5) -> float:
    """The standard deviation within arms, from ``values`` of both arms without their labels.

    ``assumed_effect`` is the difference of means taken to hide in them (0 gives the one-sample
    estimate, which is too large where there is an effect); ``share`` of the persons are in one
    arm. Raises ImpossibleValue for fewer than two values, or an assumed effect they cannot hold.
    """
    seen = _checked_values(values)
    if not 0.0 < share < 1.0:
        raise ImpossibleValue(
            f"The share of one arm must lie between 0 and 1, not at {share}.", field="share"
        )
    n = len(seen)
    # E[s²] = σ² + n·share·(1 − share)·Δ²/(n − 1) when the arms' numbers are fixed.
    left = float(seen.var(ddof=1)) - n * share * (1.0 - share) * assumed_effect**2 / (n - 1.0)
    if left <= 0.0:
        raise ImpossibleValue(
            f"An assumed effect of {assumed_effect:g} alone spreads the {n} values more than they are; "
            "assume a smaller one.",
            field="assumed_effect",
        )
    return math.sqrt(left)


def reestimate_blinded(
    values: Sequence[float] | Floats,
    *,
    effect: float,
    least: int,
    most: int,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.9,
    adjusted: bool = True,
    share: float = 0.5,
    inflation: float = 1.0,
) -> Blinded:
    """Persons of both arms for ``effect``, from the spread of ``values``, between ``least`` and ``most``.

    ``adjusted`` takes the effect that is planned for out of the spread.
    """
    if not 0 < least <= most:
        raise ImpossibleValue(
            f"The persons must lie between a least and a most number, not {least} and {most}.", field="least"
        )
    sd = blinded_sd(values, assumed_effect=effect if adjusted else 0.0, share=share)
    wanted = persons_for_means(
        effect, sd=sd, alpha=alpha, sides=sides, power=power, share=share, inflation=inflation
    ).total
    persons = min(max(wanted, least, len(values)), most)
    found = (
        []
        if wanted <= most
        else [f"{wanted} persons are wanted; the most allowed is {most}: the power is lower."]
    )
    if len(values) > most:
        found.append(f"{len(values)} values have come already, more than the most allowed, {most}.")
    return Blinded(sd=sd, persons=persons, wanted=wanted, observed=len(values), warnings=tuple(found))


def _checked_values(values: Sequence[float] | Floats) -> Floats:
    seen = np.asarray(values, dtype=np.float64)
    if seen.ndim != 1 or seen.size < 2 or not np.all(np.isfinite(seen)):
        raise ImpossibleValue("A blinded variance needs at least two finite values.", field="values")
    if float(seen.var()) == 0.0:
        raise ImpossibleValue("All values are the same: their variance says nothing.", field="values")
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisingZone:
    """One unblinded look; persons of all arms: at the look, planned, at most.

    ``lowest`` is the conditional power (at the trend) at which the zone begins; it ends
    where the conditional power reaches ``power``. ``alpha`` is one-sided.
    """

    first: int
    planned: int
    most: int
    lowest: float
    power: float = 0.9
    alpha: float = 0.025
    statistic: Literal["weighted", "classical"] = "weighted"

    def __post_init__(self) -> None:
        if not 0 < self.first < self.planned <= self.most:
            raise ImpossibleValue(
                "Persons at the look, planned and at most must be positive and rise, "
                f"not {self.first}, {self.planned}, {self.most}."
            )
        if not 0.0 < self.alpha < 0.5:
            raise ImpossibleValue(f"alpha must lie between 0 and 0.5, not at {self.alpha}.", field="alpha")
        if not 0.0 < self.lowest < self.power < 1.0:
            raise ImpossibleValue(
                f"The zone must begin and end between 0 and 1 and rise, not {self.lowest} to {self.power}.",
                field="lowest",
            )

    @property
    def critical(self) -> float:
        """The z of the final test."""
        return float(ndtri(1.0 - self.alpha))


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOperation:
    """What a promising zone does at one drift (the expected z with the planned persons)."""

    rejects: float
    expected_persons: float
    unfavourable: float
    promising: float
    favourable: float


def trend_power(zone: PromisingZone, z: Floats | float, persons: Floats | float) -> Floats:
    """Conditional power at the trend, given ``z``, of the classical test with ``persons`` in all."""
    left = np.asarray(persons, dtype=np.float64) - zone.first
    score = np.asarray(z) * math.sqrt(zone.first)
    gap = score + np.asarray(z) / math.sqrt(zone.first) * left - zone.critical * np.sqrt(persons)
    return np.asarray(ndtr(gap / np.sqrt(left)))


def zone_of(zone: PromisingZone, z: float) -> Literal["unfavourable", "promising", "favourable"]:
    """Where an interim ``z`` falls."""
    found = float(trend_power(zone, z, zone.planned))
    return "unfavourable" if found < zone.lowest else "favourable" if found >= zone.power else "promising"


def reestimated_persons(zone: PromisingZone, z: float) -> int:
    """The persons in all after an interim ``z``: more than planned only in the promising zone."""
    if not math.isfinite(z):
        raise ImpossibleValue(f"An interim z must be a finite number, not {z}.", field="z")
    return math.ceil(float(_persons(zone, np.array([z]))[0]) - 1e-9)


def _persons(zone: PromisingZone, z: Floats) -> Floats:
    """The same without rounding: enough for ``power`` at the trend, at most ``most``."""
    found = trend_power(zone, z, float(zone.planned))
    promising = (found >= zone.lowest) & (found < zone.power)
    persons = np.full_like(z, float(zone.planned))
    persons[promising] = [min(_enough(zone, one), float(zone.most)) for one in z[promising]]
    return persons


def _enough(zone: PromisingZone, z: float) -> float:
    """The persons that give the trend its power under the weighted statistic."""
    after = zone.planned - zone.first
    short = zone.critical * math.sqrt(zone.planned) - z * math.sqrt(zone.first)
    needed = short / math.sqrt(after) + float(ndtri(zone.power))
    return zone.first + zone.first / (z * z) * needed * needed if z > 0.0 else float(zone.most)


def conditional_rejection(zone: PromisingZone, z: Floats, persons: Floats, drift: float) -> Floats:
    """The chance of rejecting given ``z`` and the persons chosen, at ``drift`` (for the planned persons)."""
    after = persons - zone.first
    moved = drift * np.sqrt(after / zone.planned)  # expected z of the persons after the look
    if zone.statistic == "weighted":
        planned_after = zone.planned - zone.first
        short = zone.critical * math.sqrt(zone.planned) - z * math.sqrt(zone.first)
        return np.asarray(ndtr(moved - short / math.sqrt(planned_after)))
    short = zone.critical * np.sqrt(persons) - z * math.sqrt(zone.first)
    return np.asarray(ndtr(moved - short / np.sqrt(after)))


def zone_operation(zone: PromisingZone, drift: float) -> ZoneOperation:
    """Chances and expected persons at ``drift``, by integration over the interim z.

    At drift 0 ``rejects`` is the type I error.
    """
    mean = drift * math.sqrt(zone.first / zone.planned)
    low, high = zone_limits(zone)
    full = _filled(zone)
    cuts = sorted({mean - _FAR, mean + _FAR, *(c for c in (low, high, full) if abs(c - mean) < _FAR)})
    z, weight = _pieces(cuts)
    mass = weight * np.exp(-0.5 * (z - mean) ** 2) / math.sqrt(2.0 * math.pi)
    persons = _persons(zone, z)
    below, promising = float(ndtr(low - mean)), float(ndtr(high - mean) - ndtr(low - mean))
    return ZoneOperation(
        rejects=float(mass @ conditional_rejection(zone, z, persons, drift)),
        expected_persons=float(mass @ persons),
        unfavourable=below,
        promising=promising,
        favourable=1.0 - below - promising,
    )


def zone_limits(zone: PromisingZone) -> tuple[float, float]:
    """The interim z at which the promising zone begins and ends."""
    return _z_at(zone, zone.lowest), _z_at(zone, zone.power)


def _z_at(zone: PromisingZone, power: float) -> float:
    left = zone.planned - zone.first
    slope = math.sqrt(zone.first) + left / math.sqrt(zone.first)
    return (float(ndtri(power)) * math.sqrt(left) + zone.critical * math.sqrt(zone.planned)) / slope


def _filled(zone: PromisingZone) -> float:
    """The interim z above which fewer than the most persons suffice: a kink of the integrand."""
    after = zone.planned - zone.first
    reach = math.sqrt((zone.most - zone.first) / zone.first) + math.sqrt(zone.first / after)
    return (zone.critical * math.sqrt(zone.planned / after) + float(ndtri(zone.power))) / reach


def _pieces(cuts: list[float]) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(_POINTS // 4)
    halves = [(high - low) / 2.0 for low, high in pairwise(cuts)]
    middles = [(high + low) / 2.0 for low, high in pairwise(cuts)]
    z = np.concatenate([middle + half * points for middle, half in zip(middles, halves, strict=True)])
    return z, np.concatenate([half * weights for half in halves])


def lowest_promising(
    *, first: int, planned: int, most: int, power: float = 0.9, alpha: float = 0.025
) -> float:
    """The conditional power from which on the classical statistic never raises alpha.

    At each z above it the classical test with the re-estimated persons rejects no oftener,
    without an effect, than the planned test would. Returned between 0 and ``power``.
    """
    zone = PromisingZone(first=first, planned=planned, most=most, lowest=1e-9, power=power, alpha=alpha)
    z = np.linspace(*zone_limits(zone), 20_001)
    persons = _persons(zone, z)
    excess = classical_excess(zone, z, persons)
    beyond = np.flatnonzero(excess > 1e-12)
    start = z[min(int(beyond[-1]) + 1, len(z) - 1)] if beyond.size else z[0]
    return float(trend_power(zone, float(start), float(planned)))


def classical_excess(zone: PromisingZone, z: Floats, persons: Floats) -> Floats:
    """How much z the classical test asks for less than the one that keeps the conditional error."""
    after, planned_after = persons - zone.first, zone.planned - zone.first
    short = zone.critical * math.sqrt(zone.planned) - z * math.sqrt(zone.first)
    kept = np.sqrt(after / planned_after) * short + z * math.sqrt(zone.first)
    return np.asarray(kept / np.sqrt(persons) - zone.critical)
