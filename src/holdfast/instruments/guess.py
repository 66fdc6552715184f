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
    english,
)
from holdfast.instruments.scoring import missing, number

_GUESSES = (
    Option("experimental", english("The treatment under study")),
    Option("comparator", english("The comparison treatment")),
)
_CERTAINTIES = tuple(
    Option(k, english(label))
    for k, label in enumerate(
        (
            "Not certain at all",
            "Slightly certain",
            "Moderately certain",
            "Very certain",
            "Completely certain",
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
    name=english("Guess of the treatment"),
    rater=Rater.SELF,
    recall=english("Now"),
    items=(
        Item("guess", english("Which treatment do you believe was given?"), _GUESSES),
        Item("certainty", english("How certain are you?"), _CERTAINTIES, 1, 5),
        Item("why", english("What makes you believe so?"), required=False),
    ),
    score_names=(ScoreName("certainty", english("Certainty"), int, 1, 5),),
    score=score,
    licence="Holdfast's own form.",
    wording=Wording.OURS,
    source="Holdfast",
)
