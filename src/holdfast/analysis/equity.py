"""Who reaches the study and who enters it, by group, with small cells hidden; how long people wait.

It reads no outcome and no arm. Small cells are hidden at each stage (``small_cells``), and who is not
recorded is a group of its own. What two stages, or two days, differ by is not hidden. Goals are figures of
the study file's ``settings`` whose code is ``goal-<factor>-<level>``, in percent of those who enter.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from holdfast.analysis.small_cells import SMALL, hidden
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.correction import resolve
from holdfast.records.enrolment import ConsentGiven, Prescreened, Randomised, TreatmentEntered
from holdfast.records.envelope import Record
from holdfast.records.fact import Redacted
from holdfast.sourced import Figure
from holdfast.tables.frames import Resolved, participant_of, resolved

STAGES = ("contacted", "consented", "entered")
PEOPLE = ("sex", "ethnicity", "race")
"""Variables of the study's own forms that make groups of people, where the study asks them."""
ACCESS = ("travel_time", "travel_paid_back", "payer", "own_cost", "payer_cost")
"""Likewise, of what taking part asks of somebody, and of who pays."""
AT_CONTACT = ("referral", "prior-mdma")
"""What a first contact tells; the rest is known from consent on."""
ORDER = {"prior-mdma": ("never", "once", "2-5", "more")}
"""The order of what a first contact is asked; a variable of the study has its options'."""
FACTS = (Prescreened, ConsentGiven, Randomised, TreatmentEntered, FormCompleted)
KINDS = tuple(each.KIND for each in FACTS)
NOT_RECORDED = "not-recorded"
"""The group of whom nothing is recorded: always there, always the last."""


@dataclass(frozen=True, slots=True)
class Level:
    """A group at each of the factor's stages; None is hidden. ``goal`` is what the study file aims at."""

    level: str
    counts: tuple[int | None, ...]
    goal: Figure | None


@dataclass(frozen=True, slots=True)
class Factor:
    """What people are grouped by, at the stages at which that is known."""

    factor: str
    stages: tuple[str, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Days between two stages, of the ``people`` who have both: quartiles and median; None where too few."""

    start: str
    end: str
    people: int
    days: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Equity:
    """The whole: totals by stage, factors, waits, and variables of ``ACCESS`` that the study does not ask."""

    totals: dict[str, int]
    factors: tuple[Factor, ...]
    waits: tuple[Wait, ...]
    not_asked: tuple[str, ...]


@dataclass(slots=True)
class _Person:
    groups: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)


def equity(records: Sequence[Record], protocol: Protocol) -> Equity:
    """Counts, goals and waits of a study from its records; corrections are applied."""
    people = _people(resolved(resolve([each for each in records if _kind(each) in KINDS])), protocol)
    at = {stage: [each for each in people if stage in each.days] for stage in STAGES}
    asked = [name for name in (*PEOPLE, *ACCESS) if name in _own_fields(protocol)]
    return Equity(
        totals={stage: len(at[stage]) for stage in STAGES},
        factors=tuple(_factor(name, at, protocol) for name in (*AT_CONTACT, "language", *asked)),
        waits=tuple(_wait(people, start, end) for start, end in pairwise(STAGES)),
        not_asked=tuple(name for name in ACCESS if name not in asked),
    )


def _kind(record: Record) -> str:
    return record.fact.of_kind if isinstance(record.fact, Redacted) else record.kind


def _own_fields(protocol: Protocol) -> set[str]:
    return {name for form in protocol.forms for name in form.fields}


def _people(records: Resolved, protocol: Protocol) -> list[_Person]:
    people: dict[str, _Person] = {}
    for record, fact in records.of(Prescreened):
        groups = {"referral": fact.referred_by, "prior-mdma": fact.prior_mdma}
        people[fact.participant] = _Person(groups, {"contacted": record.happened_at.day})
    for record, consent in records.of(ConsentGiven):
        person = people[participant_of(record)]
        person.groups["language"] = consent.language
        person.days.setdefault("consented", record.happened_at.day)
    for kind in (Randomised, TreatmentEntered):
        for record, _fact in records.of(kind):
            people[participant_of(record)].days.setdefault("entered", record.happened_at.day)
    _answers(people, records, protocol)
    return list(people.values())


def _answers(people: Mapping[str, _Person], records: Resolved, protocol: Protocol) -> None:
    own = {form.form for form in protocol.forms if form.fields}
    for record, form in records.of(FormCompleted):
        if form.form not in own:
            continue
        for name in (*PEOPLE, *ACCESS):
            answer = form.answers.get(name)
            if isinstance(answer, str):
                people[participant_of(record)].groups[name] = answer


def _goals(factor: str, protocol: Protocol) -> dict[str, Figure]:
    head = f"goal-{factor}-"
    return {
        each.code.removeprefix(head): each.value for each in protocol.settings if each.code.startswith(head)
    }


def _factor(name: str, at: Mapping[str, Sequence[_Person]], protocol: Protocol) -> Factor:
    stages = STAGES if name in AT_CONTACT else STAGES[1:]
    counted = {
        stage: Counter(each.groups.get(name) or NOT_RECORDED for each in at[stage]) for stage in stages
    }
    goals = _goals(name, protocol)
    # A level that only a goal names stands there too: nobody of it has come yet.
    seen = {level for counts in counted.values() for level in counts} | set(goals)
    names = [*_in_order(name, seen - {NOT_RECORDED}, protocol), NOT_RECORDED]
    columns = [hidden([counted[stage][level] for level in names]) for stage in stages]
    levels = (
        Level(level, tuple(column[place] for column in columns), goals.get(level))
        for place, level in enumerate(names)
    )
    return Factor(name, stages, tuple(levels))


def _in_order(name: str, levels: set[str], protocol: Protocol) -> list[str]:
    """Levels in the order in which they are asked, others after them by their codes."""
    options = next((each.options for each in protocol.variables if each.name == name), ())
    order = list(ORDER.get(name, options))
    return sorted(levels, key=lambda each: (order.index(each) if each in order else len(order), each))


def _wait(people: Iterable[_Person], start: str, end: str) -> Wait:
    days = [
        (each.days[end] - each.days[start]).days for each in people if start in each.days and end in each.days
    ]
    if len(days) < SMALL:
        return Wait(start, end, len(days), None)
    first, middle, third = statistics.quantiles(days, n=4, method="inclusive")
    return Wait(start, end, len(days), (first, middle, third))
