"""What was published of MDMA's day: the values the models are held against, each with its source.

A row names the measure that ``fit`` computes from the model for the same dose. A published
observation without a number, or of something the models do not hold, is kept in
``NOT_COMPARED`` with the reason, so that nothing published is left out in silence.
Doses per kg are computed at 70 kg.
"""

from __future__ import annotations

from typing import NamedTuple

from holdfast.sourced import Figure, Status

FREYE = "de la Torre et al., reference 50 of Freye 2009, chapter 25"
MAS = "Mas et al. 1999, J Pharmacol Exp Ther 290:136"
VIZELI = "Vizeli and Liechti 2017, doi:10.1177/0269881117691569"
KOLBRICH_PK = "Kolbrich et al. 2008, Ther Drug Monit 30:320, doi:10.1097/FTD.0b013e3181684fa0"
KOLBRICH = "Kolbrich et al. 2008, J Clin Psychopharmacol 28:432"
LESTER = "Lester et al. 2000, Ann Intern Med 133:969"
HYSEK = "Hysek, Vollenweider, Liechti 2010, Emerg Med J 27:586"
KIRKPATRICK = "Kirkpatrick et al. 2014, PMC4088952"
FARRE = "Farré et al. 2004, Psychopharmacology"
PAROXETINE = "Farré et al. 2007, J Pharmacol Exp Ther 323:954 (n = 12, 20 mg/d for 3 days)"


class PublishedRow(NamedTuple):
    """A published value: what it is, for which doses (mg, h), its figure, and what to know of it."""

    words: str
    measure: str
    doses: tuple[tuple[float, float], ...]
    published: Figure
    note: str = ""


def _figure(value: float, unit: str, source: str, date: str, status: Status) -> Figure:
    return Figure(value=value, unit=unit, source=source, status=status, date=date)


def _row(
    words: str,
    measure: str,
    mg: float,
    value: float,
    unit: str,
    source: str,
    date: str,
    *,
    status: Status = Status.FOUND_SECONDARY,
    note: str = "",
    again_at_h: float | None = None,
) -> PublishedRow:
    doses = ((mg, 0.0),) if again_at_h is None else ((mg, 0.0), (mg, again_at_h))
    return PublishedRow(words, measure, doses, _figure(value, unit, source, date, status), note)


_N1 = "one person"
_AREA_UNIT = "unit printed ug/L/h; contradicts its own Cmax and half-life, see below"

KINETICS = (
    _row("Cmax, 50 mg", "cmax", 50, 105.6, "ng/mL", "reference 51 of Freye 2009", "2009", note=_N1),
    _row("Cmax, 75 mg", "cmax", 75, 130.9, "ng/mL", MAS, "1999"),
    _row("Cmax, 75 mg", "cmax", 75, 126.5, "ng/mL", FREYE, "2009"),
    _row(
        "Cmax, 1.0 mg/kg", "cmax", 70, 162.9, "ng/mL", KOLBRICH_PK, "2008",
        status=Status.FOUND, note="abstract, in a stored copy; SD 39.8; the study of model A's study effect",
    ),
    _row("Cmax, 125 mg", "cmax", 125, 236.4, "ng/mL", MAS, "1999"),
    _row("Cmax, 125 mg", "cmax", 125, 226.3, "ng/mL", FREYE, "2009"),
    _row("Cmax, 135 mg", "cmax", 135, 330.0, "ng/mL", "reference 52 of Freye 2009", "2009", note=_N1),
    _row("tmax, 75 mg", "tmax", 75, 1.8, "h", MAS, "1999"),
    _row("tmax, 125 mg", "tmax", 125, 2.4, "h", MAS, "1999"),
    _row("half-life, 75 mg", "half_life", 75, 7.7, "h", MAS, "1999"),
    _row("half-life, 75 mg", "half_life", 75, 9.53, "h", FREYE, "2009"),
    _row("half-life, 125 mg", "half_life", 125, 8.6, "h", MAS, "1999"),
    _row("half-life, 125 mg", "half_life", 125, 9.12, "h", FREYE, "2009"),
    _row("AUC 0-24, 75 mg", "area", 75, 995.4, "ng h/mL", FREYE, "2009", note=_AREA_UNIT),
    _row("AUC 0-24, 125 mg", "area", 125, 2235.9, "ng h/mL", FREYE, "2009", note=_AREA_UNIT),
    PublishedRow(
        "AUC ratio, 125 to 75 mg", "area_ratio_75", ((125.0, 0.0),),
        _figure(2235.9 / 995.4, "ratio", f"2235.9/995.4, {FREYE}", "2009", Status.DERIVED),
    ),
    _row(
        "AUC ratio, 150 to 50 mg", "area_ratio_50", 150, 10.0, "ratio, more than",
        "de la Torre et al. 2000, by Freye 2009", "2009", note="published as more than 10",
    ),
    _row(
        "AUC of a second 100 mg at 24 h, to the first", "second_area", 100, 1.77, "ratio", FARRE, "2004",
        again_at_h=24.0,
    ),
    _row(
        "Cmax of a second 100 mg at 24 h, to the first", "second_cmax", 100, 1.29, "ratio", FARRE, "2004",
        again_at_h=24.0,
    ),
    _row(
        "MDMA under paroxetine, AUC ratio, 100 mg", "paroxetine", 100, 1.30, "ratio", PAROXETINE, "2007",
        note="published as 30 % higher plasma concentration",
    ),
    _row(
        "share turned into MDA by 24 h, 125 mg", "mda_share", 125, 8.5, "% of the dose", MAS, "1999",
        note="published as 8 to 9 %; the model's 10 % of what is eliminated is an input",
    ),
)  # fmt: skip

