"""Views of oversight: the report, its download, and the limits with who signed them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.analysis import report as pages
from holdfast.clinic.accounts import openings
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight import analysing, limits
from holdfast.clinic.pharmacy import by_arm
from holdfast.errors import Unavailable

PATIENCE_S = 4.0
PATIENCE_FOR_A_FILE_S = 60.0


@asks(Act.READ_REPORT)
@require_GET
def report(request: HttpRequest, study: str) -> HttpResponse:
    """The report of the study as of its last record; by arm only for whom arms are open."""
    arms = _arms(request, study)
    found = analysing.analysed(request.user, study, arms=arms, patience_s=PATIENCE_S)
    # The body is made by analysis/report.py, which escapes every text it shows.
    body = mark_safe(found.body) if found else ""
    return render(request, "oversight/report.html", {"body": body, "arms": arms})


@asks(Act.READ_REPORT)
@require_GET
def download(request: HttpRequest, study: str) -> HttpResponse:
    """The same report as one self-contained file."""
    arms = _arms(request, study)
    found = analysing.analysed(request.user, study, arms=arms, patience_s=PATIENCE_FOR_A_FILE_S)
    if found is None:
        raise Unavailable(_("The report is still being made. Ask for it again in a minute."))
    response = HttpResponse(pages.html(found.results), content_type="text/html; charset=utf-8")
    kind = "by-arm" if arms else "pooled"
    response["Content-Disposition"] = f'attachment; filename="{study}-report-{kind}.html"'
    return response


def _arms(request: HttpRequest, study: str) -> bool:
    """Whether arms are open to whoever asks; that they were looked at is written down."""
    arms = by_arm.is_open(request.user, study)
    if arms:
        openings.note(request, Act.READ_REPORT_BY_ARM, study)
    return arms


@asks(Act.SEE_STUDY)
@require_GET
def signatures(request: HttpRequest, study: str) -> HttpResponse:
    """Every figure that a physician must sign, its value at each site, and who signed it."""
    protocol, sites = read.protocol(study), read.sites(study)
    signed = read.records(study, kinds=("limit-signed",))
    context = limits.context(protocol, sites, signed, live=read.study_standing(study).live)
    return render(request, "oversight/limits.html", {**context, "protocol": protocol})
