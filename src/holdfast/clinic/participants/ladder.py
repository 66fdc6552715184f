"""The ladder of attempts for a follow-up visit, and what is said on the telephone, in words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import option_words
from holdfast.clinic.languages.offered import name_of
from holdfast.clinic.languages.written import day_said
from holdfast.clinic.participants.wording import said
from holdfast.conduct.retention import Wanted
from holdfast.protocol.model import Protocol


def words(protocol: Protocol, each: Wanted, *, today: date) -> dict[str, object]:
    """What is to be tried next for somebody, and how the last attempt went; nothing without a ladder."""
    if not protocol.follow_up.ladder:
        return {}
    last = option_words(each.last) if each.last else ""
    if each.next is None:
        return {"last": last, "exhausted": True}
    return {
        "last": last,
        "rung": said(each.next.rung.label),
        "number": each.next.number,
        "from_day": "" if each.next.due(today) or each.next.on is None else day_said(each.next.on),
        "channel": each.next.rung.channel,
        "refused": "" if each.next.agreed else _("They did not agree to that: try another way instead."),
    }


def scripts(protocol: Protocol) -> list[dict[str, str]]:
    """What is said and what is left behind, in each language of the study file."""
    plan = protocol.follow_up
    left = plan.unanswered or {}
    return [
        {"code": code, "language": name_of(code), "said": text, "left": left.get(code, "")}
        for code, text in (plan.script or {}).items()
    ]
