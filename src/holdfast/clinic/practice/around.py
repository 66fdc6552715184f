"""What pages of other rooms show of practices: the band, the panel, the list of one's own.

A context processor; it reads nothing on pages that have neither.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.may import may
from holdfast.clinic.clocks import practice_time
from holdfast.clinic.dosing.room import enter
from holdfast.clinic.practice import views
from holdfast.clinic.practice.models import Practice

REGIONS = frozenset({"session-now", "session-live"})
"""What refreshes parts of a page that hold no panel."""


def practice(request: HttpRequest) -> dict[str, Any]:
    """``practice``: whether the study is one; ``practising``: its panel; ``practices``: mine."""
    match = request.resolver_match
    study = match.kwargs.get("study", "") if match else ""
    if not study or not getattr(getattr(request, "user", None), "is_authenticated", False):
        return {}
    if not practice_time.is_practice(study):
        mine = match is not None and match.url_name == "sessions"
        return _of_the_list(request, study) if mine else {}
    return {"practice": True, **_panel(request, study)}


def _of_the_list(request: HttpRequest, study: str) -> dict[str, Any]:
    if not may(request.user, Act.PRACTISE, study):
        return {}
    mine = Practice.objects.filter(of=study, person=request.user.get_username()).order_by("-made_at")
    return {"may_practise": True, "practices": list(mine)}


def _panel(request: HttpRequest, study: str) -> dict[str, Any]:
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    if match is None or not name.startswith("session") or name in REGIONS:
        return {}
    given = match.kwargs
    row = Practice.objects.filter(
        study=study, participant=given.get("participant", ""), visit=given.get("visit", "")
    ).first()
    if row is None:
        return {}
    room = enter(request, study, row.participant, row.visit)
    return {"practising": views.context(request, row, room)}
