"""A short story in records, written by hand: two people randomised, one who failed screening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from holdfast.allocation.key import Key
from holdfast.records.assessment import FormCompleted
from holdfast.records.enrolment import (
    Completed,
    ConsentGiven,
    IntercurrentEventRecorded,
    Prescreened,
    Randomised,
    ScreenFailed,
    Withdrew,
)
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.records.session import DoseGiven, SessionStarted, VitalsRead
from holdfast.records.study import StudyOpened
from holdfast.timing import Instant

NAMES = UUID("6f7cbe26-8f6b-4a1c-9a4b-0d7a1c2e3f40")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEY = Key(
    arm_of_slot={"S01-0001": "mdma", "S01-0002": "placebo"},
    arm_of_kit={"K17": "mdma", "K29": "placebo"},
    mg_of_kit={"K17": 80.0, "K29": 0.0},
)


def record(number: int, stream: str, fact: Fact, *, days: float, **more: Any) -> Record:
    """A record with the story's circumstances."""
    at = START + timedelta(days=days)
    return Record(
        id=uuid5(NAMES, str(number)), study="story", site="S01", stream=stream, fact=fact,
        protocol_hash="0" * 64, happened_at=Instant(at, "Europe/Berlin"), recorded_at=at,
        author="a", device="d", **{"role": "coordinator", **more},
    )  # fmt: skip


def caps(total: float, *, diagnosis: bool, visit: str) -> FormCompleted:
    """A CAPS-5 with just its scores."""
    return FormCompleted(
        form="CAPS-5", instrument="CAPS-5", instrument_version="1", visit=visit, occurrence="planned",
        answers={}, language="en",
        scores={"total": total, "diagnosis": diagnosis, "remission": total <= 11 and not diagnosis},
    )  # fmt: skip


def guess(said: str, visit: str) -> FormCompleted:
    """A participant's guess."""
    return FormCompleted(
        form="GUESS", instrument="GUESS", instrument_version="1", visit=visit, occurrence="planned",
        answers={"guess": said, "certainty": 4}, scores={"certainty": 4}, language="en",
    )  # fmt: skip


def reading(minute: int, systolic: float) -> VitalsRead:
    """A reading of the pressure alone."""
    return VitalsRead(
        due_minute=minute, systolic=systolic, diastolic=None, heart_rate=None, temperature=None,
        position="sitting", repeat=False,
    )  # fmt: skip


def dose() -> DoseGiven:
    """The first capsule."""
    return DoseGiven(participant="P1", visit="dosing-1", step="s1-first", kit="K17", witness="b")


def event(term: str, *, source: str, onset: str) -> AdverseEvent:
    """A mild event."""
    return AdverseEvent(
        term=term, onset=onset, end="", severity="mild", serious=False, criteria=(), related="probable",
        special_interest="", source=source, prompt="euphoria" if source == "prompted" else "",
        visit="dosing-1", peak="", rated={},
    )  # fmt: skip


def filler(fact: Fact) -> str:
    """The role that fills a form of the story."""
    if isinstance(fact, FormCompleted):
        return {"GUESS": "participant", "CAPS-5": "rater"}[fact.form]
    return "coordinator"


def story() -> list[Record]:
    """The records, in order."""
    one, two, three = (f"participant/P{n}" for n in "123")
    session = "session/P1/dosing-1"
    facts: list[tuple[str, Fact, float]] = [
        ("study/story", StudyOpened(life="rehearsal", title="Story"), -30),
        *[
            (
                stream,
                Prescreened(participant=f"P{n}", referred_by="self", prior_mdma="never", outcome="invited"),
                -20,
            )
            for n, stream in enumerate((one, two, three), start=1)
        ],
        *[
            (
                stream,
                ConsentGiven(items=("study",), declined=(), version="1", language="en", explained_by="a"),
                -15,
            )
            for stream in (one, two, three)
        ],
        (three, ScreenFailed(criteria=("severity",), note=""), -10),
        (one, caps(40, diagnosis=True, visit="baseline"), -1),
        (two, caps(36, diagnosis=True, visit="baseline"), 0),
        (one, Randomised(slot="S01-0001", stratum="site=S01"), 0),
        (two, Randomised(slot="S01-0002", stratum="site=S01"), 0),
        (session, SessionStarted(participant="P1", visit="dosing-1", monitors=("a", "b"), physician="c"), 7),
        (session, reading(-15, 120), 7),
        (
            session,
            DoseGiven(participant="P1", visit="dosing-1", step="s1-first", kit="K17", witness="b"),
            7.01,
        ),
        (session, reading(60, 150), 7.05),
        (
            "session/P2/dosing-1",
            DoseGiven(participant="P2", visit="dosing-1", step="s1-first", kit="K29", witness="b"),
            9,
        ),
        (one, event("Euphoria", source="prompted", onset="2026-01-12T11:00:00+01:00"), 7.1),
        (two, event("Headache", source="spontaneous", onset="2026-01-08"), 3),
        (one, guess("experimental", "morning-1"), 8),
        (one, caps(20, diagnosis=False, visit="week-4"), 28),
        (two, caps(30, diagnosis=True, visit="week-4"), 29),
        (
            two,
            IntercurrentEventRecorded(event="ssri-restart", visit="week-8", detail=""),
            50,
        ),
        (two, caps(25, diagnosis=True, visit="week-8"), 56),
        (two, Withdrew(from_=("treatment", "follow-up"), why="moved away"), 60),
        (one, caps(9, diagnosis=False, visit="week-18"), 126),
        (one, Completed(last_visit="week-18"), 127),
    ]
    made = [
        record(n, stream, fact, days=days, role=filler(fact)) for n, (stream, fact, days) in enumerate(facts)
    ]
    euphoria = next(r for r in made if isinstance(r.fact, AdverseEvent) and r.fact.term == "Euphoria")
    closed = AdverseEventClosed(event=str(euphoria.id), outcome="recovered", end="2026-01-12T16:00:00+01:00")
    made.append(record(900, one, closed, days=8))
    week_8 = next(r for r in made if isinstance(r.fact, FormCompleted) and r.fact.visit == "week-8")
    right = caps(26, diagnosis=True, visit="week-8")
    slip = "a slip of the pen"
    made.append(record(901, two, right, days=56, role="rater", corrects=week_8.id, reason=slip))
    made.append(record(902, one, guess("comparator", "morning-1"), days=8.1, role="therapist"))
    return made
