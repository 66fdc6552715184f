"""Spending functions: how much of an error may be spent by an information fraction.

Lan, DeMets 1983, doi:10.1093/biomet/70.3.659 (O'Brien-Fleming type, Pocock type) ·
Kim, DeMets 1987, doi:10.1093/biomet/74.1.149 (a power of the fraction) ·
Hwang, Shih, DeCani 1990, doi:10.1002/sim.4780091207 (gamma family).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from holdfast.errors import ImpossibleValue, UnknownName

Floats = npt.NDArray[np.float64]

SPENDING = ("obf-spending", "pocock-spending", "hsd-spending", "power-spending")


def spent(
    name: str,
    fractions: Sequence[float] | Floats,
    *,
    total: float,
    sides: int = 1,
    parameter: float | None = None,
) -> Floats:
    """The error spent by each information fraction, out of ``total``.

    ``parameter`` is gamma of hsd-spending (−4 unless given) or the power of power-spending
    (3 unless given). With two sides half of ``total`` is spent on each. Raises UnknownName.
    """
    t = np.asarray(fractions, dtype=np.float64)
    if name == "obf-spending":
        quantile = ndtri(1.0 - total / (2.0 * sides))
        return np.asarray(2.0 * sides * ndtr(-quantile / np.sqrt(t)))
    if name == "pocock-spending":
        return np.asarray(total * np.log1p((math.e - 1.0) * t))
    if name == "hsd-spending":
        return _hwang_shih_decani(t, total, -4.0 if parameter is None else parameter)
    if name == "power-spending":
        return _power(t, total, 3.0 if parameter is None else parameter)
    raise UnknownName(f"There is no spending function {name!r}; there are {', '.join(SPENDING)}.")


def _hwang_shih_decani(t: Floats, total: float, gamma: float) -> Floats:
    if not math.isfinite(gamma) or abs(gamma) > 100.0:
        raise ImpossibleValue(
            f"gamma of hsd-spending must lie from -100 to 100, not {gamma}.", field="parameter"
        )
    if abs(gamma) < 1e-12:
        return np.asarray(total * t)
    return np.asarray(total * np.expm1(-gamma * t) / math.expm1(-gamma))


def _power(t: Floats, total: float, rho: float) -> Floats:
    if not (math.isfinite(rho) and rho > 0.0):
        raise ImpossibleValue(f"The power of power-spending must be positive, not {rho}.", field="parameter")
    return np.asarray(total * t**rho)


def checked_spending(amounts: Sequence[float], *, total: float, looks: int, error: str) -> Floats:
    """Cumulated amounts given by hand, one a look, never falling, all of ``total`` at the last."""
    given = np.asarray(amounts, dtype=np.float64)
    if given.shape != (looks,):
        raise ImpossibleValue(
            f"Give the {error} spent by each of the {looks} looks, not {given.size} amounts."
        )
    if not np.all(np.isfinite(given)) or given[0] < 0.0 or np.any(np.diff(given) < 0.0):
        raise ImpossibleValue(
            f"The {error} spent must start at 0 or more and never fall, look by look: {amounts}."
        )
    if given[-1] > total * (1.0 + 1e-9):
        raise ImpossibleValue(
            f"The spending function spends {given[-1]:g}, more than {error} = {total:g}; "
            f"lower it or raise {error}."
        )
    return given
