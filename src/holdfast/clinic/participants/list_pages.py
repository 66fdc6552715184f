"""Who is due: today's page and the list of participants."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import roles, sites
from holdfast.clinic.edge import arrived, moment_of
from holdfast.clinic.jobs import outbox
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import sharing_fields
from holdfast.clinic.participants.countersigning import waiting_for
from holdfast.clinic.participants.lines import Line, Urgency, lines, to_call
from holdfast.clinic.participants.programme_lines import of_today
from holdfast.clinic.participants.queries import waiting_for as waiting_for_answer
from holdfast.clinic.reaching import links, passing
from holdfast.timing import Instant, in_words


@asks(Act.LIST_PARTICIPANTS)
@gzip_page
@require_GET
def today(request: HttpRequest, study: str) -> HttpResponse:
    """What is due today, overdue, and who is dosed."""
    found = _lines(request, study)
    context = {
        "risks": [each for each in found if each.urgency is Urgency.RISK],
        "dosing": [each for each in found if each.dosing],
        "overdue": [each for each in found if each.urgency is Urgency.OVERDUE and not each.dosing],
        "due": [each for each in found if each.urgency is Urgency.DUE and not each.dosing],
        "upcoming": [each for each in found if each.urgency is Urgency.UPCOMING][:8],
        "count": len(found),
        "many_sites": len({each.site for each in found}) > 1,
        "countersign": waiting_for(
            request.user.get_username(),
            study,
            sites=sites(request.user, Act.OVERRIDE_GATE, study),
            now=moment_of(request),
        ),
        "queries": waiting_for_answer(
            request.user.get_username(),
            study,
            sites=sites(request.user, Act.ANSWER_QUERY, study) | sites(request.user, Act.ENROL, study),
            now=moment_of(request),
        ),
        "told": passing.told_to(request.user.get_username(), study),
        "unsent": _unsent(request, study),
        "to_call": to_call(study, sites=sites(request.user, Act.FILL_FORM, study)),
        "to_tell": sharing_fields.waiting(study, sites=sites(request.user, Act.ENROL, study)),
        "links_asked": links.asked(study, sites(request.user, Act.MAKE_LINK, study)),
        **_allowed(request, study),
        **_of_programme(request, study),
    }
    return render(request, "participants/today.html", context)


def _unsent(request: HttpRequest, study: str) -> list[dict[str, str]]:
    """Messages of these sites that were not sent: to whom, since when, why."""
    found = outbox.unsent(study, sites(request.user, Act.READ_IDENTITY, study), now=arrived(request))
    if not found:
        return []
    zones = {each.site: each.zone for each in read.sites(study)}
    names = {each.person: each.name for each in read.appointments(study=study)}
    return [
        {
            "participant": each.participant,
            "person": names.get(each.person, each.person),
            "what": outbox.matter_words(each.matter),
            "since": in_words(Instant(each.since, zones.get(each.site, "UTC"))),
            "why": outbox.why_words(each.why),
        }
        for each in found
    ]


@asks(Act.LIST_PARTICIPANTS)
@gzip_page
@require_GET
def participants(request: HttpRequest, study: str) -> HttpResponse:
    """Everybody, the most urgent first; by site, status and a search for a code."""
    everybody = _lines(request, study)
    site, stage = request.GET.get("site", ""), request.GET.get("stage", "")
    wanted = request.GET.get("find", "").strip().lower()
    found = [
        each
        for each in everybody
        if site in ("", each.site) and stage in ("", each.stage) and wanted in each.participant.lower()
    ]
    context = {
        "lines": found,
        "many_sites": len({each.site for each in everybody}) > 1,
        "everybody": len(everybody),
        "sites": sorted({(each.site, each.site_name) for each in everybody}),
        "stages": sorted({each.stage for each in everybody}),
        "site": site,
        "stage": stage,
        "find": request.GET.get("find", ""),
        **_allowed(request, study),
    }
    return render(request, "participants/list.html", context)


def _of_programme(request: HttpRequest, study: str) -> dict[str, object]:
    reach = sites(request.user, Act.LIST_PARTICIPANTS, study)
    return of_today(
        study,
        [each for each in read.sites(study) if each.site in reach],
        read.protocol(study),
        now=moment_of(request),
        held=roles(request.user, study),
    )


def _allowed(request: HttpRequest, study: str) -> dict[str, bool]:
    held = set(roles(request.user, study))
    asked = {"opens": Act.READ_PARTICIPANT, "enrols": Act.ENROL, "reaches": Act.READ_IDENTITY}
    return {name: bool(held & WHO[act]) for name, act in asked.items()}


def _lines(request: HttpRequest, study: str) -> list[Line]:
    reach = sites(request.user, Act.LIST_PARTICIPANTS, study)
    rows = read.participants(study, sites=sorted(reach))
    return lines(rows, sites=read.sites(study), protocol=read.protocol(study), now=moment_of(request))
