"""PHQ-9: nine symptoms of depression by self-report, 0 to 27.

Missing answers: ``total`` is None if any of the nine is absent. ``prorated_total``
puts the mean of the answered items in place of one or two missing ones and is None
with more missing (the rule of the NHS Data Dictionary). Item 9, thoughts of death or
self-harm, above 0 is a finding however many others are missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments.scale import (
    Answers,
    Finding,
    Instrument,
    Item,
    Option,
    Priority,
    Rater,
    ScoreName,
    Scores,
    Wording,
    english,
    ours,
)  # fmt: skip
from holdfast.instruments.scoring import missing, number, numbers, total
from holdfast.sourced import Figure, Status

CODES = tuple(f"q{k}" for k in range(1, 10))
SOURCE = (
    "Spitzer RL, Kroenke K, Williams JBW, Patient Health Questionnaire Primary Care Study Group (1999), "
    "PMID 10568646"
)
FIGURES: Mapping[str, Figure] = {
    "severity_bands": Figure(
        value=(5, 10, 15, 20), unit="points", source=SOURCE + "; mild, moderate, moderately severe, severe",
        status=Status.SOURCED_SECONDARY, date="1999",
    ),
    "major_depression": Figure(
        value=10, unit="points",
        source="Kroenke K, Spitzer RL, Williams JBW, Löwe B (2010), PMID 20633738; "
        "sensitivity 77-88 %, specificity 88-94 %",
        status=Status.SOURCED_SECONDARY, date="2010",
    ),
    "meaningful_change": Figure(
        value=5, unit="points", source="no source at hand; verify before use",
        status=Status.RECALLED_UNVERIFIED, date="2026",
    ),
    "most_missing_prorated": Figure(
        value=2, unit="items",
        source="NHS Data Dictionary, Patient Health Questionnaire-9 (undated; as read in 2026)",
        status=Status.SOURCED_SECONDARY, date="2026",
    ),
}  # fmt: skip
MOST_MISSING = FIGURES["most_missing_prorated"].number
ITEM9 = "phq9-item9"

QUESTIONS = (
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety "
    "or restless that you have been moving around a lot more than usual",
    "Thoughts that you would be better off dead or of hurting yourself in some way",
)
DIFFICULTY = (
    "If you checked off any problems, how difficult have these problems made it for you to do your work, "
    "take care of things at home, or get along with other people?"
)
_OPTIONS = tuple(
    Option(k, english(label))
    for k, label in enumerate(("Not at all", "Several days", "More than half the days", "Nearly every day"))
)
_DIFFICULTIES = tuple(
    Option(k, english(f"{label} difficult" + (" at all" if k == 0 else "")))
    for k, label in enumerate(("Not", "Somewhat", "Very", "Extremely"))
)


def score(answers: Answers) -> Scores:
    """Total, the prorated total, and item 9."""
    values: dict[str, float | int | bool | None] = {
        "total": total(numbers(answers, CODES)),
        "prorated_total": _prorated(answers),
        "item9": number(answers, "q9"),
    }
    return Scores(values, missing(answers, CODES))


def _prorated(answers: Answers) -> float | None:
    known = [value for value in numbers(answers, CODES) if value is not None]
    if len(CODES) - len(known) > MOST_MISSING:
        return None
    return sum(known) * len(CODES) / len(known)


def risk(answers: Answers) -> tuple[str, ...]:
    """``phq9-item9`` where item 9 is above 0."""
    return (ITEM9,) if (number(answers, "q9") or 0) > 0 else ()


INSTRUMENT = Instrument(
    code="PHQ-9",
    version="1999",
    name=ours("Patient Health Questionnaire-9", "Cuestionario sobre la salud del paciente-9"),
    rater=Rater.SELF,
    recall=ours("Last 2 weeks", "Últimas 2 semanas"),
    items=(
        *(Item(c, english(text), _OPTIONS, 0, 3) for c, text in zip(CODES, QUESTIONS, strict=True)),
        Item("q10", english(DIFFICULTY), _DIFFICULTIES, 0, 3, required=False),
    ),
    score_names=(
        ScoreName("total", ours("Total", "Total"), int, 0, 27),
        ScoreName(
            "prorated_total",
            ours(
                "Total, one or two missing items prorated",
                "Total, completado en proporción si faltan una o dos respuestas",
            ),
            float,
            0,
            27,
        ),
        ScoreName(
            "item9",
            ours("Item 9: thoughts of death or self-harm", "Pregunta 9: ideas de muerte o de hacerse daño"),
            int,
            0,
            3,
        ),
    ),
    score=score,
    licence="No permission required to reproduce, translate, display or distribute (Pfizer).",
    source=SOURCE,
    risk=risk,
    instructions=english(
        "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
    ),
    figures=FIGURES,
    findings={
        ITEM9: Finding(
            english(
                "Thoughts of being better off dead or of self-harm in the last two weeks (PHQ-9 item 9)."
            ),
            Priority.HIGH,
        )
    },
    wording=Wording.VERBATIM,
)
