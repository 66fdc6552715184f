"""A form in the words that were brought for its instrument, with the permission to show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import Drawn, drawn, words
from holdfast.clinic.languages.written import day_said
from holdfast.clinic.ledger import read
from holdfast.conduct import wordings
from holdfast.instruments import catalogue
from holdfast.instruments.words import worded
from holdfast.protocol.model import Protocol, StudyForm
from holdfast.records.assessment import FormCompleted
from holdfast.records.study import WordingBrought

SENT = "wording"
"""How the page sends back the digest of the words it was drawn in."""


def asked(study: str, protocol: Protocol, form: StudyForm) -> Drawn:
    """The form as it is asked now: in the words brought for the language of the page, else for English."""
    if not form.instrument or not catalogue.get(form.instrument).needs_words:
        return drawn(protocol, form)
    found = wordings.in_force(read.study_standing(study), form.instrument, get_language() or "en")
    return _drawn(protocol, form, found)


def as_asked(study: str, protocol: Protocol, form: StudyForm, done: FormCompleted) -> Drawn:
    """The form as it was asked when it was completed, whatever was brought since."""
    if not done.wording:
        return drawn(protocol, form)
    return _drawn(protocol, form, wordings.shown_in(read.study_standing(study), done.wording))


def _drawn(protocol: Protocol, form: StudyForm, brought: WordingBrought | None) -> Drawn:
    if brought is None:
        return drawn(protocol, form)
    instrument = worded(catalogue.get(brought.instrument), wordings.words_of(brought))
    inside = drawn(protocol, form, instrument=instrument)
    return replace(inside, licence=allowed(brought), language=brought.language, wording=brought.digest)


def held(study: str, protocol: Protocol) -> list[tuple[str, tuple[tuple[str, str, str], ...]]]:
    """Each instrument of the study that needs words; language, permission, digest of those in force."""
    standing = read.study_standing(study)
    needed = dict.fromkeys(each.instrument for each in protocol.forms if each.instrument)
    return [
        (
            words(catalogue.get(code).name),
            tuple(
                (each.language, allowed(each), each.digest) for each in wordings.all_in_force(standing, code)
            ),
        )
        for code in needed
        if catalogue.get(code).needs_words
    ]


def allowed(brought: WordingBrought) -> str:
    """Who allowed the words to be shown, as the line of the licence."""
    given = brought.permission
    if given.get("rehearsal"):
        return _("Invented sentences, for practice: these are not the words of the questionnaire.")
    return _("Shown by permission of %(who)s (%(reference)s), given on %(day)s.") % {
        "who": given.get("from"),
        "reference": given.get("reference"),
        "day": day_said(date.fromisoformat(str(given.get("date")))),
    }
