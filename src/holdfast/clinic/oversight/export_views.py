"""The page of what left the study: a list for those who answer for it, the way out for who may make it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import may, sites
from holdfast.clinic.forms import sending
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight import exporting
from holdfast.conduct.actions import RecordExport
from holdfast.conduct.decision import Reason
from holdfast.errors import ImpossibleValue, NotPermitted, UnknownName


@asks(Act.READ_EXPORTS)
@require_GET
def exports(request: HttpRequest, study: str) -> HttpResponse:
    """Every export of the sites that the reader answers for."""
    return _page(request, study)


@asks(Act.EXPORT)
@require_POST
def made(request: HttpRequest, study: str) -> HttpResponse:
    """Make an export and give it away; refused, the reasons and what was typed."""
    site = next((each for each in read.sites(study) if each.site == request.POST.get("site")), None)
    if site is None:
        raise UnknownName(_("There is no site of that name in this study."))
    roles = sending.roles_to(request, RecordExport, Act.EXPORT, study=study, site=site.site)
    if not roles:
        raise NotPermitted(_("Your role does not do this."))
    to = request.POST.get("to", "").strip()[:200]
    try:
        found = exporting.export(
            study,
            site=site,
            to=to,
            author=request.user.get_username(),
            role=roles[0],
            device=sending.DEVICE,
            entry=sending.action_id(request),
            now=edge.moment_of(request),
        )
    except ImpossibleValue as wrong:
        return _page(request, study, to=to, site=site.site, problem=str(wrong))
    if found.refused:
        return _page(request, study, to=to, site=site.site, refused=found.refused)
    answer = HttpResponse(found.packed(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


def _page(
    request: HttpRequest,
    study: str,
    *,
    to: str = "",
    site: str = "",
    problem: str = "",
    refused: tuple[Reason, ...] = (),
) -> HttpResponse:
    context = {
        "left": exporting.left(study, sites=sites(request.user, Act.READ_EXPORTS, study)),
        "exports": may(request.user, Act.EXPORT, study),
        "sites": read.sites(study),
        "protocol": read.protocol(study),
        "action": edge.new_id(),
        "to": to,
        "site": site,
        "problem": problem,
        "refused": refused,
    }
    return render(request, "oversight/exports.html", context, status=400 if problem or refused else 200)