EFFECTS = (
    _row(
        "systolic above 160 mmHg, 75 or 125 mg", "systolic_160", 125, 33.0, "% of people", VIZELI, "2017",
        status=Status.SOURCED_PRIMARY, note="half at each dose assumed",
    ),
    _row(
        "heart rate above 100, 75 or 125 mg", "rate_100", 125, 29.0, "% of people", VIZELI, "2017",
        status=Status.SOURCED_PRIMARY, note="half at each dose assumed",
    ),
    _row(
        "temperature above 38 degC, 75 or 125 mg", "temperature_38", 125, 19.0, "% of people", VIZELI,
        "2017", status=Status.SOURCED_PRIMARY, note="half at each dose assumed",
    ),
    _row(
        "felt effect lasts, 75 mg", "felt_for", 75, 4.2, "h", VIZELI, "2017",
        status=Status.SOURCED_PRIMARY, note="SD 1.3, 75 or 125 mg; model: above a tenth of its own peak",
    ),
    _row(
        "felt effect lasts, 100 mg", "felt_for", 100, 4.1, "h", "Straumann, Luethi et al. 2025, "
        "Neuropsychopharmacology", "2025", note="SEM 0.4; model: above a tenth of its own peak",
    ),
    _row("felt effect peaks, 100 mg", "felt_peak", 100, 1.25, "h", "Freye 2009, chapter 25", "2009",
         note="published as 1 to 1.5 h after 75 to 150 mg"),
    _row("felt effect begins, 100 mg", "felt_onset", 100, 0.625, "h", "Freye 2009, chapter 25", "2009",
         note="published as 0.5 to 0.75 h; model: a tenth of its own peak"),
    _row("greatest systolic rise, 125 mg", "systolic_rise", 125, 40.0, "mmHg", MAS, "1999",
         note="published for 75 and 125 mg together"),
    _row("greatest heart-rate rise, 125 mg", "rate_rise", 125, 30.0, "/min", MAS, "1999",
         note="published for 75 and 125 mg together"),
    _row("systolic rise at 1 h, 1.5 mg/kg", "systolic_at_1", 105, 25.0, "mmHg", LESTER, "2000"),
    _row("diastolic rise at 1 h, 1.5 mg/kg", "diastolic_at_1", 105, 7.0, "mmHg", LESTER, "2000",
         note="gives the model its diastolic share"),
    _row("heart-rate rise at 1 h, 1.5 mg/kg", "rate_at_1", 105, 28.0, "/min", LESTER, "2000"),
    _row("systolic peaks, 1.6 mg/kg", "systolic_peak", 112, 1.5, "h", KOLBRICH, "2008",
         status=Status.FOUND, note="published as 1 to 2 h"),
    _row("highest systolic of 8, 1.6 mg/kg", "systolic_of_8", 112, 171.0, "mmHg", KOLBRICH, "2008",
         status=Status.FOUND, note="model: median of the highest of 8"),
    _row("highest diastolic of 8, 1.6 mg/kg", "diastolic_of_8", 112, 102.0, "mmHg", KOLBRICH, "2008",
         status=Status.FOUND, note="model: median of the highest of 8"),
    _row("highest heart rate of 8, 1.6 mg/kg", "rate_of_8", 112, 132.0, "/min", KOLBRICH, "2008",
         status=Status.FOUND, note="model: median of the highest of 8"),
    _row("greatest heart rate, 1.6 mg/kg", "rate_peak", 112, 84.0, "/min", HYSEK, "2010",
         status=Status.FOUND, note="abstract, in a stored copy; SD 13; no target of the calibration"),
    _row("greatest mean arterial pressure, 1.6 mg/kg", "arterial_peak", 112, 115.0, "mmHg", HYSEK, "2010",
         status=Status.FOUND, note="the same; SD 11; model: a third of systolic, two of diastolic"),
    _row("greatest oxytocin, 1.5 mg/kg", "oxytocin", 105, 83.7, "pg/mL", KIRKPATRICK, "2014",
         status=Status.FOUND),
    _row("oxytocin peaks, 1.5 mg/kg", "oxytocin_peak", 105, 1.75, "h", KIRKPATRICK, "2014",
         status=Status.FOUND, note="published as 1.5 to 2.0 h"),
    PublishedRow(
        "oxytocin over its baseline, 100 mg", "oxytocin_ratio", ((100.0, 0.0),),
        _figure((77 + 603) / 77, "ratio", "(77 + 603)/77, Atila et al. 2022, ENEA abstract", "2022",
                Status.DERIVED),
        "the unit is printed as pmol/mL; only the ratio is compared",
    ),
)  # fmt: skip

