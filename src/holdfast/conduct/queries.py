"""Queries: records that contradict each other are put to a physician outside the therapy pair, who answers.

A query holds no answer of anybody. It is raised with the record that makes the contradiction, or by
the software's own look (``RaiseQuery``) where only time does: an event that nobody recorded within a day.
"""

from __future__ import annotations

from datetime import timedelta

from holdfast.conduct import contradictions, values
from holdfast.conduct.actions import AnswerQuery, RaiseQuery
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.contradictions import RULES, Contradiction, Known
from holdfast.conduct.decision import Reason
from holdfast.conduct.reach import People, of_pair, whom
from holdfast.conduct.standing import ParticipantStanding, step
from holdfast.conduct.standing.parts import QueryState
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.roles import Role
from holdfast.records.assessment import FormCompleted
from holdfast.records.envelope import Record
from holdfast.records.queries import QueryAnswered, QueryRaised
from holdfast.records.safety import AdverseEvent

EVENT = "event-recorded"
OUTCOMES = ("both-stand", "corrected", EVENT, "cannot-be-told")


def look_at(case: Case, main: Record, fact: FormCompleted, pen: Pen) -> None:
    """Raise a query of what a form, just recorded or corrected, contradicts."""
    before, rules = case.standings.get(main.stream), contradictions.made_by(fact)
    if not rules or not isinstance(before, ParticipantStanding):
        return
    after = step(before, main)
    if isinstance(after, ParticipantStanding):
        known = Known.of(case.protocol, after, case.now, study=case.study, site=case.site)
        for each in contradictions.found(known, rules=rules):
            pen.follow(main.stream, query(case, each), because=main.id)


def query(case: Case, one: Contradiction) -> QueryRaised:
    """The query about a contradiction, with the time by which it is to be answered."""
    code = RULES[one.rule].answer_within
    hours = values.constant(case.protocol, code, study=case.study, site=case.site)
    by = case.now + timedelta(hours=hours)
    return QueryRaised(
        rule=one.rule,
        records=tuple(str(each) for each in one.records),
        visit=one.visit,
        due=by.isoformat(timespec="seconds"),
    )


def raise_query(case: Case, tell: RaiseQuery, pen: Pen) -> None:
    """A query of what time has made a contradiction; sent back where nothing contradicts any more."""
    person = case.participant(tell.participant)
    known = Known.of(case.protocol, person, case.now, study=case.study, site=case.site)
    one = next((each for each in contradictions.found(known) if each.about == (tell.rule, tell.record)), None)
    if one is None:
        raise ImpossibleValue("Nothing contradicts there now, or somebody was asked already.", field="record")
    pen.write(participant_stream(tell.participant), query(case, one), because=tell.record)


def answer_query(case: Case, ask: AnswerQuery, pen: Pen) -> list[Reason]:
    """A physician says what came of a query, in words; late, or within the pair, with a deviation."""
    person = case.participant(ask.participant)
    asked = person.queries.get(ask.query)
    if asked is None:
        raise UnknownName(f"{ask.participant} has no query with the record {ask.query}.")
    if ask.outcome not in OUTCOMES:
        raise ImpossibleValue(
            f"Expected one of {', '.join(OUTCOMES)}; found {ask.outcome!r}.", field="outcome"
        )
    reasons = [*words_given(ask.words), *not_answered(asked), *event_recorded(ask.outcome, asked, person)]
    if reasons:
        return reasons
    stream = participant_stream(ask.participant)
    fact = QueryAnswered(query=str(asked.root), outcome=ask.outcome, words=ask.words)
    main = pen.write(stream, fact, because=asked.root)
    if case.at.at > asked.due:
        what = f"A query was answered after {asked.due:%Y-%m-%d %H:%M} UTC."
        pen.deviate(stream, "query-late", what, severity="minor", because=main.id)
    if of_pair(case.staff(case.stamp.author), case.stamp.author, person, site=case.stamp.site):
        what = "A query was answered by somebody of the therapy pair."
        pen.deviate(stream, "query-within-pair", what, severity="minor", because=main.id)
    return []


def words_given(words: str) -> list[Reason]:
    """An answer says how the records are to be read."""
    return [] if words.strip() else [Reason("no-words", "Say in words what you found.")]


def not_answered(asked: QueryState) -> list[Reason]:
    """Nobody answered it before."""
    if asked.open:
        return []
    return [Reason("query-answered-already", f"{asked.answered_by} has answered this.", asked.answered_by)]


def event_recorded(outcome: str, asked: QueryState, person: ParticipantStanding) -> list[Reason]:
    """That the event is recorded now is said only where somebody recorded one since it was asked."""
    if outcome != EVENT or event_since(person, asked):
        return []
    sentence = (
        "No event of this person was recorded since this was asked. Record the event first, "
        "then answer; or choose another outcome."
    )
    return [Reason("event-not-recorded", sentence, str(asked.root))]


def event_since(person: ParticipantStanding, asked: QueryState) -> bool:
    """Whether an event that people told was recorded since a query was raised.

    By when it was recorded, not by its onset: one that stood there before is not recorded now, and did not
    explain what was asked about. Nor do effects that were asked for by name (``contradictions.explains``).
    """
    return any(
        isinstance(each.fact, AdverseEvent)
        and each.corrects is None
        and each.fact.source != "prompted"
        and each.recorded_at >= asked.raised_at.at
        for each in person.history
    )


def addressed(people: People, person: ParticipantStanding, *, site: str, day: str) -> tuple[str, ...]:
    """The physicians a query is put to, sorted: those of the site outside the therapy pair (``reach``).

    Where there are none outside it, those within it. ``people`` are those of the site; ``day`` an ISO date.
    """
    told = whom(people, person, site=site, day=day, step=1)
    return tuple(each for each in told if people[each].holds(Role.PHYSICIAN, site=site))
