"""C-SSRS: suicidal ideation 0 to 5, its intensity, and suicidal behaviour.

Structure and scores with short labels; the interview's wording is the Columbia
Lighthouse Project's. ``q1`` and ``q2`` are always asked, ``q3`` to ``q5`` only after
a yes to ``q2``. There is no total.

Missing answers: ``ideation`` is the highest yes; it is None while an unanswered
question above the highest yes could raise it. ``behaviour`` is true as soon as one
kind is, false only when all four are answered no. Findings count what was answered:
a missing answer never hides a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from holdfast.instruments.scale import (
    Answers,
    Doubt,
    Finding,
    Instrument,
    Item,
    Option,
    Priority,
    Rater,
    ScoreName,
    Scores,
    english,
    ours,
)  # fmt: skip
from holdfast.instruments.scoring import any_of, missing, numbers, total, truth
from holdfast.sourced import Figure, Status

SOURCE = "Posner K et al. (2011), Am J Psychiatry 168:1266-1277; Columbia Lighthouse Project"
_RECALLED = "Columbia Lighthouse Project, C-SSRS scoring guide; to be verified before use"
FIGURES: Mapping[str, Figure] = {
    "ideation_high": Figure(
        value=4, unit="1", source=_RECALLED, status=Status.RECALLED_UNVERIFIED, date="2016"
    ),
    "intensity_range": Figure(
        value=(2, 25), unit="points", source=_RECALLED, status=Status.RECALLED_UNVERIFIED, date="2016"
    ),
}
HIGH = FIGURES["ideation_high"].number

IDEATION = {
    "q1": ours("Wish to be dead", "Deseo de estar muerto o muerta"),
    "q2": ours("Non-specific active suicidal thoughts", "Ideas activas de suicidio, sin precisar"),
    "q3": ours("Active ideation with a method, without intent", "Ideas activas con un método, sin intención"),
    "q4": ours(
        "Active ideation with some intent, without a plan", "Ideas activas con alguna intención, sin un plan"
    ),
    "q5": ours("Active ideation with a plan and intent", "Ideas activas con un plan e intención"),
}
INTENSITY = {
    "frequency": ("Frequency of the thoughts", 1),
    "duration": ("Duration of the thoughts", 1),
    "controllability": ("Control over the thoughts", 0),
    "deterrents": ("What holds the person back", 0),
    "reasons": ("Reasons for the thoughts", 0),
}
BEHAVIOUR = {
    "actual_attempt": ours("Actual attempt", "Intento real"),
    "interrupted_attempt": ours("Interrupted attempt", "Intento interrumpido"),
    "aborted_attempt": ours("Aborted attempt", "Intento que uno mismo detuvo"),
    "preparatory_acts": ours("Preparatory acts", "Actos preparatorios"),
}
IDEATION_HIGH, IDEATION_LOW, ANY_BEHAVIOUR = "cssrs-ideation-high", "cssrs-ideation-low", "cssrs-behaviour"
_SECOND_LOOK = ours(
    "The second question says no, and a question after it says yes.",
    "La segunda pregunta dice que no, y una pregunta posterior dice que sí.",
)
_YES_NO = (Option(True, ours("Yes", "Sí")), Option(False, ours("No", "No")))


def score(answers: Answers) -> Scores:
    """Ideation 0-5, its intensity (the sum of five ratings), and any suicidal behaviour."""
    both = score_without_intensity(answers)
    intensity = total(numbers(answers, INTENSITY))
    ideation, behaviour = both.values["ideation"], both.values["behaviour"]
    return replace(both, values={"ideation": ideation, "intensity": intensity, "behaviour": behaviour})


def score_without_intensity(answers: Answers) -> Scores:
    """Ideation 0-5 and any suicidal behaviour: what interview and self-report have in common."""
    asked = [code for code in IDEATION if code in ("q1", "q2") or truth(answers, "q2") is not False]
    values: dict[str, float | int | bool | None] = {
        "ideation": _ideation(answers, asked),
        "behaviour": any_of(truth(answers, code) for code in BEHAVIOUR),
    }
    return Scores(values, missing(answers, [*asked, *BEHAVIOUR]), _warnings(answers))


def highest_yes(answers: Answers) -> int:
    """The severest ideation answered yes, 0 where none was: what is known, whatever is missing."""
    return max((level for level, code in enumerate(IDEATION, start=1) if truth(answers, code)), default=0)


def _ideation(answers: Answers, asked: list[str]) -> int | None:
    known = highest_yes(answers)
    above = [code for level, code in enumerate(IDEATION, start=1) if level > known and code in asked]
    return None if missing(answers, above) else known


def _warnings(answers: Answers) -> tuple[str, ...]:
    if truth(answers, "q2") is False and highest_yes(answers) > 2:
        return ("Question 2 was answered no, but a question after it yes. Ask again which is right.",)
    return ()


def doubts(answers: Answers) -> tuple[Doubt, ...]:
    """A no to question 2, and a yes to one that is asked only after a yes to it."""
    after = tuple(code for code in ("q3", "q4", "q5") if truth(answers, code))
    if truth(answers, "q2") is not False or not after:
        return ()
    return (Doubt(("q2", *after), _SECOND_LOOK),)


def risk(answers: Answers) -> tuple[str, ...]:
    """Codes of findings: ideation 4-5 or 1-3, and any behaviour."""
    known = highest_yes(answers)
    ideation = () if known == 0 else (IDEATION_HIGH,) if known >= HIGH else (IDEATION_LOW,)
    behaviour = any(truth(answers, code) for code in BEHAVIOUR)
    return (*ideation, ANY_BEHAVIOUR) if behaviour else ideation


def ideation_items() -> tuple[Item, ...]:
    """The five questions on ideation; the last three only after a yes to the second."""
    skipped = {"q3", "q4", "q5"}
    return tuple(
        Item(code, label, _YES_NO, shown_if="q2 == true" if code in skipped else "")
        for code, label in IDEATION.items()
    )


def behaviour_items() -> tuple[Item, ...]:
    """The four kinds of suicidal behaviour."""
    return tuple(Item(code, label, _YES_NO) for code, label in BEHAVIOUR.items())


def _items() -> tuple[Item, ...]:
    return (
        *ideation_items(),
        *(
            Item(code, english(label), minimum=low, maximum=5, required=False)
            for code, (label, low) in INTENSITY.items()
        ),
        *behaviour_items(),
        Item(
            "non_suicidal_self_injury",
            english("Self-injury without suicidal intent"),
            _YES_NO,
            required=False,
        ),
    )


IDEATION_SCORE = ScoreName("ideation", ours("Severest ideation", "Ideas de suicidio más graves"), int, 0, 5)
BEHAVIOUR_SCORE = ScoreName("behaviour", ours("Any suicidal behaviour", "Alguna conducta suicida"), bool)
FINDINGS: Mapping[str, Finding] = {
    IDEATION_HIGH: Finding(english("Suicidal ideation with intent (C-SSRS 4 or 5)."), Priority.HIGH),
    IDEATION_LOW: Finding(english("Suicidal ideation without intent (C-SSRS 1 to 3)."), Priority.MEDIUM),
    ANY_BEHAVIOUR: Finding(english("Suicidal behaviour (C-SSRS)."), Priority.HIGH),
}
LICENCE = (
    "Copyright The Research Foundation for Mental Hygiene; free through the Columbia Lighthouse Project, "
    "terms vary by setting. Its wording is not part of this software."
)

INSTRUMENT = Instrument(
    code="C-SSRS",
    version="2009",
    name=english("Columbia-Suicide Severity Rating Scale"),
    rater=Rater.CLINICIAN,
    recall=english("Since the last contact"),
    items=_items(),
    score_names=(
        IDEATION_SCORE,
        ScoreName("intensity", english("Intensity of ideation"), int, 2, 25),
        BEHAVIOUR_SCORE,
    ),
    score=score,
    licence=LICENCE,
    source=SOURCE,
    risk=risk,
    doubts=doubts,
    instructions=english("Use the interview form, by a person trained in it."),
    figures=FIGURES,
    findings=FINDINGS,
)
