"""Views of a programme outside trials: approvals, notices, the periodic report, outcomes by programme."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from holdfast.analysis.periodic import PeriodicCounts, as_csv, periodic
from holdfast.analysis.programmes import outcomes
from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Field
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight import programme_shown as shown
from holdfast.conduct.actions import RecordAuthority
from holdfast.conduct.decision import Reason
from holdfast.errors import ImpossibleValue, NotPermitted, TableError, UnknownName
from holdfast.protocol.model import Protocol


@asks(Act.READ_AUDIT)
@require_GET
def programme(request: HttpRequest, study: str) -> HttpResponse:
    """Approvals, what each state asks, what is to be told, and the report of a period."""
    protocol, reach = _protocol(study), sites(request.user, Act.READ_AUDIT, study)
    rows = [each for each in read.sites(study) if each.site in reach]
    today = edge.moment_of(request).date()
    counts = _counts(request, study, protocol, reach)
    context = {
        "protocol": protocol,
        "approvals": shown.approvals(study, rows, today=today),
        "rules": shown.rules(protocol),
        "owed": shown.owed(study, rows, protocol, now=edge.moment_of(request)),
        "report": protocol.programme.report if protocol.programme else None,
        "asked": shown.asked(protocol),
        "counts": counts,
        "totals": [counts.total(name) for name in shown.COUNTED],
        "periods": shown.choices(protocol, study, today=today, chosen=counts.period),
        "may_record": bool(sites(request.user, Act.ENROL, study)),
    }
    return render(request, "oversight/programme.html", context)


@asks(Act.READ_AUDIT)
@require_GET
def report_file(request: HttpRequest, study: str) -> HttpResponse:
    """The report of a period as CSV."""
    protocol, reach = _protocol(study), sites(request.user, Act.READ_AUDIT, study)
    counts = _counts(request, study, protocol, reach)
    response = HttpResponse(as_csv(counts), content_type="text/csv; charset=utf-8")
    name = f"{study}-report-{counts.period.first}-to-{counts.period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@asks(Act.READ_AUDIT)
@require_GET
def compared(request: HttpRequest, study: str) -> HttpResponse:
    """Outcomes by programme beside what each one's patients let expect."""
    protocol, reach = _protocol(study), sites(request.user, Act.READ_AUDIT, study)
    try:
        found = outcomes(read.records(study, kinds=shown.OF_OUTCOMES), protocol)
    except TableError as nothing:
        return render(request, "oversight/programmes.html", {"nothing": str(nothing)})
    context = shown.compared(found, protocol, reach=reach)
    return render(request, "oversight/programmes.html", context)


@asks(Act.ENROL)
@require_http_methods(["GET", "POST"])
def authority(request: HttpRequest, study: str) -> HttpResponse:
    """Record an approval of a prescriber at a site."""
    protocol, reach = _protocol(study), sites(request.user, Act.ENROL, study)
    rows = [each for each in read.sites(study) if each.site in reach]
    fields = shown.authority_fields(study, rows, protocol)
    given: reading.Given | None = None
    refused: tuple[Reason, ...] = ()
    action = edge.new_id()
    if request.method == "POST":
        action = sending.action_id(request)
        given = reading.read(fields, request.POST)
        if not given.errors:
            done, refused = _recorded(request, study, given)
            if done is not None:
                return done
    return _asked(request, study, fields, given, refused, action)


def _recorded(
    request: HttpRequest, study: str, given: reading.Given
) -> tuple[HttpResponse | None, tuple[Reason, ...]]:
    site = next(each for each in read.sites(study) if each.site == given.answers["site"])
    roles = sending.roles_to(request, RecordAuthority, Act.ENROL, study=study, site=site.site)
    if not roles:
        raise NotPermitted(_("Your role does not do this."))
    what = shown.authority_of(given.answers)
    try:
        outcome = sending.send(request, what, study=study, site=site, role=roles[0])
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = str(wrong)
        return None, ()
    if outcome.refused is not None:
        return None, outcome.refused.reasons
    return redirect(reverse("programme", args=[study])), ()


def _asked(
    request: HttpRequest,
    study: str,
    fields: tuple[Field, ...],
    given: reading.Given | None,
    refused: tuple[Reason, ...],
    action: UUID,
) -> HttpResponse:
    draft = f"{request.user.get_username()}/{study}/authority"
    context = {
        **rendering.context(fields, given, action=action, draft=draft),
        "refused": refused,
        "send_to": reverse("programme-authority", args=[study]),
    }
    return render(request, "oversight/authority.html", context, status=400 if given else 200)


def _protocol(study: str) -> Protocol:
    protocol = read.protocol(study)
    if protocol.programme is None:
        raise UnknownName(_("This study is a trial: it has no programme."))
    return protocol


def _counts(request: HttpRequest, study: str, protocol: Protocol, reach: frozenset[str]) -> PeriodicCounts:
    """The report of the period that is asked for, of the sites that the reader may see."""
    everything = read.records(study, kinds=shown.OF_REPORT)
    records = [each for each in everything if each.kind == "study-opened" or each.site in reach]
    today = edge.moment_of(request).date()
    period = shown.period_of(protocol, request.GET.get("from", ""), today=today)
    return periodic(records, protocol, period=period, today=today)
