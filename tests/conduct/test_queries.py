"""Queries: once, with the record that makes the contradiction; put to a physician, answered in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduct_world import PERSON, SCREENING, World, answers, codes, cssrs, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import contradictions, outlook, queries
from holdfast.conduct.actions import AnswerQuery, RaiseQuery
from holdfast.conduct.contradictions import ITEM9, USE, WORSE, Known
from holdfast.conduct.decision import Refused
from holdfast.conduct.standing import SiteStanding, StaffStanding, StudyStanding
from holdfast.conduct.streams import staff_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.assessment import FormCompleted
from holdfast.records.envelope import Record

SITE = "S01"
NO, WISH = cssrs(), cssrs(q1=True)


# --- raised with the record that makes it --------------------------------------------------


def both(world: World) -> tuple[StudyStanding, SiteStanding]:
    return world.standing("study/inactive-placebo"), world.standing(f"site/{SITE}")  # type: ignore[return-value]


def look(world: World) -> list[Record]:
    """What the software does every quarter of a minute."""
    study, site = both(world)
    raised = []
    for one in contradictions.due(world.protocol, world.person, world.now, study=study, site=site):
        raised += world.told(
            "holdfast", RaiseQuery(participant=PERSON, rule=one.rule, record=one.records[0]), role="system"
        )
    return raised


def denied(world: World) -> UUID:
    """PHQ-9 says yes, the interview of the same visit says no; the query about it."""
    world.fill(PERSON, "baseline", "PHQ-9", answers("PHQ-9", q9=1))
    world.later(hours=1).fill("dr-okafor", "baseline", "C-SSRS", NO)
    (query,) = world.person.open_queries()
    return query.root


def test_a_query_is_raised_with_the_form_that_contradicts_and_holds_no_answer() -> None:
    world = World().consented()
    assert "query-raised" not in kinds(world.fill(PERSON, "baseline", "PHQ-9", answers("PHQ-9", q9=1)))
    records = world.later(hours=1).fill("dr-okafor", "baseline", "C-SSRS", NO)
    raised = next(each for each in records if each.kind == "query-raised")
    assert (raised.author, raised.role, raised.because) == ("holdfast", "system", records[0].id)
    phq9, interview_ = (world.person.latest(code) for code in ("PHQ-9", "C-SSRS"))
    assert phq9 is not None
    assert interview_ is not None
    assert raised.fact.rule == ITEM9
    assert raised.fact.records == (str(phq9.root), str(interview_.root))
    assert raised.fact.visit == "baseline"
    assert datetime.fromisoformat(raised.fact.due) == world.now + timedelta(hours=24)
    assert look(world) == []
    assert len(world.person.queries) == 1


def test_a_correction_that_makes_a_contradiction_raises_it_and_one_that_unmakes_it_leaves_it() -> None:
    world = World().consented()
    world.fill(PERSON, "baseline", "PHQ-9", answers("PHQ-9", q9=0))
    world.fill("dr-okafor", "baseline", "C-SSRS", NO)
    done = world.person.latest("PHQ-9")
    stream = f"participant/{PERSON}"

    def corrected(item9: int) -> list[str]:
        fact = replace(done.fact, answers={**done.fact.answers, "q9": item9})
        last = next(
            each
            for each in reversed(world.person.history)
            if isinstance(each.fact, FormCompleted) and each.fact.form == "PHQ-9"
        )
        return kinds(
            world.told(PERSON, act.Amend(stream=stream, record=last.id, fact=fact), reason="misread")
        )

    assert "query-raised" in corrected(2)
    assert "query-raised" not in corrected(0)
    assert "query-raised" not in corrected(3)
    (query,) = world.person.open_queries()
    assert query.records[0] == done.root


def test_what_only_time_makes_is_raised_by_the_software_alone_and_sent_back_where_it_is_not_so() -> None:
    world = World().consented()
    world.fill("ana", "prep-1", "C-SSRS", NO)
    worse = world.later(days=7).fill("ana", "prep-2", "C-SSRS", WISH)
    told = RaiseQuery(participant=PERSON, rule=WORSE, record=worse[0].id)
    assert "query-raised" not in kinds(worse)
    assert look(world.later(hours=23)) == []
    with pytest.raises(ImpossibleValue):
        world.do("holdfast", told, role="system")
    (raised,) = look(world.later(hours=2))
    assert (raised.fact.rule, raised.because) == (WORSE, worse[0].id)
    with pytest.raises(ImpossibleValue):
        world.do("holdfast", told, role="system")
    assert look(world) == []


def test_two_answers_about_earlier_use_are_asked_about_within_a_week() -> None:
    world = World().screened(prior_mdma_use="2-5")
    (query,) = world.person.open_queries()
    assert (query.rule, query.visit, query.due - query.raised_at.at) == (USE, "screening", timedelta(days=7))
    assert SCREENING["prior_mdma_use"] == "never"


# --- answered ------------------------------------------------------------------------------


def answer(
    query: UUID, *, outcome: str = "both-stand", words: str = "Asked; a passing thought."
) -> AnswerQuery:
    return AnswerQuery(participant=PERSON, query=query, outcome=outcome, words=words)


def test_a_physician_answers_in_words_once() -> None:
    world = World().consented()
    query = denied(world)
    assert codes(world.do("dr-okafor", answer(query, words=" "))) == ["no-words"]
    with pytest.raises(ImpossibleValue):
        world.do("dr-okafor", answer(query, outcome="nothing"))
    with pytest.raises(UnknownName):
        world.do("dr-okafor", answer(UUID(int=4)))
    assert kinds(world.told("dr-okafor", answer(query))) == ["query-answered"]
    held = world.person.queries[query]
    assert (held.open, held.outcome, held.words, held.answered_by) == (
        False,
        "both-stand",
        "Asked; a passing thought.",
        "dr-okafor",
    )
    assert codes(world.do("dr-okafor", answer(query))) == ["query-answered-already"]


def test_that_an_event_is_recorded_is_answered_only_where_one_was_since_it_was_asked() -> None:
    world = World().consented()
    world.fill("ana", "prep-1", "C-SSRS", NO)
    told(world, "Headache", special_interest="")
    world.later(days=7).fill("ana", "prep-2", "C-SSRS", WISH)
    (raised,) = look(world.later(hours=25))
    says = answer(raised.id, outcome="event-recorded", words="Spoken with; the event is recorded.")
    refused = world.later(hours=1).do("dr-okafor", says)
    assert isinstance(refused, Refused)
    assert [each.code for each in refused.reasons] == ["event-not-recorded"]
    assert "Record the event first" in refused.reasons[0].sentence
    told(world, "Suicidal ideation", special_interest="suicidality")
    assert kinds(world.told("dr-okafor", says)) == ["query-answered"]
    assert world.person.queries[raised.id].outcome == "event-recorded"


def told(world: World, term: str, *, special_interest: str) -> None:
    event = act.ReportAdverseEvent(
        participant=PERSON,
        term=term,
        onset=world.now.date().isoformat(),
        end="",
        severity="mild",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest=special_interest,
        visit="",
    )
    world.told("dr-okafor", event)


@pytest.mark.parametrize("who", ["ana", "lee", "rae", "kim", PERSON])
def test_nobody_else_answers(who: str) -> None:
    world = World().consented()
    decision = world.do(who, answer(denied(world)))
    assert isinstance(decision, Refused)
    assert "role-may-not" in codes(decision)


def test_an_answer_after_its_time_or_by_somebody_of_the_pair_is_recorded_with_a_deviation() -> None:
    world = World().consented()
    query = denied(world)
    world.told("sponsor", act.Appoint(person="dr-okafor", role="therapist", name="Dr Okafor"))
    world.later(hours=25)
    assert codes(world.told("dr-okafor", answer(query))) == ["query-late", "query-within-pair"]


def test_it_is_put_to_the_physicians_outside_the_pair() -> None:
    world = World().consented()
    world.told("sponsor", act.Appoint(person="dr-wu", role="physician", name="Dr Wu"))
    world.told("lee", act.RecordCredential(person="dr-wu", credential="licence", valid_until="2027-12-31"))

    def addressed() -> tuple[str, ...]:
        people: dict[str, StaffStanding] = {
            each: world.standing(staff_stream(each))
            for each in ("ana", "ben", "dr-okafor", "dr-wu", "lee")  # type: ignore[misc]
        }
        return queries.addressed(people, world.person, site=SITE, day=world.now.date().isoformat())

    assert addressed() == ("dr-okafor", "dr-wu")
    world.told("sponsor", act.Appoint(person="dr-wu", role="therapist", name="Dr Wu"))
    assert addressed() == ("dr-okafor",)
    world.told("sponsor", act.EndAppointment(person="dr-okafor", role="physician"))
    assert addressed() == ("dr-wu",)


def test_past_its_time_it_is_overdue_without_a_word_of_what_it_is_about() -> None:
    world = World().consented()
    query = denied(world)

    def late() -> list[str]:
        found = outlook.overdue(world.protocol, world.person, world.now)
        return [each.sentence for each in found if each.code == "query"]

    assert late() == []
    world.later(hours=25)
    assert late() == ["A query to the physician was not answered in time."]
    world.told("dr-okafor", answer(query))
    assert late() == []


# --- once, whatever the order ---------------------------------------------------------------

TOLD = st.lists(
    st.one_of(
        st.tuples(st.just("PHQ-9"), st.integers(0, 20), st.sampled_from([0, 0, 1, 3])),
        st.tuples(st.just("C-SSRS"), st.integers(0, 20), st.sampled_from([0, 0, 1, 2, 3])),
    ),
    min_size=2,
    max_size=7,
)
VISITS = ("baseline", "prep-1", "week-4")


@settings(max_examples=60, deadline=None)
@given(told=TOLD, data=st.data())
def test_a_query_is_raised_once_however_often_one_looks_and_in_whatever_order_records_arrive(
    told: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    world = World().consented().later(days=21)
    for code, days, level in data.draw(st.permutations(told)):
        said = answers("PHQ-9", q9=level) if code == "PHQ-9" else _level(level)
        visit = VISITS[days % len(VISITS)]
        what = act.FillForm(participant=PERSON, visit=visit, form=code, answers=said, occurrence="repeated")
        world.told("dr-okafor", what, ago=timedelta(days=20 - days))
        if data.draw(st.booleans()):
            look(world.later(hours=data.draw(st.integers(0, 30))))
    world.later(days=2)
    look(world)
    assert look(world) == []
    raised = [each.about for each in world.person.queries.values()]
    assert len(raised) == len(set(raised))
    study, site = both(world)
    known = Known.of(world.protocol, world.person, world.now, study=study, site=site)
    still = {one.about for rule in contradictions.RULES.values() for one in rule.find(known)}
    still |= {one.about for one in contradictions.worse_untold(replace(known, asked=frozenset()))}
    assert still <= set(raised)


def _level(level: int) -> dict:
    yes = {f"q{k}": k <= level for k in range(1, 6)}
    return cssrs(**(yes if level >= 2 else {"q1": level == 1}))
