"""GUESS: which treatment a person believes was given, how surely, and why.

Asked of participants, therapists and raters. It is an answer, not a truth: ``guess``
stays what was said, and nothing here knows what was given. There is no "don't know":
certainty 1 says so, and a person who will not guess gives the reason for no answer.
"""

from __future__ import annotations

from holdfast.instruments.scale import (
    Answers,
    Instrument,
    Item,
    Option,
    Rater,
    ScoreName,
    Scores,
    Wording,
    ours,
)
from holdfast.instruments.scoring import missing, number

_GUESSES = (
    Option("experimental", ours("The treatment under study", "El tratamiento que se estudia")),
    Option("comparator", ours("The comparison treatment", "El tratamiento de comparación")),
)
_CERTAINTIES = tuple(
    Option(k, label)
    for k, label in enumerate(
        (
            ours("Not certain at all", "Ninguna certeza"),
            ours("Slightly certain", "Poca certeza"),
            ours("Moderately certain", "Certeza media"),
            ours("Very certain", "Mucha certeza"),
            ours("Completely certain", "Certeza completa"),
        ),
        start=1,
    )
)


def score(answers: Answers) -> Scores:
    """The certainty 1-5; the guess itself is kept as the answer."""
    return Scores({"certainty": number(answers, "certainty")}, missing(answers, ("guess", "certainty")))


INSTRUMENT = Instrument(
    code="GUESS",
    version="1",
    name=ours("Guess of the treatment", "Qué tratamiento cree que fue"),
    rater=Rater.SELF,
    recall=ours("Now", "Ahora"),
    items=(
        Item(
            "guess",
            ours("Which treatment do you believe was given?", "¿Qué tratamiento cree que se dio?"),
            _GUESSES,
        ),
        Item("certainty", ours("How certain are you?", "¿Qué certeza tiene?"), _CERTAINTIES, 1, 5),
        Item("why", ours("What makes you believe so?", "¿Qué le hace creerlo?"), required=False),
    ),
    score_names=(ScoreName("certainty", ours("Certainty", "Certeza"), int, 1, 5),),
    score=score,
    licence="Holdfast's own form.",
    wording=Wording.OURS,
    source="Holdfast",
)
