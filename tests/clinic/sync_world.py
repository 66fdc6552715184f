"""Tablets, their pages, a network and the clinic, as the random schedules of ``test_sync`` move them.

The queue is the pages' own (``sync.js``, ``time.js``), the clinic the real reading of forms and the
real ledger. What is modelled is what stands between: the shelf of a tablet, its lock, its clocks,
messages that are lost, late or doubled, and who is signed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from clinic.sync_engine import Engine
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.dosing import entries, entries_reading
from holdfast.clinic.dosing.entries import SecondLook, Typed
from holdfast.clinic.dosing.room import Room, seen_by, unseen
from holdfast.clinic.dosing.views import performed
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role

READERS = {"event": entries.event, "reading": entries_reading.reading}
PEOPLE = ("s01-therapist-1", "s01-therapist-2")
Entry = dict[str, Any]


@dataclass
class Request:
    """An entry on its way: by whose sign-in, with what was said, seen by the server or not."""

    fields: dict[str, str]
    name: str
    sender: str


@dataclass
class Clinic:
    """The server: the real forms and the real ledger, on a session of the study."""

    study: str
    participant: str
    visit: str
    now: datetime
    ended: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def room(self, author: str) -> Room:
        seen = unseen(self.study, self.participant, self.visit, now=self.now)
        return seen_by(seen, author, (Role.THERAPIST,))

    def take(self, request: Request) -> tuple[int, dict[str, Any]]:
        """What the page's form answers: the status and what it tells."""
        read = READERS[request.name]
        try:
            outcome = performed(self.room(request.sender), Act.WORK_SESSION, Typed(request.fields), read)
        except SecondLook as look:
            return 422, {"sentence": str(look)}
        except ImpossibleValue as wrong:
            return 400, {"sentence": str(wrong)}
        assert outcome.refused is None, outcome.refused
        another = outcome.records[0].author != request.fields["noted_by"]
        self.seen["arrivals"] += 1
        self.seen["sent again"] += outcome.replay
        self.seen["sent by another"] += another and not outcome.replay
        self.seen["sent again by another"] += outcome.replay and outcome.records[0].author != request.sender
        self.seen["after the end"] += self.ended and not outcome.replay
        return 200, {"person": request.sender}

    def end(self) -> None:
        """The session ends while tablets still hold entries."""
        typed = Typed({"id": str(uuid4())})
        outcome = performed(self.room(PEOPLE[0]), Act.GIVE_DOSE, typed, entries.end)
        assert outcome.refused is None, outcome.refused
        self.ended = True


@dataclass
class Tablet:
    """What the pages of one tablet share: the shelf, the lock, who is signed in, network and clocks."""

    shelf: dict[str, Entry] = field(default_factory=dict)
    full: bool = False
    online: bool = True
    sender: str = PEOPLE[0]
    token_stale: bool = False
    wall_ahead: float = 0.0  # s, by how much the wall clock is ahead of the truth
    put_back: bool = False  # whether it was set back since the last contact
    slept: float = 0.0  # s
    offset: float = 0.0  # ms, remembered between pages
    turn: list[str] = field(default_factory=list)  # pages that wait for the lock, in order
    pages: dict[str, Page] = field(default_factory=dict)


