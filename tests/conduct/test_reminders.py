"""Which reminders are due, how often at most, and to whom none goes; sent is no attempt to reach somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conduct_world import PERSON, SITE, STUDY, ZONE, World, codes, cssrs, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct import reminders
from holdfast.conduct.reminders import Reminder
from holdfast.conduct.retention import wanted
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.reminding import RemindersChosen, ReminderSent
from holdfast.timing import Instant

SIX = "follow-up-6-months"
ITEMS = tuple(each.code for each in protocol().consent)
NEAR, CLOSING, OPEN, FORM = "visit-near", "follow-up-closing", "follow-up-open", "form-waiting"


def at(day: str, hour: int = 12, minute: int = 0) -> datetime:
    """That time on the clock of the site."""
    return datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=ZoneInfo(ZONE))


def go(world: World, day: str, hour: int = 12) -> World:
    world.now = at(day, hour)
    return world


def choose(world: World, wanted: bool = True, who: str = PERSON, channel: str = "email") -> World:
    world.told(who, act.ChooseReminders(participant=PERSON, wanted=wanted, channel=channel))
    return world


def where(world: World) -> dict:
    return {"study": world.standing(f"study/{STUDY}"), "site": world.standing(f"site/{SITE}")}


def due(world: World, now: datetime | None = None) -> Reminder | None:
    return reminders.due(world.protocol, world.person, now or world.now, **where(world))


def held_back(world: World, now: datetime | None = None) -> str:
    return reminders.held_back(world.protocol, world.person, now or world.now, **where(world))


def to_call(world: World) -> Reminder | None:
    return reminders.to_call(world.protocol, world.person, world.now, **where(world))


def note(world: World, found: Reminder, outcome: str = "sent", why: str = "", role: str = "system") -> list:
    tell = act.NoteReminder(
        participant=PERSON,
        matter=found.matter,
        visit=found.visit,
        form=found.form,
        channel="email",
        outcome=outcome,
        why=why,
    )
    return world.told("holdfast", tell, role=role)


def days(world: World, first: str, count: int) -> dict[str, str]:
    """What is sent on each of the days at noon, by day: each is noted as sent."""
    sent = {}
    for _ in range(count):
        go(world, first)
        found = due(world)
        if found is not None:
            sent[first] = "/".join((found.matter, found.visit, found.form)).rstrip("/")
            note(world, found)
        first = (datetime.fromisoformat(first) + timedelta(days=1)).date().isoformat()
    return sent


def appointed(on: str = "2026-04-22", visit: str = "integration-1-2") -> World:
    world = World().randomised()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit=visit, on=on))
    return choose(world)


# --- what is due ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "due_then"),
    [
        ("2026-04-18", False),
        ("2026-04-19", False),
        ("2026-04-20", True),
        ("2026-04-21", True),
        ("2026-04-22", False),  # on the day itself they are on their way
        ("2026-04-23", False),
    ],
)
def test_an_appointment_is_near_from_two_days_before_it_to_the_day_before(day: str, due_then: bool):
    expected = Reminder(NEAR, "integration-1-2") if due_then else None
    assert due(appointed(), at(day)) == expected


def test_an_appointment_is_told_of_once_and_again_when_it_is_moved():
    world = appointed()
    assert days(world, "2026-04-19", 5) == {"2026-04-20": "visit-near/integration-1-2"}
    world = appointed()
    go(world, "2026-04-20")
    note(world, Reminder(NEAR, "integration-1-2"))
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="integration-1-2", on="2026-04-24"))
    assert days(world, "2026-04-21", 5) == {"2026-04-22": "visit-near/integration-1-2"}


def test_an_appointment_that_was_held_or_missed_is_near_no_more():
    for settle in (
        act.HoldVisit(participant=PERSON, visit="integration-1-2"),
        act.MissVisit(participant=PERSON, visit="integration-1-2", why="declined"),
    ):
        world = go(appointed(), "2026-04-20")
        world.told("lee", settle)
        assert due(world, at("2026-04-21")) is None


def test_a_follow_up_visit_is_told_of_when_it_opens_and_before_it_closes_and_a_form_between():
    world = choose(World().randomised())
    assert days(world, "2026-11-20", 70) == {
        "2026-11-25": "follow-up-open/follow-up-6-months",
        "2026-11-28": "form-waiting/follow-up-6-months/PCL-5",
        "2027-01-13": "follow-up-closing/follow-up-6-months",
    }


def test_an_appointment_takes_the_place_of_what_is_said_of_an_open_follow_up_visit():
    world = choose(World().randomised())
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit=SIX, on="2026-12-01"))
    assert days(world, "2026-11-24", 9) == {
        "2026-11-26": "form-waiting/follow-up-6-months/PCL-5",
        "2026-11-29": "visit-near/follow-up-6-months",
        # It was not held on the day: the visit is open again.
        "2026-12-02": "follow-up-open/follow-up-6-months",
    }


def test_a_form_that_waits_is_told_of_on_the_next_day_and_every_third_day_three_times():
    world = choose(World().randomised())
    go(world, "2026-05-10").hold("week-4")
    assert days(world, "2026-05-10", 20) == {
        "2026-05-11": "form-waiting/week-4/PCL-5",
        "2026-05-14": "form-waiting/week-4/PCL-5",
        "2026-05-17": "form-waiting/week-4/PCL-5",
    }


def test_a_form_of_long_ago_is_no_news():
    world = choose(World().randomised())
    go(world, "2026-05-10").hold("week-4")
    assert due(world, at("2026-05-20")) == Reminder(FORM, "week-4", "PCL-5")
    assert due(world, at("2026-05-21")) is None


def test_a_form_that_was_filled_waits_no_more_and_the_next_one_does():
    world = choose(World().randomised())
    go(world, "2026-05-10").hold("week-4")
    world.fill(PERSON, "week-4", "PCL-5", {f"q{n}": 1 for n in range(1, 21)})
    assert due(world, at("2026-05-11")) == Reminder(FORM, "week-4", "PHQ-9")


def test_nobody_gets_two_on_one_day_and_the_most_pressing_goes_first():
    world = appointed(on="2026-05-13", visit="integration-2-1")
    go(world, "2026-05-10").hold("week-4")
    go(world, "2026-05-11")
    assert due(world) == Reminder(NEAR, "integration-2-1")
    note(world, Reminder(NEAR, "integration-2-1"))
    assert (due(world), held_back(world)) == (None, "today")
    assert due(world, at("2026-05-12")) is None  # peace for some days
    assert due(world, at("2026-05-14")) == Reminder(FORM, "week-4", "PCL-5")


def test_no_more_than_three_for_one_visit_whatever_became_of_them():
    world = choose(World().randomised())
    go(world, "2026-05-10").hold("week-4")
    for day, outcome, why in (
        ("2026-05-11", "sent", ""),
        ("2026-05-14", "failed", "refused"),
        ("2026-05-17", "failed", "no-answer"),
    ):
        found = due(go(world, day))
        assert found is not None
        note(world, found, outcome, why)
    assert due(world, at("2026-05-20")) is None


def test_before_a_visit_is_held_one_of_three_is_kept_for_the_appointment():
    world = choose(World().randomised())
    assert days(world, "2026-05-05", 8) == {
        "2026-05-06": "form-waiting/week-4/PCL-5",
        "2026-05-09": "form-waiting/week-4/PCL-5",
    }
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="week-4", on="2026-05-14"))
    assert days(world, "2026-05-12", 2) == {"2026-05-12": "visit-near/week-4"}


def test_a_setting_of_the_study_replaces_a_figure():
    given = World().protocol
    code = "reminder-days-before"
    figure = given.settings[0].value.model_copy(update={"value": 5, "unit": "d"})
    five = given.settings[0].model_copy(update={"code": code, "value": figure})
    world = World(protocol=given.model_copy(update={"settings": (*given.settings, five)}))
    world.randomised().told("lee", act.ScheduleVisit(participant=PERSON, visit="week-4", on="2026-05-10"))
    choose(world)
    assert due(world, at("2026-05-05")) == Reminder(NEAR, "week-4")
    assert due(world, at("2026-05-04")) is None


def test_in_a_live_study_a_window_that_awaits_a_signature_is_none():
    world = choose(World().randomised())
    found = where(world)
    live = {**found, "study": replace(found["study"], life="live")}
    opened = at("2026-11-26")
    assert [each.matter for each in reminders.waiting(world.protocol, world.person, opened, **found)] == [
        OPEN,
        FORM,
    ]
    assert reminders.waiting(world.protocol, world.person, opened, **live) == ()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit=SIX, on="2026-11-27"))
    assert reminders.due(world.protocol, world.person, opened, **live) == Reminder(NEAR, SIX)


# --- to whom none goes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "why"),
    [(0, 0, "night"), (8, 59, "night"), (9, 0, ""), (18, 59, ""), (19, 0, "night"), (23, 30, "night")],
)
def test_none_goes_at_night_by_the_clock_of_the_site(hour: int, minute: int, why: str):
    assert held_back(appointed(), at("2026-04-20", hour, minute)) == why


def told(what: act.Ask | act.Tell, who: str = "lee") -> Callable[[World], object]:
    return lambda world: world.told(who, what)


def dead(world: World) -> None:
    event = act.ReportAdverseEvent(
        participant=PERSON,
        term="Road accident",
        onset="2026-04-13",
        end="",
        severity="severe",
        serious=True,
        criteria=("death",),
        related="not-related",
        special_interest="",
        visit="",
    )
    root = world.told("dr-okafor", event)[0].id
    close = act.CloseAdverseEvent(participant=PERSON, event=root, outcome="fatal", end="2026-04-13")
    world.told("dr-okafor", close)


def withdraw(*parts: str) -> act.Withdraw:
    return act.Withdraw(participant=PERSON, from_=parts, why="")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (lambda world: None, ""),
        (lambda world: choose(world, wanted=False), "said-no"),
        (told(withdraw("follow-up"), PERSON), "gone"),
        (told(withdraw("treatment"), PERSON), ""),
        (told(withdraw("data-use"), PERSON), "gone"),  # in a trial nothing is recorded but for research
        (told(act.StopTreatment(participant=PERSON, why="QTc"), "dr-okafor"), ""),
        (told(act.FailScreening(participant=PERSON, criteria=(), note="")), "gone"),
        (told(act.WithdrawConsent(participant=PERSON, items=ITEMS), PERSON), "gone"),
        (told(act.MissVisit(participant=PERSON, visit="call-1-2", why="died")), "gone"),
        (dead, "gone"),
        (told(act.LockStudy(data_hash="ab" * 32), "sponsor"), "study-locked"),
    ],
    ids=[
        "wanted", "said-no", "withdrew-from-follow-up", "withdrew-from-treatment", "withdrew-from-data-use",
        "treatment-stopped", "screen-failed", "no-consent", "died-by-a-missed-visit", "died-by-an-event",
        "locked",
    ],
)  # fmt: skip
def test_whom_none_is_sent(what: Callable[[World], object], why: str):
    world = go(appointed(visit="week-4"), "2026-04-20")
    what(world)
    assert held_back(world) == why
    assert (due(world) is None) is bool(why)


def test_who_was_never_asked_and_who_never_consented_gets_none():
    world = World().randomised()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="integration-1-2", on="2026-04-22"))
    assert held_back(world, at("2026-04-20")) == "not-asked"
    assert due(world, at("2026-04-20")) is None
    world = World().opened()
    world.told(
        "lee",
        act.Prescreen(participant=PERSON, referred_by="self", prior_mdma="never", outcome="invited"),
    )
    assert held_back(choose(world, who="lee")) == "gone"


def test_none_goes_from_the_morning_of_a_session_to_the_end_of_the_day_of_the_discharge():
    world = World().kitted()
    choose(world)
    day = world.now
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-04-14"))
    assert held_back(world) == "session"  # it has not begun yet
    assert held_back(world, at("2026-04-13")) == ""
    world = choose(World().started())
    assert held_back(world) == "session"
    world = choose(World().ended())
    assert held_back(world, day + timedelta(hours=20)) == "session"
    assert held_back(world, day + timedelta(days=9)) == "session"  # nobody has said that they left
    world.later(hours=14).vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    assert "discharged" in kinds(world.discharge())
    morning = world.now.astimezone(ZoneInfo(ZONE))
    assert held_back(world, morning + timedelta(minutes=30)) == "session"
    assert held_back(world, at(morning.date().isoformat(), 18, 59)) == "session"
    assert held_back(world, at((morning.date() + timedelta(days=1)).isoformat(), 9)) == ""


def test_what_was_due_is_asked_again_before_it_goes():
    world = go(appointed(), "2026-04-20")
    near = Reminder(NEAR, "integration-1-2")

    def still(now: datetime | None = None) -> str:
        return reminders.still(world.protocol, world.person, near, now or world.now, **where(world))

    assert still() == ""
    assert still(at("2026-04-20", 20)) == "night"
    assert still(at("2026-04-22")) == "settled"
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="integration-1-2", on="2026-04-25"))
    assert still() == "settled"
    choose(world, wanted=False)
    assert still() == "said-no"


# --- where nothing is sent -------------------------------------------------------------------


def test_where_nothing_is_sent_somebody_calls_also_who_was_never_asked_but_nobody_who_said_no():
    world = World().randomised()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="integration-1-2", on="2026-04-22"))
    near = Reminder(NEAR, "integration-1-2")
    assert to_call(go(world, "2026-04-20")) == near
    assert to_call(choose(world)) == near
    assert to_call(choose(world, wanted=False)) is None


def test_who_was_tried_is_left_in_peace_for_three_days():
    world = go(World().randomised(), "2026-11-25")
    assert to_call(world) == Reminder(OPEN, SIX)
    tried = act.AttemptContact(participant=PERSON, channel="telephone", outcome="no-answer", for_visit=SIX)
    world.told("lee", tried)
    assert [to_call(go(world, day)) is not None for day in ("2026-11-25", "2026-11-27", "2026-11-28")] == [
        False,
        False,
        True,
    ]


def test_nobody_is_called_who_left_or_is_in_a_session():
    world = go(appointed(), "2026-04-20")
    world.told(PERSON, withdraw("follow-up"))
    assert to_call(world) is None
    world = World().started()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="integration-1-2", on="2026-04-16"))
    assert to_call(world) is None


# --- what is recorded ------------------------------------------------------------------------


def test_the_choice_is_a_record_of_who_and_when_without_an_address():
    world = choose(World().consented())
    record = world.person.history[-1]
    assert record.fact == RemindersChosen(wanted=True, channel="email")
    assert (record.author, record.role) == (PERSON, "participant")
    assert world.person.reminders == "email"
    assert choose(world, wanted=False, who="lee").person.reminders == ""
    assert "not-delegated" in codes(
        world.told("rae", act.ChooseReminders(participant=PERSON, wanted=True, channel="email"))
    )
    with pytest.raises(ImpossibleValue, match="Expected one of email; found 'pigeon'"):
        choose(world, channel="pigeon")


def test_a_reminder_is_a_record_and_no_attempt_to_reach_somebody():
    world = choose(World().randomised())
    go(world, "2026-11-25")
    assert kinds(note(world, Reminder(OPEN, SIX))) == ["reminder-sent"]
    assert world.person.history[-1].fact == ReminderSent(
        matter=OPEN, visit=SIX, form="", channel="email", outcome="sent", why=""
    )
    assert world.person.contacts == ()
    assert [each.tried for each in wanted(world.protocol, [world.person], world.now)] == [0]
    miss = act.MissVisit(participant=PERSON, visit=SIX, why="no-answer")
    for _ in range(4):
        world.told(
            "lee",
            act.AttemptContact(participant=PERSON, channel="telephone", outcome="no-answer", for_visit=SIX),
        )
    assert "too-few-attempts" in codes(world.told("lee", miss))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"matter": "birthday"}, "matter"),
        ({"outcome": "read"}, "outcome"),
        ({"outcome": "failed"}, "why"),
        ({"outcome": "failed", "why": "550 no such user a@example.org"}, "why"),
        ({"why": "refused"}, "why"),
        ({"channel": "sms"}, "channel"),
    ],
)
def test_what_cannot_be_said_of_a_reminder_is_sent_back(changes: dict[str, str], field: str):
    given = {
        "participant": PERSON, "matter": OPEN, "visit": SIX, "form": "", "channel": "email",
        "outcome": "sent", "why": "",
    }  # fmt: skip
    world = choose(World().consented())
    with pytest.raises(ImpossibleValue) as sent_back:
        world.told("holdfast", act.NoteReminder(**{**given, **changes}), role="system")
    assert sent_back.value.field == field
    with pytest.raises(UnknownName, match="no visit"):
        world.told("holdfast", act.NoteReminder(**{**given, "visit": "week-99"}), role="system")


def test_one_that_went_to_somebody_who_wants_none_is_a_deviation_and_people_send_none():
    world = go(appointed(), "2026-04-20")
    near = Reminder(NEAR, "integration-1-2")
    assert codes(note(world, near)) == []
    assert codes(note(choose(world, wanted=False), near)) == ["reminder-unwanted"]
    assert codes(note(world, near, "failed", "refused")) == []
    assert "not-delegated" in codes(note(world, near, "failed", "refused", role="coordinator"))


def test_the_day_is_that_of_the_site():
    world = go(appointed(), "2026-04-20", 18)
    note(world, Reminder(NEAR, "integration-1-2"))
    # 18:00 in Denver is the next day in UTC, and still the same day there.
    assert Instant(world.now, "UTC").day != world.person.reminded[-1].on
    assert held_back(world, at("2026-04-20", 18, 30)) == "today"
