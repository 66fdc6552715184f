"""Whatever happens between a tablet and the clinic, what was entered is recorded exactly once.

Random schedules drive the pages' own queue against the real ledger: no network, reloads, lost
and late and doubled answers, double taps, clocks that sleep and are set, sign-in that expires and
another person's, two pages and two tablets, a full store, a session that ended meanwhile.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from clinic.scene import Scene, protocol
from clinic.sync_engine import Engine, engine
from clinic.sync_world import PEOPLE, Clinic, Entry, Page, Request, Tablet, iso, opened
from holdfast.clinic.ledger import read, write
from holdfast.records.envelope import Record
from holdfast.records.safety import Deviation
from holdfast.records.session import SessionEvent, VitalsRead
from scale import scaled

pytestmark = pytest.mark.postgres
STEPS = 20
EACH = 25
"""So many schedules share a session, so that its standing stays short."""
TRUE_MS = 50
"""How near a time by the server's clock is to the truth, in ms: the model's messages take no time."""
TROUBLES = ("offline", "online", "online", "signed out", *PEOPLE)
pages = st.sampled_from(["a1", "a2", "b1"])
tablets = st.sampled_from(["a", "b"])
kinds = st.sampled_from(["note", "fluids", "reading", "impossible"])
changes = st.sampled_from(["nothing", "nothing", "nothing", "full", "free", *TROUBLES])
sendings = st.sampled_from(
    ["well", "well", "well", "lost", "unheard", "doubled", "delayed", "503", "500", "under way"]
)


class Rooms:
    """Sessions to play in, a fresh one when the one before was ended or has seen enough."""

    def __init__(self, made: Scene, people: list[str], engine: Engine) -> None:
        self.made, self.engine, self.free = made, engine, list(people)
        self.now = made.now + timedelta(minutes=10)
        self.clinic: Clinic | None = None
        self.played = self.schedules = 0
        self.seen: Counter[str] = Counter()

    def next(self) -> Clinic:
        if self.free and (self.clinic is None or self.played >= EACH or self.clinic.ended):
            self.clinic = Clinic(self.made.study, self.free.pop(0), "dosing-1", self.now)
            self.played = 0
        self.played += 1
        self.schedules += 1
        assert self.clinic is not None
        return self.clinic


class Schedule(RuleBasedStateMachine):
    """One schedule. ``rooms`` is set by the test."""

    rooms: Rooms

    @initialize(first=st.lists(st.tuples(pages, kinds), min_size=1, max_size=3))
    def morning(self, first: list[tuple[str, str]]) -> None:
        rooms = self.rooms
        self.clinic = rooms.next()
        self.clinic.now = self.truth = max(self.clinic.now, rooms.now)
        self.made: dict[str, dict[str, Any]] = {}
        self.late: list[Request] = []
        self.recorded: set[str] = set()
        self.before = len(records(self.clinic))
        self.tablets = {"a": Tablet(), "b": Tablet(sender=PEOPLE[1])}
        for name in ("a1", "a2", "b1"):
            opened(rooms.engine, self.tablets[name[0]], name, truth=self.truth, from_cache=False)
        for name, what in first:
            self.enter(name, what, twice=False)

    def page(self, name: str) -> Page:
        return self.tablets[name[0]].pages[name]

    def every(self) -> list[Page]:
        return [page for tablet in self.tablets.values() for page in tablet.pages.values()]

    # --- people ------------------------------------------------------------------------------

    @rule(name=pages, what=kinds, twice=st.booleans())
    def enter(self, name: str, what: str, twice: bool) -> None:
        self._make(self.page(name), what, taps=2 if twice else 1)

    def _make(self, page: Page, what: str, *, taps: int) -> None:
        entry, number = str(uuid4()), len(self.made)
        fields = {
            "note": {"event": "note", "detail": f"note {entry}"},
            "fluids": {"event": "fluids", "amount": f"{number + 50}", "unit": "mL", "detail": entry},
            "reading": {"systolic": f"{110 + number}", "diastolic": "70", "heart_rate": "70", "keep": "1"},
            "impossible": {"event": "fluids", "amount": "-5", "unit": "mL", "detail": entry},
        }[what]
        mono, wall = page.clocks(self.truth)
        noted = page.engine.ask("time", anchor=page.anchor, mono=mono, wall=wall)
        made = {
            "id": entry,
            "name": "reading" if what == "reading" else "event",
            "fields": list(fields.items()),
            "by": page.person,
            "noted_at": iso(noted["at"]),
            "clock": noted["clock"],
            "ticks": mono,
            "wall": wall,
        }
        self.made[entry] = {"truth": self.truth, "by": page.person, "fields": fields, "what": what}
        for _ in range(taps):
            page.dispatch("made", entry=made)

    @rule(name=pages)
    def put_back(self, name: str) -> None:
        page = self.page(name)
        for each in [each for each in page.entries if each["state"] != "waiting"]:
            self._put_back(page, each)

    def _put_back(self, page: Page, entry: Entry) -> None:
        """What was not recorded goes back into the form, where it is mended and entered anew."""
        meant = self.made.pop(entry["id"], None)
        page.dispatch("taken-back", id=entry["id"])
        if meant is not None:
            self._make(page, "note" if meant["what"] == "impossible" else meant["what"], taps=1)

    # --- the page goes on -------------------------------------------------------------------

    @rule(name=pages, times=st.integers(1, 3), look_first=st.booleans())
    def browser_works(self, name: str, times: int, look_first: bool) -> None:
        """The store does some of what was asked of it; a page looks where another changed the shelf."""
        page = self.page(name)
        if page.reread and look_first:
            page.look()
        for _ in range(min(times, len(page.storing))):
            page.work()
        if page.reread:
            page.look()

    @rule(name=pages)
    def page_stirs(self, name: str) -> None:
        """Its timer goes off, and its question who is there is answered."""
        self._asks(self.page(name))
        self.page(name).dispatch("tick")

    def _asks(self, page: Page) -> None:
        if page.asking:
            page.asked(self.truth)

    @rule(name=pages, how=sendings)
    def send(self, name: str, how: str) -> None:
        """What is next is sent, and something comes of it."""
        page = self.page(name)
        if page.flight is None and page.may_send():
            self._begin(page)
        if page.flight is not None and how != "under way":
            self._deliver(page, how)

    @rule(name=pages, how=sendings)
    def goes_on(self, name: str, how: str) -> None:
        """All of it, as it mostly goes."""
        self.browser_works(name, 9, look_first=False)
        self.page_stirs(name)
        self.send(name, how)
        self.browser_works(name, 9, look_first=True)

    @rule(name=pages, what=kinds, how=sendings, first=changes)
    def enters_and_goes_on(self, name: str, what: str, how: str, first: str) -> None:
        """The most frequent thing to happen, with something in its way."""
        if first != "nothing":
            self.tablet_changes(name[0], first)
        self.enter(name, what, twice=False)
        self.goes_on(name, how)

    @rule(name=pages, what=kinds)
    def another_takes_over(self, name: str, what: str) -> None:
        """An answer is lost on the way, and whoever is beside the tablet then signs in."""
        self.enters_and_goes_on(name, what, "unheard", "online")
        tablet = self.tablets[name[0]]
        tablet.sender, tablet.token_stale = next(each for each in PEOPLE if each != tablet.sender), True

    # --- the tablet --------------------------------------------------------------------------

    @rule(name=pages, done=st.integers(0, 5))
    def reload(self, name: str, done: int) -> None:
        """The page begins anew. What the store was doing may be done or not; what is only in memory stays."""
        page, tablet = self.page(name), self.tablets[name[0]]
        if page.standing["unsafe"]:
            return
        for _ in range(min(done, len(page.storing))):
            page.work()
        if page.standing["unsafe"]:
            return
        if page.flight is not None:
            self.late.append(page.flight[1])  # it left; nobody hears the answer
        tablet.turn[:] = [each for each in tablet.turn if each != name]
        served = tablet.online and bool(tablet.sender)
        opened(page.engine, tablet, name, truth=self.truth, from_cache=not served)

    @rule(name=tablets, what=changes.filter(lambda what: what != "nothing"))
    def tablet_changes(self, name: str, what: str) -> None:
        """Its store fills, its network goes or comes, somebody signs out or in."""
        tablet = self.tablets[name]
        if what in ("full", "free"):
            tablet.full = what == "full"
        elif what in ("offline", "online"):
            self._network(tablet, online=what == "online")
        else:
            tablet.sender, tablet.token_stale = what.removeprefix("signed out"), True

    def _network(self, tablet: Tablet, *, online: bool) -> None:
        tablet.online = online
        for page in tablet.pages.values():
            if online:
                page.asking = True
            else:
                page.dispatch("lost")

    @rule(
        name=st.sampled_from("ab"),
        what=st.sampled_from(["go on", "sleep", "set"]),
        seconds=st.integers(5, 2400),
    )
    def time_passes(self, name: str, what: str, seconds: int) -> None:
        """Time passes; a tablet may sleep meanwhile, or its wall clock is set ahead or back."""
        tablet = self.tablets[name]
        if what == "set":
            back = seconds % 3 == 0
            if not (back and tablet.slept):  # a clock set back and a sleep cancel out: no tablet can tell
                tablet.wall_ahead += -seconds if back else seconds
                tablet.put_back |= back
            return
        if what == "sleep" and tablet.put_back:
            return
        self.truth += timedelta(seconds=seconds)
        self.clinic.now = self.truth
        if what == "sleep":
            tablet.slept += seconds

    @rule(chance=st.integers(0, 39))
    def session_ends(self, chance: int) -> None:
        if chance == 0 and not self.clinic.ended:
            self.clinic.end()

    # --- the network --------------------------------------------------------------------------

    def _begin(self, page: Page) -> None:
        sent = page.begin(self.truth)
        if sent is None or sent["id"] not in self.made:
            return
        meant = self.made[sent["id"]]
        first = meant.setdefault("noted_at", sent["noted_at"])
        assert first == sent["noted_at"], "a resend says another time"
        meant["clock"] = sent["clock"]

    def _deliver(self, page: Page, how: str) -> None:
        assert page.flight is not None
        request = page.flight[1]
        if not page.tablet.online or how == "lost":
            page.unanswered()
        elif how in ("503", "500"):
            page.answered(self.truth, int(how), {})
        elif how == "delayed":
            self.late.append(request)
            page.unanswered()
        elif not request.sender:
            page.answered(self.truth, 403, {"why": "sign-in"})
        elif page.tablet.token_stale:
            page.answered(self.truth, 403, {"why": "token"})
        else:
            self._arrive(page, request, how)

    def _arrive(self, page: Page, request: Request, how: str) -> None:
        status, told = self.clinic.take(request)
        if how == "doubled":
            assert self.clinic.take(request)[0] == status
        if how == "unheard":
            page.unanswered()
        else:
            page.answered(self.truth, status, told)

    @rule()
    def a_late_one_arrives(self) -> None:
        if self.late:
            self._late(self.late.pop(0))

    def _late(self, request: Request) -> None:
        if request.sender:
            self.clinic.take(request)

    @rule(name=pages)
    def news(self, name: str) -> None:
        """The server's page names what was recorded last."""
        page = self.page(name)
        if page.tablet.online:
            lately = [str(each.id) for each in records(self.clinic)[self.before :]][-12:]
            page.dispatch("recorded", ids=lately)

    @invariant()
    def nothing_is_dropped(self) -> None:
        """Every entry is in a page, on a shelf, or recorded."""
        if not hasattr(self, "made"):
            return
        held = {each["id"] for page in self.every() for each in page.entries}
        held |= {entry for tablet in self.tablets.values() for entry in tablet.shelf}
        missing = set(self.made) - held - self.recorded
        if missing:
            self.recorded = {str(each.id) for each in records(self.clinic)[self.before :]}
            assert missing <= self.recorded, "an entry is nowhere"

    # --- the evening -------------------------------------------------------------------------

    def teardown(self) -> None:
        if not hasattr(self, "made"):
            return
        self.truth += timedelta(hours=2)  # times set ahead have come by then
        self.clinic.now = self.truth
        for tablet in self.tablets.values():
            tablet.online, tablet.full, tablet.sender = True, False, tablet.sender or PEOPLE[0]
        for request in self.late:
            self._late(request)
        for _ in range(60):
            moved = [self._settle(page) for page in self.every()]
            if not any(moved):
                break
        self._judge()
        self.rooms.seen.update(self.clinic.seen)
        self.clinic.seen.clear()
        self.rooms.seen["entries"] += len(self.made)
        self.rooms.seen["by their own clock"] += sum(each["clock"] == "own" for each in self.made.values())
        self.rooms.now = self.truth

    def _settle(self, page: Page) -> bool:
        """One round of everything a page may do; whether there was anything."""
        before = bool(page.entries or page.storing or page.flight or page.asking)
        while page.storing:
            page.work()
        if page.reread:
            page.look()
        if page.asking:
            page.asked(self.truth)
        if page.flight is not None:
            self._deliver(page, "well")
        while page.may_send():
            self._begin(page)
            if page.flight is not None:
                self._deliver(page, "well")
        for each in [each for each in page.entries if each["state"] == "held"]:
            page.dispatch("again", id=each["id"])
        for each in [each for each in page.entries if each["state"] == "answered"]:
            self._put_back(page, each)
        page.dispatch("tick")
        return before

    def _judge(self) -> None:
        left = [each for page in self.every() for each in page.entries]
        assert left == [], "something still waits"
        assert [tablet.shelf for tablet in self.tablets.values()] == [{}, {}]
        found = records(self.clinic)[self.before :]
        told = [each for each in found if isinstance(each.fact, SessionEvent | VitalsRead)]
        assert sorted(str(each.id) for each in told) == sorted(self.made), "not exactly once"
        beside: dict[str, set[str]] = {}
        for each in found:
            if isinstance(each.fact, Deviation):
                beside.setdefault(str(each.because), set()).add(each.fact.code)
        for each in told:
            self._as_noted(each, self.made[str(each.id)], beside.get(str(each.id), set()))

    def _as_noted(self, record: Record, meant: dict[str, Any], beside: set[str]) -> None:
        assert record.happened_at.at == datetime.fromisoformat(meant["noted_at"])
        if meant["clock"] == "server":
            off = abs((record.happened_at.at - meant["truth"]) / timedelta(milliseconds=1))
            assert off <= TRUE_MS, f"{off} ms from when it was noted"
        assert (meant["clock"] == "own") == ("tablet-clock" in beside)
        assert (meant["by"] != record.author) == ("sent-by-another" in beside)
        if isinstance(record.fact, SessionEvent):
            assert record.fact.detail == meant["fields"]["detail"]
        else:
            assert isinstance(record.fact, VitalsRead)
            assert record.fact.systolic == float(meant["fields"]["systolic"])


