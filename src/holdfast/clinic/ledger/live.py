"""News of records for waiting pages: one LISTEN connection for the whole process.

Whoever waits names streams and is called when one of them got a record. A name is looked
up, so a thousand who wait on other streams cost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg
from django.db import connections

from holdfast.clinic.ledger.write import CHANNEL

LOG = logging.getLogger("holdfast.clinic")
AGAIN_SECONDS = 0.5
"""So long after a lost connection another is tried."""

Tell = Callable[[str], None]
"""Is given the stream that got a record; "" where records may have been missed."""
Name = tuple[str, str]
"""Study and stream."""


@dataclass(frozen=True, eq=False, slots=True)
class Waiting:
    """Somebody who waits on some streams, until ``leave``."""

    tell: Tell
    names: frozenset[Name]


class Wire:
    """The connection of one event loop, and who waits on it."""

    def __init__(self) -> None:
        self._all: set[Waiting] = set()
        self._by_name: dict[Name, set[Waiting]] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, tell: Tell, *, study: str, streams: Iterable[str]) -> Waiting:
        """Call ``tell`` at each news of the streams from now on."""
        one = Waiting(tell, frozenset((study, stream) for stream in streams))
        self._all.add(one)
        for name in one.names:
            self._by_name.setdefault(name, set()).add(one)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        return one

    def leave(self, one: Waiting) -> None:
        """Stop it; the last to leave closes the connection."""
        self._all.discard(one)
        for name in one.names:
            waiting = self._by_name.get(name, set())
            waiting.discard(one)
            if not waiting:
                self._by_name.pop(name, None)
        if not self._all and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                parameters = connections["default"].get_connection_params()
                names = ("host", "port", "user", "password", "dbname")
                async with await psycopg.AsyncConnection.connect(
                    **{name: parameters[name] for name in names if name in parameters}, autocommit=True
                ) as wire:
                    await wire.execute(f"LISTEN {CHANNEL}")
                    self._tell(self._all, "")  # something may have happened before we listened
                    async for note in wire.notifies():
                        study, _, stream = note.payload.partition(" ")
                        self._tell(self._by_name.get((study, stream), ()), stream)
            await asyncio.sleep(AGAIN_SECONDS)

    def _tell(self, waiting: Iterable[Waiting], stream: str) -> None:
        for one in list(waiting):
            try:
                one.tell(stream)
            except Exception:
                # One that fails must not cost all others their news.
                LOG.exception("news of %s", stream or "everything")


_wires: dict[asyncio.AbstractEventLoop, Wire] = {}


def wire() -> Wire:
    """The wire of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _wires:
        for closed in [each for each in _wires if each.is_closed()]:
            del _wires[closed]
        _wires[loop] = Wire()
    return _wires[loop]
