"""The figures of both kinetic models and of the effects, each with source and status.

Times in hours, amounts in mg of MDMA HCl as dosed, concentrations in ng/mL. What is
``calibrated`` was fitted so that the model meets published figures: it is an assumption,
not evidence. What is ``recalled_unverified`` has no source at hand: verify before use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from holdfast.sourced import Figure, Status

HUESTIS = (
    "Huestis et al. 2025, CPT Pharmacometrics Syst Pharmacol 14:376, doi:10.1002/psp4.13282; "
    "by a secondary extraction, verify against its table 2"
)
PROPOSED = (
    "proposed model with CYP2D6 auto-inhibition; fitted to the published figures of docs/pharmacology/fit.md"
)
EFFECTS = (
    "no published Emax model of MDMA was found; fitted to the published figures of docs/pharmacology/fit.md"
)
RECALLED = "from memory, no source at hand: verify before use"
HUESTIS_YEAR, MADE = "2025", "2026"


def _huestis(value: float, unit: str) -> Figure:
    return Figure(value=value, unit=unit, source=HUESTIS, status=Status.FOUND_SECONDARY, date=HUESTIS_YEAR)


def _calibrated(value: float, unit: str, source: str = PROPOSED) -> Figure:
    return Figure(value=value, unit=unit, source=source, status=Status.CALIBRATED, date=MADE)


def _assumed(value: float | tuple[float, ...], unit: str, why: str) -> Figure:
    return Figure(value=value, unit=unit, source=why, status=Status.ASSUMED, date=MADE)


def _recalled(value: float, unit: str) -> Figure:
    return Figure(value=value, unit=unit, source=RECALLED, status=Status.RECALLED_UNVERIFIED, date=MADE)


# --- kinetics ---------------------------------------------------------------------

MODEL_A = {
    "clearance": _huestis(41.5, "L/h"),
    "volume": _huestis(462.0, "L"),
    "absorption": _huestis(1.17, "1/h"),
    "lag": _huestis(0.322, "h"),
    "duration": _huestis(0.304, "h"),
    "weight_on_clearance": _huestis(1.03, "1"),
    "weight_on_volume": _huestis(0.885, "1"),
    "study_on_clearance": _huestis(-0.36, "1"),
    "study_on_volume": _huestis(-0.263, "1"),
    "fed_on_absorption": _huestis(-0.484, "1"),
    "reference_weight": _assumed(
        70.0, "kg", "the reference weight was not captured; 70 kg is the custom of the field"
    ),
}
"""Model A: one compartment, zero-order release into a depot, first-order absorption; apparent (per F)."""

MODEL_B = {
    "volume": _calibrated(317.8708, "L"),
    "other_clearance": _calibrated(15.2361, "L/h"),
    "cyp2d6_clearance": _calibrated(37.0672, "L/h"),
    "inactivation": _calibrated(0.7224, "1/h"),
    "half_inactivation": _calibrated(300.0, "ng/mL"),
    "absorption": _calibrated(1.7342, "1/h"),
    "lag": _calibrated(0.322, "h", "taken from model A"),
    "duration": _calibrated(0.304, "h", "taken from model A"),
    "liver_flow": _recalled(90.0, "L/h"),
    "renal_clearance": _recalled(13.0, "L/h"),
    "cyp2d6_half_life": Figure(
        value=51.0,
        unit="h",
        source="Open Systems Pharmacology, fluvoxamine model 1.0: turnover of hepatic CYP2D6 in PK-Sim",
        status=Status.FOUND,
        date="2020",
    ),
}
"""Model B: first pass through a well-stirred liver whose CYP2D6 the drug itself inactivates."""

TO_MDA = _huestis(0.1, "1")
"""The share of eliminated MDMA that becomes MDA. No volume or clearance of MDA is at hand: its
concentration is not known."""

MOLAR_MASS = Figure(
    value=193.24,
    unit="g/mol",
    source="MDMA base, C11H15NO2, sum of its atoms",
    status=Status.DERIVED,
    date="2026",
)

# --- between people and between studies -----------------------------------------------

SPREAD = {
    "volume": Figure(
        value=0.22,
        unit="SD of the log",
        source="from the coefficient of variation 24 % of Cmax (39.8 of 162.9 ng/mL), Kolbrich et al. 2008, "
        "Ther Drug Monit 30:320, doi:10.1097/FTD.0b013e3181684fa0",
        status=Status.DERIVED,
        date="2008",
    ),
    "clearance": _calibrated(0.30, "SD of the log", "assumed with model B; that of model A was not captured"),
    "cyp2d6_clearance": _calibrated(0.50, "SD of the log", "assumed with model B"),
    "absorption": _calibrated(0.50, "SD of the log", "assumed with model B"),
    "study_level": _assumed(
        0.30, "SD of the log", "levels differ by 25 to 35 % between studies; scan 0.25 to 0.35"
    ),
    "study_effect": _assumed(
        0.25,
        "SD of the log",
        "systolic rises of 25 to 40 mmHg, and temperature unchanged or raised, at like doses; scan 0 to 0.35",
    ),
}

# --- effects --------------------------------------------------------------------------


class Effect(NamedTuple):
    """An effect: tolerance rate, KT, EC50, exponent, baseline, greatest rise, and their spreads."""

    tolerance_rate: Figure
    tolerance_half: Figure
    half_effect: Figure
    exponent: Figure
    baseline: Figure
    greatest_rise: Figure
    baseline_sd: Figure
    rise_sd: Figure


@dataclass(frozen=True, slots=True)
class _Numbers:
    rate: float
    half: float
    ec50: float
    exponent: float
    base: float
    rise: float


def _effect(numbers: _Numbers, *, unit: str, base: Figure | None, base_sd: Figure, rise_sd: Figure) -> Effect:
    made = EFFECTS
    return Effect(
        tolerance_rate=_calibrated(numbers.rate, "1/h", made),
        tolerance_half=_calibrated(numbers.half, "ng/mL", made),
        half_effect=_calibrated(numbers.ec50, "ng/mL", made),
        exponent=_calibrated(numbers.exponent, "1", made),
        baseline=base or _calibrated(numbers.base, unit, f"baseline assumed; {made}"),
        greatest_rise=_calibrated(numbers.rise, unit, made),
        baseline_sd=base_sd,
        rise_sd=rise_sd,
    )


_NONE = _assumed(
    0.0, "SD of the log", "no figure at hand; differences between people come from the concentration"
)
_ZERO = _assumed(0.0, "%", "before a dose nothing of it is felt")

SITE_RATE = _calibrated(4.0, "1/h", EFFECTS)
"""ke0, the same for every effect."""

FELT = _effect(
    _Numbers(1.152, 24.5, 36.7, 4.0, 0.0, 100.0),
    unit="% of the greatest possible",
    base=_ZERO,
    base_sd=_ZERO,
    rise_sd=_NONE,
)
SYSTOLIC = _effect(
    _Numbers(0.529, 58.2, 81.6, 2.0, 122.0, 54.14),
    unit="mmHg",
    base=None,
    base_sd=_calibrated(10.0, "mmHg", "assumed with the effects"),
    rise_sd=_calibrated(0.35, "SD of the log", EFFECTS),
)
HEART_RATE = _effect(
    _Numbers(0.651, 79.3, 91.6, 2.0, 68.0, 44.38),
    unit="/min",
    base=None,
    base_sd=_calibrated(9.0, "/min", "assumed with the effects"),
    rise_sd=_calibrated(0.45, "SD of the log", EFFECTS),
)
TEMPERATURE = _effect(
    _Numbers(0.677, 85.8, 90.1, 2.0, 36.9, 1.21),
    unit="degC",
    base=None,
    base_sd=_calibrated(0.3, "degC", "assumed with the effects"),
    rise_sd=_calibrated(0.5, "SD of the log", EFFECTS),
)
OXYTOCIN = _effect(
    _Numbers(0.4, 150.0, 253.4, 4.0, 18.6, 55.89),
    unit="pg/mL",
    base=_calibrated(18.6, "pg/mL", f"the placebo mean of Kirkpatrick et al. 2014, PMC4088952; {EFFECTS}"),
    base_sd=Figure(
        value=math.log(94 / 59) / 1.349,
        unit="SD of the log",
        source="ln(94/59)/1.349 from the interquartile range 59 to 94 of Atila et al. 2022, ENEA abstract",
        status=Status.DERIVED,
        date="2022",
    ),
    rise_sd=_NONE,
)
OXYTOCIN_LOSS = _calibrated(2.0, "1/h", EFFECTS)

DIASTOLIC_BASELINE = _assumed(76.0, "mmHg", "usual resting diastolic pressure; no baseline is in the sources")
DIASTOLIC_BASELINE_SD = _assumed(8.0, "mmHg", "usual spread at rest; no baseline is in the sources")
PRESSURES_TOGETHER = _assumed(0.6, "correlation", "systolic and diastolic pressure at rest go together")
DIASTOLIC_SHARE = Figure(
    value=7 / 25,
    unit="of the systolic rise",
    source="7/25: +7 and +25 mmHg at 1 h, Lester et al. 2000, Ann Intern Med 133:969",
    status=Status.DERIVED,
    date="2000",
)

# --- the people -----------------------------------------------------------------------

WOMEN = Figure(
    value=74 / 104,
    unit="1",
    source="(32 + 42)/(53 + 51), Mitchell et al. 2023, doi:10.1038/s41591-023-02565-4, table 1",
    status=Status.DERIVED,
    date="2023",
)
WEIGHT = {
    "women": _assumed(
        (70.0, 14.0),
        "kg, mean and SD",
        "near the BMI of 24.7 to 26.3 in Mitchell et al. 2023; no weights were found",
    ),
    "men": _assumed(
        (83.0, 15.0),
        "kg, mean and SD",
        "near the BMI of 24.7 to 26.3 in Mitchell et al. 2023; no weights were found",
    ),
    "possible": _assumed(
        (30.0, 250.0), "kg", "beyond these a typed weight is taken for a slip or another unit"
    ),
    "bounds": _assumed((45.0, 130.0), "kg", "drawn weights are kept within these"),
}

GAEDIGK = "Gaedigk et al. 2017, Genet Med 19:69, doi:10.1038/gim.2016.80"


class Genotype(NamedTuple):
    """A CYP2D6 class: its share of people, the range of shares, and its activity against two full alleles."""

    words: str
    share: Figure
    range: Figure
    activity: Figure


def _genotype(words: str, share: float, low: float, high: float, score: float) -> Genotype:
    return Genotype(
        words=words,
        share=_assumed(share, "1", f"within the range over world populations of {GAEDIGK}; scan it"),
        range=Figure(value=(low, high), unit="1", source=GAEDIGK, status=Status.FOUND, date="2017"),
        activity=_assumed(score / 2, "1", f"activity score {score:g} of {GAEDIGK}, over 2"),
    )


GENOTYPES = {
    "poor": _genotype("poor metaboliser (activity score 0)", 0.05, 0.004, 0.054, 0.0),
    "intermediate": _genotype("intermediate metaboliser (activity score 0.5)", 0.06, 0.004, 0.11, 0.5),
    "normal": _genotype("normal metaboliser (activity score 1 to 2)", 0.85, 0.67, 0.90, 2.0),
    "ultrarapid": _genotype("ultrarapid metaboliser (activity score above 2)", 0.04, 0.01, 0.21, 3.0),
}
"""Model B takes the normal class as full activity, to which it was calibrated."""
