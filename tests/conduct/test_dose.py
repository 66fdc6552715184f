from __future__ import annotations

import re
from datetime import timedelta

import pytest

from conduct_world import GATE, PERSON, World, codes, cssrs, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.errors import ImpossibleValue, UnknownName


def ready() -> World:
    world = World().started()
    world.vitals(-5)
    return world


def about(refused: Refused) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in refused.reasons]


def test_an_open_gate_is_recorded_with_every_answer():
    records = ready().ask_dose()
    assert kinds(records) == ["gate-checked"]
    assert records[0].fact.open_
    assert set(records[0].fact.answers.values()) == {"holds"}
    assert len(records[0].fact.answers) == 17


def test_a_gate_asked_with_nothing_ready_is_refused_with_every_reason():
    world = World().randomised()
    ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed={})
    refused = world.do("ana", ask)
    assert about(refused) == [
        ("session-not-started", ""),
        ("no-kit", "s1-first"),
        ("gate-fails", "identity-and-kit"),
        ("gate-unknown", "no-mao-inhibitor-or-lithium"),
        ("gate-fails", "two-monitors"),
        ("gate-unknown", "physician-and-emergency-kit"),
        ("gate-unknown", "pressure-below-stop"),
        ("gate-fails", "laboratory-in-window"),
        ("gate-unknown", "fasted"),
        ("gate-unknown", "escort-arranged"),
        ("gate-unknown", "eligibility-rechecked"),
        ("gate-unknown", "touch-agreement-read"),
        ("gate-unknown", "pressure-below-hold"),
        ("gate-unknown", "heart-rate-below-hold"),
        ("gate-unknown", "temperature-below-hold"),
    ]


@pytest.mark.parametrize(
    "item",
    [code for code in protocol().sessions[0].first.gate if next(
        each.override for each in protocol().gates if each.code == code
    ) == "nobody"],
)  # fmt: skip
def test_what_nobody_may_override_nobody_overrides(item):
    override = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item=item)
    refused = ready().do("dr-okafor", override, reason="I know better.")
    assert about(refused) == [("nobody-overrides", item)]


def test_a_physician_overrides_with_a_reason_and_it_stands_as_a_deviation():
    world = ready()
    assert about(world.ask_dose(fasted=False)) == [("gate-fails", "fasted")]
    override = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item="fasted")
    assert codes(world.do("ana", override)) == ["role-may-not", "no-reason"]
    records = world.told("dr-okafor", override, reason="Toast five hours ago.")
    assert kinds(records) == ["gate-overridden", "deviation"]
    assert records[0].reason == "Toast five hours ago."
    granted = world.ask_dose(fasted=False)
    assert granted[0].fact.answers["fasted"] == "overridden"
    assert codes(world.do("dr-okafor", override, reason="Again.")) == ["already-overridden"]


def test_an_override_of_one_step_does_not_open_another():
    world = World().dosed()
    override = act.OverrideGate(
        participant=PERSON, visit="dosing-1", step="s1-first", item="pressure-below-hold"
    )
    world.told("dr-okafor", override, reason="Usual.")
    world.later(minutes=90).vitals(90, systolic=165)
    refused = world.ask_dose("s1-supplemental")
    assert ("gate-fails", "pressure-below-hold") in about(refused)
    assert ("limit-passed", "systolic-hold") in about(refused)


def test_lithium_on_the_list_counts_whatever_is_confirmed():
    world = ready()
    tell = act.RecordMedication(
        participant=PERSON, medicine="lithium carbonate", class_="lithium", started="2020", stopped=""
    )
    world.told("lee", tell)
    assert about(world.ask_dose(mao_inhibitor_or_lithium=False)) == [
        ("gate-fails", "no-mao-inhibitor-or-lithium"),
        ("gate-fails", "wash-outs-done"),
    ]


