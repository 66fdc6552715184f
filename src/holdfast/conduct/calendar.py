"""When a visit is due: its target date and window, from randomisation or from the visit before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from holdfast.conduct import values
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.protocol.model import Protocol, Visit
from holdfast.sourced import Figure
from holdfast.timing import date_of


@dataclass(frozen=True, slots=True)
class Planned:
    """A visit's target date and window; None where what it counts from has not happened yet.

    ``unsigned`` names figures that await a physician's signature in a live study; without
    them there is no window.
    """

    target: date | None = None
    first: date | None = None
    last: date | None = None
    unsigned: tuple[str, ...] = ()


def planned(
    protocol: Protocol,
    person: ParticipantStanding,
    visit: Visit,
    *,
    study: StudyStanding | None = None,
    site: SiteStanding | None = None,
) -> Planned:
    """The plan of one visit for one participant.

    A visit ``after`` another counts from the day that one was held; until then from the
    date it has on the calendar, or else from its own target. Without ``study`` and
    ``site`` (a rehearsal, a preview) every figure has its value.
    """
    numbers = _Numbers(visit, study, site)
    target = _target(protocol, person, visit, numbers)
    early, late = numbers.of("early"), numbers.of("late")
    if numbers.unsigned or early is None or late is None:
        return Planned(target=target, unsigned=tuple(numbers.unsigned))
    if target is None:
        return Planned()
    return Planned(target, target - timedelta(days=early), target + timedelta(days=late))


@dataclass(slots=True)
class _Numbers:
    """The whole numbers of a visit's figures, noting those that await a signature."""

    visit: Visit
    study: StudyStanding | None
    site: SiteStanding | None
    unsigned: list[str] = field(default_factory=list)

    def of(self, name: str) -> int | None:
        figure: Figure = getattr(self.visit, name)
        if self.study is None or self.site is None:
            return int(figure.number)
        path = f"visits.{self.visit.code}.{name}"
        found = values.value(figure, path, study=self.study, site=self.site)
        if found is None:
            self.unsigned.append(path)
        return None if found is None else int(found)


def _target(protocol: Protocol, person: ParticipantStanding, visit: Visit, numbers: _Numbers) -> date | None:
    if visit.day is not None:
        day = numbers.of("day")
        reference = person.day_one
        return None if day is None or reference is None else date_of(day, reference)
    if visit.after is None:
        return None
    days = numbers.of("days")
    start = _day_of(protocol, person, protocol.visit(visit.after), numbers)
    return None if days is None or start is None else start + timedelta(days=days)


def _day_of(protocol: Protocol, person: ParticipantStanding, visit: Visit, numbers: _Numbers) -> date | None:
    state = person.visits.get(visit.code)
    if state is not None and state.held is not None:
        return state.held.day
    if state is not None and state.scheduled and not state.missed:
        return date.fromisoformat(state.scheduled)
    before = _Numbers(visit, numbers.study, numbers.site, numbers.unsigned)
    return _target(protocol, person, visit, before)