RECALLED = (
    ("Cmax, 50 mg", "cmax", 50.0, 19.8, "ng/mL"),
    ("Cmax, 100 mg", "cmax", 100.0, 222.5, "ng/mL"),
    ("Cmax, 150 mg", "cmax", 150.0, 441.9, "ng/mL"),
    ("tmax, 100 mg", "tmax", 100.0, 2.3, "h"),
    ("half-life, 100 mg", "half_life", 100.0, 9.0, "h"),
    ("AUC 0-24, 75 mg", "area", 75.0, 1331.5, "ng h/mL"),
    ("AUC 0-24, 100 mg", "area", 100.0, 2431.4, "ng h/mL"),
    ("AUC 0-24, 125 mg", "area", 125.0, 2623.7, "ng h/mL"),
)
"""Targets from memory, without a source: no evidence and never cited, shown because the misfit is known."""

IN_WORDS = (
    (
        "food",
        "tmax is later, concentrations do not change",
        "Huestis et al. 2025, doi:10.1002/psp4.13282",
        "2025",
    ),
    (
        "split",
        "a split dose: nearly the same overall exposure, less within 4 h, later tmax",
        "Huestis et al. 2025, doi:10.1002/psp4.13282 (120 + 60 mg 2 h apart against 180 mg)",
        "2025",
    ),
    ("temperature", "no significant change of temperature", f"{MAS}; {KOLBRICH}", "2008"),
    ("oxytocin", "no significant rise of oxytocin after 0.75 mg/kg", KIRKPATRICK, "2014"),
)
"""Published in words: the code of the comparison, the words, the source, the year."""

NOT_COMPARED = (
    (
        "half-lives and ratios of R- and S-MDMA",
        "Straumann et al. 2024, Neuropsychopharmacology 50:362; Fallon et al. 1999, Clin Chem 45:1058",
        "both models hold the racemate, not its enantiomers",
    ),
    (
        "urinary recovery",
        "Fallon et al. 1999, Clin Chem 45:1058",
        "the renal clearance in use is from memory",
    ),
    ("concentration of MDA", "several", "no volume or clearance of MDA is at hand: not known"),
    ("cardiac output +2 L/min", LESTER, "not in the models"),
    ("copeptin raised in women", "Simmler et al. 2011", "not in the models"),
    ("no change of copeptin, lower sodium", "Baggott et al. 2016", "not in the models"),
    ("women feel more bad drug effect", VIZELI, "felt effect is one number in the models"),
    (
        "core temperature raised at 18 and 30 degC",
        "Freedman et al. 2005 (2 mg/kg, PubMed 16163516)",
        "no number",
    ),
    ("concentration predicts response best", "Studerus et al. 2021", "no number"),
    (
        "heart rate higher than under d-amphetamine",
        "Holze et al. 2020, PMC6969135",
        "no number of MDMA alone",
    ),
    ("vitals back at baseline shortly after the session", "Mithoefer et al. 2011, NCT00090064", "no number"),
    (
        "CYP2C19, 2B6 and 1A2 genotypes act on MDA and the circulation",
        "pharmacogenetics of 139 people, as cited elsewhere",
        "no number; not in the models",
    ),
)
"""What was published and is not compared: what, where, why."""
