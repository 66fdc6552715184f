"""What was recorded of somebody and contradicts itself: five rules, each with its reason in the docs.

Nothing is refused and nothing put right: both answers stand, and a physician is asked (``queries``). A
rule names what it is about by the first of its records; of that it finds one contradiction, whatever
arrives later and in whatever order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self
from uuid import UUID

from holdfast.conduct import values
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.parts import EventState, FormDone, newest
from holdfast.instruments import cssrs
from holdfast.instruments.answers import from_json
from holdfast.instruments.catalogue import ALONE, ASK_OF_SUICIDE, INTERVIEW
from holdfast.instruments.scale import Doubt, english
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.correction import origins_of
from holdfast.records.enrolment import Prescreened
from holdfast.records.fact import Json

DEPRESSION = "PHQ-9"
TIMES_USED, LAST_USED, EVER_USED = "prior_mdma_use", "last_mdma_use", "prior_mdma"
MONTHS_ILL, AGE = "ptsd_months", "age"
USED = frozenset({"once", "2-5", "more"})
ITEM9, BELOW, WORSE = "item9-denied", "interview-below-self-report", "worse-without-event"
USE, LIFE = "earlier-use", "longer-than-life"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Records that contradict each other by a rule; the first is what a query would be about."""

    rule: str
    records: tuple[UUID, ...]
    visit: str

    @property
    def about(self) -> tuple[str, UUID]:
        """Of this one query is raised."""
        return self.rule, self.records[0]


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules look at: the person's records until now, the protocol, and the rules' numbers."""

    protocol: Protocol
    person: ParticipantStanding
    now: datetime
    near: timedelta
    remembered: timedelta
    told_within: timedelta
    asked: frozenset[tuple[str, UUID]]  # what queries were raised about

    @classmethod
    def of(
        cls,
        protocol: Protocol,
        person: ParticipantStanding,
        now: datetime,
        *,
        study: StudyStanding,
        site: SiteStanding,
    ) -> Self:
        """The numbers are the study's settings, conduct's own where it has none."""

        def number(code: str) -> float:
            return values.constant(protocol, code, study=study, site=site)

        return cls(
            protocol,
            person,
            now,
            near=timedelta(days=number("query-near-days")),
            remembered=timedelta(days=number("query-recall-days")),
            told_within=timedelta(hours=number("query-event-hours")),
            asked=frozenset(each.about for each in person.queries.values()),
        )

    def done(self, *instruments: str) -> list[FormDone]:
        """Completed forms of these instruments, in the order of the world's time."""
        found = [
            each
            for forms in self.person.forms.values()
            for each in forms
            if each.fact.instrument in instruments
        ]
        return sorted(found, key=lambda each: each.at.at)

    def beside(self, one: FormDone, *instruments: str) -> list[FormDone]:
        """Forms of these instruments that belong to another form.

        Those of its visit where the protocol asks for any there; else those within ``near`` of it.
        """
        done = self.done(*instruments)
        forms = {each.form for each in self.protocol.forms if each.instrument in instruments}
        visit = next((each for each in self.protocol.visits if each.code == one.fact.visit), None)
        if visit is not None and any(each.form in forms for each in visit.forms):
            return [each for each in done if each.fact.visit == visit.code]
        return [each for each in done if abs(each.at.at - one.at.at) <= self.near]


# --- what forms say -----------------------------------------------------------------------


def severest(form: FormDone) -> int:
    """The severest ideation that a form says yes to, 0 for none: what is known, whatever is missing."""
    return cssrs.highest_yes(from_json(form.fact.answers))


def acted(form: FormDone) -> bool:
    """Whether a form says yes to any suicidal behaviour."""
    return any(form.fact.answers.get(code) is True for code in cssrs.BEHAVIOUR)


def tells(form: FormDone) -> bool:
    """Whether a form says yes to anything of suicide."""
    return severest(form) > 0 or acted(form)


