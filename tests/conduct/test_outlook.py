from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from conduct_world import DEMOGRAPHICS, PERSON, SCREENING, World, answers, cssrs
from holdfast.conduct import actions as act
from holdfast.conduct.outlook import (
    VisitOutlook,
    eligibility,
    next_action,
    overdue,
    readings_due,
    schedule,
    worst_ideation,
)


def nxt(world: World) -> tuple[str, str] | None:
    todo = next_action(world.protocol, world.person, world.now)
    return None if todo is None else (todo.code, todo.about)


def states(world: World) -> dict[str, str]:
    return {row.visit.code: row.state.value for row in schedule(world.protocol, world.person, world.now)}


def test_the_next_action_leads_from_first_contact_to_the_first_session():
    world = World().opened()
    prescreen = act.Prescreen(participant=PERSON, referred_by="", prior_mdma="never", outcome="invited")
    world.told("lee", prescreen)
    assert nxt(world) == ("consent", "")
    world.consent()
    assert nxt(world) == ("visit", "screening")
    world.hold("screening")
    assert nxt(world) == ("form", "screening")
    world.fill("lee", "screening", "DEMOGRAPHICS", DEMOGRAPHICS)
    world.fill("dr-okafor", "screening", "SCREENING", SCREENING)
    world.fill("dr-okafor", "screening", "C-SSRS", cssrs())
    world.fill("dr-okafor", "screening", "VITALS", {"systolic": 120, "diastolic": 70})
    for form in ("PC-PTSD-5", "AUDIT", "PCL-5"):
        world.fill(PERSON, "screening", form, answers(form))
    assert nxt(world) == ("eligibility", "screening")
    world.told("dr-okafor", act.AssessEligibility(participant=PERSON, at="screening"))
    assert nxt(world) == ("visit", "prep-1")


def test_after_randomisation_the_first_visit_by_date_is_next():
    world = World().randomised()
    todo = overdue(world.protocol, world.person, world.now)
    assert {each.code for each in todo} == {"form"}
    rows = schedule(world.protocol, world.person, world.now)
    first = next(row for row in rows if row.visit.code == "dosing-1")
    assert (first.target, first.first, first.last, first.state) == (
        date(2026, 4, 14),
        date(2026, 4, 12),
        date(2026, 4, 18),
        VisitOutlook.DUE,
    )


def test_the_schedule_tells_done_due_upcoming_open_overdue_missed_and_dropped():
    world = World().randomised()
    found = states(world)
    assert (found["screening"], found["dosing-1"], found["week-4"]) == ("done", "due", "upcoming")
    # Visits after a session count from the calendar, or else from its target.
    rows = {row.visit.code: row for row in schedule(world.protocol, world.person, world.now)}
    assert rows["morning-1"].target == date(2026, 4, 15)
    world.told("lee", act.MissVisit(participant=PERSON, visit="dosing-1", why="declined"))
    world.later(days=40)
    assert (states(world)["dosing-1"], states(world)["week-4"]) == ("missed", "overdue")
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    assert (states(world)["dosing-2"], states(world)["week-8"]) == ("dropped", "upcoming")
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    assert set(states(world).values()) == {"done", "missed", "dropped"}
    assert nxt(world) is None


def test_before_anything_happened_a_visit_is_open():
    world = World().consented()
    assert set(states(world).values()) == {"open"}


def test_a_date_on_the_calendar_moves_what_comes_after_it():
    world = World().randomised()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-04-17"))
    rows = {row.visit.code: row for row in schedule(world.protocol, world.person, world.now)}
    assert (rows["dosing-1"].on, rows["morning-1"].target) == (date(2026, 4, 17), date(2026, 4, 18))


def test_a_missed_visit_does_not_hold_up_and_an_overdue_one_comes_first():
    world = World().randomised()
    world.later(days=40)
    late = [each.about for each in overdue(world.protocol, world.person, world.now) if each.code == "visit"]
    assert late[0] == "dosing-1"
    assert "week-4" in late
    assert "week-8" not in late


def test_the_severest_ideation_since_entry_is_told_where_neither_the_first_nor_the_latest_form_tells_it():
    def worst(world: World) -> tuple[str, str] | None:
        found = worst_ideation(world.person, world.person.forms.get("C-SSRS", ()))
        return None if found is None else (found.fact.visit, found.at.day.isoformat())

    world = World().randomised()
    assert worst(world) is None
    method = cssrs(q1=True, q2=True, q3=True, q4=False, q5=False)
    world.later(days=7).fill("dr-okafor", "week-4", "C-SSRS", method)
    assert worst(world) is None  # the latest
    day = world.now.date().isoformat()
    world.later(days=7).fill("dr-okafor", "week-8", "C-SSRS", cssrs(q1=True))
    assert worst(world) == ("week-4", day)
    world.later(days=7).fill("dr-okafor", "prep-3", "C-SSRS", cssrs())
    assert worst(world) == ("week-4", day)


