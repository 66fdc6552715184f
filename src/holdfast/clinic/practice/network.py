"""The network that goes away in a practice: the site does not answer the session page for a while.

The tablet then keeps what is entered, as on a bad day, and sends it when it is answered again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from holdfast.clinic.answering import answer
from holdfast.clinic.clocks.practice_time import PREFIX
from holdfast.clinic.edge import arrived
from holdfast.clinic.practice.models import Chosen
from holdfast.errors import Unavailable

AWAY = "network"
BACK = "network-back"
LASTS = timedelta(minutes=2)
"""Real minutes, unless it is brought back sooner."""
OF_THE_PAGE = "session-"


def away_until(study: str, now: datetime) -> datetime | None:
    """Until when the network of a practice is away, in real time; None while it is there."""
    row = Chosen.objects.filter(study=study, what__in=(AWAY, BACK)).order_by("-really_at", "-id").first()
    if row is None or row.what == BACK or row.really_at + LASTS <= now:
        return None
    return row.really_at + LASTS


class Away:
    """Answers 503 to the forms and the feed of a practice's session page while its network is away."""

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
        study, match = given.get("study", ""), request.resolver_match
        if not study.startswith(PREFIX) or match is None:
            return None
        if not (match.url_name or "").startswith(OF_THE_PAGE) or not away_until(study, arrived(request)):
            return None
        return answer(
            request,
            Unavailable(_("Practice: the network is away. What you entered is kept on this tablet.")),
        )
