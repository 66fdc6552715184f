"""What keeps open session pages fresh: each news is painted once and sent to all who follow the session.

One feed for each session somebody follows in this process, on the event loop; painting is done by
a few threads of its own. A listener gets the regions that changed for their own rights, and
everything anew when they come, or when they fell behind. Who may no longer follow is sent away.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import connections

from holdfast.clinic import edge
from holdfast.clinic.accounts.still import Presence, gone
from holdfast.clinic.dosing.regions import Painter, Painting, Region, Viewer
from holdfast.clinic.dosing.shown import iso
from holdfast.clinic.ledger.live import Waiting, wire
from holdfast.clinic.streaming import Chunk
from holdfast.conduct.streams import (
    participant_stream,
    session_stream,
    site_stream,
    staff_stream,
    study_stream,
)

LOG = logging.getLogger("holdfast.clinic")

QUIET_SECONDS = 15.0
"""After so long without news a listener gets the time, so that dead connections show."""
LOOK_AGAIN_SECONDS = 20.0
"""So long a painting is good: what depends on the time alone (late, due, a window) is looked at anew."""
ASK_AGAIN_SECONDS = 15.0
"""Who may follow is asked so often; at once when a record says that somebody's roles changed."""
AFTER_A_FAILURE_SECONDS = 1.0
BEHIND = 8
"""So many events wait for a slow listener; then they are dropped, and everything is sent anew."""

# More than two would only take turns at the interpreter, and each keeps others' answers waiting.
_painters = ThreadPoolExecutor(max_workers=2, thread_name_prefix="paint")

Key = tuple[str, str, str]
"""Study, participant, visit."""


@dataclass(eq=False, slots=True)
class Listener:
    """One open page: who looks, what waits to be sent, and what they are shown once it is (None: nothing)."""

    viewer: Viewer
    presence: Presence
    seen: Painting | None = None
    ended: bool = False
    waiting: asyncio.Queue[Chunk | None] = field(default_factory=lambda: asyncio.Queue(maxsize=BEHIND))

    def give(self, chunk: Chunk, seen: Painting) -> None:
        """Send it when its turn comes; a listener who is too far behind gets everything anew instead."""
        if self.waiting.full():
            self.catch_up()
        else:
            self.seen = seen
            self.waiting.put_nowait(chunk)

    def catch_up(self) -> None:
        """Drop what waits; when the turn comes everything is sent as it is then."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.seen = None
        self.waiting.put_nowait(None)

    def end(self) -> None:
        """Send them away."""
        self.ended = True
        self.catch_up()


class Feed:
    """One session, everybody who follows it in this process, and what each of them was last shown."""

    def __init__(self, key: Key, *, site: str) -> None:
        study, participant, visit = key
        self.key = key
        self.listeners: set[Listener] = set()
        self.shown: dict[Viewer, Painting] = {}
        self._painter = Painter(*key, site=site)
        self._made: dict[tuple[Region, ...], Chunk] = {}
        self._asked = False
        self._painting: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        names = (
            session_stream(participant, visit),
            participant_stream(participant),
            site_stream(site),
            study_stream(study),
        )
        self._waiting: Waiting = wire().join(lambda _stream: self.look(), study=study, streams=names)

    def join(self, one: Listener) -> None:
        """Somebody comes; they get everything, at once where it is painted already."""
        self.listeners.add(one)
        if one.viewer in self.shown and not self._asked:
            one.catch_up()
        else:
            self.look()

    def leave(self, one: Listener) -> None:
        """Somebody goes; nothing is painted for nobody."""
        self.listeners.discard(one)
        if not self.listeners:
            wire().leave(self._waiting)
            if self._later is not None:
                self._later.cancel()

    def look(self) -> None:
        """Paint anew as soon as possible; asked again while painting, once more after it."""
        self._asked = True
        if self._painting is None:
            self._painting = asyncio.create_task(self._paint())

    async def _paint(self) -> None:
        loop, wait = asyncio.get_running_loop(), LOOK_AGAIN_SECONDS
        try:
            while self._asked and self.listeners:
                self._asked = False
                viewers = {each.viewer for each in self.listeners}
                try:
                    painted = await loop.run_in_executor(_painters, _painted, self._painter, viewers)
                except Exception:
                    # Most likely the database is away. Pages then ask for themselves, and say what is wrong.
                    LOG.exception("the session %s of %s cannot be painted", self.key[1:], self.key[0])
                    self._tell_all(event("news", self.key[0]))
                    wait = AFTER_A_FAILURE_SECONDS
                    break
                self._publish(painted)
        finally:
            self._painting = None
            if self._later is not None:
                self._later.cancel()
            self._later = loop.call_later(wait, self.look) if self.listeners else None

    def _publish(self, painted: dict[Viewer, Painting]) -> None:
        self.shown, self._made = painted, {}
        for one in self.listeners:
            now = painted.get(one.viewer)
            if now is None:  # came while this was painted
                self._asked = True
            elif one.seen is None:
                one.catch_up()
            else:
                changed = now.changed_since(one.seen)
                moved = now.frame.said != one.seen.frame.said
                if changed or moved:
                    one.give(self._regions(now, changed, moved=moved), now)

    def _regions(self, painting: Painting, some: tuple[Region, ...], *, moved: bool) -> Chunk:
        """Some of the regions; who is shown the same gets the same bytes, encoded and compressed once."""
        same = (*some, painting.frame) if moved else some
        if same not in self._made:
            self._made[same] = regions_event(painting, some, moved=moved)
        return self._made[same]

    def everything(self, one: Listener) -> Chunk | None:
        """All that a listener is shown now; None where it is not painted yet."""
        one.seen = self.shown.get(one.viewer)
        if one.seen is None:
            self.look()
            return None
        return self._regions(one.seen, one.seen.regions, moved=True)

    def _tell_all(self, chunk: Chunk) -> None:
        for one in self.listeners:
            if not one.waiting.full():
                one.waiting.put_nowait(chunk)


def _painted(painter: Painter, viewers: Collection[Viewer]) -> dict[Viewer, Painting]:
    try:
        return painter.paint(viewers, now=edge.now_in(painter.session[0]))
    finally:
        # No request ends here that would give the connection back.
        connections.close_all()


class Feeds:
    """Every feed of one event loop, and the question whether those who listen still may."""

    def __init__(self) -> None:
        self._feeds: dict[Key, Feed] = {}
        self._asking: asyncio.Task[None] | None = None

    def join(self, key: Key, one: Listener) -> Feed:
        """Let somebody follow a session."""
        if key not in self._feeds:
            self._feeds[key] = Feed(key, site=one.presence.site)
        self._feeds[key].join(one)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_again_and_again())
        return self._feeds[key]

    def leave(self, key: Key, one: Listener) -> None:
        """Somebody goes; the last one takes the feed along."""
        feed = self._feeds[key]
        feed.leave(one)
        if not feed.listeners:
            del self._feeds[key]
        if not self._feeds and self._asking is not None:
            self._asking.cancel()
            self._asking = None

    async def _ask_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            await self.ask(each for feed in self._feeds.values() for each in feed.listeners)

    async def ask(self, listeners: Iterable[Listener]) -> None:
        """Send away who may no longer follow; nobody, where it cannot be asked just now."""
        asked = list(listeners)
        loop = asyncio.get_running_loop()
        try:
            away = await loop.run_in_executor(_painters, _gone, {each.presence for each in asked})
        except Exception:
            LOG.exception("who may still follow sessions could not be asked")
            return
        for one in asked:
            if one.presence in away:
                one.end()

    def ask_about(self, person: str) -> None:
        """Ask at once about one person's open pages: a record about them was written."""
        theirs = [
            each for feed in self._feeds.values() for each in feed.listeners if each.presence.person == person
        ]
        task = asyncio.ensure_future(self.ask(theirs))
        _questions.add(task)  # the loop itself keeps no hold of a task
        task.add_done_callback(_questions.discard)


