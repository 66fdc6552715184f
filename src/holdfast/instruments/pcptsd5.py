"""PC-PTSD-5: a screen of five questions after one on exposure, 0 to 5.

The words are the National Center for PTSD's. No exposure ends the screen with a score
of 0. Missing answers: the total is None if exposure, or any of the five after a yes to
it, is absent.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments.scale import (
    Answers,
    Doubt,
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
from holdfast.instruments.scoring import missing, total, truth
from holdfast.sourced import Figure, Status

CODES = tuple(f"q{k}" for k in range(1, 6))
SOURCE = (
    "Prins A, Bovin MJ, Kimerling R, Kaloupek DG, Marx BP, Pless Kaiser A, Schnurr PP (2015), Primary Care "
    "PTSD Screen for DSM-5 (PC-PTSD-5), National Center for PTSD"
)
FIGURES: Mapping[str, Figure] = {
    "sensitive_cut_off": Figure(
        value=3, unit="points", source="Prins A et al. (2016), J Gen Intern Med 31:1206-1211",
        status=Status.SOURCED_SECONDARY, date="2016",
    ),
    "efficient_cut_off": Figure(
        value=4, unit="points",
        source="Prins A et al. (2016), J Gen Intern Med 31:1206-1211; primary care patients of the VA, "
        "consider a lower one for women",
        status=Status.SOURCED_SECONDARY, date="2016",
    ),
}  # fmt: skip

EXPOSURE = (
    "Sometimes things happen to people that are unusually or especially frightening, horrible, or traumatic. "
    "For example: a serious accident or fire; a physical or sexual assault or abuse; an earthquake or flood; "
    "a war; seeing someone be killed or seriously injured; having a loved one die through homicide or "
    "suicide. Have you ever experienced this kind of event?"
)
QUESTIONS = (
    "Had nightmares about the event(s) or thought about the event(s) when you did not want to?",
    "Tried hard not to think about the event(s) or went out of your way to avoid situations that reminded "
    "you of the event(s)?",
    "Been constantly on guard, watchful, or easily startled?",
    "Felt numb or detached from people, activities, or your surroundings?",
    "Felt guilty or unable to stop blaming yourself or others for the event(s) or any problems the event(s) "
    "may have caused?",
)
_YES_NO = (Option(True, english("Yes")), Option(False, english("No")))


def score(answers: Answers) -> Scores:
    """The number of yes answers; 0 without exposure."""
    exposed = truth(answers, "exposure")
    if exposed is False:
        return Scores({"total": 0}, (), _contradiction(answers))
    counted = total(truth(answers, code) for code in CODES) if exposed else None
    return Scores({"total": counted}, missing(answers, ("exposure", *CODES)))


def _contradiction(answers: Answers) -> tuple[str, ...]:
    if any(truth(answers, code) for code in CODES):
        return ("Exposure was answered no, but a question about the event yes. Ask again which is right.",)
    return ()


def doubts(answers: Answers) -> tuple[Doubt, ...]:
    """No such event, and yes to a question about it."""
    about = tuple(code for code in CODES if truth(answers, code))
    if truth(answers, "exposure") is not False or not about:
        return ()
    return (Doubt(("exposure", *about), _SECOND_LOOK),)


_SECOND_LOOK = ours(
    "The first question says that nothing like it happened, and a question about it says yes.",
    "La primera pregunta dice que no ocurrió nada parecido, y una pregunta sobre ello dice que sí.",
)

INSTRUMENT = Instrument(
    code="PC-PTSD-5",
    version="2015",
    name=ours(
        "Primary Care PTSD Screen for DSM-5", "Cuestionario breve de TEPT para atención primaria, DSM-5"
    ),
    rater=Rater.SELF,
    recall=ours("Past month", "Último mes"),
    items=(
        Item("exposure", english(EXPOSURE), _YES_NO),
        *(
            Item(code, english(text), _YES_NO, shown_if="exposure == true")
            for code, text in zip(CODES, QUESTIONS, strict=True)
        ),
    ),
    score_names=(ScoreName("total", ours("Total", "Total"), int, 0, 5),),
    score=score,
    doubts=doubts,
    licence="Public domain: a work of the US Government (Department of Veterans Affairs).",
    source=SOURCE,
    instructions=english("In the past month, have you:"),
    figures=FIGURES,
    wording=Wording.VERBATIM,
)
