"""Who reaches the study and who enters it, by group, with small cells hidden; how long people wait.

It reads no outcome and no arm. A cell of one to four people is hidden, and where the total would then tell
it, the next smallest too. What two stages differ by is not hidden. Goals are figures of the study file's
``settings`` whose code is ``goal-<factor>-<level>``, in percent of those who enter.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.correction import resolve
from holdfast.records.enrolment import ConsentGiven, Prescreened, Randomised, TreatmentEntered
from holdfast.records.envelope import Record
from holdfast.records.fact import Redacted
from holdfast.sourced import Figure
from holdfast.tables.frames import Resolved, participant_of, resolved

SMALL = 5
"""The least number of people that is shown; none is shown too."""
STAGES = ("contacted", "consented", "entered")
ASKED = ("sex", "ethnicity", "race")
"""Variables of the study's own forms that make groups, where the study asks them."""
AT_CONTACT = ("referral", "prior-mdma")
"""What a first contact tells; the rest is known from consent on."""
FACTS = (Prescreened, ConsentGiven, Randomised, TreatmentEntered, FormCompleted)
KINDS = tuple(each.KIND for each in FACTS)
UNKNOWN = "not-known"


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
    """Days between two stages: quartiles and median; None where too few people have both."""

    start: str
    end: str
    days: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Equity:
    """The whole: totals by stage, factors, waits."""

    totals: dict[str, int]
    factors: tuple[Factor, ...]
    waits: tuple[Wait, ...]


@dataclass(slots=True)
class _Person:
    groups: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)


def equity(records: Sequence[Record], protocol: Protocol) -> Equity:
    """Counts, goals and waits of a study from its records; corrections are applied."""
    people = _people(resolved(resolve([each for each in records if _kind(each) in KINDS])), protocol)
    at = {stage: [each for each in people if stage in each.days] for stage in STAGES}
    asked = [each.name for each in protocol.variables if each.name in ASKED]
    return Equity(
        totals={stage: len(at[stage]) for stage in STAGES},
        factors=tuple(
            _factor(name, at, _goals(name, protocol)) for name in (*AT_CONTACT, "language", *asked)
        ),
        waits=tuple(_wait(people, start, end) for start, end in pairwise(STAGES)),
    )


def _kind(record: Record) -> str:
    return record.fact.of_kind if isinstance(record.fact, Redacted) else record.kind


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
        for name in ASKED:
            answer = form.answers.get(name)
            if isinstance(answer, str):
                people[participant_of(record)].groups[name] = answer


def _goals(factor: str, protocol: Protocol) -> dict[str, Figure]:
    head = f"goal-{factor}-"
    return {
        each.code.removeprefix(head): each.value for each in protocol.settings if each.code.startswith(head)
    }


def _factor(name: str, at: Mapping[str, Sequence[_Person]], goals: Mapping[str, Figure]) -> Factor:
    stages = STAGES if name in AT_CONTACT else STAGES[1:]
    counted = {stage: Counter(each.groups.get(name) or UNKNOWN for each in at[stage]) for stage in stages}
    # A level that only a goal names stands there too: nobody of it has come yet.
    names = sorted({level for counts in counted.values() for level in counts} | set(goals))
    columns = [hidden([counted[stage][level] for level in names]) for stage in stages]
    levels = (
        Level(level, tuple(column[place] for column in columns), goals.get(level))
        for place, level in enumerate(names)
    )
    return Factor(name, stages, tuple(levels))


def hidden(counts: Sequence[int]) -> list[int | None]:
    """Counts of one total with the small ones hidden, so that no sum tells them."""
    small = {place for place, count in enumerate(counts) if 0 < count < SMALL}
    others = sorted((count, place) for place, count in enumerate(counts) if count >= SMALL)
    if small and others and sum(counts[place] for place in small) < SMALL:
        # The total less what is shown would tell them.
        small.add(others[0][1])
    return [None if place in small else count for place, count in enumerate(counts)]


def _wait(people: Iterable[_Person], start: str, end: str) -> Wait:
    days = [
        (each.days[end] - each.days[start]).days for each in people if start in each.days and end in each.days
    ]
    if len(days) < SMALL:
        return Wait(start, end, None)
    first, middle, third = statistics.quantiles(days, n=4, method="inclusive")
    return Wait(start, end, (first, middle, third))
