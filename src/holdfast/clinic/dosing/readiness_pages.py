"""Views of the readiness board: the board, a note ahead, and a session moved to another day."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts import openings
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import roles, sites
from holdfast.clinic.dosing import readiness_board
from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import write
from holdfast.conduct.actions import Action, Ask, NoteReadiness, ScheduleVisit, Tell
from holdfast.errors import ImpossibleValue

NOT_YET = 422
"""The answer to a request that is refused."""


@asks(Act.LIST_PARTICIPANTS)
@require_GET
def board(request: HttpRequest, study: str) -> HttpResponse:
    """The dosing sessions of the next days: what is ready, open, at risk, whose it is and until when."""
    held = frozenset(roles(request.user, study))
    shown = readiness_board.context(
        study,
        sorted(sites(request.user, Act.LIST_PARTICIPANTS, study)),
        moment_of(request),
        mine=held,
        only_mine=request.GET.get("show") == "mine",
    )
    for each in shown["sessions"]:
        openings.note(request, Act.READ_SESSION, study, site=each.site, participant=each.participant)
    context = {
        **shown,
        "may_note": bool(held & WHO[Act.WORK_SESSION]),
        "may_move": bool(held & WHO[Act.SCHEDULE]),
        "fresh": edge.new_id,
    }
    return render(request, "dosing/readiness.html", context)


@asks(Act.WORK_SESSION)
@require_POST
def note(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Note ahead how an item stands; on the day the gate asks all the same."""
    room, typed = enter(request, study, participant, visit), Typed(request.POST.dict())
    what = NoteReadiness(
        participant=participant, visit=visit, item=typed.text("item"), note=typed.text("note")
    )
    write.perform(_action(room, Act.WORK_SESSION, typed, what), now=room.at.at)
    messages.success(request, _("Noted. The gate asks again on the day."))
    return redirect(f"{reverse('readiness', args=[study])}#{participant}-{visit}")


@asks(Act.SCHEDULE)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Choose another day, see everything that refits, then move the session."""
    room, typed = (
        enter(request, study, participant, visit),
        Typed({**request.GET.dict(), **request.POST.dict()}),
    )
    to = _day(typed.text("to"))
    reasons: tuple[str, ...] = ()
    if request.method == "POST" and to is not None:
        what = ScheduleVisit(participant=participant, visit=visit, on=to.isoformat())
        outcome = write.perform(_action(room, Act.SCHEDULE, typed, what), now=room.at.at)
        if outcome.refused is None:
            messages.success(request, _("Moved. What refits is on the board."))
            return redirect(f"{reverse('readiness', args=[study])}#{participant}-{visit}")
        reasons = tuple(each.sentence for each in outcome.refused.reasons)
    context = {
        **readiness_board.moved(study, participant, visit, to, room.at.at),
        "reasons": reasons,
        "fresh": edge.new_id,
    }
    return render(request, "dosing/move.html", context, status=NOT_YET if reasons else 200)


def _action(room: Room, act: Act, typed: Typed, what: Ask | Tell) -> Action:
    stamp = room.stamp(act, what, entry=typed.id(), reason=typed.text("reason"))
    return Action(stamp=stamp, what=what)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ImpossibleValue(_("Write the day as 2026-11-23."), field="to") from None