def test_before_entry_the_severest_of_all_forms_is_told_and_of_other_instruments_none():
    world = World().consented()
    for visit, said in (("prep-1", cssrs()), ("prep-2", cssrs(q1=True)), ("prep-3", cssrs())):
        world.later(days=1).fill("ana", visit, "C-SSRS", said)
    found = worst_ideation(world.person, world.person.forms["C-SSRS"])
    assert found is not None
    assert found.fact.visit == "prep-2"
    entered = replace(world.person, randomised=world.person.forms["C-SSRS"][-1].at)
    assert worst_ideation(entered, entered.forms["C-SSRS"]) is None
    for level in (0, 3, 1):
        world.later(days=1).fill(PERSON, "baseline", "PHQ-9", answers("PHQ-9", q9=level))
    assert worst_ideation(world.person, world.person.forms["PHQ-9"]) is None


def test_a_risk_and_a_serious_event_come_before_everything_else():
    world = World().randomised()
    event = act.ReportAdverseEvent(
        participant=PERSON,
        term="Fracture",
        onset="2026-04-12",
        end="",
        severity="severe",
        serious=True,
        criteria=("hospitalisation",),
        related="not-related",
        special_interest="",
        visit="",
    )
    reported = world.told("lee", event)[0]
    assert nxt(world) == ("serious-report", str(reported.id))
    risk = world.fill("dr-okafor", "week-4", "C-SSRS", cssrs(q1=True))[1]
    assert nxt(world) == ("risk", str(risk.id))
    codes = [each.code for each in overdue(world.protocol, world.person, world.now)]
    assert codes[0] == "risk"
    assert "serious-report" not in codes
    world.later(hours=25)
    codes = [each.code for each in overdue(world.protocol, world.person, world.now)]
    assert codes[:2] == ["risk", "serious-report"]


def test_eligibility_says_what_would_settle_what_is_unknown():
    world = World().consented()
    found = {each.code: each for each in eligibility(world.protocol, world.person, "screening")}
    assert (found["adult"].truth, found["adult"].missing) == ("unknown", ("age",))
    assert found["qtc-limit"].missing == ("qtc", "sex")
    world.fill("lee", "screening", "DEMOGRAPHICS", {**DEMOGRAPHICS, "age": 17})
    found = {each.code: each for each in eligibility(world.protocol, world.person, "screening")}
    assert (found["adult"].truth, found["weight"].truth) == ("fails", "holds")


def test_a_session_under_way_and_then_its_discharge_are_next():
    world = World().dosed()
    assert nxt(world) == ("session", "dosing-1")
    world = World().ended()
    assert nxt(world) == ("discharge", "dosing-1")


def test_readings_stand_as_read_deferred_missed_due_late_and_upcoming():
    world = World().dosed()
    put_off = act.DeferVitals(
        participant=PERSON, visit="dosing-1", due_minute=30, until_minute=40, why="Crying."
    )
    world.later(minutes=15).vitals(15)
    world.told("ben", put_off)
    world.told("ben", act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=45, why="Asleep."))
    world.later(minutes=46)
    rows = {row.minute: row for row in readings_due(world.protocol, world.session(), world.now)}
    assert {minute: rows[minute].state for minute in (-5, 15, 30, 45, 60, 75)} == {
        -5: "read",
        15: "read",
        30: "late",
        45: "missed",
        60: "due",
        75: "upcoming",
    }
    assert rows[30].deferred
    assert rows[30].at == world.session().t0.at + timedelta(minutes=40)


def test_randomising_is_next_when_everything_is_there():
    world = World().baseline()
    for form, given in (("C-SSRS", cssrs()), ("VITALS", {"systolic": 120, "diastolic": 70})):
        world.fill("dr-okafor", "screening", form, given)
    for form in ("PC-PTSD-5", "AUDIT", "PCL-5"):
        world.fill(PERSON, "screening", form, answers(form))
    for visit in ("prep-1", "prep-2", "prep-3"):
        world.fill("ana", visit, "C-SSRS", cssrs())
    assert nxt(world) == ("randomise", "")


def test_somebody_not_eligible_awaits_a_decision():
    world = World().screened(psychotic_disorder=True)
    world.fill("dr-okafor", "screening", "C-SSRS", cssrs())
    world.fill("dr-okafor", "screening", "VITALS", {"systolic": 120, "diastolic": 70})
    for form in ("PC-PTSD-5", "AUDIT", "PCL-5"):
        world.fill(PERSON, "screening", form, answers(form))
    assert nxt(world) == ("not-eligible", "screening")
    world.told("lee", act.FailScreening(participant=PERSON, criteria=("psychotic-disorder",), note=""))
    assert nxt(world) is None
