"""Pages of paper: the sheets for a downtime, of one session and blank."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing import sheets
from holdfast.clinic.dosing.room import enter
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read
from holdfast.conduct.session import session_of
from holdfast.timing import Instant

NO_ZONE = "UTC"


@asks(Act.READ_SESSION)
@require_GET
def of_session(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The sheets of one session."""
    room = enter(request, study, participant, visit)
    row = read.study(study)
    printed = sheets.of_session(room, title=row.title, rehearsal=row.life == "rehearsal")
    return render(request, "dosing/sheets.html", _lines(printed))


@asks(Act.READ_SESSION)
@require_GET
def blank(request: HttpRequest, study: str) -> HttpResponse:
    """Blank sheets of a study's session: the first, or the one that ``visit`` names."""
    protocol, row = read.protocol(study), read.study(study)
    plan = session_of(protocol, request.GET.get("visit") or protocol.sessions[0].visit)
    sites = read.sites(study)
    now = Instant(moment_of(request), sites[0].zone if sites else NO_ZONE)
    printed = sheets.blank(
        protocol,
        plan,
        study=read.study_standing(study),
        now=now,
        title=row.title,
        rehearsal=row.life == "rehearsal",
    )
    return render(request, "dosing/sheets.html", _lines(printed))


def _lines(printed: sheets.Sheets) -> dict[str, object]:
    """The sheets, and how many empty lines each table has beside its own."""
    return {"sheets": printed, "head": printed.head, "few": range(4), "some": range(10), "many": range(18)}
