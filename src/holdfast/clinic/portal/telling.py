"""What a participant tells by themself: that something happened, and that they stop taking part."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Choice, Field, Kind, yes_no
from holdfast.clinic.languages.refusing import sentence_of
from holdfast.clinic.portal.help_shown import help_of
from holdfast.clinic.portal.signed import Own, own_page
from holdfast.conduct.actions import ReportAdverseEvent, Tell, Withdraw
from holdfast.conduct.followup import PARTS, goes_on
from holdfast.errors import ImpossibleValue
from holdfast.protocol.data_use import on_withdrawal
from holdfast.protocol.model import Protocol


def event_fields() -> tuple[Field, ...]:
    """What is asked of something that happened."""
    grades = (
        Choice("mild", "mild", _("A little: I noticed it")),
        Choice("moderate", "moderate", _("Clearly: it got in the way")),
        Choice("severe", "severe", _("Strongly: it stopped me")),
    )
    day = _("A day, a month or a year: 2026-11-23, 2026-11 or 2026.")
    return (
        Field(code="term", label=_("What happened, in a few words"), kind=Kind.TEXT),
        Field(code="onset", label=_("When it began"), kind=Kind.TEXT, hint=day),
        Field(code="end", label=_("When it was over, if it is"), kind=Kind.TEXT, hint=day, required=False),
        Field(code="severity", label=_("How strong it was at its worst"), kind=Kind.CHOICE, choices=grades),
        Field(
            code="hospital",
            label=_("Did you have to stay in a hospital?"),
            kind=Kind.CHOICE,
            choices=yes_no(),
        ),
        Field(code="danger", label=_("Was your life in danger?"), kind=Kind.CHOICE, choices=yes_no()),
    )


@own_page
@require_http_methods(["GET", "POST"])
def event(request: HttpRequest, own: Own) -> HttpResponse:
    """Tell that something happened, pleasant or not."""
    fields = event_fields()
    if request.method == "GET":
        return _event_page(request, own, fields, None, entry=edge.new_id())
    entry, given = sending.action_id(request), reading.read(fields, request.POST)
    if not given.errors and _told(own, _event_of(own, given), given, entry=entry):
        return redirect("own-told")
    return _event_page(request, own, fields, given, entry=entry)


def _event_of(own: Own, given: reading.Given) -> ReportAdverseEvent:
    said = given.answers
    criteria = (("life-threatening", "danger"), ("hospitalisation", "hospital"))
    met = tuple(code for code, field in criteria if said.get(field) is True)
    return ReportAdverseEvent(
        participant=own.participant,
        term=str(said["term"]),
        onset=str(said["onset"]),
        end=str(said.get("end") or ""),
        severity=str(said["severity"]),
        serious=bool(met),
        criteria=met,
        related="not-assessed",
        special_interest="",
        visit="",
    )


def _told(own: Own, what: Tell, given: reading.Given, *, entry: UUID) -> bool:
    try:
        own.tell(what, entry=entry)
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = sentence_of(wrong)
        return False
    return True


def _event_page(
    request: HttpRequest, own: Own, fields: tuple[Field, ...], given: reading.Given | None, *, entry: UUID
) -> HttpResponse:
    drawn = rendering.context(fields, given, action=entry, draft="")
    return render(request, "portal/event.html", {**drawn, **help_of(own)}, status=400 if given else 200)


@own_page
@require_http_methods(["GET"])
def told(request: HttpRequest, own: Own) -> HttpResponse:
    """What was told is recorded."""
    return render(request, "portal/told.html", help_of(own))


Part = tuple[str, str, tuple[str, ...]]


def parts(protocol: Protocol) -> tuple[Part, ...]:
    """Each part that one may withdraw from: its code, what it is, what then happens."""
    words = {
        "treatment": (
            _("The treatment"),
            (
                _("No more sessions."),
                _("The visits and questions afterwards go on, if you do not stop them too."),
            ),
        ),
        "follow-up": (
            _("The visits and questions afterwards"),
            (_("Nobody asks you to come or to answer any more. No more sessions either."),),
        ),
        "data-use": (_("The use of what was recorded"), _of_data_use(protocol)),
    }
    return tuple((code, *words[code]) for code in PARTS)


def _of_data_use(protocol: Protocol) -> tuple[str, ...]:
    """What follows, as the study file says: each word of it is done by a rule, or is not said."""
    given = on_withdrawal(protocol)
    first = {
        "ends": _("From then on nothing more is recorded for research: no visits, questions or sessions."),
        "for-care": _(
            "Your treatment goes on, and what it needs is written down. No more questionnaires or ratings, "
            "and no visits that are there for research alone."
        ),
    }
    kept = {
        "to-date": _(
            "What was recorded until then is kept and still counts in the result of this study. Without it "
            "the result could look better than it is, or hide harm."
        ),
        "none": _(
            "What was recorded until then is kept, but does not count in the result of this study. Harm "
            "still counts."
        ),
    }
    return (
        first[given.collection],
        kept[given.analysis],
        _(
            "Nobody else gets it any more: no registry, no other researcher, no teaching. What you had "
            "agreed to of these ends. Your site tells whoever got something before; what was already used "
            "cannot be called back."
        ),
        _("If something harms you, tell us all the same: that is still written down, and you get help."),
    )


@own_page
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, own: Own) -> HttpResponse:
    """Stop taking part, in whichever parts they choose, after reading what that does; no reason is needed."""
    if request.method == "GET":
        return _stop_page(request, own, (), entry=edge.new_id())
    entry, chosen = sending.action_id(request), request.POST.getlist("part")
    from_ = tuple(code for code in PARTS if code in chosen)
    if not from_ or len(from_) != len(set(chosen)):
        return _stop_page(request, own, from_, entry=entry, problem=_("Choose at least one of the three."))
    if "back" in request.POST:
        return _stop_page(request, own, from_, entry=entry)
    if "sure" not in request.POST:
        return _sure_page(request, own, from_, entry=entry)
    own.tell(Withdraw(participant=own.participant, from_=from_, why=_why(request)), entry=entry)
    return redirect("own-stop")


def _why(request: HttpRequest) -> str:
    return request.POST.get("why", "").strip()[:2000]


def _stop_page(
    request: HttpRequest, own: Own, chosen: tuple[str, ...], *, entry: UUID, problem: str = ""
) -> HttpResponse:
    stopped = own.standing.withdrawn
    context: dict[str, Any] = {
        "parts": [(*each, each[0] in stopped, each[0] in chosen) for each in parts(own.protocol)],
        "why": _why(request),
        "problem": problem,
        "action": entry,
        "stopped": bool(stopped),
        "open": len(stopped) < len(PARTS),
        **help_of(own),
    }
    return render(request, "portal/stop.html", context, status=400 if problem else 200)


def _sure_page(request: HttpRequest, own: Own, from_: tuple[str, ...], *, entry: UUID) -> HttpResponse:
    left = goes_on(own.protocol, own.standing, from_)
    ends = [each for each in parts(own.protocol) if each[0] in from_]
    context: dict[str, Any] = {
        # What goes on beside the treatment stands in a list of its own here.
        "ends": [(code, label, words[:1] if code == "treatment" else words) for code, label, words in ends],
        "goes_on": [label for code, label, _words in parts(own.protocol) if code in left],
        "why": _why(request),
        "action": entry,
        **help_of(own),
    }
    return render(request, "portal/stop_sure.html", context)