def test_lithium_stopped_before_does_not_count():
    world = ready()
    tell = act.RecordMedication(
        participant=PERSON, medicine="lithium", class_="lithium", started="2020", stopped="2026-01"
    )
    (medicine, *_) = world.told("lee", tell)
    assert about(world.ask_dose()) == [("gate-unknown", "wash-outs-done")]
    judged = act.JudgeWashout(
        participant=PERSON, medicine=medicine.id, over_on="2026-02-15", why="Five half-lives of a day."
    )
    world.told("dr-okafor", judged)
    assert kinds(world.ask_dose()) == ["gate-checked"]


def test_acute_suicidality_closes_the_gate_until_a_physician_has_reassessed():
    world = ready()
    again = act.FillForm(
        participant=PERSON,
        visit="dosing-1",
        form="C-SSRS",
        answers=cssrs(q1=True, q2=True, q3=False, q4=True, q5=False),
        occurrence="repeated",
    )
    world.told("ana", again)
    assert about(world.ask_dose()) == [("gate-fails", "no-acute-suicidality")]
    reassessed = act.FillForm(
        participant=PERSON, visit="dosing-1", form="C-SSRS", answers=cssrs(), occurrence="repeated"
    )
    world.later(minutes=1).told("dr-okafor", reassessed)
    assert kinds(world.ask_dose()) == ["gate-checked"]


def test_a_c_ssrs_of_another_day_tells_nothing():
    world = World().kitted()
    world.told("ana", world.start_ask())
    world.vitals(-5)
    assert about(world.ask_dose()) == [("gate-unknown", "no-acute-suicidality")]


def test_a_reading_half_an_hour_old_counts_an_older_one_does_not():
    world = ready()
    assert kinds(world.later(minutes=30).ask_dose()) == ["gate-checked"]
    refused = world.later(minutes=1).ask_dose()
    assert [each for each in codes(refused) if each != "gate-unknown"] == []


def test_a_monitor_gone_closes_the_gate():
    world = ready()
    world.told("ana", act.NotePresence(participant=PERSON, visit="dosing-1", person="ben", present=False))
    assert about(world.ask_dose()) == [("gate-fails", "two-monitors")]


def test_nobody_confirms_a_pressure_or_a_maybe():
    world = ready()
    for confirmed in ({"systolic": True}, {**GATE, "fasted": "mostly"}):
        ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed=confirmed)
        with pytest.raises(ImpossibleValue):
            world.do("ana", ask)


def test_the_supplemental_dose_needs_its_decision_and_its_window():
    world = World().dosed().later(minutes=89)
    world.vitals(90)
    refused = world.ask_dose("s1-supplemental")
    assert about(refused) == [("supplement-not-decided", ""), ("dose-out-of-window", "s1-supplemental")]
    decision = act.DecideSupplement(
        participant=PERSON, visit="dosing-1", give=True, decided_by="ana", why="Settled."
    )
    world.told("ana", decision)
    assert kinds(world.later(minutes=1).ask_dose("s1-supplemental")) == ["gate-checked"]
    world.later(minutes=30).vitals(120)
    assert kinds(world.ask_dose("s1-supplemental")) == ["gate-checked"]
    assert about(world.later(minutes=1).ask_dose("s1-supplemental")) == [
        ("dose-out-of-window", "s1-supplemental")
    ]


def test_a_supplement_without_a_first_dose_is_refused():
    world = ready()
    refused = world.ask_dose("s1-supplemental")
    assert [each for each in codes(refused) if "gate" not in each] == [
        "supplement-not-decided",
        "first-dose-missing",
    ]


def test_a_decision_by_somebody_without_a_role_is_recorded_with_the_deviation():
    world = World().dosed()
    tell = act.DecideSupplement(participant=PERSON, visit="dosing-1", give=True, decided_by="rae", why="Yes.")
    assert codes(world.told("ana", tell)) == ["supplement-decider"]


def test_a_dose_writes_session_kit_and_participant():
    world = ready()
    world.ask_dose()
    records = world.give()
    assert [(each.stream, each.kind) for each in records] == [
        ("session/S01-001/dosing-1", "dose-given"),
        ("kit/K1", "kit-used"),
        ("participant/S01-001", "session-milestone"),
    ]
    assert world.session().t0 == records[0].happened_at
    assert world.person.under_effect
    assert (world.standing("kit/K1").on_hand, world.standing("kit/K1").used) == (0, 1)


