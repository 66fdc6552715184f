from __future__ import annotations

from dataclasses import replace

import pytest

from conduct_world import PERSON, STUDY, World, answers, codes, cssrs, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.figures import figures, unsigned
from holdfast.protocol.roles import Role


def test_the_first_record_says_what_the_study_is_for_ever():
    world = World()
    records = world.told("sponsor", act.OpenStudy(life="rehearsal"))
    assert [(each.stream, each.kind) for each in records] == [
        (f"study/{STUDY}", "study-opened"),
        (f"study/{STUDY}", "protocol-adopted"),
    ]
    assert records[0].fact.life == "rehearsal"
    assert records[1].fact.text == protocol().text
    assert codes(world.do("sponsor", act.OpenStudy(life="live"))) == ["study-already-opened"]


def test_nothing_comes_before_it():
    world = World()
    assert codes(world.do("sponsor", act.OpenSite(name="", country="", zone="UTC", phone="1"))) == [
        "study-not-opened"
    ]
    with pytest.raises(UnknownName, match="was not opened"):
        world.do("lee", act.RecordCredential(person="ana", credential="gcp", valid_until="2027-01-01"))
    with pytest.raises(ImpossibleValue):
        world.do("sponsor", act.OpenStudy(life="demo"))


def test_a_site_that_is_not_open_neither_asks_nor_tells():
    world = World()
    world.told("sponsor", act.OpenStudy(life="rehearsal"))
    assert codes(world.do("dr-okafor", act.CheckEmergencyKit(valid_until="2027-01-01"))) == [
        "not-appointed",
        "site-not-opened",
    ]
    prescreen = act.Prescreen(participant=PERSON, referred_by="", prior_mdma="never", outcome="invited")
    with pytest.raises(UnknownName, match="no open site"):
        world.do("lee", prescreen)


def test_a_site_is_opened_once_with_a_telephone_and_a_real_zone():
    world = World().opened()
    again = act.OpenSite(name="Site", country="US", zone="America/Denver", phone=" ")
    assert codes(world.do("sponsor", again)) == ["site-already-opened", "no-telephone"]
    with pytest.raises(ImpossibleValue) as sent_back:
        world.do("sponsor", act.OpenSite(name="", country="", zone="Denver", phone="1"), site="S02")
    assert sent_back.value.field == "zone"


def test_an_appointment_ends_and_with_it_what_it_allows():
    world = World().kitted()
    world.told("sponsor", act.EndAppointment(person="ana", role="therapist"))
    refused = world.do("ana", world.start_ask())
    assert codes(refused) == ["not-appointed", "monitor-not-qualified"]
    assert codes(world.do("sponsor", act.EndAppointment(person="ana", role="therapist"))) == ["not-appointed"]
    assert codes(world.do("sponsor", act.Appoint(person="ben", role="therapist", name="Ben"))) == [
        "already-appointed"
    ]


@pytest.mark.parametrize(("person", "role"), [("rae", "therapist"), ("ana", "rater"), ("kim", "rater")])
def test_raters_stay_apart(person, role):
    refused = World().opened().do("sponsor", act.Appoint(person=person, role=role, name=person))
    assert "rater-not-apart" in codes(refused)


@pytest.mark.parametrize(
    ("person", "role"),
    [("kim", "therapist"), ("kim", "coordinator"), ("ana", "pharmacist"), ("rae", "pharmacist")],
)
def test_who_knows_the_arms_holds_no_blind_role_and_nobody_blind_learns_them(person, role):
    refused = World().opened().do("sponsor", act.Appoint(person=person, role=role, name=person))
    assert "key-not-apart" in codes(refused)


def test_a_role_that_ended_does_not_keep_somebody_from_the_pharmacy():
    world = World().opened()
    world.told("sponsor", act.EndAppointment(person="ana", role="therapist"))
    world.told("sponsor", act.Appoint(person="ana", role="pharmacist", name="Ana"))


def test_a_coordinator_does_not_appoint_and_a_role_has_a_name():
    world = World().opened()
    assert codes(world.do("lee", act.Appoint(person="zoe", role="therapist", name="Zoe"))) == ["role-may-not"]
    with pytest.raises(UnknownName, match="no role 'guru'"):
        world.do("sponsor", act.Appoint(person="zoe", role="guru", name="Zoe"))