@dataclass
class Page:
    """One page of a tablet: its queue runs in the engine; here is what it asked its browser for."""

    name: str
    tablet: Tablet
    engine: Engine
    person: str
    life: str
    started: datetime
    anchor: dict[str, Any]
    storing: list[Callable[[], None]] = field(default_factory=list)  # in the order they were asked
    asking: bool = False
    sending: list[str] = field(default_factory=list)
    flight: tuple[str, Request] | None = None
    reread: bool = False
    entries: list[Entry] = field(default_factory=list)
    standing: dict[str, Any] = field(default_factory=dict)

    # --- clocks ---------------------------------------------------------------------------

    def clocks(self, truth: datetime) -> tuple[float, float]:
        """The readings of the monotonic and the wall clock, in ms."""
        mono = (truth - self.started).total_seconds() - self.tablet.slept
        wall = truth.timestamp() + self.tablet.wall_ahead
        return mono * 1000, wall * 1000

    def meet(self, truth: datetime) -> None:
        mono, wall = self.clocks(truth)
        self.anchor = self.engine.ask("moor", server=truth.timestamp() * 1000, mono=mono, wall=wall)
        self.tablet.offset = self.anchor["offset"]
        # Each page has a last contact of its own: another's may lie before the clock was put back.
        self.tablet.put_back &= len(self.tablet.pages) > 1

    # --- the queue -------------------------------------------------------------------------

    def dispatch(self, kind: str, **event: Any) -> list[dict[str, Any]]:
        answer = self.engine.step(self.name, {"kind": kind, **event})
        self.entries, self.standing = answer["entries"], answer["standing"]
        for todo in answer["todo"]:
            self._perform(todo)
        return list(answer["todo"])

    def _perform(self, todo: dict[str, Any]) -> None:
        if todo["do"] == "store":
            self.storing.append(lambda: self._store(todo["entry"]))
        elif todo["do"] == "drop":
            self.storing.append(lambda: self._drop(todo["id"]))
        elif todo["do"] == "ask":
            self.asking = True
        elif todo["do"] == "send":
            self.sending.append(todo["id"])
            self.tablet.turn.append(self.name)

    def _store(self, entry: Entry) -> None:
        if self.tablet.full and entry["id"] not in self.tablet.shelf:
            self.dispatch("unstored", id=entry["id"])
            return
        self.tablet.shelf[entry["id"]] = entry
        self._tell_others()
        self.dispatch("stored", id=entry["id"])

    def _drop(self, entry: str) -> None:
        self.tablet.shelf.pop(entry, None)
        self._tell_others()

    def _tell_others(self) -> None:
        for other in self.tablet.pages.values():
            if other is not self:
                other.reread = True

    def work(self) -> None:
        """The browser's store does what was asked of it first."""
        self.storing.pop(0)()

    def look(self) -> None:
        """The page reads the shelf again, because another page changed it."""
        self.reread = False
        self.dispatch("shelf", entries=list(self.tablet.shelf.values()))

    # --- the server ------------------------------------------------------------------------

    def asked(self, truth: datetime) -> None:
        """The question who is there is answered, or not."""
        self.asking = False
        if not self.tablet.online:
            self.dispatch("lost")
            return
        self.tablet.token_stale = False
        if self.tablet.sender:
            self.meet(truth)
        self.dispatch("met", sender=self.tablet.sender)

    def may_send(self) -> bool:
        return bool(self.sending) and self.flight is None and self.tablet.turn[0] == self.name

    def begin(self, truth: datetime) -> Entry | None:
        """The page has the lock: it reads the shelf and sends. The entry it sent, if it did."""
        while self.storing:  # a store does in order what it is asked
            self.work()
        entry = self.sending.pop(0)
        mine = next((each for each in self.entries if each["id"] == entry), None)
        noted = None if mine is None else self._noted(mine)
        todo = self.dispatch("turn", id=entry, entry=self.tablet.shelf.get(entry), noted=noted)
        post = next((each for each in todo if each["do"] == "post"), None)
        if post is None:
            self.tablet.turn.pop(0)
            return None
        sent = self._marked(post["entry"], post["before"])
        self.flight = (entry, self._request(sent, truth))
        return sent

    def _noted(self, entry: Entry) -> str | None:
        at = self.engine.ask("noted", anchor=self.anchor, entry=entry, life=self.life)["at"]
        return None if at is None else iso(at)

    def _marked(self, entry: Entry, before: Entry) -> Entry:
        if before["tried"]:
            return entry
        if not self.tablet.full or entry["id"] in self.tablet.shelf:
            self.tablet.shelf[entry["id"]] = entry
            return entry
        same = {**before, "tried": True}
        self.dispatch("unmarked", entry=same)
        return same

    def _request(self, entry: Entry, truth: datetime) -> Request:
        mono, wall = self.clocks(truth)
        sent_at = self.engine.ask("time", anchor=self.anchor, mono=mono, wall=wall)["at"]
        fields = {
            **dict(entry["fields"]),
            "id": entry["id"],
            "noted_at": entry["noted_at"],
            "noted_by": entry["by"],
            "device": "tablet",
            "sent_at": iso(sent_at),
            **({"own_clock": "1"} if entry["clock"] == "own" else {}),
        }
        return Request(fields, entry["name"], self.tablet.sender)

    def answered(self, truth: datetime, status: int, told: dict[str, Any]) -> None:
        assert self.flight is not None
        entry, _ = self.flight
        self._landed()
        if status == 200:
            self.meet(truth)
        self.dispatch("answered", id=entry, status=status, told=told)

    def unanswered(self) -> None:
        assert self.flight is not None
        entry, _ = self.flight
        self._landed()
        self.dispatch("unanswered", id=entry)

    def _landed(self) -> None:
        self.flight = None
        self.tablet.turn.pop(0)


def iso(ms: float) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def opened(engine: Engine, tablet: Tablet, name: str, *, truth: datetime, from_cache: bool) -> Page:
    """A page as it begins: served by the clinic, or kept by the tablet where there is no network."""
    page = Page(
        name=name,
        tablet=tablet,
        engine=engine,
        person=tablet.sender or PEOPLE[0],
        life=str(uuid4()),
        started=truth - timedelta(seconds=tablet.slept),
        anchor={"server": None, "mono": 0.0, "wall": 0.0, "offset": tablet.offset},
    )
    engine.ask("open", page=name, life=page.life, person=page.person)
    mono, wall = page.clocks(truth)
    page.anchor.update(mono=mono, wall=wall)
    tablet.pages[name] = page
    page.dispatch("shelf", entries=list(tablet.shelf.values()))
    if from_cache:
        page.asking = True
    else:
        page.meet(truth)
        page.dispatch("met", sender=page.person)
    return page
