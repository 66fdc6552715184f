"""The interface for devices: one way in for readings, and its description.

What comes with a good token is kept before it is judged, whatever it is. Every answer is a status
and a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja import Body, Field, NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import held
from holdfast.clinic.answering import sentence_of, status_of
from holdfast.clinic.devices import received, taking, tokens
from holdfast.clinic.devices.models import Device
from holdfast.clinic.devices.taking import Answer
from holdfast.clinic.devices.wire import OBSERVATION, SMALL, Sent, reading_of
from holdfast.clinic.edge import moment_of
from holdfast.errors import ImpossibleValue, NotPermitted
from holdfast.protocol.roles import Role

api = NinjaAPI(
    title="Holdfast: readings of devices",
    version="1",
    description="Monitors send what they measured. Not a patient alarm, not a medical device.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)


class Told(Schema):
    """The answer to a reading: a sentence, and what came of it."""

    sentence: str
    field: str = ""
    record: UUID | None = None
    replay: bool = False
    beside: list[str] = Field(default_factory=list)
    alarm: bool = False


class DeviceToken(HttpBearer):
    """A device by its token."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        """The device; None where the token is none, ended or too old."""
        return tokens.device_of(token, now=moment_of(request))


ANSWERS: dict[int, type[Schema]] = dict.fromkeys((200, 202, 400, 401, 409, 413, 429, 503), Told)


@api.post("/devices/readings", response=ANSWERS, auth=DeviceToken(), operation_id="send_reading")
def readings(request: HttpRequest, sent: Body[Sent]) -> HttpResponse:
    """One reading. Sent again with the same id it is recorded once; kept in any case."""
    try:
        reading = reading_of(sent)
    except ImpossibleValue as wrong:
        return _unread(request, str(wrong), wrong.field)
    return _answer(taking.take(_device(request), reading, request.body, now=moment_of(request)))


def _device(request: HttpRequest) -> Device:
    return cast("Device", request.auth)  # type: ignore[attr-defined]


def _answer(answer: Answer) -> HttpResponse:
    told = Told(
        sentence=answer.sentence,
        record=answer.record,
        replay=answer.replay,
        beside=answer.beside,
        alarm=answer.alarm,
    )
    return _told(told, answer.status, wait=answer.wait)


def _told(told: Told, status: int, *, wait: int = 0) -> HttpResponse:
    response = JsonResponse(told.model_dump(mode="json"), status=status)
    response["Cache-Control"] = "no-store"
    if status in (429, 503):
        response["Retry-After"] = str(wait or 5)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


# --- what cannot be taken ----------------------------------------------------------------


def _unread(request: HttpRequest, sentence: str, field: str = "") -> HttpResponse:
    """Keep what could not be read as a reading, and say why."""
    now = moment_of(request)
    received.keep(_device(request), request.body, reading=None, now=now, problem=sentence)
    return _told(Told(sentence=f"{sentence} What came is kept.", field=field), 400)


@api.exception_handler(ValidationError)
def _not_of_this_form(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    place = [str(each) for each in first["loc"] if each not in ("body", "sent", OBSERVATION, SMALL)]
    where = ".".join(place) or "body"
    what = {"where": where, "what": first["msg"]}
    return _unread(request, _("It is no reading: %(where)s: %(what)s.") % what, where)


@api.exception_handler(HttpError)
def _no_json(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _unread(request, _("It is no JSON text in UTF-8."))


@api.exception_handler(ImpossibleValue)
def _impossible(request: HttpRequest, error: ImpossibleValue) -> HttpResponse:
    # A reading that conduct sends back: it was kept before it was judged.
    return _told(Told(sentence=f"{error} What came is kept.", field=error.field), 400)


@api.exception_handler(AuthenticationError)
def _unknown_device(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    sentence = _(
        "This token is not one of a device that may send now. Nothing was kept; ask the coordinator."
    )
    return _told(Told(sentence=sentence), 401)


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    if status_of(error) == 500:
        raise error
    return _told(Told(sentence=sentence_of(error)), status_of(error))


# --- addresses ---------------------------------------------------------------------------


def _sized(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Before anything reads it: what is too large is not kept."""

    @csrf_exempt
    def sized(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        try:
            fits = len(request.body) <= received.LARGEST
        except RequestDataTooBig:
            fits = False
        if not fits:
            return _told(Told(sentence=_("A reading has 64 kB at most. This was not kept.")), 413)
        return view(request, *args, **given)

    return asks(Act.SEND_READINGS)(sized)


@asks(Act.READ_INTERFACE)
@require_GET
def schema(request: HttpRequest) -> HttpResponse:
    """The description of the interface (OpenAPI), for staff who are signed in and for devices."""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    device = tokens.device_of(token, now=moment_of(request)) if scheme == "Bearer" else None
    if device is None and not _is_staff(request):
        raise NotPermitted(_("Sign in, or send the token of a device."))
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/"))


def _is_staff(request: HttpRequest) -> bool:
    roles = held(request.user) if request.user.is_authenticated else {}
    return any(role is not Role.PARTICIPANT for here in roles.values() for role in here)


def urlpatterns() -> list[URLPattern]:
    """The interface's addresses, each with its act."""
    found = [each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"]
    return [path(f"api/{each.pattern}", _sized(each.callback), name=f"api-{each.name}") for each in found] + [
        path("api/openapi.json", schema, name="api-schema")
    ]
