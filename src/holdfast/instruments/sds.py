"""SDS: disability at work, in social life and at home, each 0 to 10. Scores only, no wording.

The phase 3 trials report the mean of the items (0 to 10), which their figures show and
the papers do not say. Missing answers: both scores are None if any item is absent, also
where work does not apply; no published rule for that case is at hand.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments.scale import Answers, Instrument, Item, Rater, ScoreName, Scores, ours
from holdfast.instruments.scoring import missing, numbers, total
from holdfast.sourced import Figure, Status

ITEMS = {
    "work": ours("Work or school", "Trabajo o estudios"),
    "social": ours("Social life", "Vida social"),
    "family": ours("Family life and home", "Vida familiar y hogar"),
}
FIGURES: Mapping[str, Figure] = {
    "significant_impairment": Figure(
        value=5, unit="points", source="no source at hand; verify before use",
        status=Status.RECALLED_UNVERIFIED, date="2026",
    )
}  # fmt: skip


def score(answers: Answers) -> Scores:
    """The sum (0-30) and the mean of the three items (0-10)."""
    whole = total(numbers(answers, ITEMS))
    mean = None if whole is None else whole / len(ITEMS)
    return Scores({"total": whole, "mean": mean}, missing(answers, ITEMS))


INSTRUMENT = Instrument(
    code="SDS",
    version="licensed form",
    name=ours("Sheehan Disability Scale", "Escala de discapacidad de Sheehan"),
    rater=Rater.SELF,
    recall=ours(
        "As the form of the licence holder says", "Como dice el formulario de quien tiene la licencia"
    ),
    items=tuple(Item(code, label, minimum=0, maximum=10) for code, label in ITEMS.items()),
    score_names=(
        ScoreName("total", ours("Total disability", "Discapacidad total"), int, 0, 30),
        ScoreName("mean", ours("Mean of the items", "Media de las tres respuestas"), float, 0, 10),
    ),
    score=score,
    licence="Copyright D. V. Sheehan; a licence is needed. Its wording is not part of this software.",
    source="Sheehan DV, Sheehan Disability Scale; details to be verified with the licence holder",
    instructions=ours(
        "Enter the three ratings of the licensed form.", "Anote los tres valores del formulario con licencia."
    ),
    figures=FIGURES,
)
