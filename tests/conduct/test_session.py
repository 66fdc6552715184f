from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, cssrs, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName


def test_starting_writes_the_session_the_held_visit_and_the_milestone():
    world = World().kitted()
    records = world.told("ana", world.start_ask())
    assert [(each.stream, each.kind) for each in records] == [
        ("session/S01-001/dosing-1", "session-started"),
        ("participant/S01-001", "visit-held"),
        ("participant/S01-001", "session-milestone"),
    ]
    assert records[1].fact.study_day == 3
    assert {each.because for each in records[1:]} == {records[0].id}
    assert world.person.sessions["dosing-1"].people == ("ana", "ben")


def test_a_start_is_refused_with_every_reason():
    world = World().baseline()
    kit = act.CheckEmergencyKit(valid_until="2026-04-12")
    world.told("lee", kit)
    world.told("lee", act.RecordCredential(person="ben", credential="licence", valid_until="2026-04-01"))
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("recording",)))
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    world.later(days=3)
    refused = world.do("ana", world.start_ask(monitors=("ben", "ben", "uma"), physician="ana"))
    assert [(each.code, each.about) for each in refused.reasons] == [
        ("consent-missing", "recording"),
        ("treatment-stopped", ""),
        ("not-randomised", ""),
        ("monitor-not-qualified", "ben"),
        ("monitor-not-qualified", "uma"),
        ("no-lead-monitor", ""),
        ("physician-not-qualified", "ana"),
        ("no-kit", ""),
        ("emergency-kit-expired", ""),
    ]


def test_one_expired_licence_keeps_a_session_from_starting():
    world = World().kitted()
    world.told("lee", act.RecordCredential(person="ben", credential="licence", valid_until="2026-04-13"))
    refused = world.do("ana", world.start_ask())
    assert codes(refused) == ["monitor-not-qualified"]
    assert refused.reasons[0].sentence == "ben cannot monitor: no licence in date."


def test_two_monitors_are_two_people():
    world = World().kitted()
    assert codes(world.do("ana", world.start_ask(monitors=("ana", "ana")))) == ["too-few-monitors"]


def test_a_session_starts_once():
    world = World().started()
    assert codes(world.do("ana", world.start_ask())) == ["session-already-started"]


def test_the_next_session_waits_for_the_discharge_from_the_one_before():
    world = World().ended().kit("K3", "s2-first")
    world.told("kim", act.AssignKit(kit="K3", participant=PERSON, visit="dosing-2", step="s2-first"))
    refused = world.do("ana", world.start_ask("dosing-2"))
    assert codes(refused) == ["previous-session-open"]
    world.later(hours=14).vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    assert kinds(world.discharge())[:2] == ["discharged", "session-milestone"]
    world.later(days=28)
    assert codes(world.told("ana", world.start_ask("dosing-2"))) == []


def test_a_session_outside_its_window_starts_with_a_deviation():
    world = World().kitted()
    world.later(days=5)
    records = world.told("ana", world.start_ask())
    assert codes(records) == ["visit-out-of-window"]


def test_an_expired_kit_keeps_the_session_from_starting():
    world = World().randomised().kit("K1", "s1-first", expires="2026-04-13")
    world.told("kim", act.AssignKit(kit="K1", participant=PERSON, visit="dosing-1", step="s1-first"))
    world.later(days=2)
    assert codes(world.do("ana", world.start_ask())) == ["kit-expired"]


def test_there_is_no_session_at_another_visit():
    with pytest.raises(UnknownName, match="no dosing session at 'week-4'"):
        World().kitted().do("ana", World().start_ask("week-4"))


def test_the_end_is_refused_with_every_unmet_item():
    world = World().dosed().later(hours=5)
    world.vitals(systolic=184, diastolic=100)
    end = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={})
    refused = world.do("ana", end)
    assert [(each.code, each.about) for each in refused.reasons][:1] == [("minimum-hours", "")]
    assert codes(refused) == ["minimum-hours", "alarm-open", "gate-unknown", "gate-fails"]
    assert [each.about for each in refused.reasons[2:]] == ["oriented", "pressure-below-stop"]


def test_the_end_comes_after_the_minimum_hours_to_the_minute():
    world = World().dosed().later(minutes=479)
    world.vitals()
    end = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True})
    assert codes(world.do("ana", end)) == ["minimum-hours"]
    assert kinds(world.later(minutes=1).do("ana", end)) == ["session-ended", "session-milestone"]
    assert codes(world.do("ana", end)) == ["session-already-ended"]


def test_the_discharge_is_refused_with_every_unmet_item():
    world = World().dosed().later(hours=2)
    refused = world.discharge(confirmed={}, escort="", next_contact="")
    assert [(each.code, each.about) for each in refused.reasons] == [
        ("session-not-ended", ""),
        ("gate-unknown", "oriented"),
        ("gate-unknown", "gait-steady"),
        ("gate-unknown", "pressure-below-hold"),
        ("gate-unknown", "distress-settled"),
        ("gate-unknown", "escort-arranged"),
        ("no-escort", ""),
        ("no-next-contact", ""),
    ]


def test_a_limit_that_blocks_the_discharge_keeps_the_participant_until_a_physician_lets_it_pass():
    world = World().ended().later(hours=13)
    world.vitals(systolic=162)
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    refused = world.discharge()
    assert [(each.code, each.about) for each in refused.reasons] == [
        ("gate-fails", "pressure-below-hold"),
        ("limit-passed", "systolic-hold"),
    ]
    override = act.OverrideGate(
        participant=PERSON, visit="dosing-1", step="discharge", item="pressure-below-hold"
    )
    assert codes(world.told("dr-okafor", override, reason="Usual for her.")) == ["gate-overridden"]
    assert kinds(world.discharge())[:2] == ["discharged", "session-milestone"]


