"""The feed of a session: regions are the page's own, only what changed is sent, to who may see it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.http import HttpResponse

from clinic.cast import browser
from clinic.day import morning
from clinic.live_site import fill
from clinic.scene import SITE, WHO, Scene, reading
from holdfast.clinic import edge
from holdfast.clinic.accounts.may import roles
from holdfast.clinic.accounts.models import Person, StudyRole
from holdfast.clinic.accounts.still import Presence
from holdfast.clinic.dosing import feed, page
from holdfast.clinic.dosing.regions import Painter, Painting, Viewer
from holdfast.clinic.dosing.room import seen_by, unseen
from holdfast.clinic.ledger import write
from holdfast.clinic.streaming import Chunk
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [pytest.mark.postgres]
PARTICIPANT, VISIT = "P-001", "dosing-1"
LOOKING = (Role.THERAPIST, Role.PHYSICIAN, Role.COORDINATOR, Role.SAFETY_MONITOR, Role.AUDITOR)


# --- scenes ---------------------------------------------------------------------------------


def started() -> Scene:
    made = morning()
    monitors = ("s01-therapist-1", "s01-therapist-2")
    start = act.StartSession(
        participant=PARTICIPANT, visit=VISIT, monitors=monitors, physician="s01-physician"
    )
    made.do(start, Role.THERAPIST)
    made.do(reading(PARTICIPANT, VISIT, 122.0), Role.THERAPIST)
    return made


def dosed() -> Scene:
    made = started()
    step = made.protocol.session(VISIT).first.step
    kit = {"participant": PARTICIPANT, "visit": VISIT, "step": step, "kit": "K104207"}
    made.do(act.GiveDose(**kit, witness="s01-therapist-2"), Role.THERAPIST)
    made.now += timedelta(minutes=20)
    made.do(reading(PARTICIPANT, VISIT, 126.0), Role.THERAPIST)
    tap = act.NoteSessionEvent(participant=PARTICIPANT, visit=VISIT, event="music-on")
    made.do(tap, Role.THERAPIST)
    return made


def alarmed() -> Scene:
    made = dosed()
    made.do(reading(PARTICIPANT, VISIT, 196.0), Role.THERAPIST)
    return made


PHASES: dict[str, Callable[[], Scene]] = {
    "waiting": morning,
    "started": started,
    "dosed": dosed,
    "alarmed": alarmed,
}


def viewer(made: Scene, role: Role) -> Viewer:
    person = WHO.get(role, f"demo-{role.value.replace('_', '-')}")
    return Viewer(person, roles(Person.objects.get(person=person), made.study, SITE), "en")


def painter(made: Scene) -> Painter:
    return Painter(made.study, PARTICIPANT, VISIT, site=SITE)


@pytest.fixture
def made(database: str) -> Scene:
    """A session in the clinic whose first dose was taken."""
    scene = dosed()
    fill(scene)
    return scene


@pytest.fixture
def key(made: Scene) -> str:
    """A browser's session."""
    return web_session()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stop the site's clock at a moment."""

    def stop(moment: datetime) -> None:
        monkeypatch.setattr(edge, "now", lambda: moment)

    return stop


# --- what is painted is what the page shows -----------------------------------------------


def without_tokens(html: str) -> str:
    html = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", html)
    html = re.sub(r'name="id" value="[^"]*"', 'name="id" value=""', html)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", html)).strip()


def shown(made: Scene, role: Role) -> str:
    answer: HttpResponse = browser(role).get(f"/s/{made.study}/sessions/{PARTICIPANT}/{VISIT}/now")
    assert answer.status_code == 200
    return without_tokens(answer.content.decode())


def assembled(painted: Painting) -> str:
    """The page that a browser makes of the head, the frame and the regions."""
    head, *rest = painted.regions
    assert head.id == "head"
    html = painted.frame.html
    for each in rest:
        assert html.count(f'<div data-slot="{each.id}"></div>') == 1, each.id
        html = html.replace(f'<div data-slot="{each.id}"></div>', each.html)
    assert "data-slot" not in html
    return without_tokens(head.html + html)


@pytest.mark.parametrize("phase", PHASES)
def test_what_is_painted_for_somebody_is_what_the_page_shows_them(
    database: str, phase: str, at: Callable[[datetime], None]
) -> None:
    made = PHASES[phase]()
    fill(made)
    at(made.now + timedelta(minutes=1))
    looking = {role: viewer(made, role) for role in LOOKING}
    painted = painter(made).paint(list(looking.values()), now=edge.now())
    for role, one in looking.items():
        assert assembled(painted[one]) == shown(made, role), role


