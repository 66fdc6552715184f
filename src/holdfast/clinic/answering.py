"""How refusals and failures reach the person: a status, a sentence, and what to do next.

One table turns the exception tree into HTTP. Whoever asks for JSON gets JSON.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from holdfast.clinic import filling
from holdfast.clinic.languages import refusing
from holdfast.clinic.languages.choosing import OWN
from holdfast.errors import (
    Conflict,
    HoldfastError,
    ImpossibleValue,
    NotPermitted,
    Refusal,
    Unavailable,
    UnknownName,
)

LOG = logging.getLogger("holdfast.clinic")


class WrongMethod(Exception):
    """An address was asked in a way it does not take."""


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotPermitted, 403),
    (PermissionDenied, 403),
    (UnknownName, 404),
    (Http404, 404),
    (WrongMethod, 405),
    (Conflict, 409),
    (Refusal, 400),
    (SuspiciousOperation, 400),
    (DataError, 400),  # such as a NUL character, which no text of the database can hold
    (Unavailable, 503),
)


def is_lost(error: BaseException) -> bool:
    """Whether a database error is the machine's state: no connection, disk full, read only."""
    if isinstance(error, (OperationalError, InterfaceError, psycopg.OperationalError)):
        return True
    cause = error.__cause__
    return isinstance(error, DatabaseError) and isinstance(
        cause, (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.DiskFull, psycopg.OperationalError)
    )


def status_of(error: BaseException) -> int:
    """The HTTP status of an exception."""
    if is_lost(error):
        return 503
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def sentence_of(error: BaseException) -> str:
    """What the person is told."""
    if isinstance(error, HoldfastError):
        return refusing.sentence_of(error)
    if is_lost(error):
        return _("The clinic's database cannot be reached or written just now. What you typed was not saved.")
    return {
        403: _("You may not open this page."),
        404: _("There is no such page."),
        405: _("This address does not take what was sent to it."),
        400: _("The request could not be understood."),
    }.get(status_of(error), _("Something went wrong on our side. Nothing was half-saved."))


def answer(request: HttpRequest, error: BaseException, *, why: str = "") -> HttpResponse:
    """The page, or JSON, for an exception; ``why`` tells a tablet what to do about a 403."""
    status, sentence = status_of(error), sentence_of(error)
    if status >= 500:
        LOG.error("%s %s: %s", request.method, request.path, error, exc_info=status == 500)
    field = error.field if isinstance(error, ImpossibleValue) else ""
    if wants_json(request):
        told = {"sentence": sentence, "field": field, "why": why or _why(request, status)}
        response: HttpResponse = JsonResponse(told, status=status)
    else:
        context = {
            "status": status,
            "sentence": sentence,
            "field": field,
            **_in_words(status),
            **_around(request),
        }
        response = HttpResponse(_page(request, context), status=status)
    if status == 503:
        response["Retry-After"] = "5"
    return response


def _why(request: HttpRequest, status: int) -> str:
    """Of a 403: "sign-in" where nobody is signed in, else "role"."""
    if status != 403:
        return ""
    return "role" if getattr(getattr(request, "user", None), "is_authenticated", False) else "sign-in"


def _page(request: HttpRequest, context: dict[str, Any]) -> str:
    # A server in trouble is not asked who is signed in, which the frame would do.
    if context["status"] < 500:
        with contextlib.suppress(DatabaseError, psycopg.Error):
            return render_to_string("answer.html", context, request=request)
    return render_to_string("answer.html", context)


def _around(request: HttpRequest) -> dict[str, str]:
    """What stands around an answer: a participant's own pages name neither the site nor the study."""
    match = getattr(request, "resolver_match", None)
    if match is not None and (match.url_name or "").startswith(OWN):
        return {"frame": "portal/base.html", "first_page": "own"}
    return {"frame": "holdfast/base.html", "first_page": "home"}


def _in_words(status: int) -> dict[str, str]:
    """What happened, what was kept, what to do next."""
    nothing = _("Nothing was changed. What you typed is still in the form: go back to see it.")
    titles = {
        400: _("This cannot be accepted"),
        403: _("Not for this role"),
        404: _("Not found"),
        405: _("Not this way"),
        409: _("Already there, and different"),
        500: _("Something went wrong"),
        503: _("Not just now"),
    }
    kept = {
        403: _("Nothing was opened and nothing was changed."),
        404: _("Nothing was changed."),
        405: _("Nothing was changed."),
        409: _("The first entry stands as it was. Nothing was changed."),
        500: _("Nothing was half-saved: an entry is recorded whole or not at all."),
        503: _("Nothing was half-saved. What you typed is kept in the form and in this browser."),
    }
    steps = {
        403: _("Sign in with the role that may do this, or ask the coordinator."),
        404: _("Check the address, or start from the first page."),
        405: _("Start from the first page, and use the links and buttons of the pages."),
        409: _("Open the page again to see what is recorded, and correct it there if it is wrong."),
        500: _("Try once more. If it happens again, tell whoever runs this clinic's server, with the time."),
        503: _("Go back and send it again in a moment. Sending twice does no harm."),
    }
    return {
        "title": titles.get(status, titles[400]),
        "kept": kept.get(status, nothing),
        "next_step": steps.get(status, _("Go back, correct what the sentence names, and send it again.")),
    }


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller asked for JSON before HTML."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


class Answering:
    """Turns what views raise into answers, and keeps pages about people out of caches."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the view answer; give a bare 405 its sentence, and say who may keep the page."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            allowed = response["Allow"]
            response = answer(request, WrongMethod(f"allowed: {allowed}"))
            response["Allow"] = allowed
        # No cache between keeps it; the browser asks anew. Going back still finds what was typed.
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django's hook: an answer, or None to leave it to ``server_error``."""
        return answer(request, error) if status_of(error) != 500 else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: also what middleware raised, which no other hook sees."""
    return answer(request, sys.exc_info()[1] or RuntimeError("no exception in hand"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return answer(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return answer(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return answer(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without a valid token."""
    LOG.warning("CSRF: %s at %s", reason, request.path)
    return answer(
        request,
        NotPermitted(_("This form is too old or came from elsewhere. Open the page again and resend it.")),
        why="token",
    )


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """What every template may use besides the request."""
    return {
        "demo": settings.DEMO,
        "filling": filling.sentence() if settings.DEMO else "",
        "now": getattr(request, "now", None),
    }
