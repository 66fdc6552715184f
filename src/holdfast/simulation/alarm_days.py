"""Many simulated dosing days, and how often their alarms told of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdfast import dice
from holdfast.conduct import alarms, values
from holdfast.conduct.book import Book
from holdfast.errors import Refusal
from holdfast.pharmacology.day import simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast_readings import CODES, NOISE
from holdfast.pharmacology.people import population
from holdfast.protocol.model import DosingSession, Protocol
from holdfast.records.envelope import Record
from holdfast.simulation.alarm_day import MINUTES, AlarmDay, Floats, Place, Rung
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.luck import Luck
from holdfast.simulation.play import Rehearsal, play

SEED = 2027
ATTEMPTS = 20
SUPPLEMENT_H = 1.75
SAME = 1.0 - 1e-3
"""Readings within so many minutes are one occasion, as conduct has it; records keep whole microseconds."""
ANSWERED_MIN = 10.0
"""What is done within so many minutes of an alarm that names no measure counts as following it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number of days rang.

    ``rung`` holds (code, priority, actionable) and how often; ``unheard`` the values beyond a
    high limit for which no high alarm stood; ``quiet_days`` those without any alarm.
    """

    days: int
    readings: int
    beyond_high: int
    unheard: int
    quiet_days: int
    rung: Counter[tuple[str, str, bool]]
    waits: tuple[float, ...]

    @property
    def hours(self) -> float:
        """Hours under watch."""
        return self.days * MINUTES / 60

    def per_hour(self, *, actionable: bool | None = None, priorities: Sequence[str] = ()) -> float:
        """Alarms an hour: all, or those that told of something or did not, of some priorities."""
        found = sum(
            count
            for (_code, priority, told), count in self.rung.items()
            if (actionable is None or told is actionable) and (not priorities or priority in priorities)
        )
        return found / self.hours


def count(place: Place, *, arm: str, days: int, seed: int = SEED, watched: bool = True) -> Counted:
    """Play so many days of an arm's doses from a place and count what rang."""
    plan = place.book.protocol.session(place.visit)
    courses = courses_of(plan, arm, days=days, seed=seed)
    played = [
        _played(place, (courses[0][each], courses[1][each]), name=f"{seed}/{arm}/{each}", watched=watched,
                person=each, seed=seed)
        for each in range(days)
    ]  # fmt: skip
    rung = [list(rung_of(day)) for day in played]
    return Counted(
        days=days,
        readings=sum(len(day.readings) for day in played),
        beyond_high=sum(beyond_high(day) for day in played),
        unheard=sum(len(day.unheard) for day in played),
        quiet_days=sum(not each for each in rung),
        rung=Counter((each.code, each.priority, each.actionable) for day in rung for each in day),
        waits=tuple(wait for day in played for wait in waits(day)),
    )


def _played(
    place: Place, courses: tuple[Floats, Floats], *, name: str, watched: bool, person: int, seed: int
) -> AlarmDay:
    k = np.arange(400 * len(CODES)).reshape(-1, len(CODES))
    noise = NOISE * dice.normal(seed, 0, person, "alarm-day-scatter", k)
    day = AlarmDay(place, courses, noise, Luck(seed, person), name, watched=watched)
    day.run()
    return day


def courses_of(plan: DosingSession, arm: str, *, days: int, seed: int) -> tuple[Floats, Floats]:
    """Vital signs (days, minutes, 4) of an arm, without and with its supplemental dose; no drug: at rest."""
    people = population(days, seed)
    first = plan.first.mg[arm].number
    second = 0.0 if plan.supplemental is None else plan.supplemental.mg[arm].number
    at_rest = np.stack([getattr(people, code) for code in CODES], axis=1)
    if first == 0:
        still = np.broadcast_to(at_rest[:, None, :], (days, MINUTES + 1, len(CODES)))
        return still, still
    hours = np.arange(MINUTES + 1) / 60
    given = [(Dose(first),), (Dose(first), Dose(second, SUPPLEMENT_H)) if second else (Dose(first),)]
    found = [simulate(people, doses, hours) for doses in given]
    without, taken = (np.stack([getattr(day, code) for code in CODES], axis=2) for day in found)
    return without, taken


def rung_of(day: AlarmDay) -> Iterator[Rung]:
    """Every alarm of a day, and whether it told of something."""
    for sealed in day.book.sealed[day.began :]:
        record = sealed.record
        if record.kind == "alarm-raised":
            fact: Any = record.fact
            minute = (record.happened_at.at - day.place.t0.at).total_seconds() / 60
            yield Rung(minute, fact.code, fact.priority, _told(day, record, minute))


