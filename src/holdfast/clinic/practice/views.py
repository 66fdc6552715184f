"""Views of the practice: make one, move its time, let something go wrong, look back at it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.clocks import practice_time
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.edge import arrived, moment_of
from holdfast.clinic.practice import debrief as looking_back
from holdfast.clinic.practice import happening, making, panel
from holdfast.clinic.practice.models import Chosen, Practice
from holdfast.clinic.practice.network import BACK
from holdfast.errors import ImpossibleValue, UnknownName


@asks(Act.PRACTISE)
@require_POST
def practise(request: HttpRequest, study: str) -> HttpResponse:
    """Make a practice and open its session page."""
    made = making.make(
        study,
        person=request.user.get_username(),
        name=str(getattr(request.user, "name", "")) or request.user.get_username(),
        seed=edge.new_id().int % 2**31,
        now=arrived(request),
    )
    return redirect("session", made.study, made.participant, made.visit)


@asks(Act.FOLLOW_SESSION)
@require_GET
def monitor(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """What the monitor shows now, as a part of the page."""
    practice, room = _at(request, study, participant, visit)
    return render(request, "practice/panel.html", {"practising": context(request, practice, room)})


@asks(Act.PRACTISE)
@require_POST
def move(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Move the time of the practice on."""
    _at(request, study, participant, visit)
    minutes = request.POST.get("minutes", "")
    if minutes not in {str(each) for each in panel.STEPS}:
        raise ImpossibleValue(_("Time is moved on by 5, 15 or 60 minutes."), field="minutes")
    practice_time.move(
        study, by=timedelta(minutes=int(minutes)), at=arrived(request), person=request.user.get_username()
    )
    return redirect("session", study, participant, visit)


@asks(Act.PRACTISE)
@require_POST
def choose(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Let something go wrong."""
    _at(request, study, participant, visit)
    what = request.POST.get("what", "")
    if what not in {code for code, _words in happening.choices()} | {BACK}:
        raise ImpossibleValue(_("Choose one of the things that can go wrong."), field="what")
    Chosen.objects.create(study=study, what=what, at=moment_of(request), really_at=arrived(request))
    return redirect("session", study, participant, visit)


@asks(Act.READ_SESSION)
@require_GET
def debrief(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Look back at a practice: what was due, what rang, what broke the protocol."""
    practice, room = _at(request, study, participant, visit)
    shown = {"room": room, "of": practice.of, "debrief": looking_back.debrief(practice, room)}
    return render(request, "practice/debrief.html", shown)


def context(request: HttpRequest, practice: Practice, room: Room) -> dict[str, Any]:
    """What the panel's template uses."""
    away = panel.network(practice.study, now=arrived(request), zone=room.at.zone)
    return {"room": room, "panel": panel.panel(practice, room), "away": away, "back": BACK}


def _at(request: HttpRequest, study: str, participant: str, visit: str) -> tuple[Practice, Room]:
    row = Practice.objects.filter(study=study, participant=participant, visit=visit).first()
    if row is None or not practice_time.is_practice(study):
        raise UnknownName(_("This session is not a practice."))
    return row, enter(request, study, participant, visit)
