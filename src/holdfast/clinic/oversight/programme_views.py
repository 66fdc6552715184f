"""Views of a programme outside trials: what is held up and due, the periodic report, outcomes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from holdfast.analysis.periodic import PeriodicCounts, as_csv, periodic
from holdfast.analysis.programmes import outcomes
from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import roles, sites
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight import outcomes_shown
from holdfast.clinic.oversight import programme_shown as shown
from holdfast.clinic.oversight.approval_pages import protocol_of
from holdfast.clinic.participants.programme_lines import (
    FOR_ALL,
    at_sites,
    doable,
    ending,
    line,
    reports,
    without,
)
from holdfast.clinic.participants.wording import said
from holdfast.errors import TableError
from holdfast.protocol.model import Protocol
from holdfast.sourced import CITABLE


@asks(Act.READ_AUDIT)
@require_GET
def programme(request: HttpRequest, study: str) -> HttpResponse:
    """What is held up and to be done, approvals, the report of a period, and what each state asks."""
    protocol, reach = protocol_of(study), sites(request.user, Act.READ_AUDIT, study)
    rows = [each for each in read.sites(study) if each.site in reach]
    now = edge.moment_of(request)
    found = at_sites(study, rows, protocol, now=now)
    todo = sorted(
        (each for site in found for each in site.todo if each.step not in FOR_ALL),
        key=lambda each: (each.step, each.due or now.date(), each.participant),
    )
    held = roles(request.user, study)
    names = {each.person: each.name for each in read.appointments(study=study)}
    soon, owed = ending(found, names), reports(found)
    context = {
        "held_up": shown.held_up(found, protocol),
        "todo": [line(protocol, each) for each in todo],
        "programme_ending": soon,
        "programme_reports": owed,
        "count": len(todo) + len(soon) + len(owed),
        "lists": bool(set(held) & WHO[Act.LIST_PARTICIPANTS]),
        "deeds": doable(held),
        "opens": bool(set(held) & WHO[Act.READ_PARTICIPANT]),
        "approvals": shown.approvals(found, names),
        "without": without(found),
        "late": shown.given_late(found, protocol, now=now),
        "places": shown.places(protocol, own={each.held.state for site in found for each in site.approvals}),
        "owed": owed,
        "may_record": bool(sites(request.user, Act.ENROL, study)),
        **_report(request, study, protocol, reach),
    }
    return render(request, "oversight/programme.html", context)


def _report(request: HttpRequest, study: str, protocol: Protocol, reach: frozenset[str]) -> dict[str, object]:
    assert protocol.programme is not None, "asked for only of a programme"
    report, counts = protocol.programme.report, _counts(request, study, protocol, reach)
    today = edge.moment_of(request).date()
    return {
        "report": report,
        "asked": [said(each) for each in report.asked],
        "copies": [said(each) for each in report.copies],
        "to": said(report.to),
        "verified": report.status in CITABLE and report.status not in shown.SECOND_HAND,
        "counts": counts,
        "totals": [(label, counts.total(name)) for name, label in shown.counted().items()],
        "sent": shown.sent(study, reach, counts.period),
        "periods": shown.choices(protocol, study, today=today, chosen=counts.period),
    }


@asks(Act.READ_AUDIT)
@require_GET
def report_file(request: HttpRequest, study: str) -> HttpResponse:
    """The report of a period as CSV."""
    protocol, reach = protocol_of(study), sites(request.user, Act.READ_AUDIT, study)
    counts = _counts(request, study, protocol, reach)
    response = HttpResponse(as_csv(counts), content_type="text/csv; charset=utf-8")
    name = f"{study}-report-{counts.period.first}-to-{counts.period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@asks(Act.READ_AUDIT)
@require_GET
def compared(request: HttpRequest, study: str) -> HttpResponse:
    """Outcomes by programme beside what each one's patients let expect."""
    protocol, reach = protocol_of(study), sites(request.user, Act.READ_AUDIT, study)
    try:
        found = outcomes(read.records(study, kinds=outcomes_shown.OF_OUTCOMES), protocol)
    except TableError as nothing:
        return render(request, "oversight/programmes.html", {"nothing": str(nothing)})
    context = outcomes_shown.compared(found, protocol, reach=reach)
    return render(request, "oversight/programmes.html", context)


def _counts(request: HttpRequest, study: str, protocol: Protocol, reach: frozenset[str]) -> PeriodicCounts:
    """The report of the period that is asked for, of the sites that the reader may see."""
    everything = read.records(study, kinds=shown.OF_REPORT)
    records = [each for each in everything if each.kind == "study-opened" or each.site in reach]
    today = edge.moment_of(request).date()
    period = shown.period_of(protocol, request.GET.get("from", ""), today=today)
    return periodic(records, protocol, period=period, today=today)
