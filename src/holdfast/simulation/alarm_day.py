"""One simulated dosing day for counting alarms: virtual readings, and staff who follow the actions.

Everything is told through ``conduct`` and decided there; what is overdue is looked for every
minute, as the clinic does. The day begins just after the first dose of a session that was
played up to then.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt

from holdfast.conduct import actions as act
from holdfast.conduct import alarms, values
from holdfast.conduct.book import Book
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.decision import Refused
from holdfast.conduct.rounds import asked_of
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.streams import session_stream
from holdfast.pharmacology.forecast_readings import SIGNS
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.simulation.luck import Luck
from holdfast.simulation.play_watch import overdue
from holdfast.sourced import Figure, Status
from holdfast.timing import Instant

Floats = npt.NDArray[np.float64]
SPACE = UUID("0b7c0f3e-52f5-4c0e-8f5f-4f1f6a1b9c11")
MINUTES = 480
TOGETHER = 2.0
"""Nobody cuffs a person again for a second alarm within so many minutes."""
GATE = (92, 106)
"""When the supplemental dose is asked for; at the first of them that is granted it is taken."""


def _any(record: Record) -> Any:
    """A record's fact; no kind of fact is imported here."""
    return record.fact


def _assumed(value: float | tuple[float, ...], unit: str, why: str) -> Figure:
    return Figure(value=value, unit=unit, source=why, status=Status.ASSUMED, date="2026-11-26")


_CUFF = "A cuff that is squeezed, or read while the person talks or moves; no rate for such a day at hand"
ARTEFACTS = {
    "systolic": (_assumed(0.02, "per reading", _CUFF), _assumed((15, 45), "mmHg", _CUFF)),
    "diastolic": (_assumed(0.02, "per reading", _CUFF), _assumed((8, 25), "mmHg", _CUFF)),
    "heart_rate": (
        _assumed(0.01, "per reading", "A finger clip that moves counts beats that are none; no rate at hand"),
        _assumed((20, 50), "/min", "A finger clip that moves counts beats that are none; no size at hand"),
    ),
}
"""How often a device strays, and by how much; both pressures of a cuff stray together."""
FOLLOWS = _assumed(
    0.95, "per notice", "Staff read again when they are asked to; sometimes a person needs them."
)
AGAIN_AFTER = (5, 15)
"""Minutes to the time to look again: the first time, and each time after it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where all days begin: the ledger just after a first dose, whose session, and who works there."""

    book: Book
    site: str
    participant: str
    visit: str
    lead: str
    second: str
    physician: str
    t0: Instant
    habits: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rung:
    """An alarm of a day: the minute, its code and priority, and whether it told of something."""

    minute: float
    code: str
    priority: str
    actionable: bool


