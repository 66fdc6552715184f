"""What the tablet must know to go on without a network: words, limits, what is due, last values.

Nothing of it depends on the moment, so that a page that says the same is the same.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import iso
from holdfast.instruments.vitals import POSSIBLE, USUAL

LATELY = 12
"""So many of the last entries are named to tablets that may not have had their answer."""


def words() -> dict[str, str]:
    """Sentences of the page's script; % stands for what it fills in."""
    return {
        "offline": _("Offline"),
        "signedOut": _("Signed out"),
        "sending": _("Saving"),
        "waiting": _("% waiting"),
        "lookAt": _("% to look at"),
        "again": _("Try again"),
        "copy": _("Copy as text"),
        "signIn": _("Sign in in another tab"),
        "reload": _("Open the page anew"),
        "keptPage": _("No network. Shown as of %; what you enter is kept on this tablet and sent later."),
        "storeFull": _(
            "This tablet's store is full or closed: what waits is only in this page. "
            "Keep the page open until everything is saved, or copy it."
        ),
        "signInAgain": _("You are signed out. Nothing is lost: what you enter waits on this tablet."),
        "another": _("% is signed in now, this page was opened by somebody else."),
        "needsNetwork": _(
            "This needs the network: it is decided on the server. What is typed stays here; try again."
        ),
        "impossible": _("% cannot be. Nothing was recorded; read it again."),
        "noValue": _("A reading has at least one value."),
        "swapped": _("The systolic pressure must be above the diastolic. Were the two swapped?"),
        "unusual": _("Unusual. Look again: recheck it, or keep it as it is."),
        "otherKit": _("That is not the kit set aside (%). Recheck, or keep it."),
    }


def frame(requests: tuple[str, ...]) -> dict[str, Any]:
    """What does not change while a page is open: its words, and which forms ask for leave."""
    return {"words": words(), "requests": requests}


def known(room: Room) -> dict[str, Any]:
    """The session as data for the tablet."""
    session = room.session
    return {
        "t0": iso(session.t0.at if session.t0 else None),
        "possible": {name: list(figure.numbers) for name, figure in POSSIBLE.items()},
        "usual": {name: list(figure.numbers) for name, figure in USUAL.items()},
        "kits": {step: here.kit for step, here in sorted(session.kits.items())},
        "recorded": _lately(room),
    }


def _lately(room: Room) -> list[str]:
    told = [each for each in room.session.history if each.device not in ("holdfast", "browser")]
    return [str(each.id) for each in told[-LATELY:]]
