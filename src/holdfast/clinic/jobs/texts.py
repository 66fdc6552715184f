"""What messages say: that something waits, and how to get to it. They are read over shoulders.

No text names an illness, a medicine, a study, a product, a clinic, a day or a code of a person.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

APPOINTMENT, WAITS, LINK, LOOK, LINK_ASKED = "appointment", "waits", "link", "look", "link-asked"
WIDTH = 72


@dataclass(frozen=True, slots=True)
class Text:
    """A message's subject and body."""

    subject: str
    body: str


def written(text: str, *, language: str, address: str, code: str = "") -> Text:
    """A text in a language. ``address`` is where the site is reached, ``code`` that of a link."""
    with translation.override(language):
        subject, paragraphs = TEXTS[text](address, code)
        said = [*paragraphs, _("Nobody reads answers to this message.")]
    return Text(subject, "\n\n".join(_wrapped(each) for each in said) + "\n")


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


Said = tuple[str, list[str]]


def _appointment(address: str, _code: str) -> Said:
    first = _("An appointment of yours is near. When it is, and whom to call, stands on your own pages:")
    return _("A reminder"), [first, *_own(address)]


def _waits(address: str, _code: str) -> Said:
    first = _("Something waits for you on your own pages. Whom to call stands there too:")
    return _("Something waits for you"), [first, *_own(address)]


def _own(address: str) -> list[str]:
    return [
        address + reverse("own"),
        _("If they do not open, you can ask for a new link there, or call the number on your card."),
        _("You can turn these messages off on your own pages."),
    ]


def _link(address: str, code: str) -> Said:
    return _("Your link"), [
        _("Here is a link to your own pages. It opens once, by the button on the page, and only for a day:"),
        address + reverse("own-followed", args=[code]),
        _("Open it where nobody looks over your shoulder, and pass it on to nobody."),
        _("If you did not expect it, call the number on your card."),
    ]


def _look(address: str, _code: str) -> Said:
    return _("Please look"), [_("Please open your page of the clinic now."), address + reverse("home")]


def _link_asked(address: str, _code: str) -> Said:
    first = _("Somebody asks for a new link. Please open your page of the clinic.")
    return _("Please look"), [first, address + reverse("home")]


TEXTS: dict[str, Callable[[str, str], Said]] = {
    APPOINTMENT: _appointment,
    WAITS: _waits,
    LINK: _link,
    LOOK: _look,
    LINK_ASKED: _link_asked,
}
"""Every text by its key: subject and paragraphs, in the language that is spoken just then."""
