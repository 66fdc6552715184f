"""The tablet in the participant's hands: one page, and nothing else of the site.

Handing it over signs the member of staff out. What is left in the browser is a note of
who may answer what; the page it opens shows no record. Staff sign in again to go on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.entries_effects import (
    RATHER_NOT,
    by_participant,
    open_questions,
    own_ratings,
)
from holdfast.clinic.dosing.room import enter
from holdfast.clinic.edge import moment_of
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.ledger import read, write
from holdfast.clinic.participants.wording import said
from holdfast.conduct.actions import Action, Stamp
from holdfast.conduct.rounds import PARTICIPANT, asked_of, is_morning
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.timing import Instant

KEY = "lent"
FOR = timedelta(hours=2)
"""A tablet that nobody gave back by then asks for a sign-in."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What a tablet was handed over for, by whom, when (ISO), and whether it was answered."""

    study: str
    participant: str
    visit: str
    hour: float
    by: str
    since: str
    done: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """The note in this browser; None where there is none, or it is too old."""
        kept = request.session.get(KEY)
        if not kept:
            return None
        lent = cls(**kept)
        if moment_of(request) - datetime.fromisoformat(lent.since) > FOR:
            del request.session[KEY]
            return None
        return lent

    def keep(self, request: HttpRequest) -> None:
        """Note it in this browser."""
        request.session[KEY] = asdict(self)


@asks(Act.WORK_SESSION)
@require_POST
def lend(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Hand the tablet to the participant: the member of staff is signed out."""
    room = enter(request, study, participant, visit)
    hour = Typed(request.POST.dict()).number("at_hour")
    if hour is None or (hour, PARTICIPANT) not in asked_of(room.protocol):
        raise ImpossibleValue(_("This is no round that the participant rates."), field="at_hour")
    lent = Lent(study, participant, visit, hour, room.author, room.at.at.isoformat())
    logout(request)
    lent.keep(request)
    return redirect("lent")


@asks(Act.ANSWER_LENT)
@never_cache
@require_http_methods(["GET", "POST"])
def lent(request: HttpRequest) -> HttpResponse:
    """The participant's own ratings, on a tablet that was handed to them."""
    lent = Lent.of(request)
    if lent is None:
        return redirect("sign-in")
    # For all of the request: an error's page is the participant's too.
    translation.activate(spoken(read.participant_standing(lent.study, lent.participant)))
    if lent.done:
        return _thanks(request, lent)
    protocol = read.protocol(lent.study)
    if request.method == "POST":
        return _answered(request, lent, protocol)
    return _asked(request, lent, protocol, {}, missing=[])


def _answered(request: HttpRequest, lent: Lent, protocol: Protocol) -> HttpResponse:
    typed = Typed(request.POST.dict())
    ratings = own_ratings(typed, protocol)
    missing = open_questions(ratings, protocol)
    if missing:
        return _asked(request, lent, protocol, typed.fields, missing=missing)
    write.perform(_action(request, lent, typed, ratings), now=moment_of(request))
    Lent(**{**asdict(lent), "done": True}).keep(request)
    return redirect("lent")


def _action(request: HttpRequest, lent: Lent, typed: Typed, ratings: dict[str, Json]) -> Action:
    site = read.participant(lent.study, lent.participant).site
    zone = read.site_standing(lent.study, site).zone
    stamp = Stamp(
        id=typed.id(),
        study=lent.study,
        site=site,
        author=lent.participant,
        role=Role.PARTICIPANT.value,
        device=f"browser, handed over by {lent.by}",
        happened_at=Instant(moment_of(request), zone),
    )
    what = by_participant(ratings, (lent.participant, lent.visit), hour=lent.hour)
    return Action(stamp=stamp, what=what)


def _asked(
    request: HttpRequest, lent: Lent, protocol: Protocol, typed: Any, *, missing: list[str]
) -> HttpResponse:
    context = {
        "study": _study(lent),
        "lent": lent,
        "dark": not is_morning(lent.hour),
        "fresh": typed.get("id") or edge.new_id(),
        "questions": [
            (
                each.code,
                said(each.asked or each.label),
                typed.get(f"rate-{each.code}", ""),
                each.code in missing,
            )
            for each in protocol.adverse_events.prompts
        ],
        "grades": [
            ("0", _("Not there")),
            ("1", _("A little: I notice it")),
            ("2", _("Clearly: it gets in the way")),
            ("3", _("Strongly: it stops me")),
            (RATHER_NOT, _("I would rather not say")),
        ],
        "missing": missing,
    }
    return render(request, "dosing/lent.html", context, status=422 if missing else 200)


def _thanks(request: HttpRequest, lent: Lent) -> HttpResponse:
    back = reverse("session", args=[lent.study, lent.participant, lent.visit])
    context = {"study": _study(lent), "dark": not is_morning(lent.hour), "back": back}
    return render(request, "dosing/lent_back.html", context)


def _study(lent: Lent) -> Any:
    return next((each for each in read.studies() if each.study == lent.study), None)