def _told(day: AlarmDay, record: Record, minute: float) -> bool:
    """Stricter than what staff did: a limit's alarm told of something if the next reading passes too."""
    fact: Any = record.fact
    code = fact.code.removeprefix(alarms.REPEAT)
    limit = next((each for each in day.book.protocol.limits if each.code == code), None)
    if limit is None:
        return _followed(day, record, minute)
    later = [shown[fact.measure] for at, shown in day.readings if at > minute + SAME]
    return bool(later) and values.passed(limit, later[0], at=fact.limit)


ANSWERS = {
    "vitals-overdue": {"vitals-read", "vitals-missed", "vitals-deferred"},
    "vitals-missed": {"vitals-read"},
    "monitor-alone": {"monitor-presence"},
    "participant-unattended": {"monitor-presence"},
    "prompts-overdue": {"prompts-rated"},
}
"""The records that show that an alarm was followed."""


def _followed(day: AlarmDay, record: Record, minute: float) -> bool:
    fact: Any = record.fact
    wait = 30.0 if fact.code == "vitals-missed" else ANSWERED_MIN
    for sealed in day.book.sealed[day.began :]:
        each = sealed.record
        after = (each.happened_at.at - day.place.t0.at).total_seconds() / 60
        if each.kind in ANSWERS.get(fact.code, set()) and minute < after <= minute + wait:
            return True
    return False


def beyond_high(day: AlarmDay) -> int:
    """How many values of a day lay beyond a high limit."""
    return sum(
        values.passed(limit, shown[limit.measure.replace("-", "_")], at=limit.value.number)
        for _, shown in day.readings
        for limit in day.book.protocol.limits
        if limit.priority == "high" and limit.measure.replace("-", "_") in shown
    )


def waits(day: AlarmDay) -> Iterator[float]:
    """Minutes from each notice whose next reading passes too to the louder alarm of its measure."""
    rung = list(rung_of(day))
    for each in rung:
        code = each.code.removeprefix(alarms.REPEAT)
        if code == each.code or not each.actionable:
            continue
        loud = {code, code.replace("-hold", "-stop")}
        later = [other.minute for other in rung if other.code in loud and other.minute > each.minute]
        if later:
            yield later[0] - each.minute


# --- where the days begin ----------------------------------------------------------------


def place(protocol: Protocol, assumptions: Assumptions, *, session: int = 1, seed: int = 1) -> Place:
    """A rehearsal played until the first dose of a session (counted from 0), with no alarm before it.

    Raises:
        Refusal: for a study in which nobody comes so far.
    """
    visit = protocol.sessions[session].visit
    for attempt in range(ATTEMPTS):
        played = play(protocol, _calm(assumptions), seed=seed + attempt)
        found = _cut(played, visit)
        if found is not None:
            return _place(played, found, {code: each.number for code, each in assumptions.habits.items()})
    raise Refusal(f"Nobody of this study comes to a quiet first dose at {visit} in {ATTEMPTS} rehearsals.")


def _calm(assumptions: Assumptions) -> Assumptions:
    """The same people, few of them, and nothing goes wrong before the day."""
    way_in = assumptions.recruitment
    changed = {
        "by_arm": way_in.by_arm.model_copy(update={"value": (1.0,) * len(way_in.by_arm.numbers)}),
        "sites": way_in.sites.model_copy(update={"value": 1}),
        "site_shares": way_in.site_shares.model_copy(update={"value": (1.0,)}),
    }
    habits = {code: each.model_copy(update={"value": 0}) for code, each in assumptions.habits.items()}
    return assumptions.model_copy(update={"recruitment": way_in.model_copy(update=changed), "habits": habits})


def _cut(played: Rehearsal, visit: str) -> int | None:
    """The place in the ledger just after a first dose at that visit, if nothing rang before it."""
    step = played.protocol.session(visit).first.step
    for index, record in enumerate(played.records):
        fact: Any = record.fact
        if record.kind != "dose-given" or fact.step != step:
            continue
        before = played.records[:index]
        if any(each.kind == "alarm-raised" and each.stream == record.stream for each in before):
            continue
        same = [k for k, each in enumerate(played.records) if each.recorded_at == record.recorded_at]
        return same[-1] + 1
    return None


def _place(played: Rehearsal, cut: int, habits: dict[str, float]) -> Place:
    book = Book.of(played.protocol, played.sealed[:cut])
    given = next(each for each in reversed(book.records) if each.kind == "dose-given")
    session: Any = book.standing(given.stream)
    return Place(
        book=book,
        site=given.site,
        participant=session.participant,
        visit=session.visit,
        lead=session.monitors[0],
        second=session.monitors[1],
        physician=session.physician,
        t0=session.t0,
        habits=habits,
    )
