"""Sentences of refusals in the language of the page.

Below the site they are made in English, with a code for what is wrong. On a page in another language the
table says those that a participant can meet; any other is said as what it is: a page in one language holds
no sentence of another. Sentences that the pages made themselves are translated already.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.clinic.languages.collecting import FILES, ROOMS
from holdfast.errors import Conflict, HoldfastError, ImpossibleValue, NotPermitted, Unavailable, UnknownName

SPEAKING = tuple("holdfast.clinic." + each.removesuffix(".py").replace("/", ".") for each in (*ROOMS, *FILES))
"""The modules whose every sentence is in the catalogues."""


def sentence_of(error: HoldfastError) -> str:
    """What a person reads of an error, in the language of the page."""
    if get_language() in (None, settings.LANGUAGE_CODE) or _said_by_a_page(error):
        return str(error)
    if isinstance(error, ImpossibleValue) and error.code in by_code():
        return by_code()[error.code] % dict(error.given)
    return next((words for kind, words in by_kind() if isinstance(error, kind)), _("This cannot be accepted"))


def by_code() -> dict[str, str]:
    """What is said of a code of ``conduct``; each can be met on a participant's own pages."""
    return {
        "no-date": _("“%(text)s” is not a date that we can read. Write it like 2026-11-23, 2026-11 or 2026."),
        "no-time": _("“%(text)s” is not a time that we can read. Write only the day, like 2026-11-23."),
        "yet-to-come": _("%(text)s is yet to come. Write when it happened."),
        "words-unknown": _("The words of these questions have changed. Read them again, then send."),
        "ended-before-it-began": _("It cannot have ended (%(end)s) before it began (%(onset)s)."),
    }


def by_kind() -> tuple[tuple[type[HoldfastError], str], ...]:
    """What is said of any other refusal or failure."""
    return (
        (ImpossibleValue, _("This cannot be so. Look at it again.")),
        (UnknownName, _("There is no such page.")),
        (NotPermitted, _("You may not open this page.")),
        (Conflict, _("This was sent before, and said something else. What was sent first stands.")),
        (Unavailable, _("This cannot be reached just now. Try again in a moment.")),
    )


def _said_by_a_page(error: HoldfastError) -> bool:
    """Whether its sentence was made where every sentence is translated; one never raised was handed over."""
    modules = list(_modules(error.__traceback__))
    return not modules or modules[-1].startswith(SPEAKING)


def _modules(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        yield trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