def test_an_emergency_kit_out_of_date_is_not_checked_in():
    world = World().opened()
    assert codes(world.do("lee", act.CheckEmergencyKit(valid_until="2026-03-01"))) == [
        "emergency-kit-expired"
    ]


def test_only_figures_that_are_not_public_are_signed_by_a_licensed_physician():
    world = World().opened()
    sign = act.SignLimit(path="limits.systolic-stop.value", value=175)
    assert codes(world.do("lee", sign)) == ["role-may-not", "credential-expired"]
    records = world.told("dr-okafor", sign)
    assert (records[0].fact.value, records[0].fact.unit, records[0].fact.physician) == (
        175,
        "mmHg",
        "dr-okafor",
    )
    public = act.SignLimit(path="sessions.dosing-1.minimum_hours", value=2)
    assert codes(world.do("dr-okafor", public)) == ["not-for-signature"]
    with pytest.raises(UnknownName):
        world.do("dr-okafor", act.SignLimit(path="limits.mood.value", value=2))
    with pytest.raises(ImpossibleValue):
        world.do("dr-okafor", act.SignLimit(path="limits.systolic-stop.value", value=float("nan")))


def test_a_signed_value_replaces_the_stand_in_at_its_site():
    world = World().dosed()
    world.told("dr-okafor", act.SignLimit(path="limits.systolic-hold.value", value=150))
    records = world.later(minutes=60).vitals(60, systolic=152)
    assert [each.fact.limit for each in records if each.kind == "alarm-raised"] == [150]


def test_in_a_live_study_an_unsigned_limit_refuses_requests_and_notes_reports():
    world = World(life="live").started()
    first = world.vitals(-5, systolic=250)
    assert codes(first) == ["no-signed-limit"]
    assert "systolic-stop" in next(each.fact.what for each in first if each.kind == "deviation")
    assert kinds(world.vitals(-5, repeat=True)) == ["vitals-read"]
    refused = world.ask_dose()
    assert isinstance(refused, Refused)
    assert set(codes(refused)) == {"no-signed-limit"}
    assert {each.about for each in refused.reasons} >= {"pressure-below-stop", "systolic-stop"}


def test_in_a_live_study_a_window_without_a_signature_is_noted():
    world = World(life="live").consented()
    assert codes(world.hold("screening")) == ["no-signed-limit"]


def signed_world(*, but: tuple[str, ...] = ()) -> World:
    """A live study whose physician signs every figure that needs it, but for some."""
    world = World(life="live")
    opened = world.opened

    def signed() -> World:
        opened()
        for path in unsigned(protocol()):
            if path not in but:
                value = figures(protocol())[path].value
                world.told("dr-okafor", act.SignLimit(path=path, value=value))
        return world

    world.opened = signed
    return world


def test_with_every_figure_signed_a_live_study_runs_like_a_rehearsal():
    live, rehearsal = (_to_the_discharge(world) for world in (signed_world(), World()))
    signed = [each for each in live.book.records if each.kind != "limit-signed"]
    assert [each.kind for each in signed] == [each.kind for each in rehearsal.book.records]
    assert codes(live.book.records) == codes(rehearsal.book.records)
    assert "no-signed-limit" not in codes(live.book.records)


def _to_the_discharge(world: World) -> World:
    world.supplemented().later(minutes=385).vitals(480)
    world.suds(1)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    world.hand_over()
    world.later(hours=14).vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    assert kinds(world.discharge())[:2] == ["discharged", "session-milestone"]
    return world


def test_a_list_of_minutes_is_signed_as_a_list_and_counts_at_its_site():
    world = World().dosed()
    path = "vitals.at_minutes"
    sign = act.SignLimit(path=path, value=(-5, 45, 480))
    fact = world.told("dr-okafor", sign)[0].fact
    assert (fact.path, fact.values, fact.value) == (path, (-5, 45, 480), -5)
    world.later(minutes=45)
    assert codes(world.vitals(45)) == []
    with pytest.raises(ImpossibleValue) as sent_back:
        world.vitals(60)
    assert sent_back.value.field == "due_minute"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("vitals.at_minutes", 60),
        ("vitals.at_minutes", ()),
        ("vitals.at_minutes", (0, float("inf"))),
        ("vitals.at_minutes", (60, 30)),
        ("vitals.at_minutes", (0, 7.5)),
        ("limits.systolic-stop.value", (170, 180)),
        ("visits.dosing-1.day", 0),
        ("visits.dosing-1.day", 3.5),
        ("visits.dosing-1.late", -1),
    ],
)
def test_a_signature_fits_the_figure_it_is_given_to(path, value):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().opened().do("dr-okafor", act.SignLimit(path=path, value=value))
    assert sent_back.value.field == "value"


