"""CAPS-5: the clinician's interview for PTSD; severity 0 to 80 and the DSM-5 diagnosis.

Item numbers and short labels of our own, not the wording: the interview is given by
the National Center for PTSD to qualified professionals. ``q1`` to ``q20`` are item
severities 0-4. Each may carry ``q1_intensity`` and ``q1_frequency``, from which the
severity follows (``severity``). The other items have codes by meaning.

Missing answers: a sum is None if any of its items is absent, except that an absent
severity is worked out where intensity and frequency were both given. Diagnosis and
remission are None only while the missing items could still decide them. An answered
"no" to duration or to distress or impairment contradicts the diagnosis; an absent
answer to either does not, because trials ask for duration once, at screening.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from holdfast.instruments import symptoms
from holdfast.instruments.scale import Answers, Instrument, Item, Option, Rater, ScoreName, Scores, english
from holdfast.instruments.scoring import any_of, number, total, truth
from holdfast.sourced import Figure, Status

SOURCE = (
    "Weathers FW, Blake DD, Schnurr PP, Kaloupek DG, Marx BP, Keane TM (2013), Clinician-Administered "
    "PTSD Scale for DSM-5 (CAPS-5), National Center for PTSD; Weathers FW et al. (2018), "
    "doi:10.1037/pas0000486"
)
TRAINING = "National Center for PTSD, CAPS-5 training course"
TRIALS = (
    "Mitchell JM et al. (2021), doi:10.1038/s41591-021-01336-3; "
    "Mitchell JM et al. (2023), doi:10.1038/s41591-023-02565-4; definition to be verified in the papers"
)

FIGURES: Mapping[str, Figure] = {
    "present_at": Figure(
        value=symptoms.PRESENT_AT, unit="1", source=TRAINING, status=Status.SOURCED, date="2020"
    ),
    "moderate": Figure(
        value=28, unit="points", source="Mitchell JM et al. (2023), doi:10.1038/s41591-023-02565-4",
        status=Status.SOURCED_SECONDARY, date="2023",
    ),
    "severe": Figure(
        value=35, unit="points", source="Mitchell JM et al. (2021), doi:10.1038/s41591-021-01336-3",
        status=Status.SOURCED_SECONDARY, date="2021",
    ),
    "response_drop": Figure(
        value=10, unit="points", source=TRIALS, status=Status.RECALLED_UNVERIFIED, date="2021"
    ),
    "remission_at_most": Figure(
        value=11, unit="points", source=TRIALS, status=Status.RECALLED_UNVERIFIED, date="2021"
    ),
}  # fmt: skip
REMISSION_AT_MOST = FIGURES["remission_at_most"].number


class Intensity(StrEnum):
    """How strong a symptom is, weakest first."""

    ABSENT = "absent"
    MINIMAL = "minimal"
    CLEARLY_PRESENT = "clearly-present"
    PRONOUNCED = "pronounced"
    EXTREME = "extreme"


class Frequency(StrEnum):
    """How often a symptom was there in the month, or in which share of the time, rarest first."""

    ONCE_A_MONTH = "once-a-month"  # or 1 to 19 % of the time
    TWICE_A_MONTH = "twice-a-month"  # twice a month or more, or 20 to 49 %
    TWICE_A_WEEK = "twice-a-week"  # twice a week or more, or 50 to 79 %
    DAILY = "daily"  # daily, or 80 to 100 %


SEVERITY: Mapping[Intensity, tuple[int, int, int, int]] = {
    Intensity.ABSENT: (0, 0, 0, 0),
    Intensity.MINIMAL: (1, 1, 1, 1),
    Intensity.CLEARLY_PRESENT: (1, 2, 2, 2),
    Intensity.PRONOUNCED: (2, 2, 3, 3),
    Intensity.EXTREME: (2, 3, 3, 4),
}
"""Item severity 0-4 by intensity (rows) and frequency (columns, rarest first). Source: ``TRAINING``."""

LABELS = (
    "Intrusive memories", "Distressing dreams", "Dissociative reactions, flashbacks", "Distress at cues",
    "Bodily reactions to cues", "Avoiding memories, thoughts, feelings", "Avoiding external reminders",
    "Gaps in memory of the event", "Exaggerated negative beliefs", "Distorted blame",
    "Persistent negative emotions", "Loss of interest", "Detachment from others",
    "Inability to feel positive emotions", "Irritability and aggression", "Reckless behaviour",
    "Hypervigilance", "Startle", "Concentration", "Sleep",
)  # fmt: skip

_SEVERITIES = tuple(
    Option(k, english(label)) for k, label in enumerate(("Absent", "Mild", "Moderate", "Severe", "Extreme"))
)
_INTENSITIES = tuple(
    Option(i.value, english(label))
    for i, label in zip(
        Intensity, ("Absent", "Minimal", "Clearly present", "Pronounced", "Extreme"), strict=True
    )
)
_FREQUENCIES = tuple(
    Option(f.value, english(label))
    for f, label in zip(
        Frequency,
        (
            "Once a month (1-19 %)",
            "Twice a month or more (20-49 %)",
            "Twice a week or more (50-79 %)",
            "Daily (80-100 %)",
        ),
        strict=True,
    )
)
_YES_NO = (Option(True, english("Yes")), Option(False, english("No")))


def severity(intensity: Intensity, frequency: Frequency) -> int:
    """Item severity 0-4 from intensity and frequency, after the National Center for PTSD."""
    return SEVERITY[intensity][list(Frequency).index(frequency)]


def frequency_of_share(percent: float) -> Frequency | None:
    """The frequency of a symptom there ``percent`` of the time; None below 1 %."""
    if percent < 1:
        return None
    ceilings = (20, 50, 80)
    return list(Frequency)[sum(percent >= ceiling for ceiling in ceilings)]


def rule_severity(answers: Answers, code: str) -> int | None:
    """The severity that follows from an item's intensity and frequency; None unless both are there."""
    intensity, frequency = answers.get(f"{code}_intensity"), answers.get(f"{code}_frequency")
    if intensity == Intensity.ABSENT:
        return 0
    if isinstance(intensity, str) and isinstance(frequency, str):
        return severity(Intensity(intensity), Frequency(frequency))
    return None