def denies(form: FormDone) -> bool:
    """Whether every question of ideation and behaviour was asked and answered no."""
    ideation, behaviour = form.fact.scores.get("ideation"), form.fact.scores.get("behaviour")
    return ideation == 0 and behaviour is False


def lower(form: FormDone, than: FormDone) -> bool:
    """Whether a form, as far as it is complete, says less than another says for sure."""
    ideation, behaviour = form.fact.scores.get("ideation"), form.fact.scores.get("behaviour")
    less = isinstance(ideation, int | float) and ideation < severest(than)
    return less or (behaviour is False and acted(than))


def worse(form: FormDone, than: FormDone) -> bool:
    """Whether a form tells of severer ideation than another, or of behaviour where that told of none."""
    return severest(form) > severest(than) or (acted(form) and not acted(than))


# --- the rules ----------------------------------------------------------------------------


def item9_denied(known: Known) -> Iterator[Contradiction]:
    """PHQ-9 item 9 above 0, and no question about suicide was answered yes: not beside it, nor lately."""
    for phq in known.done(DEPRESSION):
        item9 = phq.fact.scores.get("item9")
        if not isinstance(item9, int | float) or item9 <= 0:
            continue
        beside = known.beside(phq, *ASK_OF_SUICIDE)
        lately = [
            each
            for each in known.done(*ASK_OF_SUICIDE)
            if timedelta(0) <= phq.at.at - each.at.at <= known.remembered
        ]
        denied = next((each for each in beside if denies(each)), None)
        if denied is not None and not any(tells(each) for each in (*beside, *lately)):
            yield Contradiction(ITEM9, (phq.root, denied.root), phq.fact.visit)


def below_self_report(known: Known) -> Iterator[Contradiction]:
    """The interview says less than the person said alone."""
    for alone in known.done(ALONE):
        interview = newest(known.beside(alone, INTERVIEW))
        if interview is not None and lower(interview, alone):
            yield Contradiction(BELOW, (alone.root, interview.root), alone.fact.visit)


def worse_untold(known: Known) -> Iterator[Contradiction]:
    """Suicidality got worse, and within a day nobody recorded an event."""
    done = known.done(*ASK_OF_SUICIDE)
    for before, form in pairwise(done):
        if not worse(form, before) or (WORSE, form.root) in known.asked:
            continue
        until = max(form.at.at, recorded_at(known.person, form)) + known.told_within
        told = any(explains(each, form, before, until=until) for each in known.person.events.values())
        if until <= known.now and not told:
            yield Contradiction(WORSE, (form.root, before.root), form.fact.visit)


def recorded_at(person: ParticipantStanding, form: FormDone) -> datetime:
    """When a form, as it now stands, was recorded: what is entered later can be acted upon later."""
    origins = origins_of(person.history)
    versions = [each for each in person.history if form.root in (each.id, origins.get(each.id))]
    return max(each.recorded_at for each in versions)


def explains(event: EventState, form: FormDone, before: FormDone, *, until: datetime) -> bool:
    """Whether an event tells of a worsening: one of suicidality, or one that people told after it.

    Effects asked for by name after a dose do not: they were asked for, whatever else happened.
    """
    known = event.known_at.at
    if event.fact.special_interest == "suicidality":
        return known <= until and (event.open or known > before.at.at)
    return event.fact.source == "spontaneous" and form.at.at <= known <= until


def earlier_use(known: Known) -> Iterator[Contradiction]:
    """Never used MDMA by one answer, used it by another."""
    form = newest([each for done in known.person.forms.values() for each in done if _says(each, TIMES_USED)])
    if form is None:
        return
    times, first = form.fact.answers.get(TIMES_USED), logged(known.person)
    if doubts(form.fact.answers):
        yield Contradiction(USE, (form.root,), form.fact.visit)
    elif first is not None and {times, first[1]} & USED and "never" in (times, first[1]):
        yield Contradiction(USE, (form.root, first[0]), form.fact.visit)


