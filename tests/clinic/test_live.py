"""News of records: who waits on a stream is told, and nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from django.db import connection

from clinic.scene import SITE, Scene, protocol, reading
from holdfast.clinic.ledger import write
from holdfast.clinic.ledger.live import Waiting, Wire
from holdfast.clinic.ledger.write import CHANNEL
from holdfast.protocol.roles import Role

pytestmark = [pytest.mark.postgres, pytest.mark.alone]
SESSION = "session/P-001/dosing-1"


class Ear:
    """Somebody who waits: what they heard, and when."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float]] = []

    def __call__(self, stream: str) -> None:
        self.heard.append((stream, time.monotonic()))

    @property
    def streams(self) -> list[str]:
        return [stream for stream, _at in self.heard]


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "waited for five seconds"
        await asyncio.sleep(0.005)


def in_session() -> Scene:
    scene = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(scene.book.sealed)
    return scene


def test_who_waits_on_a_session_hears_of_a_reading_at_once_and_nobody_else_does(
    database: str,
) -> None:
    scene = in_session()
    action = scene.action(reading("P-001", "dosing-1", 128.0), Role.THERAPIST)

    def act() -> float:
        write.perform(action, now=scene.now)
        connection.close()
        return time.monotonic()

    async def listen() -> None:
        wire, here, elsewhere, other_study = Wire(), Ear(), Ear(), Ear()
        waiting = [
            wire.join(here, study=scene.study, streams=[SESSION, f"site/{SITE}"]),
            wire.join(
                elsewhere, study=scene.study, streams=["session/P-002/dosing-1", "session/P-001/dosing"]
            ),
            wire.join(other_study, study="another-study", streams=[SESSION]),
        ]
        await until(lambda: [each.streams for each in (here, elsewhere, other_study)] == [[""]] * 3)
        performed = await asyncio.to_thread(act)
        await until(lambda: len(here.heard) > 1)
        assert here.streams == ["", SESSION]
        assert here.heard[1][1] - performed < 1.0
        await asyncio.sleep(0.2)
        assert (elsewhere.streams, other_study.streams) == ([""], [""])
        _leave_all(wire, waiting)

    asyncio.run(listen())


def _leave_all(wire: Wire, waiting: list[Waiting]) -> None:
    for each in waiting:
        wire.leave(each)


def test_one_who_fails_does_not_cost_the_others_their_news_and_who_left_hears_nothing(database: str) -> None:
    scene = in_session()

    def breaks(stream: str) -> None:
        raise RuntimeError(stream)

    async def listen() -> None:
        wire, after, gone = Wire(), Ear(), Ear()
        waiting = [wire.join(breaks, study=scene.study, streams=[SESSION])]
        waiting.append(wire.join(after, study=scene.study, streams=[SESSION]))
        left = wire.join(gone, study=scene.study, streams=[SESSION])
        await until(lambda: after.streams == [""])
        wire.leave(left)
        await asyncio.to_thread(_told, scene.study)
        await until(lambda: after.streams == ["", SESSION])
        assert gone.streams == [""]
        _leave_all(wire, waiting)

    asyncio.run(listen())


def test_a_lost_connection_is_made_anew_and_everybody_is_told_that_something_may_be_missing(
    database: str,
) -> None:
    scene = in_session()

    async def listen() -> None:
        wire, ear = Wire(), Ear()
        waiting = wire.join(ear, study=scene.study, streams=[SESSION])
        await until(lambda: ear.streams == [""])
        await asyncio.to_thread(_cut)
        await until(lambda: ear.streams == ["", ""])
        await asyncio.to_thread(_told, scene.study)
        await until(lambda: ear.streams == ["", "", SESSION])
        wire.leave(waiting)

    asyncio.run(listen())


def _told(study: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{study} {SESSION}"])
    connection.close()


def _cut() -> None:
    """End every connection that listens."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        found = cursor.fetchall()
    connection.close()
    assert found == [(True,)], found
