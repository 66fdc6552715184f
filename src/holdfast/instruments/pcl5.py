"""PCL-5: twenty symptoms of PTSD by self-report, 0 to 80.

The words are the National Center for PTSD's. Missing answers: a sum is None if any of
its items is absent; the provisional diagnosis is None only while missing items could
still decide it.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments import symptoms
from holdfast.instruments.scale import (
    Answers,
    Instrument,
    Item,
    Option,
    Rater,
    ScoreName,
    Scores,
    Wording,
    english,
    ours,
)  # fmt: skip
from holdfast.instruments.scoring import missing, numbers, total
from holdfast.sourced import Figure, Status

SOURCE = (
    "Weathers FW, Litz BT, Keane TM, Palmieri PA, Marx BP, Schnurr PP (2013), The PTSD Checklist for "
    "DSM-5 (PCL-5), National Center for PTSD"
)
FIGURES: Mapping[str, Figure] = {
    "cut_off": Figure(
        value=(31, 33), unit="points", source=SOURCE + ", scoring guidance",
        status=Status.SOURCED_SECONDARY, date="2013",
    ),
    "reliable_change": Figure(
        value=5, unit="points", source=SOURCE + ", earlier guidance; later guidance differs",
        status=Status.RECALLED_UNVERIFIED, date="2013",
    ),
    "clinically_meaningful_change": Figure(
        value=10, unit="points", source=SOURCE + ", earlier guidance; later guidance differs",
        status=Status.RECALLED_UNVERIFIED, date="2013",
    ),
}  # fmt: skip

QUESTIONS = (
    "Repeated, disturbing, and unwanted memories of the stressful experience?",
    "Repeated, disturbing dreams of the stressful experience?",
    "Suddenly feeling or acting as if the stressful experience were actually happening again (as if you were "
    "actually back there reliving it)?",
    "Feeling very upset when something reminded you of the stressful experience?",
    "Having strong physical reactions when something reminded you of the stressful experience (for example, "
    "heart pounding, trouble breathing, sweating)?",
    "Avoiding memories, thoughts, or feelings related to the stressful experience?",
    "Avoiding external reminders of the stressful experience (for example, people, places, conversations, "
    "activities, objects, or situations)?",
    "Trouble remembering important parts of the stressful experience?",
    "Having strong negative beliefs about yourself, other people, or the world (for example, having thoughts "
    "such as: I am bad, there is something seriously wrong with me, no one can be trusted, the world is "
    "completely dangerous)?",
    "Blaming yourself or someone else for the stressful experience or what happened after it?",
    "Having strong negative feelings such as fear, horror, anger, guilt, or shame?",
    "Loss of interest in activities that you used to enjoy?",
    "Feeling distant or cut off from other people?",
    "Trouble experiencing positive feelings (for example, being unable to feel happiness or have loving "
    "feelings for people close to you)?",
    "Irritable behavior, angry outbursts, or acting aggressively?",
    "Taking too many risks or doing things that could cause you harm?",
    "Being “superalert” or watchful or on guard?",
    "Feeling jumpy or easily startled?",
    "Having difficulty concentrating?",
    "Trouble falling or staying asleep?",
)
_OPTIONS = tuple(
    Option(k, english(label))
    for k, label in enumerate(("Not at all", "A little bit", "Moderately", "Quite a bit", "Extremely"))
)


def score(answers: Answers) -> Scores:
    """Total, clusters and provisional diagnosis (1 B, 1 C, 2 D, 2 E at 2 or more)."""
    rated = numbers(answers, symptoms.CODES)
    values: dict[str, float | int | bool | None] = {"total": total(rated)}
    values |= symptoms.cluster_sums(rated)
    values["provisional_diagnosis"] = symptoms.rule_met(rated)
    return Scores(values, missing(answers, symptoms.CODES))


INSTRUMENT = Instrument(
    code="PCL-5",
    version="2013",
    name=ours("PTSD Checklist for DSM-5", "Lista de verificación del TEPT para el DSM-5"),
    rater=Rater.SELF,
    recall=ours("Past month", "Último mes"),
    items=tuple(
        Item(code, english(text), _OPTIONS, 0, 4)
        for code, text in zip(symptoms.CODES, QUESTIONS, strict=True)
    ),
    score_names=(
        ScoreName("total", ours("Total severity", "Gravedad total"), int, 0, 80),
        *symptoms.cluster_score_names(),
        ScoreName(
            "provisional_diagnosis",
            ours("Provisional diagnosis of PTSD", "Diagnóstico provisional de TEPT"),
            bool,
        ),
    ),
    score=score,
    licence="Public domain: a work of the US Government.",
    source=SOURCE,
    instructions=english("In the past month, how much were you bothered by:"),
    figures=FIGURES,
    wording=Wording.VERBATIM,
)
