"""DERS-16: difficulties in emotion regulation by self-report, 16 to 80.

Item numbers only: whether its words may be reproduced is not settled. Missing answers:
the total is None if any item is absent. The five subscales are left out, because no
source at hand says which item belongs to which.
"""

from __future__ import annotations

from holdfast.instruments.scale import Answers, Instrument, Item, Rater, ScoreName, Scores, ours
from holdfast.instruments.scoring import missing, numbers, total

CODES = tuple(f"q{k}" for k in range(1, 17))


def score(answers: Answers) -> Scores:
    """The sum of the sixteen items; none is reversed."""
    return Scores({"total": total(numbers(answers, CODES))}, missing(answers, CODES))


INSTRUMENT = Instrument(
    code="DERS-16",
    version="2016",
    name=ours(
        "Difficulties in Emotion Regulation Scale, 16 items",
        "Escala de dificultades en la regulación emocional, 16 frases",
    ),
    rater=Rater.SELF,
    recall=ours("In general", "En general"),
    items=tuple(
        Item(code, ours(f"Statement {code[1:]}", f"Frase {code[1:]}"), minimum=1, maximum=5) for code in CODES
    ),
    score_names=(ScoreName("total", ours("Total", "Total"), int, 16, 80),),
    score=score,
    licence=(
        "Published in an article; terms of reproduction to be verified. Its wording is not part of this "
        "software."
    ),
    source="Bjureberg J et al. (2016), doi:10.1007/s10862-015-9514-x",
    instructions=ours(
        "Enter the answers of the form, 1 (almost never) to 5 (almost always).",
        "Anote las respuestas del formulario, de 1 (casi nunca) a 5 (casi siempre).",
    ),
)