@pytest.mark.parametrize("phase", PHASES)
def test_what_everybody_sees_alike_does_not_depend_on_who_looks(database: str, phase: str) -> None:
    made = PHASES[phase]()
    fill(made)
    nobody = unseen(made.study, PARTICIPANT, VISIT, now=made.now)
    alike = page.shared(nobody)
    for role in LOOKING:
        one = viewer(made, role)
        assert page.shared(seen_by(nobody, one.author, one.held)) == alike, role


def test_what_is_painted_after_news_is_the_page_again_though_most_is_taken_from_before(
    made: Scene, at: Callable[[datetime], None]
) -> None:
    looking = {role: viewer(made, role) for role in LOOKING}
    one = painter(made)
    at(made.now)
    before = one.paint(list(looking.values()), now=edge.now())
    write.perform(made.action(reading(PARTICIPANT, VISIT, 196.0), Role.THERAPIST), now=made.now)
    at(made.now)
    after = one.paint(list(looking.values()), now=edge.now())
    for role, each in looking.items():
        assert assembled(after[each]) == shown(made, role), role
        changed = {region.id for region in after[each].changed_since(before[each])}
        assert {"alarms", "values", "chart", "diary"} <= changed
        assert not changed & {"taps", "start", "gate"}


def test_each_is_shown_what_they_would_be_shown_alone(database: str) -> None:
    made = alarmed()
    fill(made)
    looking = [viewer(made, role) for role in LOOKING]
    together = painter(made).paint(looking, now=made.now)
    for one in looking:
        assert painter(made).paint([one], now=made.now)[one] == together[one]
    for one in reversed(looking):
        assert painter(made).paint([one, *looking], now=made.now)[one] == together[one]


def test_who_only_watches_gets_no_form_and_only_the_physician_may_override(database: str) -> None:
    made = started()
    fill(made)
    looking = {role: viewer(made, role) for role in LOOKING}
    painted = painter(made).paint(list(looking.values()), now=made.now)
    said = {role: assembled(painted[one]) for role, one in looking.items()}
    assert 'data-entry="reading"' in said[Role.THERAPIST]
    for role in (Role.SAFETY_MONITOR, Role.AUDITOR):
        assert 'data-entry="reading"' not in said[role]
        assert 'data-entry="dose"' not in said[role]
    assert [role for role in LOOKING if 'data-entry="override"' in said[role]] == [Role.PHYSICIAN]


def test_time_alone_changes_only_what_the_browser_cannot_count_on_by_itself(made: Scene) -> None:
    one, looks = viewer(made, Role.THERAPIST), painter(made)
    before = looks.paint([one], now=made.now)[one]
    a_while = looks.paint([one], now=made.now + timedelta(seconds=70))[one]
    assert a_while.changed_since(before) == ()
    late = looks.paint([one], now=made.now + timedelta(minutes=30))[one]
    assert {"head", "alarms"} <= {each.id for each in late.changed_since(before)}


# --- what is sent ---------------------------------------------------------------------------


