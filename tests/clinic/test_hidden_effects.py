"""What was felt in a session would show the arm: raters, sponsor and statistician learn nothing of it.

Every page that is theirs, and every address of the site, is asked for before and after effects are
rated, and says the same: no label, no rating, no number of events, no deviation, no name of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.test_twins import STUDY, Clinic, Page, clinic, crawl, people
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.session import SessionStarted
from holdfast.timing import Instant
from scale import scaled

pytestmark = pytest.mark.postgres
__all__ = ["clinic"]
BLINDED = (Role.RATER, Role.SPONSOR, Role.STATISTICIAN)
KEEPS_OPEN = {"session-live", "sign-out", "sign-in", "sign-in-demo", "planner", "planner-results"}
"""What streams, signs out, or tells how far a simulation has come (see test_twins.py)."""
OF_THE_PROTOCOL = ("/study/", "/planner/protocol.yaml")
"""Pages that show the study file, which names what is asked for; they tell nothing of anybody."""
OF_THE_MOMENT = ("Content-Length", "Set-Cookie", "ETag", "Expires")
DIGEST = re.compile(rb"[0-9a-f]{16,64}")
NAMES = UUID("b2c3a5d4-6f5e-4c0b-9a77-0d7a1c2e3f41")


def under_way() -> Record:
    """The start of the session of today."""
    return read.records(STUDY, kinds=("session-started",))[-1]


def tell(what: Any, *, number: int, clinic: Clinic, role: Role = Role.THERAPIST) -> None:
    started = under_way()
    assert isinstance(started.fact, SessionStarted)
    own = role is Role.PARTICIPANT
    stamp = act.Stamp(
        id=uuid5(NAMES, str(number)),
        study=STUDY,
        site=started.site,
        author=started.fact.participant if own else started.fact.monitors[0],
        role=role.value,
        device="test",
        happened_at=Instant(clinic.now, started.happened_at.zone),
    )
    outcome = write.perform(act.Action(stamp=stamp, what=what), now=clinic.now)
    assert not isinstance(outcome.refused, Refused), outcome.refused


def rate(clinic: Clinic, *, number: int, level: int, by: str = "observer") -> None:
    """Every effect at one level, at an hour of its own."""
    fact = under_way().fact
    assert isinstance(fact, SessionStarted)
    codes = [each.code for each in read.protocol(STUDY).adverse_events.prompts]
    what = act.RatePrompts(
        participant=fact.participant,
        visit=fact.visit,
        at_hour=3.0 + number / 10,
        rated_by=by,
        ratings=dict.fromkeys(codes, level),
    )
    tell(what, number=number, clinic=clinic, role=Role.PARTICIPANT if by == "participant" else Role.THERAPIST)


def addresses() -> list[str]:
    """Every address of the site that names no record, filled with the session under way."""
    fact = under_way().fact
    assert isinstance(fact, SessionStarted)
    task = read.records(STUDY, kinds=("rater-assigned",))[-1].fact
    known = {
        "study": STUDY, "participant": fact.participant, "visit": fact.visit, "form": "C-SSRS",
        "by": "therapist", "deed": "close-event", "task": getattr(task, "task", ""),
        "section": "adverse-events", "kit": "K1", "site": under_way().site,
    }  # fmt: skip
    found = []
    for route, name in routes(get_resolver()):
        names = re.findall(r"<(?:\w+:)?(\w+)>", route)
        if name not in KEEPS_OPEN and all(each in known for each in names):
            found.append("/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda hit: known[hit.group(1)], route))
    return sorted(set(found))


def routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route, each.name or ""
        else:
            yield from routes(each, route)


def everything(person: str) -> dict[str, Page]:
    """Every page by link, and every address by itself."""
    found = crawl(person, each_kind=scaled(15))
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    client.force_login(Person.objects.get(person=person), backend="django.contrib.auth.backends.ModelBackend")
    for path in addresses():
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[f"by itself {path}"] = (answer.status_code, tuple(sorted(answer.headers.items())), body)
    return found


def without_digests(page: Page) -> tuple[int, list[tuple[str, str]], bytes]:
    """A page but for the digest of the data it rests on, and the moments and lengths of its headers."""
    status, headers, body = page
    kept = [(name, value) for name, value in headers if name not in OF_THE_MOMENT]
    return status, kept, DIGEST.sub(b"#", body)


def seen(cast: dict[Role, str]) -> dict[Role, dict[str, Page]]:
    return {role: everything(cast[role]) for role in BLINDED}


def test_pages_of_the_blinded_say_the_same_whatever_was_rated(clinic: Clinic) -> None:
    clinic.turn(clinic.rehearsal.key)
    cast = people()
    rate(clinic, number=1, level=0)
    before = seen(cast)
    for number, (level, by) in enumerate(((2, "observer"), (3, "observer"), (1, "participant")), start=2):
        rate(clinic, number=number, level=level, by=by)
    after = seen(cast)
    for role in BLINDED:
        assert before[role].keys() == after[role].keys()
        different = [
            path
            for path, page in before[role].items()
            if without_digests(page) != without_digests(after[role][path])
        ]
        assert different == [], f"{role} could tell what was rated from {different[:5]}"
    opened = {role: sum(page[0] == 200 for page in before[role].values()) for role in BLINDED}
    assert min(opened.values()) >= 5, opened
    labels = [each.label["en"] for each in read.protocol(STUDY).adverse_events.prompts]
    # Public pages tell of the published trials in the same words, and were just found to be the same.
    public = {f"/{route}" for route, name in routes(get_resolver()) if name.startswith("public-")}
    for role in BLINDED:
        told = [
            (path, label)
            for path, (_status, headers, body) in after[role].items()
            for label in labels
            if not any(part in path for part in OF_THE_PROTOCOL)
            and path.removeprefix("by itself ") not in public
            and (label in body.decode("utf-8", "replace") or label in str(headers))
        ]
        assert told == [], f"{role}: {told[:5]}"


def test_those_in_the_room_do_see_it(clinic: Clinic) -> None:
    clinic.turn(clinic.rehearsal.key)
    fact = under_way().fact
    assert isinstance(fact, SessionStarted)
    rate(clinic, number=1, level=3)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        Person.objects.get(person=fact.monitors[0]), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get(f"/s/{STUDY}/sessions/{fact.participant}/{fact.visit}/").content.decode()
    assert "Euphoria, feeling wonderful 3" in page