@dataclass(slots=True)
class AlarmDay:
    """A day as it goes: its ledger, its dice, the tasks still to come, and every reading made.

    ``courses`` are the vital signs (minutes, 4) without and with the supplemental dose.
    """

    place: Place
    courses: tuple[Floats, Floats]
    noise: Floats
    luck: Luck
    name: str
    watched: bool = True
    book: Book = field(init=False)
    minute: float = 0.0
    supplemented: bool = False
    count: int = 0
    tasks: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    readings: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)
    unheard: list[tuple[float, str, float]] = field(default_factory=list)
    began: int = 0

    def __post_init__(self) -> None:
        self.book = self.place.book.branch()
        self.began = len(self.book.sealed)

    # --- the ledger -------------------------------------------------------------------

    @property
    def session(self) -> SessionStanding:
        """The session's standing."""
        found = self.book.standing(session_stream(self.place.participant, self.place.visit))
        if not isinstance(found, SessionStanding):
            raise TypeError(f"a session's standing is not a {type(found).__name__}")
        return found

    @property
    def now(self) -> datetime:
        """The moment the day has come to."""
        return self.place.t0.at + timedelta(minutes=self.minute)

    def action(self, what: act.Ask | act.Tell, who: str, role: Role) -> act.Action:
        """Something done now."""
        self.count += 1
        stamp = act.Stamp(
            id=uuid5(SPACE, f"{self.name}/{self.count}"),
            study=self.book.protocol.study.code,
            site=self.place.site,
            author=who,
            role=role.value,
            device="simulated",
            happened_at=Instant(self.now, self.place.t0.zone),
        )
        return act.Action(stamp=stamp, what=what)

    def do(self, what: act.Ask | act.Tell, who: str = "", role: Role = Role.THERAPIST) -> list[Record]:
        """Perform an action; staff answer the alarms it brings. Nothing where it is refused."""
        decision = self.book.perform(self.action(what, who or self.place.second, role), self.now)
        if isinstance(decision, Refused):
            return []
        for record in decision:
            if record.kind == "alarm-raised":
                self.answer(record)
        return decision

    @property
    def ids(self) -> dict[str, str]:
        """Participant and visit, as every action names them."""
        return {"participant": self.place.participant, "visit": self.place.visit}

    # --- time ---------------------------------------------------------------------------

    def at(self, minute: float, task: Callable[[], None]) -> None:
        """Plan something."""
        self.count += 1
        heapq.heappush(self.tasks, (max(minute, self.minute), self.count, task))

    def run(self) -> None:
        """From the first dose to the last reading."""
        self._plan()
        while self.tasks:
            minute, _, task = heapq.heappop(self.tasks)
            if minute > MINUTES + 10:
                return
            self.minute = minute
            task()

    def _plan(self) -> None:
        for minute in (int(each) for each in self.book.protocol.vitals.at_minutes.numbers if each > 0):
            self._plan_reading(minute)
        for hour, by in asked_of(self.book.protocol):
            if 60 * hour < MINUTES:
                self.at(60 * hour + 4, lambda hour=hour, by=by: self._rate(hour, by))  # type: ignore[misc]
        for minute in GATE:
            self.at(minute, self._supplement)
        self.at(GATE[-1] + 1, self._decline)
        if not self.session.recording:
            self.do(act.NoteRecording(**self.ids, act="started"))
        out = self.luck.whole("out", 200, 400)
        longest = (17, 28) if self._habit("long_break") else (4, 12)
        self.at(out, lambda: self._presence(False))
        self.at(out + self.luck.whole("break", *longest), lambda: self._presence(True))
        if self.watched:
            for minute in range(1, MINUTES + 1):
                self.at(minute + 0.5, self.look)

    def _habit(self, code: str) -> bool:
        return self.luck.strikes(code, self.place.habits[code])

    # --- readings -------------------------------------------------------------------------

    def _plan_reading(self, minute: int) -> None:
        if self._habit("vitals_missed"):
            self.at(minute + 13, lambda: self._miss(minute))
        elif self._habit("vitals_deferred"):
            later = minute + self.luck.whole("deferral", 6, 14)
            self.at(minute, lambda: self._defer(minute, later))
            self.at(later + 1, lambda: self.read(due=minute))
        else:
            late = self._habit("vitals_late")
            wait = self.luck.whole("lateness", 7, 16) if late else 3 * self.luck.draw("jitter")
            self.at(minute + wait, lambda: self.read(due=minute))

    def read(self, *, due: int | None) -> None:
        """Take a reading as a device shows it now: the course, scatter, and sometimes an artefact."""
        due = self._answers() if due is None else due
        state = None if due is None else self.session.due.get(due)
        just = bool(self.readings) and self.minute - self.readings[-1][0] < TOGETHER
        if (state is not None and state.state in ("read", "missed")) or (due is None and just):
            return
        shown = self._shown()
        told = act.ReadVitals(**self.ids, due_minute=due, repeat=due is None, **shown)  # type: ignore[arg-type]
        self.readings.append((self.minute, shown))
        self.do(told)
        self._heard(shown)

    def _answers(self) -> int | None:
        """The scheduled minute that an extra reading answers, as the page offers it."""
        allowed = self.book.protocol.vitals.late_after_minutes.number
        plan = (int(each) for each in self.book.protocol.vitals.at_minutes.numbers if each > 0)
        near = [each for each in plan if abs(each - self.minute) <= allowed]
        free = [each for each in near if each not in self.session.due]
        return free[0] if free else None

    def _shown(self) -> dict[str, float]:
        at = min(round(self.minute), MINUTES)
        course = self.courses[self.supplemented][at]
        strays = {code: self.luck.strikes(f"{code}-strays", ARTEFACTS[code][0].number) for code in ARTEFACTS}
        strays["diastolic"] = strays["systolic"]
        found = {}
        for index, code in enumerate(MEASURES):
            value = course[index] + self.noise[len(self.readings) % len(self.noise), index]
            if strays.get(code):
                low, high = ARTEFACTS[code][1].numbers
                value += low + (high - low) * self.luck.draw(f"{code}-by")
            least, most = SIGNS[index].possible.numbers
            value = min(max(float(value), least), most)
            found[code] = round(value, 1 if code == "temperature" else 0)
        found["diastolic"] = min(found["diastolic"], found["systolic"] - 15)
        return found

    def _heard(self, shown: dict[str, float]) -> None:
        """Note every value beyond a high limit for which no high alarm is on or watched now."""
        for limit in self.book.protocol.limits:
            code = limit.measure.replace("-", "_")
            if limit.priority != "high" or code not in shown or self._ringing(code):
                continue
            if values.passed(limit, shown[code], at=limit.value.number):
                self.unheard.append((self.minute, limit.code, shown[code]))

    def _ringing(self, measure: str) -> bool:
        """Told from the records alone: a high alarm nobody took on, or whose time to look again is ahead."""
        until: dict[str, float | None] = {}
        for sealed in self.book.sealed[self.began :]:
            record, fact = sealed.record, _any(sealed.record)
            if record.kind == "alarm-raised" and (fact.priority, fact.measure) == ("high", measure):
                until[str(record.id)] = None
            elif record.kind == "alarm-acknowledged" and fact.alarm in until:
                until = dict.fromkeys(until, float(fact.recheck_minute))
        return any(each is None or self.minute < each for each in until.values())

    def _miss(self, minute: int) -> None:
        state = self.session.due.get(minute)
        if state is None or state.state not in ("read", "missed"):
            self.do(act.MissVitals(**self.ids, due_minute=minute, why="not to be disturbed"))

    def _defer(self, minute: int, until: int) -> None:
        why = "not to be disturbed now"
        self.do(act.DeferVitals(**self.ids, due_minute=minute, until_minute=until, why=why))

    # --- the rest of the day ---------------------------------------------------------------

    def _rate(self, hour: float, by: str) -> None:
        ratings: dict[str, Any] = {each.code: 0 for each in self.book.protocol.adverse_events.prompts}
        self.do(act.RatePrompts(**self.ids, at_hour=hour, rated_by=by, ratings=ratings), self.place.lead)

    def _presence(self, present: bool) -> None:
        if (self.place.second in self.session.in_room) != present:
            self.do(act.NotePresence(**self.ids, person=self.place.second, present=present), self.place.lead)

    def _supplement(self) -> None:
        step = self.book.protocol.session(self.place.visit).supplemental
        if step is None or self.supplemented:
            return
        said = ("identity_confirmed", "kit_matches", "physician_reachable")
        confirmed: dict[str, Any] = {**dict.fromkeys(said, True), "contraindication": False}
        if self.session.supplement is None:
            self._decide(True)
        if self.do(act.AskDose(**self.ids, step=step.step, confirmed=confirmed), self.place.lead):
            kit = self.session.kits[step.step].kit
            given = act.GiveDose(
                participant=self.place.participant,
                visit=self.place.visit,
                step=step.step,
                kit=kit,
                witness=self.place.second,
            )
            self.supplemented = bool(self.do(given, self.place.lead))

    def _decline(self) -> None:
        if not self.supplemented:
            self._decide(False)

    def _decide(self, give: bool) -> None:
        decided = act.DecideSupplement(
            **self.ids, give=give, decided_by=self.place.lead, why="As the readings stand."
        )
        self.do(decided, self.place.lead)

    # --- alarms ------------------------------------------------------------------------------

    def look(self) -> None:
        """What the clinic does all the time: record what is overdue."""
        looking = self.action(act.NoteOverdue(**self.ids, code=""), SOFTWARE, Role.SYSTEM)
        for code in overdue(self.book, looking, self.now):
            self.do(act.NoteOverdue(**self.ids, code=code), SOFTWARE, Role.SYSTEM)

    def answer(self, record: Record) -> None:
        """What staff do about an alarm: read again, take it on, come back, read what is late."""
        fact: Any = record.fact
        wait = 1 + 1.5 * self.luck.draw("answer")
        if fact.code.startswith(alarms.REPEAT):
            if self.luck.strikes("follows", FOLLOWS.number):
                self.at(self.minute + 5 + 2 * self.luck.draw("repeat"), lambda: self.read(due=None))
        elif fact.code == "vitals-overdue":
            self.at(self.minute + wait, lambda: self.read(due=int(fact.value)))
        elif fact.code == "monitor-alone":
            self.at(self.minute + wait, lambda: self._presence(True))
        if fact.priority != "low":
            self.at(self.minute + wait, lambda: self._take(record, fact))

    def _take(self, record: Record, fact: Any) -> None:
        alarm = self.session.alarms[record.id]
        if alarm.taken_by:
            return
        seen = self.looks.get(fact.code, 0)
        self.looks[fact.code] = seen + 1
        again = round(self.minute) + AGAIN_AFTER[min(seen, 1)]
        ask = act.AcknowledgeAlarm(
            **self.ids, alarm=record.id, plan="As the limit says; read again.", recheck_minute=again
        )
        who, role = (self.place.lead, Role.THERAPIST)
        if fact.priority == "high":
            who, role = (self.place.physician, Role.PHYSICIAN)
        self.do(ask, who, role)
        if fact.measure and self.luck.strikes("follows", FOLLOWS.number):
            self.at(again + 1.5 * self.luck.draw("recheck"), lambda: self.read(due=None))