@dataclass
class Open:
    """One open page: the events it has got, as a browser reads them."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def named(self, name: str) -> list[dict[str, Any]]:
        return [told for each, told in self.events if each == name]

    async def read(self, chunks: Any) -> None:
        async for chunk in chunks:
            self.take(chunk)

    def take(self, chunk: Chunk) -> None:
        event, data = chunk.plain.decode().removesuffix("\n\n").split("\n")
        self.events.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))

    async def closed(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


def web_session() -> str:
    store = SessionStore()
    store.save()
    return str(store.session_key)


def follow(made: Scene, person: str, held: tuple[Role, ...], key: str) -> Any:
    presence = Presence(person, key, made.study, SITE, held)
    return feed.follow((made.study, PARTICIPANT, VISIT), Viewer(person, held, "en"), presence)


def opened(made: Scene, person: str, held: tuple[Role, ...], key: str) -> Open:
    one = Open()
    one.task = asyncio.create_task(one.read(follow(made, person, held, key)))
    return one


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "waited for twenty seconds"
        await asyncio.sleep(0.01)


async def perform(made: Scene, what: Any, role: Role = Role.THERAPIST) -> None:
    def act_() -> None:
        outcome = write.perform(made.action(what, role), now=made.now)
        connection.close()
        assert outcome.refused is None, outcome.refused

    await asyncio.to_thread(act_)


def quick(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    for name, value in seconds.items():
        monkeypatch.setattr(feed, name, value)


THERAPISTS, PHYSICIANS = (Role.THERAPIST,), (Role.PHYSICIAN,)


def test_everybody_gets_everything_and_then_what_changed(made: Scene, key: str) -> None:
    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        two = opened(made, "demo-safety-monitor", (Role.SAFETY_MONITOR,), key)
        await until(lambda: bool(one.named("regions")) and bool(two.named("regions")))
        assert [each for each, _told in one.events] == ["hello", "regions"]
        whole, theirs = one.named("regions")[0], two.named("regions")[0]
        assert {"head", "values", "reading", "taps", "diary"} <= set(whole["regions"])
        assert "reading" not in theirs["regions"]
        assert "frame" in whole
        await perform(made, reading(PARTICIPANT, VISIT, 131.0))
        await until(lambda: len(one.named("regions")) > 1 and len(two.named("regions")) > 1)
        news = one.named("regions")[1]
        assert set(news) == {"now", "regions"}
        assert "131/80" in news["regions"]["values"]
        assert "taps" not in news["regions"]
        same = set(news["regions"]) - {"reading"}
        assert {"values", "chart", "diary"} <= same
        assert two.named("regions")[1]["regions"] == {name: news["regions"][name] for name in same}
        await asyncio.gather(one.closed(), two.closed())

    asyncio.run(listen())


def test_who_reads_too_slowly_holds_nobody_and_gets_everything_anew(made: Scene, key: str) -> None:
    async def listen() -> None:
        slow, quickly = Open(), opened(made, "s01-therapist-2", THERAPISTS, key)
        chunks = follow(made, "s01-therapist-1", THERAPISTS, key)
        while not slow.named("regions"):
            slow.take(await anext(chunks))
        await until(lambda: bool(quickly.named("regions")))
        for turn in range(feed.BEHIND + 2):
            await perform(made, reading(PARTICIPANT, VISIT, 131.0 + turn))
            await until(lambda: f"{131 + turn}/80" in json.dumps(quickly.events[-1]))  # noqa: B023
        slow.take(await anext(chunks))
        again = slow.named("regions")[1]
        assert set(again["regions"]) == set(slow.named("regions")[0]["regions"])
        assert f"{131 + feed.BEHIND + 1}/80" in again["regions"]["values"]
        await perform(made, reading(PARTICIPANT, VISIT, 150.0))
        slow.take(await anext(chunks))
        assert "150/80" in slow.named("regions")[2]["regions"]["values"]
        assert "taps" not in slow.named("regions")[2]["regions"]
        await chunks.aclose()
        await quickly.closed()

    asyncio.run(listen())


def test_a_quiet_session_sends_the_time_and_is_looked_at_anew(
    made: Scene, key: str, monkeypatch: pytest.MonkeyPatch, at: Callable[[datetime], None]
) -> None:
    quick(monkeypatch, QUIET_SECONDS=0.3, LOOK_AGAIN_SECONDS=0.2)
    at(made.now)

    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        await until(lambda: len(one.named("time")) > 2)
        assert len(one.named("regions")) == 1
        at(made.now + timedelta(minutes=30))
        await until(lambda: len(one.named("regions")) > 1)
        assert "alarms" in one.named("regions")[1]["regions"]
        await one.closed()

    asyncio.run(listen())


def test_an_appointment_that_ends_closes_the_stream_at_once(made: Scene, key: str) -> None:
    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        other = opened(made, "s01-therapist-2", THERAPISTS, key)
        await until(lambda: bool(one.named("regions")) and bool(other.named("regions")))
        begun = time.monotonic()
        await perform(made, act.EndAppointment(person="s01-therapist-1", role="therapist"), Role.SPONSOR)
        await until(lambda: one.task is not None and one.task.done())
        assert one.events[-1][0] == "end"
        assert time.monotonic() - begun < feed.ASK_AGAIN_SECONDS
        assert other.named("end") == []
        await perform(made, reading(PARTICIPANT, VISIT, 133.0))
        await until(lambda: "133/80" in json.dumps(other.events))
        assert "133/80" not in json.dumps(one.events)
        await other.closed()

    asyncio.run(listen())


@pytest.mark.parametrize("why", ["signed out", "expired", "account ended", "study role ended"])
def test_who_may_no_longer_look_is_sent_away_when_asked_again(
    made: Scene, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    quick(monkeypatch, ASK_AGAIN_SECONDS=0.3)
    person, held = "demo-safety-monitor", (Role.SAFETY_MONITOR,)
    theirs, others = web_session(), web_session()

    def change() -> None:
        if why == "signed out":
            Session.objects.get(session_key=theirs).delete()
        elif why == "expired":
            past = datetime(2020, 1, 1, tzinfo=UTC)
            Session.objects.filter(session_key=theirs).update(expire_date=past)
        elif why == "account ended":
            Person.objects.filter(person=person).update(ended_at=made.now)
        else:
            StudyRole.objects.filter(person=person).update(ended_at=made.now)
        connection.close()

    async def listen() -> None:
        one = opened(made, person, held, theirs)
        other = opened(made, "s01-physician", PHYSICIANS, others)
        await until(lambda: bool(one.named("regions")) and bool(other.named("regions")))
        await asyncio.sleep(0.7)
        assert one.named("end") == []
        await asyncio.to_thread(change)
        await until(lambda: one.task is not None and one.task.done())
        assert (one.events[-1][0], other.named("end")) == ("end", [])
        await other.closed()

    asyncio.run(listen())


def test_a_role_given_beside_the_old_one_ends_the_stream_so_that_the_next_is_asked_for_anew(
    made: Scene,
    key: str,
) -> None:
    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        await until(lambda: bool(one.named("regions")))
        more = act.Appoint(person="s01-therapist-1", role="physician", name="Both")
        await perform(made, more, Role.SPONSOR)
        await until(lambda: one.task is not None and one.task.done())
        assert one.events[-1][0] == "end"

    asyncio.run(listen())


def test_while_nothing_can_be_painted_pages_are_told_to_ask_for_themselves(
    made: Scene, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch, AFTER_A_FAILURE_SECONDS=0.1)
    paint, away = feed._painted, [False]

    def painted(*given: Any) -> Any:
        if away[0]:
            raise OperationalError("the database is away")
        return paint(*given)

    monkeypatch.setattr(feed, "_painted", painted)

    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        await until(lambda: bool(one.named("regions")))
        away[0] = True
        await perform(made, reading(PARTICIPANT, VISIT, 134.0))
        await until(lambda: bool(one.named("news")))
        away[0] = False
        await until(lambda: "134/80" in json.dumps(one.events))
        await one.closed()

    asyncio.run(listen())


def test_nothing_is_kept_when_the_last_one_goes(made: Scene, key: str) -> None:
    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        await until(lambda: bool(one.named("regions")))
        everything = feed._feeds()
        assert list(everything._feeds) == [(made.study, PARTICIPANT, VISIT)]
        await one.closed()
        assert (everything._feeds, everything._asking) == ({}, None)

    asyncio.run(listen())


def test_who_goes_in_the_very_moment_of_an_event_is_gone(made: Scene, key: str) -> None:
    async def listen() -> None:
        one = opened(made, "s01-therapist-1", THERAPISTS, key)
        await until(lambda: bool(one.named("regions")))
        (open_feed,) = feed._feeds()._feeds.values()
        (listener,) = open_feed.listeners
        assert one.task is not None
        listener.waiting.put_nowait(feed.event("time", made.study))
        await asyncio.sleep(0)  # what waited for an event has it now, and has not gone on yet
        one.task.cancel()
        await asyncio.wait([one.task], timeout=5)
        assert one.task.done()
        assert feed._feeds()._feeds == {}

    asyncio.run(listen())


# --- who may follow -------------------------------------------------------------------------


def test_only_who_may_read_the_session_may_follow_it(made: Scene) -> None:
    address = f"/s/{made.study}/sessions/{PARTICIPANT}/{VISIT}/live"
    answers = {role: browser(role).get(address).status_code for role in (*LOOKING, *OTHERS)}
    assert answers == {**dict.fromkeys(LOOKING, 200), **dict.fromkeys(OTHERS, 403)}


OTHERS = (Role.RATER, Role.PHARMACIST, Role.SPONSOR, Role.STATISTICIAN, Role.DATA_BOARD)
