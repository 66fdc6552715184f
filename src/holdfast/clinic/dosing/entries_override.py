"""Overrides of physicians who are not signed in: from a form to what is reported or countersigned."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.participants.wording import said
from holdfast.conduct import actions as act
from holdfast.conduct.gate import item_of
from holdfast.conduct.standing.session import Reported
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.timing import Instant, in_words


def reported(typed: Typed, room: Room) -> act.ReportOverride:
    """A physician let an item pass, by telephone or on a tablet that could not verify it."""
    return act.ReportOverride(
        participant=room.participant,
        visit=room.visit,
        step=typed.text("step"),
        item=typed.text("item"),
        physician=typed.text("physician"),
        how=typed.text("how"),
        why=typed.text("why"),
        witness=typed.text("witness"),
        read_back=typed.ticked("read_back"),
    )


def countersigned(typed: Typed, room: Room) -> act.Countersign:
    """The physician says whether a reported override was theirs."""
    agrees = typed.text("agrees")
    if agrees not in ("yes", "no"):
        raise ImpossibleValue(_("Say whether it was yours."), field="agrees")
    return act.Countersign(
        participant=room.participant,
        visit=room.visit,
        override=typed.id("override"),
        agrees=agrees == "yes",
        note=typed.text("note"),
    )


def physicians(room: Room) -> list[tuple[str, str]]:
    """The physicians of the site, for a choice."""
    return [(each, room.name(each)) for each in room.team[Role.PHYSICIAN] if each != room.author]


def shown(room: Room) -> list[dict[str, Any]]:
    """Every reported override of the session and how it stands; ``mine`` where who looks must countersign."""
    return [_shown(room, each) for each in room.session.reported.values()]


def _shown(room: Room, each: Reported) -> dict[str, Any]:
    asked = room.person.countersignatures.get(each.root)
    due = "" if asked is None else in_words(Instant(asked.due, room.at.zone))
    states = {True: _("countersigned"), False: _("not theirs"), None: _("to be countersigned by %s") % due}
    late = each.agreed is None and asked is not None and room.at.at > asked.due
    how = {"tablet": _("signed on a tablet, not verified"), "read-back": _("by telephone, read back")}
    words = _("%(who)s, %(how)s, %(when)s.") % {
        "who": room.name(each.physician),
        "how": how.get(each.how, each.how),
        "when": in_words(each.at),
    }
    return {
        "id": each.root,
        "label": said(item_of(room.protocol, each.item).label),
        "state": _("overdue: was to be countersigned by %s") % due if late else states[each.agreed],
        "words": words if each.counts else f"{words} {_('It opened nothing.')}",
        "mine": each.agreed is None and each.physician == room.author,
    }