def records(clinic: Clinic) -> list[Record]:
    return list(read.session_standing(clinic.study, clinic.participant, clinic.visit).history)


@pytest.fixture
def running() -> Iterator[Engine]:
    with engine() as one:
        yield one


def test_every_entry_is_recorded_exactly_once_in_every_schedule(database: str, running: Engine) -> None:
    count = scaled(10_000)
    people = [f"P-{number:04d}" for number in range(1, count // 10 + 20)]
    made = Scene(protocol()).open(slots=len(people))
    for person in people:
        made.ready(person).randomised(person).in_session(person)
    write.take_in(made.book.sealed)
    Schedule.rooms = rooms = Rooms(made, people, running)
    begun = time.perf_counter()
    run_state_machine_as_test(
        Schedule,
        settings=settings(
            max_examples=count,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
    happened = ", ".join(f"{number} {what}" for what, number in rooms.seen.most_common())
    took = time.perf_counter() - begun
    print(f"\n{rooms.schedules} schedules, {running.steps} steps of the queue in {took:.0f} s: {happened}")
    assert rooms.schedules >= count
    assert rooms.seen["entries"] > count
    for what in (
        "sent again",
        "sent by another",
        "sent again by another",
        "after the end",
        "by their own clock",
    ):
        assert rooms.seen[what] > 0 or count < 400, f"no schedule came to what is {what}"
