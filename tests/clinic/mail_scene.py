"""A site that sends: a live study whose participant wants reminders, its clock, and what came of messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from django.test import override_settings

from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.mail_server import (
    Inbox,
    mail_server,
    sends_through,
)
from clinic.scene import WHO, Clock, Scene, protocol
from holdfast.clinic import edge
from holdfast.clinic.jobs import reminding, sending
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.reminding import ReminderSent

STUDY, PERSON, TO = "inactive-placebo", "P-001", "somebody@mail.example"


def live(*, life: str = "live", code: str = STUDY) -> Scene:
    """A study of real people; P-001 consented, comes to screening in two days, and wants reminders."""
    made = Scene(protocol(code)).open(life=life)
    invited = act.Prescreen(participant=PERSON, referred_by="self", prior_mdma="never", outcome="invited")
    made.do(invited, Role.COORDINATOR)
    items = tuple(item.code for item in made.protocol.consent)
    consent = act.GiveConsent(
        participant=PERSON, items=items, language="en", explained_by=WHO[Role.PHYSICIAN]
    )
    made.do(consent, Role.PHYSICIAN)
    made.do(act.ScheduleVisit(participant=PERSON, visit="screening", on="2026-03-04"), Role.COORDINATOR)
    choice = act.ChooseReminders(participant=PERSON, wanted=True, channel="email")
    made.do(choice, Role.PARTICIPANT, author=PERSON)
    return made


@pytest.fixture
def clinic(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from served(live(), monkeypatch)


@pytest.fixture
def rehearsal(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from served(live(life="rehearsal"), monkeypatch)


def served(made: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    fill(made)
    made.clock = Clock(datetime.fromisoformat("2026-03-02T12:00:00-07:00"))  # type: ignore[attr-defined]
    monkeypatch.setattr(edge, "now", made.clock)  # type: ignore[attr-defined]
    reachable.keep(STUDY, PERSON, Reached(TO, "+1 303 555 0199"), by="s01-coordinator", now=edge.now())
    with override_settings(STORAGES=PLAIN):
        yield made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as one, sends_through(one.port):
        yield one


def later(made: Scene, *, minutes: float = 0, hours: float = 0) -> None:
    made.clock.pass_(minutes + 60 * hours)  # type: ignore[attr-defined]


def look() -> int:
    return reminding.look(now=edge.now())


def send() -> int:
    return sending.send_due(now=edge.now)


def told() -> list[tuple[str, str, str, str]]:
    """What is recorded of reminders."""
    found = read.records(STUDY, stream=f"participant/{PERSON}", kinds=("reminder-sent",))
    return [
        (each.fact.matter, each.fact.visit, each.fact.outcome, each.fact.why)
        for each in found
        if isinstance(each.fact, ReminderSent)
    ]


def said(mail: EmailMessage) -> str:
    text: str = mail.get_content()
    return text.replace("\r\n", "\n")


def row() -> Outgoing:
    return Outgoing.objects.get()


def perform(made: Scene, what: act.Ask | act.Tell, role: Role, author: str = "") -> None:
    made.now = edge.now() - timedelta(minutes=1)
    outcome = write.perform(made.action(what, role, author=author), now=edge.now())
    assert outcome.refused is None, outcome.refused
