"""How much the readings have told: in bits, in the width of bands, and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.explain import Band
from holdfast.pharmacology.forecast_members import Members, Sums, residuals, rest_given
from holdfast.pharmacology.forecast_prior import Prior
from holdfast.pharmacology.forecast_readings import CODES, NOISE, SIGNS
from holdfast.sourced import Figure, Status

HARDLY_BITS = Figure(
    value=1.0,
    unit="bit",
    source="below one bit, the answer to one yes-or-no question, a forecast is called still just the prior",
    status=Status.ASSUMED,
    date=known.MADE,
)


@dataclass(frozen=True, slots=True)
class Learned:
    """What readings have told.

    ``bits``: Kullback and Leibler's divergence of posterior from prior, over members and resting
    values; ``width``: the 90 % band of each sign over the prior's, mean of the hours shown;
    ``effective`` and ``distinct``: members that carry the weight, and different shapes among them.
    """

    readings: int
    bits: float
    width: dict[str, float]
    effective: float
    distinct: int
    still_prior: bool
    words: tuple[str, ...]


def learned(
    members: Members, prior: Prior, sums: Sums, found: dict[str, Band], expected: dict[str, Band]
) -> Learned:
    """Measure members after readings against the prior."""
    readings = int(sums.count.sum())
    gained = bits(members, prior, sums)
    still = readings == 0 or gained < HARDLY_BITS.number
    width = {code: _width(found[code], expected[code]) for code in CODES}
    return Learned(
        readings=readings,
        bits=gained,
        width=width,
        effective=members.effective,
        distinct=members.distinct,
        still_prior=still,
        words=_words(readings, gained, width, members, still),
    )


def bits(members: Members, prior: Prior, sums: Sums) -> float:
    """The divergence of posterior from prior: mean log likelihood under the posterior less log evidence."""
    left, squares = residuals(sums, members.shape, members.log_factors)
    covariance = rest_given(sums, prior)
    moved = covariance @ left
    spread = moved**2 + np.diag(covariance)[:, None]
    precision = (sums.count / NOISE**2)[:, None]
    quadratic = (squares - 2 * moved * left + precision * spread).sum(axis=0)
    constant = float((sums.count * np.log(NOISE * np.sqrt(2 * np.pi))).sum())
    mean = float((-0.5 * quadratic - constant) @ members.weight)
    return max(0.0, (mean - members.log_evidence) / math.log(2))


def _width(found: Band, expected: Band) -> float:
    return float(np.mean((found.ninety[1] - found.ninety[0]) / (expected.ninety[1] - expected.ninety[0])))


def _words(
    readings: int, gained: float, width: dict[str, float], members: Members, still: bool
) -> tuple[str, ...]:
    if readings == 0:
        return ("No reading has been used: this is just the prior, the same for everybody of these doses.",)
    if still:
        return (
            f"{readings} values have told hardly anything ({gained:.1f} bits): this is still just the prior.",
        )
    shares = ", ".join(f"{sign.words.lower()} {100 * width[sign.code]:.0f} %" for sign in SIGNS)
    return (
        f"{readings} values have told about {gained:.1f} bits. The 90 % bands ahead are so wide against "
        f"those before any reading: {shares}. What a reading scatters never goes away.",
        f"{members.effective:,.0f} of {members.shape.size:,} members carry the weight, with "
        f"{members.distinct:,} different courses.",
    )
