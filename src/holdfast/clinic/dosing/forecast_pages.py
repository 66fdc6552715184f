"""The page of a person's own forecast, for studies in which nobody is blinded."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing.chart import limits_by_measure
from holdfast.clinic.dosing.forecast_person import permitted, person_forecast
from holdfast.clinic.dosing.forecast_ready import prepared
from holdfast.clinic.dosing.forecasting import next_minute, steps_so_far
from holdfast.clinic.dosing.gates import dose_ask
from holdfast.clinic.dosing.room import Room, enter
from holdfast.clinic.participants.wording import visit_name
from holdfast.conduct.case import Case


@asks(Act.READ_SESSION)
@require_GET
def forecast(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """A person's forecast from now on, and what their readings have told; refused where an arm is blind."""
    room = enter(request, study, participant, visit)
    permitted(room)
    case = room.case(Act.GIVE_DOSE, dose_ask(room, room.plan.first.step, {}))
    shown: dict[str, Any] = {"room": room, "visit_name": visit_name(room.protocol, visit)}
    return render(request, "dosing/forecast_person.html", {**shown, **_found(room, case)})


def _found(room: Room, case: Case) -> dict[str, Any]:
    if room.session.t0 is None:
        return {"trouble": _("The forecast begins with the first dose.")}
    following, steps = next_minute(room, case), steps_so_far(room, case)
    if following is None:
        return {"trouble": _("The forecast ends eight hours after the first dose.")}
    made = None if steps is None else prepared.ask(steps, study=room.study)
    if made is None:
        return {"trouble": _("The forecast is being made; open this page again in a moment.")}
    if isinstance(made, str):
        return {"trouble": made}
    return {"forecast": person_forecast(room, limits_by_measure(case), next_minute=following)}
