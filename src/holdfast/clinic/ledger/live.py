"""News of records for waiting pages: one LISTEN connection for the whole process.

A view asks ``changes(study, prefix)`` and gets a line whenever a stream whose name
starts with the prefix got a record. A view that streams must close its own database
connection first; it would be held for hours.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
from django.db import connections

from holdfast.clinic.ledger.write import CHANNEL

QUIET_SECONDS = 15.0
"""After so long without news the listener gets an empty name, so that dead connections show."""


class _Wire:
    """The connection and who waits on it."""

    def __init__(self) -> None:
        self.waiting: set[asyncio.Queue[str]] = set()
        self.task: asyncio.Task[None] | None = None

    def join(self) -> asyncio.Queue[str]:
        """A queue that gets every payload from now on."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=1000)
        self.waiting.add(queue)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._listen())
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        """Stop it; the last to leave closes the connection."""
        self.waiting.discard(queue)
        if not self.waiting and self.task is not None:
            self.task.cancel()
            self.task = None

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                parameters = connections["default"].get_connection_params()
                names = ("host", "port", "user", "password", "dbname")
                async with await psycopg.AsyncConnection.connect(
                    **{name: parameters[name] for name in names if name in parameters}, autocommit=True
                ) as wire:
                    await wire.execute(f"LISTEN {CHANNEL}")
                    self._tell("")  # something may have happened before we listened
                    async for note in wire.notifies():
                        self._tell(note.payload)
            await asyncio.sleep(0.5)

    def _tell(self, payload: str) -> None:
        for queue in self.waiting:
            # A listener that far behind draws everything anew with the next line it gets.
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(payload)


_wires: dict[asyncio.AbstractEventLoop, _Wire] = {}


async def changes(study: str, prefix: str = "") -> AsyncIterator[str]:
    """Names of streams that got records; "" where some may have been missed or nothing came."""
    wire = _wires.setdefault(asyncio.get_running_loop(), _Wire())
    queue = wire.join()
    try:
        while True:
            try:
                payload = await asyncio.wait_for(queue.get(), QUIET_SECONDS)
            except TimeoutError:
                yield ""
                continue
            where, _, stream = payload.partition(" ")
            if not payload or (where == study and stream.startswith(prefix)):
                yield stream
    finally:
        wire.leave(queue)
