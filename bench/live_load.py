"""The load of bench/live.py: a thousand open event streams and twenty readings a second, on plain sockets."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import sys
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

EVERY_SECONDS = 10.0
"""Each session has a reading so often."""
WARM_SECONDS, SECONDS = 5.0, 30.0
OPENED_AT_ONCE = 8
KEPT_CONNECTIONS = 16
PATIENCE_SECONDS = 10.0
SYSTOLIC, DIASTOLIC = range(110, 140), range(66, 96)
"""Pairs of these mark a reading: what a page shows of it is looked for in what it gets."""
TOKEN = "t" * 32
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(eq=False)
class Reading:
    """One reading: when it was sent, when its answer came, when each listener had it."""

    pair: str
    sent: float
    answered: float = 0.0
    heard: list[float] = field(default_factory=list)


@dataclass(eq=False)
class Day:
    """What is being measured."""

    address: str
    sessions: list[dict[str, Any]]
    expected: list[Reading | None]
    readings: list[Reading] = field(default_factory=list)
    news: list[tuple[int, int]] = field(default_factory=list)
    first: list[tuple[int, int]] = field(default_factory=list)
    measuring: bool = False


# --- HTTP on a socket -----------------------------------------------------------------------


async def _opened(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.partition(":")
    return await asyncio.open_connection(host, int(port), limit=1 << 20)


def _asked(day: Day, path: str, *, cookie: str, accept: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: {day.address}\r\nCookie: {cookie}\r\nAccept: {accept}\r\n"
    return f"{head}Accept-Encoding: gzip\r\n\r\n".encode()


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split()[1]), headers


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield (await reader.readexactly(size + 2))[:-2]


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    body = b"".join([each async for each in _chunks(reader)])
    await reader.readline()
    return body


# --- who listens ---------------------------------------------------------------------------


async def _listen(day: Day, place: int, cookie: str, there: asyncio.Semaphore, ready: asyncio.Event) -> None:
    """One open page: counts what it gets, and notes when a reading that is awaited has arrived."""
    async with there:
        reader, writer = await _opened(day.address)
        asked = (
            f"GET {day.sessions[place]['page']}live HTTP/1.1\r\nHost: {day.address}\r\nCookie: {cookie}\r\n"
        )
        writer.write(f"{asked}Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        status, headers = await _head(reader)
        if status != 200 or headers.get("content-encoding") != "gzip":
            raise RuntimeError(f"a listener was answered {status}, {headers}")
        events = _events(reader)
        _packed, _plain, event = await anext(events)
        while b"event: regions" not in event:
            packed, plain, event = await anext(events)
        day.first.append((packed, plain))
    ready.set()
    async for packed, plain, event in events:
        _heard(day, place, packed, plain, event)


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, int, bytes]]:
    """Each event with the bytes it took on the wire and unpacked."""
    opened, kept, packed = zlib.decompressobj(31), b"", 0
    async for chunk in _chunks(reader):
        packed += len(chunk)
        kept += opened.decompress(chunk)
        while b"\n\n" in kept:
            event, _, kept = kept.partition(b"\n\n")
            yield packed, len(event) + 2, event
            packed = 0


def _heard(day: Day, place: int, packed: int, plain: int, event: bytes) -> None:
    reading = day.expected[place]
    if b"event: regions" not in event:
        return
    if day.measuring:
        day.news.append((packed, plain))
    if reading is not None and f"<strong>{reading.pair}</strong>".encode() in event:
        reading.heard.append(time.perf_counter())


# --- who reads -----------------------------------------------------------------------------


async def _read_on(day: Day, seconds: float) -> None:
    """A reading for each session in turn, at even distances, whatever became of those before."""
    free: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()
    for _ in range(KEPT_CONNECTIONS):
        free.append(await _opened(day.address))
    gap, sent = EVERY_SECONDS / len(day.sessions), []
    pairs = itertools.cycle(f"{high}/{low}" for low in DIASTOLIC for high in SYSTOLIC)
    started = time.perf_counter()
    for turn in range(int(seconds / gap)):
        await asyncio.sleep(max(0.0, started + turn * gap - time.perf_counter()))
        connection = free.popleft() if free else await _opened(day.address)
        sent.append(asyncio.create_task(_post(day, turn % len(day.sessions), next(pairs), connection, free)))
    await asyncio.gather(*sent)
    for _reader, writer in free:
        writer.close()


async def _post(day: Day, place: int, pair: str, connection: Any, free: deque[Any]) -> None:
    sent = _reading(day, place, pair)
    reading = Reading(pair, time.perf_counter())
    day.expected[place] = reading
    try:
        status, told = await _answered(connection, sent)
    except (ConnectionError, asyncio.IncompleteReadError):
        # The server closes what was idle for five seconds. A browser, too, then sends the same entry again.
        connection = await _opened(day.address)
        status, told = await _answered(connection, sent)
    if status != 200:
        raise RuntimeError(f"a reading was answered {status}: {told.decode(errors='replace')[:300]}")
    reading.answered = time.perf_counter()
    free.append(connection)
    if day.measuring:
        day.readings.append(reading)


async def _answered(connection: Any, sent: bytes) -> tuple[int, bytes]:
    reader, writer = connection
    writer.write(sent)
    status, headers = await _head(reader)
    return status, await _body(reader, headers)


def _reading(day: Day, place: int, pair: str) -> bytes:
    session = day.sessions[place]
    high, low = pair.split("/")
    fields = {"id": str(uuid4()), "systolic": high, "diastolic": low, "heart_rate": "72"}
    more = {"temperature": "36.9", "due_minute": "", "position": "sitting", "keep": "1"}
    body = urlencode({**fields, **more}).encode()
    head = (
        f"POST {session['page']}reading HTTP/1.1\r\nHost: {day.address}\r\nAccept: application/json\r\n"
        f"Cookie: {session['listeners'][0]}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _pages(day: Day) -> list[tuple[float, int]]:
    """Seconds and packed bytes of opening the page of some sessions, one after another."""
    found = []
    for session in day.sessions[:40]:
        reader, writer = await _opened(day.address)
        asked = (
            f"GET {session['page']} HTTP/1.1\r\nHost: {day.address}\r\nCookie: {session['listeners'][0]}\r\n"
        )
        begun = time.perf_counter()
        writer.write(f"{asked}Accept: text/html\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        status, headers = await _head(reader)
        body = await _body(reader, headers)
        if status != 200:
            raise RuntimeError(f"a page was answered {status}")
        found.append((time.perf_counter() - begun, len(body)))
        writer.close()
    return found


# --- what the processes take ---------------------------------------------------------------


def _family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(each.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(each.parent.name))
    return found


def _cpu_seconds(pid: int) -> float:
    total = 0.0
    for each in _family(pid):
        try:
            after = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(after[11]) + int(after[12])) / TICKS
    return total


def _resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


# --- the day -------------------------------------------------------------------------------


async def _spend(plan: dict[str, Any]) -> None:
    day = Day(plan["address"], plan["sessions"], [None] * len(plan["sessions"]))
    before = _resident_mib(plan["web"])
    begun = time.perf_counter()
    listening = await _all_listen(day)
    opening = time.perf_counter() - begun
    grown = _resident_mib(plan["web"]) - before
    print(
        f"{len(day.sessions)} sessions under way ({plan['records']:,} records), {len(listening)} listeners "
        f"(opened in {opening:.1f} s; memory of the web process grew by {grown:.0f} MiB, "
        f"{grown * 1024 / len(listening):.0f} KiB a listener; it has {_threads(plan['web'])} threads)"
    )
    await _read_on(day, WARM_SECONDS)
    pids = {"web server": plan["web"], "PostgreSQL": plan["database"], "load": os.getpid()}
    used = {name: _cpu_seconds(pid) for name, pid in pids.items()}
    begun, day.measuring = time.perf_counter(), True
    await _read_on(day, SECONDS)
    await asyncio.sleep(0.5)
    day.measuring, took = False, time.perf_counter() - begun
    shares = {name: (_cpu_seconds(pid) - used[name]) / took for name, pid in pids.items()}
    _tell(day, shares, each=len(listening) // len(day.sessions))
    _tell_pages(await _pages(day))
    for task in listening:
        if task.done():
            task.result()
        task.cancel()


async def _all_listen(day: Day) -> list[asyncio.Task[None]]:
    there = asyncio.Semaphore(OPENED_AT_ONCE)
    listening, ready = [], []
    for place, session in enumerate(day.sessions):
        for cookie in session["listeners"]:
            ready.append(asyncio.Event())
            listening.append(asyncio.create_task(_listen(day, place, cookie, there, ready[-1])))
    for event, task in zip(ready, listening, strict=True):
        waiting = asyncio.create_task(event.wait())
        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    return listening


def _tell(day: Day, shares: dict[str, float], *, each: int) -> None:
    heard = [at - reading.sent for reading in day.readings for at in reading.heard]
    last = [max(reading.heard) - reading.sent for reading in day.readings if len(reading.heard) == each]
    answers = [reading.answered - reading.sent for reading in day.readings]
    missing = sum(each - len(reading.heard) for reading in day.readings)
    rate = len(day.readings) / SECONDS
    print(f"{len(day.readings)} readings in {SECONDS:.0f} s ({rate:.0f} a second), each to {each} listeners")
    print(f"from sending a reading to a listener having what its page shows of it: {_figures(heard)}")
    print(f"until the last of the {each} has it: {_figures(last)}; not heard at all: {missing}")
    print("figure to reach: 150 ms at the 99th percentile")
    print(f"answer to the reading: {_figures(answers)}")
    print(f"a listener receives, each time: {_bytes(day.news)}; on coming: {_bytes(day.first)}")
    print("processor: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + " of one core")


def _tell_pages(pages: Sequence[tuple[float, int]]) -> None:
    size = statistics.median(packed for _s, packed in pages) / 1000
    print(
        f"opening a session's page: {_figures([seconds for seconds, _p in pages])}; {size:.0f} kB compressed"
    )


def _figures(seconds: Sequence[float]) -> str:
    if not seconds:
        return "nothing"
    ordered = sorted(seconds)

    def at(part: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    return (
        f"p50 {at(0.5):.0f} ms, p95 {at(0.95):.0f} ms, p99 {at(0.99):.0f} ms, max {1000 * ordered[-1]:.0f} ms"
    )


def _bytes(sizes: Sequence[tuple[int, int]]) -> str:
    packed, plain = (statistics.median(each[k] for each in sizes) / 1000 for k in (0, 1))
    return f"{packed:.1f} kB ({plain:.0f} kB before compression)"


if __name__ == "__main__":
    asyncio.run(_spend(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
