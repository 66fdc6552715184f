"""AUDIT: ten questions about alcohol, 0 to 40.

The words are the World Health Organization's (2001). ``q1`` to ``q8`` are 0-4, ``q9``
and ``q10`` are 0, 2 or 4. After "never" to ``q1`` the interviewer goes on to ``q9``,
and the questions passed over count 0. The manual's second skip (``q2`` and ``q3`` both
0: on to ``q9``) is not drawn by the form; questions left out because of it count 0 too,
where they are absent as not applicable. Other missing answers: a sum is None if any of
its items is absent.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments.scale import (
    AbsenceReason,
    Absent,
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
from holdfast.instruments.scoring import number, total
from holdfast.sourced import Figure, Status

CODES = tuple(f"q{k}" for k in range(1, 11))
SOURCE = (
    "Babor TF, Higgins-Biddle JC, Saunders JB, Monteiro MG (2001), AUDIT: The Alcohol Use Disorders "
    "Identification Test, Guidelines for Use in Primary Care, 2nd ed., World Health Organization "
    "(WHO/MSD/MSB/01.6a)"
)
FIGURES: Mapping[str, Figure] = {
    "hazardous": Figure(value=8, unit="points", source=SOURCE, status=Status.SOURCED_SECONDARY, date="2001"),
    "harmful": Figure(value=16, unit="points", source=SOURCE, status=Status.SOURCED_SECONDARY, date="2001"),
    "likely_dependent": Figure(
        value=20, unit="points", source=SOURCE, status=Status.SOURCED_SECONDARY, date="2001"
    ),
    "dependence_subscore": Figure(
        value=4, unit="points", source=SOURCE, status=Status.SOURCED_SECONDARY, date="2001"
    ),
}
SUBSCALES = {"consumption": CODES[:3], "dependence": CODES[3:6], "harm": CODES[6:]}

QUESTIONS = (
    "How often do you have a drink containing alcohol?",
    "How many drinks containing alcohol do you have on a typical day when you are drinking?",
    "How often do you have six or more drinks on one occasion?",
    "How often during the last year have you found that you were not able to stop drinking once you had "
    "started?",
    "How often during the last year have you failed to do what was normally expected from you because of "
    "drinking?",
    "How often during the last year have you needed a first drink in the morning to get yourself going after "
    "a heavy drinking session?",
    "How often during the last year have you had a feeling of guilt or remorse after drinking?",
    "How often during the last year have you been unable to remember what happened the night before because "
    "you had been drinking?",
    "Have you or someone else been injured as a result of your drinking?",
    "Has a relative or friend or a doctor or another health worker been concerned about your drinking or "
    "suggested you cut down?",
)


def _options(labels: tuple[str, ...], step: int = 1) -> tuple[Option, ...]:
    return tuple(Option(step * k, english(label)) for k, label in enumerate(labels))


_HOW_OFTEN = _options(
    ("Never", "Monthly or less", "2 to 4 times a month", "2 to 3 times a week", "4 or more times a week")
)
_HOW_MANY = _options(("1 or 2", "3 or 4", "5 or 6", "7, 8, or 9", "10 or more"))
_LAST_YEAR = _options(("Never", "Less than monthly", "Monthly", "Weekly", "Daily or almost daily"))
_EVER = _options(("No", "Yes, but not in the last year", "Yes, during the last year"), step=2)
_CHOICES = (_HOW_OFTEN, _HOW_MANY, *(_LAST_YEAR,) * 6, _EVER, _EVER)


def score(answers: Answers) -> Scores:
    """Total, and the parts on consumption, dependence and harm."""
    counted = {code: _counted(answers, code) for code in CODES}
    values: dict[str, float | int | bool | None] = {"total": total(counted.values())}
    values |= {name: total(counted[code] for code in codes) for name, codes in SUBSCALES.items()}
    return Scores(values, tuple(code for code, value in counted.items() if value is None), _warnings(answers))


def _counted(answers: Answers, code: str) -> float | None:
    given = number(answers, code)
    if given is None and code in CODES[1:8] and number(answers, "q1") == 0:
        return 0
    if given is None and code in CODES[3:8] and _light_drinker(answers) and _not_applicable(answers, code):
        return 0
    return given


def _light_drinker(answers: Answers) -> bool:
    return number(answers, "q2") == 0 and number(answers, "q3") == 0


def _not_applicable(answers: Answers, code: str) -> bool:
    given = answers.get(code)
    return isinstance(given, Absent) and given.reason is AbsenceReason.NOT_APPLICABLE


def _warnings(answers: Answers) -> tuple[str, ...]:
    if number(answers, "q1") == 0 and any(number(answers, code) for code in CODES[1:8]):
        return ("Question 1 says never, but a later question about drinking does not. Ask again.",)
    return ()


def doubts(answers: Answers) -> tuple[Doubt, ...]:
    """Never a drink by the first question, and drinking by another about the last year."""
    drank = tuple(code for code in CODES[1:8] if number(answers, code))
    if number(answers, "q1") != 0 or not drank:
        return ()
    return (Doubt(("q1", *drank), _SECOND_LOOK),)


_SECOND_LOOK = ours(
    "The first question says never, and a question after it says something else.",
    "La primera pregunta dice que nunca, y una pregunta posterior dice otra cosa.",
)

INSTRUMENT = Instrument(
    code="AUDIT",
    version="2001",
    name=ours(
        "Alcohol Use Disorders Identification Test",
        "Cuestionario de identificación de trastornos por consumo de alcohol",
    ),
    rater=Rater.CLINICIAN,
    recall=ours("Last year", "Último año"),
    items=tuple(
        Item(code, english(text), options, 0, 4, shown_if="q1 != 0" if code in CODES[1:8] else "")
        for code, text, options in zip(CODES, QUESTIONS, _CHOICES, strict=True)
    ),
    score_names=(
        ScoreName("total", ours("Total", "Total"), int, 0, 40),
        ScoreName(
            "consumption", ours("Consumption, questions 1 to 3", "Consumo, preguntas 1 a 3"), int, 0, 12
        ),
        ScoreName(
            "dependence", ours("Dependence, questions 4 to 6", "Dependencia, preguntas 4 a 6"), int, 0, 12
        ),
        ScoreName("harm", ours("Harm, questions 7 to 10", "Daños, preguntas 7 a 10"), int, 0, 16),
    ),
    score=score,
    doubts=doubts,
    licence=(
        "Copyright World Health Organization (2001): may be freely reviewed, abstracted, reproduced and "
        "translated, but not for sale or for use in conjunction with commercial purposes."
    ),
    source=SOURCE,
    instructions=english("Read questions as written. Record answers carefully."),
    figures=FIGURES,
    wording=Wording.VERBATIM,
)