def test_the_next_contact_is_ahead_and_within_a_day():
    world = World().ended().later(hours=13)
    world.vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    for hours in (-1, 25):
        contact = (world.now + timedelta(hours=hours)).isoformat()
        assert codes(world.discharge(next_contact=contact)) == ["next-contact-late"]
    with pytest.raises(ImpossibleValue):
        world.discharge(next_contact="tomorrow")
    assert kinds(world.discharge())[:2] == ["discharged", "session-milestone"]
    assert codes(world.discharge()) == ["already-discharged"]


def test_a_session_without_a_dose_ends_without_the_hours():
    world = World().started()
    end = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={})
    assert kinds(world.do("ana", end)) == ["session-ended", "session-milestone"]
    for kit in ("K1", "K2"):
        world.give_back(kit)
    assert kinds(world.discharge()) == ["discharged", "session-milestone"]


def _presence(world: World, person: str, *, present: bool) -> list:
    return world.told(
        "ana", act.NotePresence(participant=PERSON, visit="dosing-1", person=person, present=present)
    )


def test_one_monitor_alone_beyond_the_limit_is_a_deviation_when_the_other_comes_back():
    world = World().dosed()
    assert codes(_presence(world, "ben", present=False)) == []
    world.later(minutes=15)
    assert codes(_presence(world, "ben", present=True)) == []
    _presence(world, "ben", present=False)
    world.later(minutes=16)
    assert codes(_presence(world, "ben", present=True)) == ["monitor-alone"]


def test_a_participant_without_any_monitor_alarms_at_once():
    world = World().dosed()
    _presence(world, "ben", present=False)
    records = _presence(world, "ana", present=False)
    assert kinds(records) == ["monitor-presence", "deviation", "alarm-raised"]
    assert (records[1].fact.severity, records[2].fact.priority) == ("major", "high")


def test_a_one_tap_event_keeps_its_amount_and_fluids_add_up():
    world = World().dosed()
    for amount in (200, 150):
        tell = act.NoteSessionEvent(
            participant=PERSON, visit="dosing-1", event="fluids", amount=amount, unit="mL"
        )
        world.told("ben", tell)
    assert world.session().fluids == {"mL": 350}
    with pytest.raises(ImpossibleValue):
        world.suds(11)


def test_what_is_told_of_a_session_never_started_or_after_discharge_says_so():
    world = World().kitted()
    assert codes(world.vitals()) == ["session-not-started"]
    world = World().ended().later(hours=13)
    world.vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    world.discharge()
    assert codes(world.later(minutes=5).vitals()) == ["after-discharge"]


def test_an_alarm_is_taken_on_once_with_a_plan_and_a_time_ahead():
    world = World().dosed().later(minutes=60)
    alarm = world.vitals(60, systolic=185)[1]
    bad = act.AcknowledgeAlarm(
        participant=PERSON, visit="dosing-1", alarm=alarm.id, plan="", recheck_minute=60
    )
    assert codes(world.do("ana", bad)) == ["no-plan", "recheck-not-ahead"]
    take = act.AcknowledgeAlarm(
        participant=PERSON, visit="dosing-1", alarm=alarm.id, plan="Rest; repeat.", recheck_minute=66
    )
    assert kinds(world.do("ana", take)) == ["alarm-acknowledged"]
    assert codes(world.do("ben", take)) == ["alarm-already-taken"]
    assert world.session().open_alarms() == ()


def come(world: World, person: str, present: bool) -> list:
    tell = act.NotePresence(participant=PERSON, visit="dosing-1", person=person, present=present)
    return codes(world.told("ana", tell))


def test_a_monitor_who_left_for_good_and_was_replaced_leaves_nobody_alone():
    world = World().dosed()
    assert come(world, "ben", False) == []
    assert come(world.later(minutes=5), "cy", True) == []
    assert come(world.later(minutes=180), "cy", False) == []
    assert come(world.later(minutes=5), "ben", True) == []


def test_the_time_with_too_few_counts_from_when_there_were_too_few():
    world = World().dosed()
    come(world, "ben", False)
    come(world.later(minutes=14), "ana", False)
    assert come(world.later(minutes=1), "ana", True) == []
    assert come(world.later(minutes=1), "ben", True) == ["monitor-alone"]


def test_a_monitor_still_alone_at_the_end_is_told():
    world = World().dosed()
    come(world, "ben", False)
    world.later(minutes=480).vitals(480)
    world.suds(1)
    ask = act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True})
    assert "monitor-alone" in codes(world.told("ana", ask))


@pytest.mark.parametrize(
    ("who", "what", "field"),
    [
        ("ana", act.NotePresence(participant=PERSON, visit="dosing-1", person="", present=True), "person"),
        ("lee", act.AttemptContact(participant=PERSON, channel="", outcome="x", for_visit=""), "channel"),
        ("lee", act.AttemptContact(participant=PERSON, channel="x", outcome="", for_visit=""), "outcome"),
        ("lee", act.ReportUnblinding(participant=PERSON, who="", how="x"), "who"),
        ("lee", act.ReportUnblinding(participant=PERSON, who="x", how=" "), "how"),
        (
            "ana",
            act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="a/b", witness="ben"),
            "kit",
        ),
    ],
)
def test_a_report_that_does_not_say_who_or_what_is_sent_back_with_its_field(who, what, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().started().do(who, what)
    assert sent_back.value.field == field
