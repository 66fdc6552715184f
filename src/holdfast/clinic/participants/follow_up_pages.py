"""Follow-up: how many came, whom to try, how often somebody did. Pooled over everybody: it tells no arm."""

from __future__ import annotations

from datetime import datetime

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
from holdfast.clinic.jobs import outbox
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import ladder, wording
from holdfast.conduct import outlook, own_forms, reminders
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
    held, known = set(roles(request.user, study)), {each.participant: each for each in people}
    off, here = outbox.off(study), read.study_standing(study)
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
                **_reminded(known[each.participant], each.visit),
                "code": each.visit,
                "ladder": ladder.words(protocol, each, today=outlook.today(known[each.participant], now)),
                "in_person": [
                    wording.form_name(protocol, own.form)
                    for own in own_forms.to_be_asked(protocol, known[each.participant], now, study=here)
                    if own.visit.code == each.visit
                ],
            }
            for each in wanted(protocol, people, now)
        ],
        "off": off,
        "to_call": _to_call(study, protocol, people, now) if off else [],
        "scripts": ladder.scripts(protocol),
        "opens": bool(held & WHO[Act.READ_PARTICIPANT]),
        "records": bool(held & WHO[Act.FILL_FORM] & WHO[Act.READ_PARTICIPANT]),
    }
    return render(request, "participants/follow_up.html", context)


def _reminded(person: ParticipantStanding, visit: str) -> dict[str, object]:
    """How often somebody was reminded of a visit: sent, not sent, the last time."""
    told = [each for each in person.reminded if each.visit == visit]
    return {
        "reminded": sum(each.outcome == reminders.SENT for each in told),
        "rehearsed": sum(each.outcome == reminders.REHEARSED for each in told),
        "unsent": sum(each.outcome == reminders.FAILED for each in told),
        "last": date_in_words(told[-1].on) if told else "",
    }


def _to_call(
    study: str, protocol: Protocol, people: list[ParticipantStanding], now: datetime
) -> list[dict[str, str]]:
    """Whom to remind by telephone, where this site sends nothing."""
    here = read.study_standing(study)
    places = {site: read.site_standing(study, site) for site in {each.site for each in people}}
    found = []
    for person in people:
        about = reminders.to_call(protocol, person, now, study=here, site=places[person.site])
        if about is not None:
            found.append(
                {
                    "participant": person.participant,
                    "visit": about.visit,
                    "visit_name": wording.visit_name(protocol, about.visit),
                    "what": matters()[about.matter],
                }
            )
    return found


def matters() -> dict[str, str]:
    """What somebody is reminded of, in words."""
    return {
        reminders.VISIT_NEAR: _("the appointment is near"),
        reminders.OPEN: _("its window is open and no day is set"),
        reminders.CLOSING: _("its window closes soon and no day is set"),
        reminders.FORM_WAITING: _("a form waits on their own pages"),
    }


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
