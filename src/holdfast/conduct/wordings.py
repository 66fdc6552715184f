"""The words of instruments that are not part of the software: brought with a permission, shown, provable.

They stand in the study's stream for ever, and a completed form names the digest of those it was
asked in. Who answers alone is asked in no others (``own_forms``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date

from holdfast.conduct.actions import BringWording
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import StudyStanding
from holdfast.conduct.streams import study_stream
from holdfast.errors import ImpossibleValue
from holdfast.instruments import catalogue
from holdfast.instruments.words import LANGUAGE, Permission, Words, misfits
from holdfast.protocol.model import Protocol, StudyForm
from holdfast.records.canonical import canonical
from holdfast.records.fact import Json
from holdfast.records.study import WordingBrought

ENGLISH = "en"


def bring_wording(case: Case, ask: BringWording, pen: Pen) -> list[Reason]:
    """The words of an instrument in one language come to be shown, from now on."""
    _fitting(ask)
    fact = fact_of(ask.words, ask.permission)
    reasons = [
        *asked_here(case.protocol, ask.words.instrument),
        *without_words(ask.words.instrument),
        *practice_in_rehearsals(case, ask.permission),
        *not_in_force(case.study, fact),
    ]
    if reasons:
        return reasons
    pen.write(study_stream(case.stamp.study), fact)
    return []


def _fitting(ask: BringWording) -> None:
    words, given = ask.words, ask.permission
    for place, found, expected, remedy in misfits(catalogue.get(words.instrument), words):
        raise ImpossibleValue(f"{found}; expected {expected}. {remedy}", field=".".join(place))
    if not re.fullmatch(LANGUAGE, words.language):
        raise ImpossibleValue(f"{words.language!r} is no language such as en or es.", field="language")
    needed(words.instructions, field="instructions", ask="Say how the questions are to be answered.")
    for code, text in words.items.items():
        needed(text, field=f"items.{code}", ask=f"The words of {code} are blank.")
    if not given.rehearsal:
        needed(given.given_by, field="permission.from", ask="Say who allowed these words to be shown.")
        needed(given.reference, field="permission.reference", ask="Give the reference of the permission.")
        _day(given.date)


def _day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        sentence = f"Expected a date such as 2026-11-23; found {text!r}."
        raise ImpossibleValue(sentence, field="permission.date") from None


def asked_here(protocol: Protocol, instrument: str) -> list[Reason]:
    """A form of the protocol asks by the instrument."""
    if any(form.instrument == instrument for form in protocol.forms):
        return []
    return [Reason("wording-not-asked", f"No form of this protocol asks by {instrument}.", instrument)]


def without_words(instrument: str) -> list[Reason]:
    """People answer the instrument by themselves, and its words are not part of the software."""
    if catalogue.get(instrument).needs_words:
        return []
    sentence = f"{instrument} is asked in words of its own, or by a clinician with the printed form."
    return [Reason("wording-not-needed", sentence, instrument)]


def practice_in_rehearsals(case: Case, permission: Permission) -> list[Reason]:
    """Invented words are shown to no real person."""
    if not (permission.rehearsal and case.study.live):
        return []
    sentence = (
        "These words are invented, for rehearsals: a live study shows those a permission was given for."
    )
    return [Reason("wording-for-practice", sentence)]


def not_in_force(study: StudyStanding, fact: WordingBrought) -> list[Reason]:
    """The very words, under the very permission, are not shown already."""
    if in_force(study, fact.instrument, fact.language, otherwise="") != fact:
        return []
    return [Reason("wording-in-force", "These very words are in force already.", fact.instrument)]


def fact_of(words: Words, permission: Permission) -> WordingBrought:
    """The fact of words and their permission, with the digest of the words."""
    items: dict[str, Json] = dict(words.items)
    options: dict[str, Json] = {code: dict(texts) for code, texts in words.options.items()}
    shown: dict[str, Json] = {
        "instrument": words.instrument,
        "version": words.version,
        "language": words.language,
        "instructions": words.instructions,
        "items": items,
        "options": options,
    }
    allowed: dict[str, Json] = {"rehearsal": True}
    if not permission.rehearsal:
        allowed = {"from": permission.given_by, "reference": permission.reference, "date": permission.date}
    return WordingBrought(
        instrument=words.instrument,
        version=words.version,
        language=words.language,
        permission=allowed,
        instructions=words.instructions,
        items=items,
        options=options,
        digest=hashlib.sha256(canonical(shown)).hexdigest(),
    )


def words_of(fact: WordingBrought) -> Words:
    """The words of the fact."""
    return Words(
        instrument=fact.instrument,
        version=fact.version,
        language=fact.language,
        instructions=fact.instructions,
        items={code: str(text) for code, text in fact.items.items()},
        options={
            code: {value: str(text) for value, text in texts.items()}
            for code, texts in fact.options.items()
            if isinstance(texts, Mapping)
        },
    )


def in_force(
    study: StudyStanding, instrument: str, language: str, *, otherwise: str = ENGLISH
) -> WordingBrought | None:
    """The words in which an instrument is shown now: in the language, or in another; None where none are."""
    for spoken in (language, otherwise):
        for fact in reversed(study.wordings):
            if (fact.instrument, fact.language) == (instrument, spoken):
                return fact
    return None


def all_in_force(study: StudyStanding, instrument: str) -> tuple[WordingBrought, ...]:
    """The words in which an instrument is shown now, one of each language, in the order of languages."""
    latest = {fact.language: fact for fact in study.wordings if fact.instrument == instrument}
    return tuple(latest[language] for language in sorted(latest))


def shown_in(study: StudyStanding, digest: str) -> WordingBrought | None:
    """The words of a digest, as a completed form names it; None for no words that were brought."""
    return next((fact for fact in reversed(study.wordings) if digest and fact.digest == digest), None)


def known(study: StudyStanding, form: StudyForm, digest: str) -> None:
    """ImpossibleValue where a form says that it was asked in words that were never brought for it."""
    if not digest:
        return
    fact = shown_in(study, digest)
    if fact is None or fact.instrument != form.instrument:
        sentence = f"{form.form} was not asked in words that this study has. Open the form again."
        raise ImpossibleValue(sentence, field="wording", code="words-unknown")


def readable_alone(study: StudyStanding, form: StudyForm, language: str) -> bool:
    """Whether somebody could answer the form alone: its words are here, in their language or in English."""
    if not form.instrument or not catalogue.get(form.instrument).needs_words:
        return True
    return in_force(study, form.instrument, language) is not None
