"""A physician signs on somebody else's tablet: their password is asked once, and signs nobody in."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import roles
from holdfast.clinic.answering import wants_json
from holdfast.clinic.dosing import views
from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.dosing.shown import Answered
from holdfast.clinic.ledger import write
from holdfast.conduct.actions import Action, OverrideGate, Stamp
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role

FORM = "override-here"


@asks(Act.GIVE_DOSE)
@sensitive_post_parameters("password")
@require_POST
def override_here(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """The physician named overrides an item by their own password, on the tablet of whoever is signed in."""
    room = enter(request, study, participant, visit)
    fields = {name: value for name, value in request.POST.dict().items() if name != "password"}
    typed = Typed(fields)
    try:
        physician = _physician(request, room, typed.text("physician"))
        outcome = write.perform(_action(room, typed, physician), now=room.at.at)
    except ImpossibleValue as wrong:
        if wants_json(request):
            raise
        told = Answered(form=FORM, typed=fields, sentence=str(wrong), where=wrong.field)
        return views.answer(request, room, told, status=400)
    if outcome.refused is not None:
        return views.refused(request, room, FORM, typed, outcome.refused)
    return views.saved(request, room, outcome.records, replay=outcome.replay)


def _physician(request: HttpRequest, room: Room, person: str) -> str:
    """The person, where the password is theirs and they may override here; ImpossibleValue."""
    # By the name of the field of the sign-in page: so the lock-out counts these attempts too.
    account = authenticate(request, person=person, password=request.POST.get("password", ""))
    if account is None:
        raise ImpossibleValue(_("That physician and password do not go together."), field="password")
    held = roles(account, room.study, room.site_code)
    if not set(held) & WHO[Act.OVERRIDE_GATE]:
        raise ImpossibleValue(_("This person is no physician of this site."), field="physician")
    return account.get_username()


def _action(room: Room, typed: Typed, physician: str) -> Action:
    what = OverrideGate(
        participant=room.participant,
        visit=room.visit,
        step=typed.text("step"),
        item=typed.text("item"),
        how="present" if physician == room.author else "tablet",
    )
    stamp = Stamp(
        id=typed.id(),
        study=room.study,
        site=room.site_code,
        author=physician,
        role=Role.PHYSICIAN.value,
        device=f"tablet of {room.author}",
        happened_at=room.at,
        reason=typed.text("reason"),
        skew_s=None,
    )
    return Action(stamp=stamp, what=what)
