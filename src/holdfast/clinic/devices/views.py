"""The page of a study's monitors: made, ended, and kept readings assigned to a session."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import may, roles_for, sites
from holdfast.clinic.devices import assigning, listing, taking, tokens, typed
from holdfast.clinic.devices.models import Device
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import read
from holdfast.conduct.actions import ReadVitals
from holdfast.conduct.authority import MAY
from holdfast.errors import ImpossibleValue, NotPermitted

DAYS = 90
"""The days a token lasts unless somebody says otherwise."""


@asks(Act.SEE_DEVICES)
@require_GET
def devices(request: HttpRequest, study: str) -> HttpResponse:
    """Monitors and where they stand; readings that no session has."""
    return _page(request, study)


@asks(Act.KEEP_DEVICES)
@require_POST
def add(request: HttpRequest, study: str) -> HttpResponse:
    """Make a device; its token is shown in this answer and never again."""
    site, given = request.POST.get("site", ""), request.POST.dict()
    _at_own_site(request, Act.KEEP_DEVICES, study, site)
    try:
        device, token = tokens.make(
            study,
            site,
            code=given.get("code", "").strip(),
            name=given.get("name", ""),
            serial=given.get("serial", ""),
            days=typed.days(given.get("days", "")),
            by=request.user.get_username(),
            now=moment_of(request),
        )
    except ImpossibleValue as wrong:
        return _page(request, study, filled=given, wrong=wrong, status=400)
    response = _page(request, study, made=device, token=token)
    response["Cache-Control"] = "no-store"
    return response


@asks(Act.KEEP_DEVICES)
@require_POST
def end(request: HttpRequest, study: str, device: str) -> HttpResponse:
    """Take a device's right to send."""
    _at_own_site(request, Act.KEEP_DEVICES, study, tokens.found(study, device).site)
    ended = tokens.end(study, device, by=request.user.get_username(), now=moment_of(request))
    messages.success(request, _("%(device)s can send no more. What it sent stays.") % {"device": ended.words})
    return redirect("devices", study)


@asks(Act.WORK_SESSION)
@require_POST
def assign(request: HttpRequest, study: str, device: str) -> HttpResponse:
    """Record a kept reading as one of a session."""
    found = tokens.found(study, device)
    _at_own_site(request, Act.WORK_SESSION, study, found.site)
    participant, _slash, visit = request.POST.get("session", "").partition("/")
    if read.participant(study, participant).site != found.site:
        raise NotPermitted(_("The device is of another site than the participant."))
    to = assigning.Assigned(
        participant=participant,
        visit=visit,
        by=request.user.get_username(),
        role=_role(request, study, found),
        entry=typed.entry(request.POST.get("id", "")),
        reason=request.POST.get("reason", "").strip(),
    )
    outcome = assigning.assign(found, typed.row(request.POST.get("row", "")), to, now=moment_of(request))
    messages.success(request, _("Recorded in %(session)s.") % {"session": f"{participant}, {visit}"})
    for each in taking.answered(outcome.records, replay=outcome.replay).beside:
        messages.warning(request, each)
    return redirect("devices", study)


def _at_own_site(request: HttpRequest, act: Act, study: str, site: str) -> None:
    if site not in sites(request.user, act, study):
        raise NotPermitted(_("This device is of a site where you may not do this. Nothing was changed."))


def _role(request: HttpRequest, study: str, device: Device) -> str:
    able = roles_for(request.user, Act.WORK_SESSION, study, device.site)
    return next((role for role in able if role in MAY[ReadVitals]), able[0]).value


def _page(
    request: HttpRequest,
    study: str,
    *,
    made: Device | None = None,
    token: str = "",
    filled: dict[str, str] | None = None,
    wrong: ImpossibleValue | None = None,
    status: int = 200,
) -> HttpResponse:
    reach = sites(request.user, Act.SEE_DEVICES, study)
    shown = {
        **listing.context(study, reach, moment_of(request)),
        "keeps": may(request.user, Act.KEEP_DEVICES, study),
        "works": may(request.user, Act.WORK_SESSION, study),
        "made": made,
        "token": token,
        "typed": filled or {},
        "wrong": wrong,
        "days": DAYS,
        "fresh": edge.new_id,
    }
    return render(request, "devices/devices.html", shown, status=status)