def _gone(present: Collection[Presence]) -> set[Presence]:
    try:
        return gone(present, now=edge.now())
    finally:
        connections.close_all()


_questions: set[asyncio.Future[None]] = set()
_all: dict[asyncio.AbstractEventLoop, Feeds] = {}


def _feeds() -> Feeds:
    loop = asyncio.get_running_loop()
    if loop not in _all:
        for closed in [each for each in _all if each.is_closed()]:
            del _all[closed]
        _all[loop] = Feeds()
    return _all[loop]


# --- what one listener gets -------------------------------------------------------------


async def follow(key: Key, viewer: Viewer, presence: Presence) -> AsyncGenerator[Chunk, None]:
    """The events of one open page, until who looks goes or may no longer look."""
    feeds, one = _feeds(), Listener(viewer, presence)
    feed = feeds.join(key, one)
    about = wire().join(
        lambda stream: feeds.ask_about(presence.person) if stream else None,
        study=presence.study,
        streams=[staff_stream(presence.person)],
    )
    try:
        yield event("hello", presence.study)
        while not one.ended:
            chunk = await _next(one) or feed.everything(one)
            if chunk is not None and not one.ended:
                yield chunk
        yield event("end", presence.study)
    finally:
        wire().leave(about)
        feeds.leave(key, one)


async def _next(one: Listener) -> Chunk | None:
    try:
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with an event, and
        # who has gone would be listened for for ever.
        async with asyncio.timeout(QUIET_SECONDS):
            return await one.waiting.get()
    except TimeoutError:
        return event("time", one.presence.study)


def event(name: str, study: str) -> Chunk:
    """An event that brings the time in the study and nothing else."""
    return _chunk(name, {"now": iso(edge.now_last_known(study))})


def regions_event(painting: Painting, changed: Collection[Region], *, moved: bool) -> Chunk:
    """Regions that changed, and where all of them stand if some came or went."""
    told: dict[str, object] = {"now": iso(painting.at), "regions": {each.id: each.html for each in changed}}
    return _chunk("regions", {**told, "frame": painting.frame.html} if moved else told)


def _chunk(name: str, told: dict[str, object]) -> Chunk:
    said = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Chunk(f"event: {name}\ndata: {said}\n\n".encode())
