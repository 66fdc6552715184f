"""Follow-up: how many came, whom to try, how often somebody did. Pooled over everybody: it tells no arm."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import roles, sites
from holdfast.clinic.edge import moment_of
from holdfast.clinic.forms.fields import option_words
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.conduct.retention import LEFT, Retention, retention, wanted
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream
from holdfast.protocol.model import Protocol
from holdfast.timing import date_in_words


@asks(Act.LIST_PARTICIPANTS)
@gzip_page
@require_GET
def follow_up(request: HttpRequest, study: str) -> HttpResponse:
    """Each follow-up visit, and the people whose visit is due."""
    protocol, now = read.protocol(study), moment_of(request)
    people = _people(study, sorted(sites(request.user, Act.LIST_PARTICIPANTS, study)))
    held = set(roles(request.user, study))
    context = {
        "visits": [_shown(protocol, each) for each in retention(protocol, people, now)],
        "people": [
            {
                "participant": each.participant,
                "visit": wording.visit_name(protocol, each.visit),
                "until": date_in_words(each.until) if each.until else "",
                "overdue": each.overdue,
                "tried": each.tried,
                "attempts": each.attempts,
            }
            for each in wanted(protocol, people, now)
        ],
        "opens": bool(held & WHO[Act.READ_PARTICIPANT]),
    }
    return render(request, "participants/follow_up.html", context)


def _people(study: str, reach: list[str]) -> list[ParticipantStanding]:
    rows = read.participants(study, sites=reach)
    found = read.standings_of(study, [participant_stream(each.participant) for each in rows])
    return [each for each in found.values() if isinstance(each, ParticipantStanding)]


def _shown(protocol: Protocol, each: Retention) -> dict[str, object]:
    return {
        "name": wording.visit_name(protocol, each.visit),
        "settled": each.settled,
        "held": each.held,
        "missing": [
            (_("withdrew from follow-up") if why == LEFT else option_words(why), count)
            for why, count in each.missing.items()
        ],
        "waiting": each.waiting,
        "share": [format(100 * part, ".0f") for part in each.share or ()],
        "expected": [format(part, ".0f") for part in each.expected or ()],
    }
