"""Medicines that meet MDMA: what is known of the effect, from where, and the wash-out by arithmetic.

A range that is known is drawn per person; a direction without a size is said and never
drawn. MAO inhibitors and lithium are an absolute stop: there is no scenario of them.
A wash-out here is arithmetic on half-lives, not a limit: limits are signed by a site's
physician.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.errors import Refusal, UnknownName
from holdfast.pharmacology.parameters import MADE, RECALLED
from holdfast.sourced import Figure, Status

SARPARAST = (
    "Sarparast et al. 2022, Psychopharmacology 239:1945, by a secondary note: verify against the paper"
)
FDA_CLASSES = (
    "1/(fold rise of a substrate cleared by CYP2D6 alone); classes of the FDA guidance on clinical drug "
    "interaction studies, January 2020; membership by Cicali et al. 2020, doi:10.1002/cpt.1768"
)
REVIEW = "review of antidepressants, Ther Clin Risk Manag 2018;14:1799, table 3 (PMC6168070)"
PINDOLOL = "Hysek, Vollenweider, Liechti 2010, Emerg Med J 27:586 (MDMA 1.6 mg/kg, n = 16), abstract"
STOP = (
    "MAO inhibitors and lithium are an absolute stop with MDMA: fatal serotonin syndrome with moclobemide "
    "(4 deaths, Vuori et al. 2003, by Sarparast et al. 2022); no trial ever gave them together"
)


@dataclass(frozen=True, slots=True)
class Medication:
    """One medicine.

    ``share_left`` is the range of CYP2D6 activity left (1: all); ``effects`` the ranges of
    what is left of felt, systolic, diastolic, heart_rate, temperature. ``half_life`` (h) is
    that of the drug or its longest-lived active metabolite, low to high, or None: not known.
    """

    name: str
    groups: tuple[str, ...]
    effect: str
    source: str
    stop: bool = False
    share_left: Figure | None = None
    effects: Mapping[str, Figure] = field(default_factory=dict)
    half_life: Figure | None = None
    not_drawn: str = ""

    @property
    def drawable(self) -> bool:
        """Whether any size of it is known, so that a day with it can be computed."""
        return not self.stop and (self.share_left is not None or bool(self.effects))


HALF_LIVES = 5
"""After five half-lives 1/32, about 3 %, is left."""


def wash_out(medication: Medication) -> Figure | None:
    """Days until about 3 % is left (5 half-lives), low and high; None where no half-life is at hand.

    Arithmetic, not a limit; where binding is irreversible a half-life does not answer it.
    """
    hours = medication.half_life
    if hours is None:
        return None
    days = tuple(HALF_LIVES * value / 24 for value in hours.numbers)
    status = Status.DERIVED if hours.citable else hours.status
    return Figure(
        value=days if len(days) > 1 else days[0],
        unit="d",
        source=f"{HALF_LIVES} half-lives / 24; {hours.source}",
        status=status,
        date=hours.date,
    )


def medication(name: str) -> Medication:
    """The medicine of a name; UnknownName where it is not in the list."""
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        raise UnknownName(
            f"{name!r} is not in the list of medicines; that says nothing about its safety. "
            f"Known are {', '.join(sorted(_BY_NAME))}."
        )
    return found


def drawable(name: str) -> Medication:
    """The medicine of a name, if a day with it can be computed.

    Raises:
        UnknownName: it is not in the list.
        Refusal: it is an absolute stop, or no size of its effect is known.
    """
    found = medication(name)
    if found.stop:
        raise Refusal(f"{found.name}: {STOP}. No such day is computed.")
    if not found.drawable:
        raise Refusal(
            f"{found.name}: {found.effect} ({found.source}). No size of it is at hand, so a day with it "
            "cannot be drawn; a picture without it would mislead."
        )
    return found


def _range(low: float, high: float, source: str, status: Status, date: str, unit: str = "1") -> Figure:
    return Figure(value=(low, high), unit=unit, source=source, status=status, date=date)


def _hours(low: float, high: float) -> Figure:
    return _range(low, high, REVIEW, Status.FOUND_SECONDARY, "2018", "h")


def _recalled_hours(low: float, high: float) -> Figure:
    return _range(low, high, RECALLED, Status.RECALLED_UNVERIFIED, MADE, "h")


STRONG = _range(
    0.0,
    0.1,
    "strong inhibitors leave CYP2D6 nearly no activity (Cicali et al. 2020, doi:10.1002/cpt.1768); "
    "the FDA class allows up to 0.2, scan it",
    Status.ASSUMED,
    MADE,
)
MODERATE = _range(0.2, 0.5, FDA_CLASSES, Status.DERIVED, "2020")
WEAK = _range(0.5, 0.8, FDA_CLASSES, Status.DERIVED, "2020")

_SSRI_FELT = _range(0.2, 0.7, f"1 - (0.80 to 0.30): {SARPARAST}", Status.DERIVED, "2022")
_SSRI_BODY = _range(0.86, 0.94, f"1 - (0.14 to 0.06): {SARPARAST}", Status.DERIVED, "2022")
_SSRI_EFFECTS = {
    "felt": _SSRI_FELT,
    "systolic": _SSRI_BODY,
    "diastolic": _SSRI_BODY,
    "heart_rate": _SSRI_BODY,
}
_DULOXETINE_FELT = _range(0.16, 0.45, f"1 - (0.84 to 0.55): {SARPARAST}", Status.DERIVED, "2022")
_DULOXETINE_BODY = _range(0.36, 0.43, f"1 - (0.64 to 0.57): {SARPARAST}", Status.DERIVED, "2022")
_DULOXETINE_EFFECTS = {
    "felt": _DULOXETINE_FELT,
    "systolic": _DULOXETINE_BODY,
    "diastolic": _DULOXETINE_BODY,
    "heart_rate": _DULOXETINE_BODY,
}


def _ssri(
    name: str,
    effect: str,
    source: str,
    *,
    share: Figure | None,
    hours: Figure | None,
    qt: bool = False,
    pressed: bool = True,
) -> Medication:
    """An SSRI with the ranges of its class; ``pressed=False`` where a study saw no effect on pressure."""
    groups = ("SSRI",) + (("CYP2D6 inhibitor",) if share else ()) + (("QT-prolonging",) if qt else ())
    return Medication(
        name=name,
        groups=groups,
        effect=effect,
        source=source,
        share_left=share,
        effects=_SSRI_EFFECTS if pressed else {each: _SSRI_EFFECTS[each] for each in ("felt", "heart_rate")},
        half_life=hours,
    )


def _stop(name: str, group: str) -> Medication:
    return Medication(name=name, groups=(group,), effect="absolute stop", source=STOP, stop=True)


_CLASS = "SSRIs take 30 to 80 % off the felt effect and 6 to 14 % off pressure and rate"
_NOT_KNOWN = "no study with MDMA is at hand: not known"
_QT = "lengthens the QT interval; what it does together with MDMA is not known"
_OWN_LEVEL = (
    "cleared by CYP2D6, which MDMA inactivates: its own level may rise; its effect on the day is not known"
)

MAO_INHIBITORS = (
    "phenelzine", "tranylcypromine", "isocarboxazid", "moclobemide", "selegiline", "rasagiline", "safinamide",
    "linezolid", "methylene blue", "harmaline", "ayahuasca",
)  # fmt: skip

MEDICATIONS = (
    *(_stop(name, "MAO inhibitor") for name in MAO_INHIBITORS),
    _stop("lithium", "lithium"),
    _ssri(
        "paroxetine",
        f"{_CLASS}; 20 mg a day for 3 days markedly decreased bodily and felt effects and raised the "
        "MDMA concentration by 30 %",
        "Farré et al. 2007, J Pharmacol Exp Ther 323:954 (MDMA 100 mg, n = 12), abstract",
        share=STRONG,
        hours=_hours(21, 24),
    ),
    _ssri(
        "fluoxetine",
        "20 mg a day for 5 days or more: most positive effects and the rise of the heart rate were less, "
        "pressure was not",
        "PubMed 17047932 (n = 8), as cited elsewhere",
        share=STRONG,
        hours=_hours(96, 384),
        pressed=False,
    ),
    _ssri(
        "citalopram",
        "40 mg i.v. markedly reduced the psychological effects, pressure and rate, not temperature",
        "Liechti et al., doi:10.1016/S0893-133X(99)00148-7 (n = 16), as cited elsewhere",
        share=None,
        hours=_hours(33, 35),
        qt=True,
    ),
    _ssri("escitalopram", _CLASS, SARPARAST, share=WEAK, hours=_hours(27, 32), qt=True),
    _ssri("sertraline", _CLASS, SARPARAST, share=WEAK, hours=_hours(26, 26)),
    _ssri("fluvoxamine", _CLASS, SARPARAST, share=MODERATE, hours=None),
    Medication(
        name="duloxetine",
        groups=("SNRI", "CYP2D6 inhibitor"),
        effect="120 mg at -16 and -4 h inhibited felt effect, pressure and rate despite a higher MDMA level",
        source="PMC3344887 (n = 16); sizes by " + SARPARAST,
        share_left=MODERATE,
        effects=_DULOXETINE_EFFECTS,
        half_life=_hours(8, 17),
    ),
    Medication(
        name="venlafaxine",
        groups=("SNRI",),
        effect=_NOT_KNOWN,
        source="no source at hand",
        half_life=_hours(4, 11),
    ),
    Medication(
        name="desvenlafaxine",
        groups=("SNRI", "CYP2D6 inhibitor"),
        effect=_NOT_KNOWN,
        source="no source at hand",
        half_life=_hours(10, 11),
    ),
    Medication(
        name="bupropion",
        groups=("bupropion", "CYP2D6 inhibitor"),
        effect="raised the MDMA level, lowered the rise of the heart rate, prolonged the felt effect; "
        "MDMA raised bupropion",
        source="interaction study of bupropion and MDMA 125 mg (n = 16), as cited elsewhere",
        share_left=STRONG,
        half_life=_recalled_hours(20, 37),
        not_drawn="the lower heart rate, whose size is not known",
    ),
    Medication(
        name="reboxetine",
        groups=("noradrenaline reuptake inhibitor",),
        effect="reduced pressure, rate and felt effect despite higher MDMA and MDA levels",
        source="doi:10.1038/clpt.2011.78 (n = 16), as cited elsewhere",
    ),
    Medication(
        name="carvedilol",
        groups=("beta-blocker",),
        effect="50 mg an hour before reduced pressure, rate and temperature, not the felt effect or levels",
        source="Hysek et al. 2012, doi:10.1111/j.1476-5381.2012.01936.x (MDMA 125 mg, n = 16), abstract",
        half_life=_recalled_hours(7, 10),
    ),
    Medication(
        name="pindolol",
        groups=("beta-blocker",),
        effect="20 mg prevented the rise of the heart rate and left the rise of the pressure as it was",
        source=PINDOLOL,
        effects={
            "heart_rate": _range(
                0.0,
                0.1,
                f"about (69 - 68)/(84 - 68) with the model's resting rate of 68: {PINDOLOL}",
                Status.DERIVED,
                "2010",
            )
        },
    ),
    Medication(name="propranolol", groups=("beta-blocker",), effect=_NOT_KNOWN, source="no source at hand"),
    Medication(
        name="metoprolol",
        groups=("beta-blocker",),
        effect=_OWN_LEVEL,
        source="MDMA as a strong CYP2D6 inhibitor: Huestis et al. 2025, doi:10.1002/psp4.13282",
    ),
    Medication(
        name="doxazosin",
        groups=("alpha-1 blocker",),
        effect="8 mg a day for 3 days reduced pressure and temperature but RAISED the heart rate; mood was "
        "moderately lower",
        source="PubMed 23857311 (n = 16), as cited elsewhere",
        half_life=_recalled_hours(22, 22),
    ),
    Medication(
        name="clonidine",
        groups=("alpha-2 agonist",),
        effect="150 ug changed neither levels nor the felt effect",
        source="J Pharmacol Exp Ther 2012 (n = 16), as cited elsewhere",
    ),
    Medication(
        name="quinidine",
        groups=("CYP2D6 inhibitor", "QT-prolonging"),
        effect=f"nearly abolishes CYP2D6; {_QT}",
        source="class of the FDA guidance of January 2020; no study with MDMA is at hand",
        share_left=STRONG,
        not_drawn="anything but the concentration",
    ),
    Medication(
        name="cinacalcet",
        groups=("CYP2D6 inhibitor",),
        effect="halves CYP2D6 activity or more",
        source=FDA_CLASSES,
        share_left=MODERATE,
        not_drawn="anything but the concentration",
    ),
    Medication(
        name="mirabegron",
        groups=("CYP2D6 inhibitor",),
        effect="halves CYP2D6 activity or more",
        source=FDA_CLASSES,
        share_left=MODERATE,
        not_drawn="anything but the concentration",
    ),
    *(
        Medication(
            name=name, groups=("QT-prolonging",), effect=_QT, source="from memory: check a current list"
        )
        for name in ("haloperidol", "methadone", "ondansetron", "quetiapine")
    ),
)
_BY_NAME = {each.name: each for each in MEDICATIONS}
