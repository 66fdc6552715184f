"""What contradicts itself, rule by rule: literal tables of what was recorded and what is found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5

import pytest

from conduct_world import PERSON, SPACE, answers, cssrs
from holdfast.conduct import contradictions
from holdfast.conduct.contradictions import BELOW, ITEM9, LIFE, USE, WORSE
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding, fold
from holdfast.instruments import catalogue
from holdfast.instruments.answers import from_json
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.enrolment import Prescreened
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.studies import path_of
from holdfast.timing import Instant

SITE = "S01"
DAY_1 = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
NOW = DAY_1 + timedelta(days=400)
NO, WISH, PLAN = cssrs(), cssrs(q1=True), cssrs(q1=True, q2=True, q3=True, q4=False, q5=False)
TRIED = cssrs(aborted_attempt=True)


@cache
def low_dose() -> Protocol:
    """The shipped study in which somebody is asked about suicide alone, too."""
    return compile_study(path_of("low-dose-control"))


def entered(place: int, fact: Fact, *, day: float, late: float = 0, because: UUID | None = None) -> Record:
    """A record of a day of the study, entered some days later."""
    at = DAY_1 + timedelta(days=day)
    return Record(
        id=uuid5(SPACE, f"contradiction/{place}"),
        study="low-dose-control",
        site=SITE,
        stream=f"participant/{PERSON}",
        fact=fact,
        protocol_hash="0" * 64,
        happened_at=Instant(at, "America/Denver"),
        recorded_at=at + timedelta(days=late, minutes=1),
        author="ana",
        role="therapist",
        device="desk",
        because=because,
    )


def form(code: str, visit: str, said: Mapping[str, object]) -> FormCompleted:
    """A filled form, scored by its instrument."""
    instrument = catalogue.INSTRUMENTS.get(code)
    scores = dict(instrument.score(from_json(said)).values) if instrument else {}
    return FormCompleted(
        form=code,
        instrument=code if instrument else "",
        instrument_version="1",
        visit=visit,
        occurrence="planned",
        answers=dict(said),
        scores=scores,
        language="en",
    )


def phq(visit: str, item9: object) -> FormCompleted:
    return form("PHQ-9", visit, answers("PHQ-9", q9=item9))


def interview(visit: str, said: Mapping[str, object]) -> FormCompleted:
    return form("C-SSRS", visit, said)


def alone(visit: str, said: Mapping[str, object]) -> FormCompleted:
    return form("C-SSRS-SR", visit, said)


def event(*, interest: str = "", source: str = "spontaneous") -> AdverseEvent:
    return AdverseEvent(
        term="Something",
        onset="2026-05-04",
        end="",
        severity="mild",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest=interest,
        source=source,
        prompt="",
        visit="",
        peak="",
        rated={},
    )


def logged(said: str) -> Prescreened:
    return Prescreened(participant=PERSON, referred_by="self", prior_mdma=said, outcome="invited")


Said = tuple[Fact, float]
"""What was recorded, and on which day of the study."""


def found(told: list[Said], *, now: datetime = NOW, late: float = 0) -> list[tuple[str, tuple[int, ...]]]:
    """The rules that find something, each with the places of its records among what was told."""
    records = [entered(place, fact, day=day, late=late) for place, (fact, day) in enumerate(told)]
    places = {each.id: place for place, each in enumerate(records)}
    person = fold(f"participant/{PERSON}", records)
    assert isinstance(person, ParticipantStanding)
    study, site = StudyStanding(stream="study/low-dose-control"), SiteStanding(stream=f"site/{SITE}")
    ones = contradictions.due(low_dose(), person, now, study=study, site=site)
    return [(one.rule, tuple(places[each] for each in one.records)) for one in ones]


# --- the rules ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(phq("week-4", 2), 0), (interview("week-4", NO), 0.1)], [(ITEM9, (0, 1))]),
        ([(interview("week-4", NO), 0), (phq("week-4", 1), 0.1)], [(ITEM9, (1, 0))]),
        ([(phq("week-4", 0), 0), (interview("week-4", NO), 0.1)], []),
        ([(phq("week-4", {"absent": "refused"}), 0), (interview("week-4", NO), 0.1)], []),
        ([(phq("week-4", 3), 0)], []),
        # The interview of the visit counts however much later it is held; that of another visit does not.
        ([(phq("week-4", 2), 0), (interview("week-4", NO), 6)], [(ITEM9, (0, 1))]),
        ([(phq("week-4", 2), 0), (interview("dosing-2", NO), 1)], []),
        # What was told beside it, or in the two weeks that PHQ-9 asks about, is known.
        ([(phq("week-4", 2), 0), (interview("week-4", WISH), 0.1)], []),
        ([(interview("call-1-7", WISH), -13), (interview("week-4", NO), 0), (phq("week-4", 2), 0.1)], []),
        (
            [(interview("call-1-7", WISH), -15), (interview("week-4", NO), 0), (phq("week-4", 2), 0.1)],
            [(ITEM9, (2, 1))],
        ),
        # An interview that is not complete denies nothing.
        ([(phq("week-4", 2), 0), (interview("week-4", {**NO, "q2": {"absent": "refused"}}), 0.1)], []),
        # Two interviews of one visit: one matter.
        (
            [(phq("week-4", 2), 0), (interview("week-4", NO), 0.1), (interview("week-4", NO), 0.2)],
            [(ITEM9, (0, 1))],
        ),
    ],
)
def test_item_9_above_zero_against_an_interview_that_heard_nothing(
    told: list[Said], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert found(told) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(alone("morning-1", WISH), 0), (interview("morning-1", NO), 0.1)], [(BELOW, (0, 1))]),
        ([(alone("morning-1", PLAN), 0), (interview("morning-1", WISH), 0.1)], [(BELOW, (0, 1))]),
        ([(alone("morning-1", TRIED), 0), (interview("morning-1", NO), 0.1)], [(BELOW, (0, 1))]),
        ([(alone("morning-1", WISH), 0), (interview("morning-1", WISH), 0.1)], []),
        ([(alone("morning-1", NO), 0), (interview("morning-1", WISH), 0.1)], []),
        # Somebody asked again: the latest interview of the visit counts.
        (
            [
                (alone("morning-1", WISH), 0),
                (interview("morning-1", NO), 0.1),
                (interview("morning-1", WISH), 0.2),
            ],
            [],
        ),
        # At a visit that asks for no interview, one within two days belongs to it; one of a week later not.
        ([(alone("unplanned", WISH), 0), (interview("call-1-2", NO), 2)], [(BELOW, (0, 1))]),
        ([(alone("unplanned", WISH), 0), (interview("call-1-2", NO), 7)], []),
        # What is not known is not lower.
        (
            [
                (alone("morning-1", WISH), 0),
                (interview("morning-1", {**NO, "q1": {"absent": "refused"}}), 0.1),
            ],
            [],
        ),
    ],
)
def test_an_interview_that_heard_less_than_was_said_alone(
    told: list[Said], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    quiet = [(event(interest="suicidality"), -1.0), *told]  # so that no worsening is untold
    assert found(quiet) == [(rule, tuple(place + 1 for place in places)) for rule, places in expected]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(interview("call-1-2", NO), 0), (interview("call-1-3", WISH), 1)], [(WORSE, (1, 0))]),
        ([(interview("call-1-2", WISH), 0), (interview("call-1-3", PLAN), 1)], [(WORSE, (1, 0))]),
        (
            [(interview("call-1-2", WISH), 0), (interview("call-1-3", cssrs(preparatory_acts=True)), 1)],
            [(WORSE, (1, 0))],
        ),
        ([(interview("call-1-2", WISH), 0), (alone("call-1-3", PLAN), 1)], [(WORSE, (1, 0))]),
        ([(interview("call-1-2", WISH), 0), (interview("call-1-3", WISH), 1)], []),
        ([(interview("call-1-2", PLAN), 0), (interview("call-1-3", WISH), 1)], []),
        ([(interview("call-1-2", PLAN), 0)], []),
        # Told within the day by somebody, whatever they called it.
        ([(interview("call-1-2", NO), 0), (interview("call-1-3", WISH), 1), (event(), 1.9)], []),
        (
            [(interview("call-1-2", NO), 0), (interview("call-1-3", WISH), 1), (event(), 2.1)],
            [(WORSE, (1, 0))],
        ),
        (
            [(interview("call-1-2", NO), 0), (event(), 0.5), (interview("call-1-3", WISH), 1)],
            [(WORSE, (2, 0))],
        ),
        # An effect asked for by name explains nothing.
        (
            [
                (interview("call-1-2", NO), 0),
                (interview("call-1-3", WISH), 1),
                (event(source="prompted"), 1.2),
            ],
            [(WORSE, (1, 0))],
        ),
        # An event of suicidality that is open explains, since whenever.
        (
            [
                (event(interest="suicidality"), -9),
                (interview("call-1-2", NO), 0),
                (interview("call-1-3", WISH), 1),
            ],
            [],
        ),
    ],
)
def test_it_got_worse_and_nobody_recorded_an_event(
    told: list[Said], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert found(told) == expected


def test_an_event_of_suicidality_that_was_over_before_explains_nothing() -> None:
    before = entered(0, event(interest="suicidality"), day=-9)
    over = AdverseEventClosed(event=str(before.id), outcome="recovered", end="2026-04-28")
    told = [
        (before.fact, -9.0),
        (over, -5.0),
        (interview("call-1-2", NO), 0.0),
        (interview("call-1-3", WISH), 1.0),
    ]
    assert found(told) == [(WORSE, (3, 2))]


@pytest.mark.parametrize(("late", "hours", "asked"), [(0, 23.9, 0), (0, 24.1, 1), (3, 24.1, 0), (3, 96.1, 1)])
def test_a_day_to_record_an_event_counts_from_when_the_form_was_known(
    late: float, hours: float, asked: int
) -> None:
    told: list[Said] = [(interview("call-1-2", NO), 0), (interview("call-1-3", WISH), 1)]
    now = DAY_1 + timedelta(days=1, hours=hours)
    assert len(found(told, now=now, late=late)) == asked


@pytest.mark.parametrize(
    ("first", "said", "expected"),
    [
        ("never", {"prior_mdma_use": "never"}, []),
        ("never", {"prior_mdma_use": "2-5"}, [(USE, (1, 0))]),
        ("once", {"prior_mdma_use": "never"}, [(USE, (1, 0))]),
        ("once", {"prior_mdma_use": "more"}, []),
        ("not said", {"prior_mdma_use": "once"}, []),
        ("never", {"prior_mdma_use": {"absent": "refused"}}, []),
        ("never", {"prior_mdma_use": "never", "last_mdma_use": "2019"}, [(USE, (1,))]),
        ("never", {"prior_mdma_use": "never", "prior_mdma": "yes"}, [(USE, (1,))]),
        ("once", {"prior_mdma_use": "once", "prior_mdma": "no"}, [(USE, (1,))]),
        ("once", {"prior_mdma_use": "once", "prior_mdma": "yes", "last_mdma_use": "2019"}, []),
    ],
)
def test_never_used_before_by_one_answer_and_used_by_another(
    first: str, said: Mapping[str, object], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    given = {"last_mdma_use": {"absent": "not_applicable"}, **said}
    assert found([(logged(first), 0), (form("SCREENING", "screening", given), 1)]) == expected


@pytest.mark.parametrize(
    ("months", "age", "expected"),
    [
        (60, 41, []),
        (371, 30, []),  # 31 years but a month: the birthday may be near
        (372, 30, [(LIFE, (1, 0))]),
        (600, {"absent": "refused"}, []),
        ({"absent": "unknown"}, 20, []),
    ],
)
def test_ill_for_longer_than_one_has_lived(
    months: object, age: object, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    people, ill = form("DEMOGRAPHICS", "screening", {"age": age}), {"ptsd_months": months}
    assert found([(people, 0), (form("SCREENING", "screening", ill), 1)]) == expected


def test_a_locked_study_asks_nobody() -> None:
    person = fold(
        f"participant/{PERSON}",
        [entered(0, phq("week-4", 2), day=0), entered(1, interview("week-4", NO), day=1)],
    )
    assert isinstance(person, ParticipantStanding)
    study, site = StudyStanding(stream="study/x", locked_at=NOW), SiteStanding(stream=f"site/{SITE}")
    assert contradictions.due(low_dose(), person, NOW, study=study, site=site) == ()