def score(answers: Answers) -> Scores:
    """Severity, clusters, symptom counts, diagnosis, dissociative subtype and remission."""
    rated = [_rated(answers, code) for code in symptoms.CODES]
    whole = total(rated)
    diagnosis = _diagnosis(rated, answers)
    values: dict[str, float | int | bool | None] = {"total": whole}
    values |= symptoms.cluster_sums(rated) | symptoms.symptom_counts(rated)
    values["diagnosis"] = diagnosis
    values["dissociative"] = _dissociative(diagnosis, answers)
    values["remission"] = _remission(rated, whole, diagnosis)
    lacking = tuple(code for code, value in zip(symptoms.CODES, rated, strict=True) if value is None)
    return Scores(values, lacking, _disagreements(answers))


def _rated(answers: Answers, code: str) -> float | None:
    given = number(answers, code)
    return given if given is not None else rule_severity(answers, code)


def _diagnosis(rated: list[float | None], answers: Answers) -> bool | None:
    against = [truth(answers, code) for code in ("duration_over_month", "distress_or_impairment")]
    return False if False in against else symptoms.rule_met(rated)


def _dissociative(diagnosis: bool | None, answers: Answers) -> bool | None:
    either = any_of(symptoms.present([number(answers, c) for c in ("depersonalization", "derealization")]))
    return False if diagnosis is False else either if diagnosis else None if either is not False else False


def _remission(rated: list[float | None], whole: float | None, diagnosis: bool | None) -> bool | None:
    known = sum(value for value in rated if value is not None)
    if diagnosis or known > REMISSION_AT_MOST:
        return False
    return None if whole is None or diagnosis is None else True


def _disagreements(answers: Answers) -> tuple[str, ...]:
    return tuple(
        f"Item {code[1:]}: the recorded severity is {number(answers, code):g}, "
        f"intensity and frequency give {ruled}. Check which is right."
        for code in symptoms.CODES
        if (ruled := rule_severity(answers, code)) is not None and number(answers, code) not in (None, ruled)
    )


def _symptom_items() -> tuple[Item, ...]:
    return tuple(
        Item(code, english(label), _SEVERITIES, 0, 4)
        for code, label in zip(symptoms.CODES, LABELS, strict=True)
    )


def _rule_items() -> tuple[Item, ...]:
    return tuple(
        item
        for code, label in zip(symptoms.CODES, LABELS, strict=True)
        for item in (
            Item(f"{code}_intensity", english(f"{label}: intensity"), _INTENSITIES, required=False),
            Item(f"{code}_frequency", english(f"{label}: frequency"), _FREQUENCIES, required=False),
        )
    )


def _other_items() -> tuple[Item, ...]:
    return (
        Item("duration_over_month", english("Symptoms for more than a month"), _YES_NO, required=False),
        Item("distress_or_impairment", english("Distress or impairment from them"), _YES_NO, required=False),
        Item("depersonalization", english("Depersonalization"), _SEVERITIES, 0, 4, required=False),
        Item("derealization", english("Derealization"), _SEVERITIES, 0, 4, required=False),
    )


INSTRUMENT = Instrument(
    code="CAPS-5",
    version="2013",
    name=english("Clinician-Administered PTSD Scale for DSM-5"),
    rater=Rater.CLINICIAN,
    recall=english("Past month"),
    items=_symptom_items() + _other_items() + _rule_items(),
    score_names=(
        ScoreName("total", english("Total severity"), int, 0, 80),
        *symptoms.cluster_score_names(),
        *symptoms.symptom_score_names(),
        ScoreName("diagnosis", english("Meets the DSM-5 symptom rule for PTSD"), bool),
        ScoreName("dissociative", english("Dissociative subtype"), bool),
        ScoreName("remission", english("Remission: no diagnosis and 11 or less"), bool),
    ),
    score=score,
    licence=(
        "US Government work; the interview is given on request to qualified professionals by the National "
        "Center for PTSD. Its wording is not part of this software."
    ),
    source=SOURCE,
    instructions=english("Use the interview booklet; rate each symptom 0 to 4."),
    figures=FIGURES,
)
