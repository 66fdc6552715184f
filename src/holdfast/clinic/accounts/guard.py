"""Before every view: which act it is, whether the person may, and a row for who was opened.

A view says its act with ``@asks(Act.…)``; one without does not run. ``study``, ``site``
and ``participant`` are taken from the address; a participant's site from the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from holdfast.clinic.accounts import openings
from holdfast.clinic.accounts.acts import LEAVES_A_ROW, PUBLIC, Act
from holdfast.clinic.accounts.may import may, roles
from holdfast.clinic.answering import answer, wants_json
from holdfast.clinic.ledger import read
from holdfast.errors import NotPermitted, UnknownName
from holdfast.protocol.roles import Role

View = TypeVar("View", bound=Callable[..., Any])


def asks(act: Act) -> Callable[[View], View]:
    """Declare the act of a view."""

    def declare(view: View) -> View:
        cast("Any", view).act = act
        return view

    return declare


@dataclass(frozen=True, slots=True)
class LetIn:
    """Where somebody was let in, and by which roles."""

    study: str
    participant: str
    site: str
    held: tuple[Role, ...]


def let_in(request: HttpRequest, study: str, participant: str) -> LetIn:
    """Where and by which roles a request was let in to a participant; asked, where it was not yet."""
    known: LetIn | None = getattr(request, "let_in", None)
    if known is not None and (known.study, known.participant) == (study, participant):
        return known
    site = read.participant(study, participant).site
    return LetIn(study, participant, site, roles(request.user, study, site))


class Guard:
    """Asks ``may`` before the view runs."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]
    ) -> HttpResponse | None:
        """Django's hook: None lets the view run."""
        act = getattr(view, "act", None)
        if not isinstance(act, Act):
            raise RuntimeError(f"the view of {request.path} declares no act; see accounts/guard.py")
        if act in PUBLIC:
            return None
        if not request.user.is_authenticated:
            return self._sign_in_first(request)
        study, participant = given.get("study", ""), given.get("participant", "")
        try:
            site = given.get("site") or _site_of(study, participant)
        except UnknownName as unknown:
            return answer(request, unknown)
        held = roles(request.user, study, site) if study and site else None
        if not may(request.user, act, study, site, held=held):
            return answer(request, NotPermitted(_("Your role does not open this page. Nothing was changed.")))
        if participant and act in LEAVES_A_ROW:
            openings.note(request, act, study, site=site or "", participant=participant)
        if held is not None and site:
            # What was asked is not asked again by the view.
            cast("Any", request).let_in = LetIn(study, participant, site, held)
        return None

    def _sign_in_first(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and not wants_json(request):
            return redirect_to_login(request.get_full_path())
        return answer(request, NotPermitted(_("Sign in again; what you typed is still in this browser.")))


def _site_of(study: str, participant: str) -> str | None:
    return read.participant(study, participant).site if participant else None
