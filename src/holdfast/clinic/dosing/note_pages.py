"""Pages beside a session's own: the note and its signature, the hand-over sheet, the card, the setting."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing import care, words_care
from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.dosing.views import NOT_YET, performed
from holdfast.clinic.ledger import read
from holdfast.clinic.participants.wording import visit_name
from holdfast.conduct import actions as act
from holdfast.conduct.note import Note, handover_sheet, session_note
from holdfast.conduct.setting import QUESTIONS
from holdfast.errors import ImpossibleValue
from holdfast.records.session import SettingNoted
from holdfast.timing import time_in_words


def _shown(room: Room, **more: object) -> dict[str, Any]:
    return {"room": room, "visit_name": visit_name(room.protocol, room.visit), "fresh": edge.new_id, **more}


@asks(Act.READ_SESSION)
@require_GET
def note(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The note of a session, made of its records, and its signatures."""
    return _note(request, enter(request, study, participant, visit))


def _note(
    request: HttpRequest, room: Room, *, reasons: tuple[str, ...] = (), status: int = 200
) -> HttpResponse:
    made = session_note(room.protocol, room.session)
    shown = _shown(
        room,
        note=made,
        names=_names(room, made),
        reasons=reasons,
        ended=room.session.ended is not None,
        may_sign=room.may(Act.GIVE_DOSE, act.SignNote),
        signatures=[
            (room.name(each.by), time_in_words(each.at), each.sha256 == made.sha256)
            for each in room.session.signed
        ],
    )
    return render(request, "dosing/note.html", shown, status=status)


def _names(room: Room, made: Note) -> list[tuple[str, str]]:
    """People whom the text calls by the id that records call them by, with their names."""
    text = made.text
    return sorted((person, name) for person, name in room.people.items() if person in text and person != name)


def signature(typed: Typed, room: Room) -> act.SignNote:
    """The signature under the text that was read."""
    return act.SignNote(
        participant=room.participant,
        visit=room.visit,
        sha256=typed.text("sha256"),
        meaning=typed.text("meaning"),
    )


@asks(Act.GIVE_DOSE)
@require_POST
def sign(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Sign the note; refused where it says something else by now."""
    room = enter(request, study, participant, visit)
    outcome = performed(room, Act.GIVE_DOSE, Typed(request.POST.dict()), signature)
    if outcome.refused is None:
        return redirect("session-note", study, participant, visit)
    reasons = tuple(each.sentence for each in outcome.refused.reasons)
    return _note(request, room, reasons=reasons, status=NOT_YET)


@asks(Act.READ_SESSION)
@require_GET
def sheet(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The hand-over sheet: what the night needs."""
    room = enter(request, study, participant, visit)
    looking = act.NoteNight(participant=participant, visit=visit, state="awake")
    made = handover_sheet(room.case(Act.WORK_SESSION, looking), participant, visit)
    shown = _shown(room, note=made, names=_names(room, made), is_sheet=True)
    return render(request, "dosing/note.html", shown)


@asks(Act.READ_SESSION)
@require_GET
def emergency(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The emergency card, to be printed."""
    room = enter(request, study, participant, visit)
    return render(request, "dosing/emergency.html", _shown(room, emergency=care.emergency(room)))


# --- setting -------------------------------------------------------------------------------


def setting_noted(typed: Typed, room: Room) -> act.NoteSetting:
    """The setting, question by question."""
    given = {each.code: typed.text(each.code) for each in QUESTIONS}
    return act.NoteSetting(
        participant=room.participant,
        visit=room.visit,
        items={code: words for code, words in given.items() if words},
    )


@asks(Act.READ_SESSION)
@require_GET
def setting(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The setting of the session, filled in advance as it was at the site's last one."""
    room = enter(request, study, participant, visit)
    return _setting(request, room, _before(room))


@asks(Act.WORK_SESSION)
@require_POST
def note_setting(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """Record the setting; what cannot be is sent back with what was typed."""
    room = enter(request, study, participant, visit)
    typed = Typed(request.POST.dict())
    try:
        performed(room, Act.WORK_SESSION, typed, setting_noted)
    except ImpossibleValue as wrong:
        return _setting(request, room, dict(typed.fields), wrong=wrong, status=400)
    return redirect("session", study, participant, visit)


def _before(room: Room) -> dict[str, str]:
    """This session's answers, else those of the site's last session, else none."""
    if room.session.setting:
        return {code: str(said) for code, said in room.session.setting.items()}
    noted = read.records(room.study, kinds=(SettingNoted.KIND,))
    here = [each.fact for each in noted if each.site == room.site_code]
    last = here[-1] if here else None
    return {code: str(said) for code, said in last.items.items()} if isinstance(last, SettingNoted) else {}


def _setting(
    request: HttpRequest,
    room: Room,
    given: dict[str, str],
    *,
    wrong: ImpossibleValue | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = [
        {
            "code": each.code,
            "ask": words_care.question(each.code),
            "item": each.item,
            "options": [(code, words_care.option(each.code, code)) for code in each.options],
            "said": given.get(each.code, ""),
            "wrong": wrong is not None and wrong.field == each.code,
        }
        for each in QUESTIONS
    ]
    told = _("Filled in as at the last session of this site: change what is different.")
    shown = _shown(
        room,
        asked=asked,
        sentence="" if wrong is None else str(wrong),
        hint=told if given and wrong is None and not room.session.setting else "",
        may_work=room.may(Act.WORK_SESSION, act.NoteSetting),
    )
    return render(request, "dosing/setting.html", shown, status=status)
