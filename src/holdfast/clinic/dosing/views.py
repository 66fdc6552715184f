"""Views of the dosing day: the list of sessions, the page of one, what keeps it fresh, and its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_type_hints

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.accounts.still import Presence
from holdfast.clinic.answering import wants_json
from holdfast.clinic.dosing import (
    calendar,
    entries,
    entries_care,
    entries_devices,
    entries_effects,
    entries_override,
    entries_reading,
    entries_touch,
    page,
    paper,
    tablet,
)
from holdfast.clinic.dosing.entries import SecondLook, Typed
from holdfast.clinic.dosing.feed import follow
from holdfast.clinic.dosing.offline import frame
from holdfast.clinic.dosing.regions import Viewer
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.dosing.shown import Answered, iso
from holdfast.clinic.edge import moment_of
from holdfast.clinic.ledger import write
from holdfast.clinic.streaming import streamed
from holdfast.conduct.actions import Action, Ask, ReadVitals, Tell
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
    return answer(request, enter(request, study, participant, visit), Answered())


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
            typed = paper.read(typed, room)
            outcome = performed(room, act, typed, read)
        except SecondLook as look:
            return _again(request, room, form, typed, look)
        except ImpossibleValue as wrong:
            if wants_json(request):
                raise
            told = Answered(form=form, typed=typed.fields, sentence=str(wrong), where=wrong.field)
            return answer(request, room, told, status=400)
        if outcome.refused is not None:
            return refused(request, room, form, typed, outcome.refused)
        return saved(request, room, outcome.records, replay=outcome.replay)

    view.__doc__ = f"{read.__doc__}"
    view.reads = read  # type: ignore[attr-defined]
    return view


def performed(room: Room, act: Act, typed: Typed, read: Reader) -> write.Outcome:
    """Read a form and perform it; the same entry sent again gets its first answer, whatever has changed."""
    where = f"{room.participant}/{room.visit}/{read.__name__}"
    said = tablet.said(typed.fields, author=room.author, where=where)
    try:
        return write.perform(_action(room, act, typed, read), now=room.at.at, said=said)
    except (SecondLook, ImpossibleValue):
        # What was plain when it was recorded may be asked about when it comes again.
        before = write.replayed(typed.id(), study=room.study, said=said)
        if before is None:
            raise
        return before


def _action(room: Room, act: Act, typed: Typed, read: Reader) -> Action:
    what = read(typed, room)
    stamp = room.stamp(
        act,
        what,
        entry=typed.id(),
        at=entries.happened(typed, room),
        reason=typed.text("reason"),
        came=tablet.carried(typed.fields, author=room.author, now=room.at.at),
    )
    return Action(stamp=stamp, what=what)


def saved(request: HttpRequest, room: Room, records: tuple[Record, ...], *, replay: bool) -> HttpResponse:
    """The answer to what was recorded: what stands beside it, or back to the page."""
    beside = [each.fact.what for each in records if isinstance(each.fact, Deviation)]
    if not wants_json(request):
        here = reverse("session", args=[room.study, room.participant, room.visit])
        return redirect(f"{here}?paper=1" if paper.wanted(request) else here)
    recorded = records[0].recorded_at
    return JsonResponse(
        {
            "saved": Instant(recorded, room.at.zone).local.strftime("%H:%M:%S"),
            "now": iso(room.at.at),
            "person": room.author,
            "id": str(records[0].id),
            "replay": replay,
            "beside": beside,
            "alarm": any(isinstance(each.fact, AlarmRaised) for each in records),
        }
    )


def refused(request: HttpRequest, room: Room, form: str, typed: Typed, why: Refused) -> HttpResponse:
    """The answer to a request that is refused: every reason."""
    count = len(why.reasons)
    sentence = ngettext(
        "Not yet, for %(count)s reason. Nothing was recorded.",
        "Not yet, for %(count)s reasons. Nothing was recorded.",
        count,
    ) % {"count": count}
    if wants_json(request):
        reasons = [{"code": r.code, "sentence": r.sentence, "about": r.about} for r in why.reasons]
        return JsonResponse({"sentence": sentence, "reasons": reasons}, status=NOT_YET)
    told = Answered(form=form, typed=typed.fields, sentence=sentence, reasons=why.reasons)
    return answer(request, room, told, status=NOT_YET)


def _again(request: HttpRequest, room: Room, form: str, typed: Typed, look: SecondLook) -> HttpResponse:
    sentence = _("Unusual. Look again: recheck it, or keep it as it is.")
    if not look.keep:
        sentence = _("Not recorded like this: recheck it, or say what it is.")
    if wants_json(request):
        return JsonResponse({"sentence": sentence, **entries.asked(look, typed)}, status=NOT_YET)
    told = Answered(
        form=form,
        typed=typed.fields,
        sentence=sentence,
        questions=look.questions,
        suggestions=[(each.use, each.words) for each in look.suggestions],
        keep=look.keep,
    )
    return answer(request, room, told, status=NOT_YET)


def answer(request: HttpRequest, room: Room, answered: Answered, *, status: int = 200) -> HttpResponse:
    """The page of the session, with how its last form was answered."""
    shown = {**page.context(room, answered, looked_at={}), **offline(room)}
    if paper.wanted(request):
        shown["paper"] = paper.shown(room, answered)
    return render(request, "dosing/session.html", shown, status=status)


FORMS: Mapping[str, Callable[..., HttpResponse]] = {
    "start": _entry(Act.GIVE_DOSE, "start", entries.start),
    "gate": _entry(Act.GIVE_DOSE, "gate", entries.gate),
    "override": _entry(Act.OVERRIDE_GATE, "override", entries.override),
    "override-report": _entry(Act.GIVE_DOSE, "override-report", entries_override.reported),
    "countersign": _entry(Act.OVERRIDE_GATE, "countersign", entries_override.countersigned),
    "dose": _entry(Act.GIVE_DOSE, "dose", entries.dose),
    "supplement": _entry(Act.GIVE_DOSE, "supplement", entries.supplement),
    "reading": _entry(Act.WORK_SESSION, "reading", entries_reading.reading),
    "device": _entry(Act.WORK_SESSION, "device", entries_devices.device),
    "deferral": _entry(Act.WORK_SESSION, "deferral", entries.deferral),
    "missed": _entry(Act.WORK_SESSION, "missed", entries.missed),
    "alarm": _entry(Act.WORK_SESSION, "alarm", entries.acknowledgement),
    "event": _entry(Act.WORK_SESSION, "event", entries.event),
    "presence": _entry(Act.WORK_SESSION, "presence", entries.presence),
    "prompts": _entry(Act.WORK_SESSION, "prompts", entries_effects.prompts),
    "prompts-missed": _entry(Act.WORK_SESSION, "prompts-missed", entries_effects.prompts_missed),
    "touch": _entry(Act.WORK_SESSION, "touch", entries_touch.touch),
    "touch-stop": _entry(Act.WORK_SESSION, "touch-stop", entries_touch.touch_stop),
    "touch-withdrawn": _entry(Act.WORK_SESSION, "touch-withdrawn", entries_touch.touch_withdrawn),
    "recording": _entry(Act.WORK_SESSION, "recording", entries_care.recording),
    "recording-kept": _entry(Act.WORK_SESSION, "recording-kept", entries_care.recording_kept),
    "rescue": _entry(Act.WORK_SESSION, "rescue", entries_care.rescue),
    "rescue-effect": _entry(Act.WORK_SESSION, "rescue-effect", entries_care.rescue_effect),
    "capsules": _entry(Act.WORK_SESSION, "capsules", entries_care.capsules),
    "handover": _entry(Act.WORK_SESSION, "handover", entries_care.handover),
    "night": _entry(Act.WORK_SESSION, "night", entries_care.night),
    "end": _entry(Act.GIVE_DOSE, "end", entries.end),
    "leave": _entry(Act.WORK_SESSION, "leave", entries.leaving),
}
"""Every form of the page by the last part of its address."""


def offline(room: Room) -> dict[str, object]:
    """What the page needs once to go on without a network."""
    may_work = room.may(Act.WORK_SESSION, ReadVitals)
    return {"frame": frame(requests(), may_work=may_work)}


def requests() -> tuple[str, ...]:
    """The forms that ask for leave, by the kind of action they are read as: they wait on no tablet.

    An alarm is taken on whether or not there is a network: that is kept and sent.
    """
    asking = (name for name, view in FORMS.items() if _asks_for_leave(view.reads))  # type: ignore[attr-defined]
    return tuple(name for name in asking if name != "alarm")


def _asks_for_leave(read: Reader) -> bool:
    kind = get_type_hints(read)["return"]
    return isinstance(kind, type) and issubclass(kind, Ask)
