"""The equations of one person's day, compiled: 11 states in hours, mg, ng/mL and pg/mL.

Model A (linear, published) is model B with an infinite liver blood flow, no CYP2D6 share
and no renal path of its own, so that one set of equations serves both:

* depot D, body A, cumulative elimination L (first pass, liver, kidney): mg of MDMA HCl;
* E, the active share of CYP2D6: lost to the portal concentration, renewed by turnover;
* Ce, the effect-site concentration (ng/mL), and five tolerances M that follow it;
* O, oxytocin (pg/mL): turnover whose production the drug raises.

The well-stirred liver, mechanism-based inhibition, effect compartment with acute
tolerance and indirect response are the standard forms of the field; what is specific to
MDMA lies in ``parameters``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled

Floats = npt.NDArray[np.float64]

#: States.
DEPOT, BODY, ENZYME, ELIMINATED, SITE = range(5)
TOLERANCE = 5
OXYTOCIN = 10
STATES = 11
#: Tolerances, in this order from ``TOLERANCE`` on.
FELT, SYSTOLIC, HEART_RATE, TEMPERATURE, HORMONE = range(5)

#: Columns of a person's row: kinetics; then, for each effect, tolerance rate, 1/KT, EC50, exponent,
#: baseline, greatest rise; then the rise of the diastolic pressure.
KA, LAG, DURATION, PER_VOLUME, OTHER, BY_2D6, RENAL, PER_FLOW = range(8)
RENEWAL, INACTIVATION, HALF_INACTIVATION, SITE_RATE, LOSS = range(8, 13)
EFFECT = 13
KTOL, PER_KT, EC50, GAMMA, BASE, RISE = range(6)
EACH = 6
DIASTOLIC_BASE, DIASTOLIC_RISE, TO_MDA = range(EFFECT + 5 * EACH, EFFECT + 5 * EACH + 3)
COLUMNS = TO_MDA + 1

_HORMONE = EFFECT + HORMONE * EACH


@compiled
def power(x: float, exponent: float) -> float:
    """A power of a number that is not negative; the exponents in use cost no logarithm."""
    if exponent == 2.0:
        return x * x
    if exponent == 4.0:
        return x * x * x * x
    return np.float64(x**exponent)


@compiled
def saturation(site: float, held: float, per_kt: float, half: float, exponent: float) -> float:
    """Share of the greatest effect at an effect-site concentration under tolerance ``held``: 0 to 1."""
    if site <= 0.0:
        return 0.0
    reached = power(site, exponent)
    return reached / (reached + power(half * (1.0 + held * per_kt), exponent))


@compiled
def slope(r: Floats, y: int, p: Floats, rate: float, out: int) -> None:
    """Write the derivatives (11,) per hour of the state at ``y`` in room r to ``out`` in it; input mg/h."""
    depot, enzyme, site = r[y + DEPOT], r[y + ENZYME], r[y + SITE]
    intrinsic = p[OTHER] + p[BY_2D6] * enzyme
    passing = 1.0 / (1.0 + intrinsic * p[PER_FLOW])
    level = r[y + BODY] * p[PER_VOLUME]
    absorbed = p[KA] * depot
    entering = absorbed * passing
    leaving = (intrinsic * passing + p[RENAL]) * level
    portal = 1000.0 * (level + absorbed * p[PER_FLOW])
    r[out + DEPOT] = rate - absorbed
    r[out + BODY] = entering - leaving
    r[out + ENZYME] = (
        p[RENEWAL] * (1.0 - enzyme) - p[INACTIVATION] * portal / (p[HALF_INACTIVATION] + portal) * enzyme
    )
    r[out + ELIMINATED] = absorbed - entering + leaving
    r[out + SITE] = p[SITE_RATE] * (1000.0 * level - site)
    r[out + TOLERANCE] = p[EFFECT + KTOL] * (site - r[y + TOLERANCE])
    r[out + TOLERANCE + 1] = p[EFFECT + EACH + KTOL] * (site - r[y + TOLERANCE + 1])
    r[out + TOLERANCE + 2] = p[EFFECT + 2 * EACH + KTOL] * (site - r[y + TOLERANCE + 2])
    r[out + TOLERANCE + 3] = p[EFFECT + 3 * EACH + KTOL] * (site - r[y + TOLERANCE + 3])
    r[out + TOLERANCE + 4] = p[EFFECT + 4 * EACH + KTOL] * (site - r[y + TOLERANCE + 4])
    share = saturation(
        site, r[y + TOLERANCE + HORMONE], p[_HORMONE + PER_KT], p[_HORMONE + EC50], p[_HORMONE + GAMMA]
    )
    r[out + OXYTOCIN] = p[LOSS] * (p[_HORMONE + BASE] * (1.0 + p[_HORMONE + RISE] * share) - r[y + OXYTOCIN])
