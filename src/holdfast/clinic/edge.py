"""The edge: the only place of the site that reads the clock and makes ids.

Everything further in gets both as arguments (law 5). The time of a practice may have been
moved (``clocks``); that of every other study is the server's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

from holdfast.clinic.clocks.practice_time import ahead, last_known

Answer = Callable[[HttpRequest], HttpResponse]

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No time outside these is meant; beyond them a calendar ends and a zone cannot be told."""


def now() -> datetime:
    """The server's time, UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A random id, for the forms the server draws; it tells no time."""
    return uuid4()


def now_in(study: str) -> datetime:
    """The time in a study, UTC: the server's, but for a practice."""
    return now() + ahead(study)


def now_last_known(study: str) -> datetime:
    """The time in a study as far as this process knows it, asking no database."""
    return now() + last_known(study)


def arrived(request: HttpRequest) -> datetime:
    """The server's time when the request arrived, whatever study it is about."""
    at: datetime = request.now  # type: ignore[attr-defined]
    return at


def moment_of(request: HttpRequest) -> datetime:
    """The time in the request's study when it arrived; every ``now`` further in is this one."""
    match = request.resolver_match
    study = match.kwargs.get("study", "") if match else ""
    return arrived(request) + ahead(study)


class Moment:
    """Reads the clock once for each request: ``request.now``."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Stamp the request."""
        request.now = now()  # type: ignore[attr-defined]
        return self.get_response(request)


class SyncOnly:
    """Does nothing; that it is sync only keeps Django from hopping between threads per middleware."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:  # noqa: D102
        return self.get_response(request)
