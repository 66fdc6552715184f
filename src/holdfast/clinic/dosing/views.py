"""Views of the dosing day: the list of sessions, the page of one, what keeps it fresh, and its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.accounts.still import Presence
from holdfast.clinic.answering import wants_json
from holdfast.clinic.dosing import calendar, entries, page
from holdfast.clinic.dosing.entries import SecondLook, Typed
from holdfast.clinic.dosing.feed import follow
from holdfast.clinic.dosing.regions import Viewer
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.dosing.shown import Answered, iso
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import write
from holdfast.clinic.streaming import streamed
from holdfast.conduct.actions import Action, Ask, Tell
from holdfast.conduct.decision import Refused
from holdfast.errors import ImpossibleValue
from holdfast.records.envelope import Record
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised
from holdfast.timing import Instant

NOT_YET = 422
"""The answer to a request that is refused, or to values that ask for a second look."""


@asks(Act.READ_SESSION)
@require_GET
def sessions(request: HttpRequest, study: str) -> HttpResponse:
    """Sessions under way, of today, and to come."""
    reach = sorted(sites(request.user, Act.READ_SESSION, study))
    return render(request, "dosing/sessions.html", calendar.context(study, reach, moment_of(request)))


@asks(Act.READ_SESSION)
@require_GET
def session(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The page of one session."""
    return _page(request, enter(request, study, participant, visit), Answered())


@asks(Act.FOLLOW_SESSION)
@require_GET
def now(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The page's regions as they are now; with ``confirm-…`` a gate as it would then stand."""
    room = enter(request, study, participant, visit)
    shown = page.context(room, Answered(), looked_at=request.GET.dict())
    return render(request, "dosing/now.html", shown)


@asks(Act.FOLLOW_SESSION)
@require_GET
def live(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The regions that change, as server-sent events."""
    room = enter(request, study, participant, visit)
    viewer = Viewer(room.author, room.held, get_language() or settings.LANGUAGE_CODE)
    presence = Presence(room.author, request.session.session_key or "", study, room.site_code, room.held)
    key = (study, participant, visit)
    return streamed(request, lambda: follow(key, viewer, presence), content_type="text/event-stream")


# --- forms ------------------------------------------------------------------------------

Reader = Callable[[Typed, Room], Ask | Tell]


def _entry(act: Act, form: str, read: Reader) -> Callable[..., HttpResponse]:
    """The view of one form: read it, perform it, answer as the caller wants to be answered."""

    @asks(act)
    @require_POST
    def view(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
        room = enter(request, study, participant, visit)
        typed = Typed(request.POST.dict())
        try:
            outcome = write.perform(_action(room, act, typed, read), now=room.at.at)
        except SecondLook as look:
            return _again(request, room, form, typed, look)
        except ImpossibleValue as wrong:
            if wants_json(request):
                raise
            told = Answered(form=form, typed=typed.fields, sentence=str(wrong), where=wrong.field)
            return _page(request, room, told, status=400)
        if outcome.refused is not None:
            return _refused(request, room, form, typed, outcome.refused)
        return _saved(request, room, outcome.records, replay=outcome.replay)

    view.__doc__ = f"{read.__doc__}"
    return view


def _action(room: Room, act: Act, typed: Typed, read: Reader) -> Action:
    what = read(typed, room)
    stamp = room.stamp(
        act,
        what,
        entry=typed.id(),
        at=entries.happened(typed, room.at),
        reason=typed.text("reason"),
        device=typed.text("device"),
        skew_s=typed.number("skew_s"),
    )
    return Action(stamp=stamp, what=what)


def _saved(request: HttpRequest, room: Room, records: tuple[Record, ...], *, replay: bool) -> HttpResponse:
    beside = [each.fact.what for each in records if isinstance(each.fact, Deviation)]
    if not wants_json(request):
        return redirect("session", room.study, room.participant, room.visit)
    recorded = records[0].recorded_at
    return JsonResponse(
        {
            "saved": Instant(recorded, room.at.zone).local.strftime("%H:%M:%S"),
            "now": iso(room.at.at),
            "id": str(records[0].id),
            "replay": replay,
            "beside": beside,
            "alarm": any(isinstance(each.fact, AlarmRaised) for each in records),
        }
    )


def _refused(request: HttpRequest, room: Room, form: str, typed: Typed, refused: Refused) -> HttpResponse:
    count = len(refused.reasons)
    sentence = ngettext(
        "Not yet, for %(count)s reason. Nothing was recorded.",
        "Not yet, for %(count)s reasons. Nothing was recorded.",
        count,
    ) % {"count": count}
    if wants_json(request):
        reasons = [{"code": r.code, "sentence": r.sentence, "about": r.about} for r in refused.reasons]
        return JsonResponse({"sentence": sentence, "reasons": reasons}, status=NOT_YET)
    told = Answered(form=form, typed=typed.fields, sentence=sentence, reasons=refused.reasons)
    return _page(request, room, told, status=NOT_YET)


def _again(request: HttpRequest, room: Room, form: str, typed: Typed, look: SecondLook) -> HttpResponse:
    sentence = _("Unusual. Look again: recheck it, or keep it as it is.")
    if wants_json(request):
        return JsonResponse({"sentence": sentence, "questions": look.questions}, status=NOT_YET)
    told = Answered(form=form, typed=typed.fields, sentence=sentence, questions=look.questions)
    return _page(request, room, told, status=NOT_YET)


def _page(request: HttpRequest, room: Room, answered: Answered, *, status: int = 200) -> HttpResponse:
    shown = page.context(room, answered, looked_at={})
    return render(request, "dosing/session.html", shown, status=status)


FORMS: Mapping[str, Callable[..., HttpResponse]] = {
    "start": _entry(Act.GIVE_DOSE, "start", entries.start),
    "gate": _entry(Act.GIVE_DOSE, "gate", entries.gate),
    "override": _entry(Act.OVERRIDE_GATE, "override", entries.override),
    "dose": _entry(Act.GIVE_DOSE, "dose", entries.dose),
    "supplement": _entry(Act.GIVE_DOSE, "supplement", entries.supplement),
    "reading": _entry(Act.WORK_SESSION, "reading", entries.reading),
    "deferral": _entry(Act.WORK_SESSION, "deferral", entries.deferral),
    "missed": _entry(Act.WORK_SESSION, "missed", entries.missed),
    "alarm": _entry(Act.WORK_SESSION, "alarm", entries.acknowledgement),
    "event": _entry(Act.WORK_SESSION, "event", entries.event),
    "presence": _entry(Act.WORK_SESSION, "presence", entries.presence),
    "prompts": _entry(Act.WORK_SESSION, "prompts", entries.prompts),
    "touch": _entry(Act.WORK_SESSION, "touch", entries.touch),
    "end": _entry(Act.GIVE_DOSE, "end", entries.end),
    "leave": _entry(Act.WORK_SESSION, "leave", entries.leaving),
}
"""Every form of the page by the last part of its address."""