def doubts(said: Mapping[str, Json]) -> tuple[Doubt, ...]:
    """Answers of one of the study's own forms that contradict each other: a second look is asked of them."""
    times, last, ever = said.get(TIMES_USED), said.get(LAST_USED), said.get(EVER_USED)
    found = []
    if times == "never" and isinstance(last, str) and last:
        found.append(Doubt((TIMES_USED, LAST_USED), _NEVER_BUT))
    if (times == "never" and ever == "yes") or (times in USED and ever == "no"):
        found.append(Doubt((TIMES_USED, EVER_USED), _NEVER_BUT))
    return tuple(found)


_NEVER_BUT = english("One answer says that MDMA was never used before, another that it was.")


def logged(person: ParticipantStanding) -> tuple[UUID, str] | None:
    """What was said of earlier use when somebody was first logged, with the record that says so."""
    facts = [(each.id, each.fact) for each in person.history if isinstance(each.fact, Prescreened)]
    return (facts[-1][0], facts[-1][1].prior_mdma) if facts else None


def longer_than_life(known: Known) -> Iterator[Contradiction]:
    """PTSD for longer than the person has lived."""
    done = [each for forms in known.person.forms.values() for each in forms]
    ill = newest([each for each in done if _number(each, MONTHS_ILL) is not None])
    lived = newest([each for each in done if _number(each, AGE) is not None])
    if ill is None or lived is None:
        return
    months, age = _number(ill, MONTHS_ILL), _number(lived, AGE)
    # The age is in whole years: somebody of 30 may be a month from 31.
    if months is not None and age is not None and months >= 12 * (age + 1):
        records = (ill.root,) if ill.root == lived.root else (ill.root, lived.root)
        yield Contradiction(LIFE, records, ill.fact.visit)


def _says(form: FormDone, field: str) -> bool:
    return isinstance(form.fact.answers.get(field), str)


def _number(form: FormDone, field: str) -> float | None:
    said = form.fact.answers.get(field)
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


@dataclass(frozen=True, slots=True)
class Rule:
    """How a contradiction is found, in which forms, and by which of conduct's figures it is to be answered.

    ``of`` are instruments, or fields of the study's own forms. What is not found ``at_once``, with the form
    that makes it, is found when its time has passed (``due``).
    """

    find: Callable[[Known], Iterator[Contradiction]]
    of: frozenset[str]
    answer_within: str
    at_once: bool = True

    def concerns(self, form: FormCompleted) -> bool:
        """Whether a form says anything that the rule looks at."""
        return form.instrument in self.of or not self.of.isdisjoint(form.answers)


RULES: Mapping[str, Rule] = {
    ITEM9: Rule(item9_denied, frozenset({DEPRESSION, *ASK_OF_SUICIDE}), "query-safety-hours"),
    BELOW: Rule(below_self_report, frozenset(ASK_OF_SUICIDE), "query-safety-hours"),
    WORSE: Rule(worse_untold, frozenset(ASK_OF_SUICIDE), "query-safety-hours", at_once=False),
    USE: Rule(earlier_use, frozenset({TIMES_USED, LAST_USED, EVER_USED}), "query-fact-hours"),
    LIFE: Rule(longer_than_life, frozenset({MONTHS_ILL, AGE}), "query-fact-hours"),
}
"""By code."""


def made_by(form: FormCompleted) -> dict[str, Rule]:
    """The rules by which a form, recorded or corrected now, may make a contradiction."""
    return {code: rule for code, rule in RULES.items() if rule.at_once and rule.concerns(form)}


def found(known: Known, *, rules: Mapping[str, Rule] = RULES) -> tuple[Contradiction, ...]:
    """Every contradiction of which no query was raised yet, one for each thing it is about."""
    each_once = {one.about: one for rule in rules.values() for one in rule.find(known)}
    return tuple(one for about, one in each_once.items() if about not in known.asked)


def due(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> tuple[Contradiction, ...]:
    """The contradictions that a query is to be raised of now; none once the study is locked."""
    if study.locked:
        return ()
    return found(Known.of(protocol, person, now, study=study, site=site))
