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
from holdfast.timing import Instant


def staff_names(own: Own) -> dict[str, str]:
    """The names of everybody appointed in the study, by person."""
    return {each.person: each.name for each in read.appointments(study=own.study)}


def ways_shown(own: Own, names: Mapping[str, str]) -> dict[str, Any]:
    """Links, passkeys and endings, each the latest first."""
    return {
        "links": [
            {"made": _said(own, each.made_at), "by": names.get(each.made_by, each.made_by)}
            | {"used": _said(own, each.used_at) if each.used_at else ""}
            for each in links.made_for(own.study, own.participant)
        ],
        "passkeys": [
            {
                "id": each.id,
                "made": _said(own, each.made_at),
                "by": names.get(each.link_by, each.link_by),
                "used": _by_day(own, passkeys.uses_of(each)),
                "ended": _said(own, each.ended_at) if each.ended_at else "",
                "ended_by": ""
                if each.ended_by == own.participant
                else names.get(each.ended_by, each.ended_by),
                "here": str(each.id) == own.signed.passkey,
            }
            for each in passkeys.made_for(own.study, own.participant)
        ],
        "endings": [
            {"at": _said(own, each.at), "by": names.get(each.by, each.by), "why": each.why}
            for each in ways.endings_of(own.study, own.participant)
        ],
    }


def _said(own: Own, at: datetime) -> str:
    return moment_said(Instant(at, own.site.zone))


def _by_day(own: Own, uses: list[datetime]) -> list[tuple[str, int]]:
    days = Counter(each.astimezone(ZoneInfo(own.site.zone)).date() for each in uses)
    return [(day_said(day), times) for day, times in days.items()]
