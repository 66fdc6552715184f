"""What every action is: its circumstances, and one thing asked or told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.timing import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The circumstances of an action.

    ``happened_at`` is when it happened in the world (server time for most actions;
    last server time plus the device's monotonic clock for offline entries, then with
    ``skew_s``: by how many seconds the server's clock is ahead of the device's).
    ``noted_by`` is who noted it on a tablet where another person sent it, else empty;
    ``own_clock`` says that the time is the tablet's own, which had no server to go by.
    """

    id: UUID
    study: str
    site: str
    author: str
    role: str
    device: str
    happened_at: Instant
    reason: str = ""
    skew_s: float | None = None
    noted_by: str = ""
    own_clock: bool = False

    @property
    def noter(self) -> str:
        """Whose words these are: who noted it, else the author."""
        return self.noted_by or self.author


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request: it may be refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A report of what has happened: it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing somebody asks or tells."""

    stamp: Stamp
    what: Ask | Tell
