"""The edge: the only place of the site that reads the clock and makes ids.

Everything further in gets both as arguments (law 5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No time outside these is meant; beyond them a calendar ends and a zone cannot be told."""


def now() -> datetime:
    """The server's time, UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A random id, for the forms the server draws; it tells no time."""
    return uuid4()


def moment_of(request: HttpRequest) -> datetime:
    """The time the request arrived; every ``now`` further in is this one."""
    arrived: datetime = request.now  # type: ignore[attr-defined]
    return arrived


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
