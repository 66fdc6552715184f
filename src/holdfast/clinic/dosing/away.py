"""What a tablet asks that was away: who is there."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.dosing.shown import iso
from holdfast.clinic.edge import moment_of


@asks(Act.FOLLOW_SESSION)
@require_GET
def hello(request: HttpRequest, study: str, participant: str, visit: str) -> JsonResponse:
    """The time and who is signed in, for a tablet that was away; with it comes a token for forms."""
    get_token(request)
    return JsonResponse({"now": iso(moment_of(request)), "person": request.user.get_username()})
