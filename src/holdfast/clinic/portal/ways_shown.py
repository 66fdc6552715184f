"""What opened a participant's own pages, as they read it: links, passkeys, and when all were ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.clinic.languages.written import day_said, moment_said
from holdfast.clinic.ledger import read
from holdfast.clinic.portal.signed import Own
from holdfast.clinic.reaching import links, passkeys, ways
from holdfast.clinic.reaching.models import Link, Passkey
from holdfast.timing import Instant


def staff_names(own: Own) -> dict[str, str]:
    """The names of everybody appointed in the study, by person."""
    return {each.person: each.name for each in read.appointments(study=own.study)}


def ways_shown(own: Own, names: Mapping[str, str]) -> dict[str, Any]:
    """Links, passkeys and endings, each the latest first."""
    study, participant = own.study, own.participant
    return {
        "links": [_link(own, each, names) for each in links.made_for(study, participant)],
        "passkeys": [_passkey(own, each, names) for each in passkeys.made_for(study, participant)],
        "endings": [
            {"at": _said(own, each.at), "by": names.get(each.by, each.by), "why": each.why}
            for each in ways.endings_of(study, participant)
        ],
    }


def _link(own: Own, link: Link, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "made": _said(own, link.made_at),
        "by": names.get(link.made_by, link.made_by),
        "used": _said(own, link.used_at) if link.used_at else "",
    }


def _passkey(own: Own, passkey: Passkey, names: Mapping[str, str]) -> dict[str, Any]:
    by = passkey.ended_by
    return {
        "id": passkey.id,
        "made": _said(own, passkey.made_at),
        "by": names.get(passkey.link_by, passkey.link_by),
        "used": _by_day(own, passkeys.uses_of(passkey)),
        "ended": _said(own, passkey.ended_at) if passkey.ended_at else "",
        "ended_by": "" if by == own.participant else names.get(by, by),
        "here": str(passkey.id) == own.signed.passkey,
    }


def _said(own: Own, at: datetime) -> str:
    return moment_said(Instant(at, own.site.zone))


def _by_day(own: Own, uses: list[datetime]) -> list[tuple[str, int]]:
    days = Counter(each.astimezone(ZoneInfo(own.site.zone)).date() for each in uses)
    return [(day_said(day), times) for day, times in days.items()]