@pytest.mark.parametrize("setting", ["vitals-age-at-dose", "next-contact-hours"])
def test_in_a_live_study_a_request_that_needs_an_unsigned_setting_is_refused(setting):
    path = f"settings.{setting}.value"
    world = signed_world(but=(path,))
    if setting == "vitals-age-at-dose":
        world.started().vitals(-5)
        refused = world.ask_dose()
    else:
        world.ended()
        refused = world.discharge()
    assert ("no-signed-limit", path) in {(each.code, each.about) for each in refused.reasons}


def test_in_a_live_study_reports_that_unsigned_figures_would_judge_are_recorded_with_the_notice():
    paths = ("settings.alone-limit.value", "vitals.late_after_minutes", "vitals.at_minutes")
    world = signed_world(but=(*paths, "vitals.deferral_ceiling_minutes"))
    world.started()
    first = world.vitals(-5)
    assert [each.fact.what for each in first if each.kind == "deviation"] == [
        "No signed limit: vitals.at_minutes, vitals.late_after_minutes."
    ]
    world.ask_dose()
    world.give()
    world.told("ben", act.NotePresence(participant=PERSON, visit="dosing-1", person="ben", present=False))
    world.later(minutes=60)
    back = act.NotePresence(participant=PERSON, visit="dosing-1", person="ben", present=True)
    assert codes(world.told("ben", back)) == ["no-signed-limit"]
    assert codes(world.later(minutes=60).vitals(60)) == []
    put_off = act.DeferVitals(
        participant=PERSON, visit="dosing-1", due_minute=120, until_minute=200, why="Asleep."
    )
    assert codes(world.told("ben", put_off)) == ["no-signed-limit"]


def test_a_locked_study_refuses_requests_but_help_and_records_reports_with_the_deviation():
    world = World().randomised()
    world.fill(PERSON, "week-4", "PHQ-9", answers("PHQ-9", q9=2))
    assert codes(world.do("sponsor", act.UnblindStudy(commitment="c"))) == ["study-not-locked"]
    assert codes(world.do("sponsor", act.LockStudy(data_hash=""))) == ["no-data-hash"]
    world.told("sponsor", act.LockStudy(data_hash="d" * 64))
    visit = act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-04-14")
    assert codes(world.do("lee", visit)) == ["study-locked"]
    world.later(days=2)
    miss = act.MissVisit(participant=PERSON, visit="dosing-1", why="declined")
    assert codes(world.told("lee", miss)) == ["visit-missed", "after-lock"]
    risk = next(iter(world.person.risks))
    take = act.AcknowledgeRisk(participant=PERSON, risk=risk, plan="Call now.")
    assert kinds(world.do("dr-okafor", take)) == ["risk-acknowledged"]
    assert kinds(world.do("dr-okafor", act.Unblind(participant=PERSON, why="Emergency."))) == ["unblinded"]
    assert kinds(world.told("sponsor", act.UnblindStudy(commitment="c"))) == ["study-unblinded"]
    assert codes(world.do("sponsor", act.UnblindStudy(commitment="c"))) == ["study-already-unblinded"]


def test_every_act_has_its_roles_and_its_decision():
    from holdfast.conduct import authority, decide

    acts = {
        each
        for each in vars(act).values()
        if isinstance(each, type) and issubclass(each, act.Ask | act.Tell) and each not in (act.Ask, act.Tell)
    }
    assert set(authority.MAY) == acts
    assert set(decide.ASKED) | set(decide.TOLD) == acts
    assert all(roles and roles <= set(Role) for roles in authority.MAY.values())


def test_a_study_is_opened_with_its_own_protocol():
    world = World()
    action = world.action("sponsor", act.OpenStudy(life="rehearsal"))
    other = replace(action, stamp=replace(action.stamp, study="another-study"))
    refused = world.book.perform(other, world.now)
    assert codes(refused) == ["other-study"]
