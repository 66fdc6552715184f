"""The page on which a physician answers a query: what contradicts, side by side, and what was found."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Choice, Field, Kind
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import queries
from holdfast.clinic.participants.deeds import DEEDS
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.clinic.participants.participant_page import can
from holdfast.conduct.actions import AnswerQuery
from holdfast.conduct.contradictions import WORSE
from holdfast.conduct.decision import Reason
from holdfast.conduct.reach import of_pair
from holdfast.conduct.standing import StaffStanding
from holdfast.conduct.standing.parts import QueryState
from holdfast.conduct.streams import staff_stream
from holdfast.errors import UnknownName


@asks(Act.ANSWER_QUERY)
@require_http_methods(["GET", "POST"])
def query(request: HttpRequest, study: str, participant: str, query: UUID) -> HttpResponse:
    """Read a query, and answer it."""
    dossier = opened(request, study, participant)
    asked = dossier.standing.queries.get(query)
    if asked is None:
        raise UnknownName(_("There is no such query."))
    if request.method == "POST":
        return _answer(request, dossier, asked)
    return _page(request, dossier, asked, None, action=edge.new_id())


def _fields() -> tuple[Field, ...]:
    choices = tuple(Choice(code, code, words) for code, words in queries.outcomes().items())
    hint = _("For whoever reads these records later: whom you asked, and what they said it means.")
    return (
        Field(code="outcome", label=_("What came of it"), kind=Kind.CHOICE, choices=choices),
        Field(code="words", label=_("How the records are to be read"), kind=Kind.NOTE, hint=hint),
    )


def _answer(request: HttpRequest, dossier: Dossier, asked: QueryState) -> HttpResponse:
    action, given = sending.action_id(request), reading.read(_fields(), request.POST)
    if given.errors:
        return _page(request, dossier, asked, given, action=action)
    what = AnswerQuery(
        participant=dossier.participant,
        query=asked.root,
        outcome=str(given.answers["outcome"]),
        words=str(given.answers["words"]),
    )
    role = sending.roles_to(
        request, AnswerQuery, Act.ANSWER_QUERY, study=dossier.study, site=dossier.site.site
    )[0]
    outcome = sending.send(request, what, study=dossier.study, site=dossier.site, role=role)
    if outcome.refused is not None:
        refused = outcome.refused.reasons
        return _page(request, dossier, asked, given, action=action, refused=refused)
    messages.success(request, _("Your answer is recorded."))
    return redirect(reverse("participant", args=[dossier.study, dossier.participant]))


def _page(
    request: HttpRequest,
    dossier: Dossier,
    asked: QueryState,
    given: reading.Given | None,
    *,
    action: UUID,
    refused: tuple[Reason, ...] = (),
) -> HttpResponse:
    names = [dossier.study, dossier.participant, asked.root]
    draft = "/".join(str(each) for each in (dossier.reader, *names))
    shown = next((each for each in queries.shown(dossier) if each.root == asked.root), None)
    context = {
        **rendering.context(_fields(), given, action=action, draft=draft),
        "dossier": dossier,
        "query": asked,
        "shown": shown,
        "sides": queries.sides(dossier, asked) if shown else (),
        "of_pair": _of_pair(dossier),
        "records_event": (asked.rule == WORSE or bool(refused)) and can(dossier, DEEDS["adverse-event"]),
        "refused": refused,
        "send_to": reverse("query", args=names),
    }
    bad = request.method == "POST"
    return render(request, "participants/query.html", context, status=400 if bad else 200)


def _of_pair(dossier: Dossier) -> bool:
    stream = staff_stream(dossier.reader)
    staff = read.standings_of(dossier.study, [stream])[stream]
    return isinstance(staff, StaffStanding) and of_pair(
        staff, dossier.reader, dossier.standing, site=dossier.site.site
    )