def test_no_record_of_a_dose_tells_an_arm_or_an_amount():
    for record in World().supplemented().book.records:
        if record.stream.startswith("study/"):
            continue
        words = set(re.findall(r"[a-z]+", str(record.fact).lower()))
        assert not words & {"placebo", "comparator", "experimental", "mg", "arm"}, record.fact


def test_a_wrong_dose_is_recorded_with_every_break_and_an_alarm_each():
    world = World().randomised()
    tell = act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-supplemental", kit="K9", witness="ana")
    records = world.told("ana", tell)
    found = [
        "dose-without-session",
        "dose-without-gate",
        "dose-out-of-window",
        "dose-wrong-kit",
        "dose-unknown-kit",
        "dose-unwitnessed",
    ]
    assert codes(records) == found
    assert [each.fact.code for each in records if each.kind == "alarm-raised"] == found
    assert {each.fact.severity for each in records if each.kind == "deviation"} == {"major"}
    assert {each.fact.priority for each in records if each.kind == "alarm-raised"} == {"high"}
    assert world.standing("kit/K9").balanced


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda w: w.later(minutes=31), ["dose-without-gate"]),
        (lambda w: w.told("dr-okafor", act.StopTreatment(participant=PERSON, why="x")), ["dose-after-stop"]),
        (
            lambda w: w.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("study",))),
            ["dose-without-consent"],
        ),
        (lambda w: w, []),
    ],
)
def test_what_changed_between_gate_and_dose_stands_beside_the_dose(change, found):
    world = ready()
    world.ask_dose()
    change(world)
    assert codes(world.give()) == found


def test_the_kit_of_another_step_and_a_second_dose_are_breaks():
    world = World().dosed()
    # K2 is set aside for this person, but for the supplemental step.
    assert codes(world.give("s1-first", "K2")) == ["dose-twice", "dose-wrong-kit"]


def test_an_expired_or_unreleased_kit_is_a_break():
    world = ready()
    world.told("kim", act.ReceiveKit(kit="K8", step="s1-first", capsules=1, expires="2026-04-13", lot="L"))
    world.ask_dose()
    assert codes(world.give("s1-first", "K8")) == [
        "dose-wrong-kit",
        "dose-kit-not-released",
        "dose-kit-expired",
    ]


def test_a_dose_told_later_counts_from_when_it_was_taken():
    world = ready()
    world.ask_dose()
    world.later(minutes=40)
    tell = act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="K1", witness="ben")
    records = world.told("ana", tell, ago=timedelta(minutes=35))
    assert codes(records) == []
    assert world.session().t0.at == world.now - timedelta(minutes=35)


def test_a_dose_step_of_another_session_is_no_step_of_this_one():
    with pytest.raises(UnknownName, match="no dose step 's2-first'"):
        ready().ask_dose("s2-first")


def test_a_step_taken_is_not_asked_for_again():
    refused = World().dosed().ask_dose()
    assert ("dose-already-given", "s1-first") in about(refused)


def test_after_the_end_of_the_session_no_dose_is_granted():
    world = World().started()
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={}))
    world.vitals(-5)
    assert about(world.ask_dose()) == [("session-already-ended", "")]


def test_the_first_dose_entered_after_the_supplemental_one_is_still_the_first():
    world = World().started()
    world.later(minutes=100)
    world.give("s1-supplemental", "K2")
    tell = act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="K1", witness="ben")
    first = world.told("ana", tell, ago=timedelta(minutes=95))[0]
    assert world.session().t0 == first.happened_at


def test_a_dose_taken_only_in_part_is_told():
    world = World().started()
    world.kit("K9", "s1-first", capsules=3)
    tell = act.GiveDose(
        participant=PERSON, visit="dosing-1", step="s1-first", kit="K9", witness="ben", capsules=2
    )
    assert "dose-incomplete" in codes(world.told("ana", tell))
