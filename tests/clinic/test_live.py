"""News of records: a page that waits is told, and nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from django.db import connection

from clinic.scene import Scene, protocol, reading
from holdfast.clinic.ledger import write
from holdfast.clinic.ledger.live import changes
from holdfast.protocol.roles import Role

pytestmark = [pytest.mark.postgres, pytest.mark.alone]
SESSION = "session/P-001/dosing-1"


async def news(waiting: AsyncIterator[str]) -> str:
    """The next name; empty ones only say that the listener is there."""
    async for stream in waiting:
        if stream:
            return stream
    raise AssertionError("the news ended")


def test_who_waits_on_a_session_hears_of_a_reading_within_a_second(database: str) -> None:
    scene = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(scene.book.sealed)
    action = scene.action(reading("P-001", "dosing-1", 128.0), Role.THERAPIST)

    def act() -> float:
        write.perform(action, now=scene.now)
        connection.close()
        return time.monotonic()

    async def listen() -> tuple[str, float, list[str]]:
        here, elsewhere = changes(scene.study, "session/P-001"), changes(scene.study, "session/P-002")
        other_study = changes("another-study")
        assert [await anext(each) for each in (here, elsewhere, other_study)] == ["", "", ""]
        quiet = [asyncio.create_task(news(each)) for each in (elsewhere, other_study)]
        heard = asyncio.create_task(news(here))
        performed = await asyncio.to_thread(act)
        stream = await asyncio.wait_for(heard, 5)
        after = time.monotonic() - performed
        told = [task.result() for task in quiet if task.done()]
        for task in quiet:
            task.cancel()
        await asyncio.gather(*quiet, return_exceptions=True)
        for each in (here, elsewhere, other_study):
            await each.aclose()
        await asyncio.sleep(0.05)
        return stream, after, told

    stream, after, told = asyncio.run(listen())
    assert stream == SESSION
    assert after < 1.0
    assert told == []
