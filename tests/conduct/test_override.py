"""A physician lets an item pass: present, on another's tablet, by telephone; and countersigns."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conduct_world import PERSON, SITE, World, codes, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.conduct.outlook import overdue
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.envelope import Record
from holdfast.records.upgrade import fact_from

NOBODYS = [each.code for each in protocol().gates if each.override == "nobody"]
FIRST = protocol().sessions[0].first


def ready() -> World:
    world = World().started()
    world.vitals(-5)
    return world


def report(**changes: object) -> act.ReportOverride:
    given = {
        "step": "s1-first",
        "item": "fasted",
        "physician": "dr-okafor",
        "how": "read-back",
        "why": "Toast five hours ago.",
        "witness": "ben",
        "read_back": True,
        **changes,
    }
    return act.ReportOverride(participant=PERSON, visit="dosing-1", **given)


def told(world: World, **changes: object) -> list[Record]:
    return world.told("ana", report(**changes))


def countersign(world: World, override: Record, *, who: str = "dr-okafor", **changes: object):
    ask = act.Countersign(
        participant=PERSON, visit="dosing-1", override=override.id, **{"agrees": True, **changes}
    )
    return world.do(who, ask)


def about(world: World) -> list[str]:
    decision = world.ask_dose(fasted=False)
    return [each.about for each in decision.reasons] if isinstance(decision, Refused) else []


def test_read_back_before_a_second_person_opens_the_item_at_once():
    world = ready()
    assert about(world) == ["fasted"]
    records = told(world)
    assert kinds(records) == ["override-reported", "countersignature-due", "deviation"]
    assert codes(records) == ["gate-overridden"]
    assert records[0].author == "ana"
    assert records[0].fact.counts is True
    assert about(world) == []
    asked = world.person.countersignatures[records[0].id]
    assert (asked.physician, asked.item, asked.agreed) == ("dr-okafor", "fasted", None)
    assert asked.due == world.now + timedelta(hours=24)


def test_signed_on_a_tablet_and_not_verified_opens_the_item_without_a_second_person():
    world = ready()
    records = told(world, how="tablet", witness="", read_back=False)
    assert codes(records) == ["gate-overridden"]
    assert about(world) == []


@pytest.mark.parametrize(
    "changes", [{"witness": ""}, {"witness": "ana"}, {"witness": "stranger"}, {"read_back": False}]
)
def test_what_nobody_else_heard_is_recorded_and_opens_nothing(changes):
    world = ready()
    records = told(world, **changes)
    assert codes(records) == ["gate-overridden", "override-not-heard"]
    assert records[0].fact.counts is False
    assert about(world) == ["fasted"]


def test_somebody_who_is_no_physician_here_opens_nothing():
    world = ready()
    assert codes(told(world, physician="ben", witness="uma")) == ["gate-overridden", "override-no-physician"]
    assert about(world) == ["fasted"]


def test_a_physician_whose_licence_ran_out_opens_nothing():
    world = ready()
    expired = act.RecordCredential(person="dr-okafor", credential="licence", valid_until="2026-04-01")
    world.told("lee", expired)
    assert "override-no-physician" in codes(told(world))
    assert about(world) == ["fasted"]


@pytest.mark.parametrize("item", [code for code in FIRST.gate if code in NOBODYS])
def test_what_nobody_may_override_is_opened_by_no_report(item):
    world = ready()
    records = told(world, item=item)
    assert codes(records) == ["gate-overridden", "override-of-nobodys"]
    assert records[0].fact.counts is False
    assert (FIRST.step, item) not in world.session().overrides


@pytest.mark.parametrize("item", [code for code in FIRST.gate if code in NOBODYS])
@pytest.mark.parametrize("how", ["present", "tablet"])
def test_what_nobody_may_override_is_opened_by_no_password(item, how):
    ask = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item=item, how=how)
    assert codes(ready().do("dr-okafor", ask, reason="I know better.")) == ["nobody-overrides"]


def test_an_override_on_anothers_tablet_says_so():
    world = ready()
    ask = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item="fasted", how="tablet")
    assert world.told("dr-okafor", ask, reason="Toast.")[0].fact.how == "tablet"
    wrong = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item="fasted", how="fax")
    with pytest.raises(ImpossibleValue):
        world.do("dr-okafor", wrong, reason="Toast.")


def test_an_override_of_an_earlier_release_was_by_somebody_present():
    body = {"step": "s1-first", "item": "fasted", "physician": "dr-okafor"}
    assert fact_from("gate-overridden", 1, body).how == "present"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"how": "letter"}, "how"), ({"why": " "}, "why"), ({"physician": ""}, "physician")],
)
def test_a_report_without_sense_is_sent_back(changes, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        told(ready(), **changes)
    assert sent_back.value.field == field


def test_a_physician_who_is_signed_in_reports_nothing_of_themself():
    with pytest.raises(ImpossibleValue):
        ready().do("dr-okafor", report())


def test_a_report_of_no_condition_is_sent_back():
    with pytest.raises(UnknownName):
        told(ready(), item="gait-steady")


def test_an_attendants_report_is_recorded_and_said_not_to_be_theirs():
    assert "not-delegated" in codes(ready().told("uma", report()))


# --- countersigned -----------------------------------------------------------------------


def test_its_physician_countersigns_in_time_and_nothing_stands_beside_it():
    world = ready()
    override = told(world)[0]
    records = countersign(world.later(hours=24), override)
    assert kinds(records) == ["override-countersigned", "countersignature-given"]
    assert world.session().reported[override.id].agreed is True
    assert world.person.countersignatures[override.id].agreed is True


def test_too_late_is_a_deviation_and_overdue_before():
    world = ready()
    override = told(world)[0]
    world.later(hours=24, minutes=1)
    late = [each for each in overdue(world.protocol, world.person, world.now) if each.code == "countersign"]
    assert [each.sentence for each in late] == ["dr-okafor has not countersigned the override of fasted."]
    records = countersign(world, override)
    assert codes(records) == ["override-not-countersigned"]
    assert not [e for e in overdue(world.protocol, world.person, world.now) if e.code == "countersign"]


def test_one_not_yet_due_is_not_overdue():
    world = ready()
    told(world)
    found = overdue(world.protocol, world.person, world.now + timedelta(hours=23))
    assert [each.code for each in found if each.code == "countersign"] == []


def test_nobody_else_countersigns_and_nobody_twice():
    world = ready()
    override = told(world)[0]
    world.told("sponsor", act.Appoint(person="dr-lind", role="physician", name="Lind"))
    licence = act.RecordCredential(person="dr-lind", credential="licence", valid_until="2027-01-01")
    world.told("lee", licence)
    other = world.do(
        "dr-lind",
        act.Countersign(participant=PERSON, visit="dosing-1", override=override.id, agrees=True),
        role="physician",
    )
    assert codes(other) == ["not-its-physician"]
    assert not isinstance(countersign(world, override), Refused)
    assert codes(countersign(world, override)) == ["already-countersigned"]


def test_without_a_licence_nobody_countersigns():
    world = ready()
    override = told(world)[0]
    expired = act.RecordCredential(person="dr-okafor", credential="licence", valid_until="2026-04-01")
    world.told("lee", expired)
    assert codes(countersign(world, override)) == ["credential-expired"]


def test_a_physician_who_did_not_say_it_says_what_was_said_and_the_item_closes_again():
    world = ready()
    override = told(world)[0]
    assert codes(countersign(world, override, agrees=False)) == ["no-reason"]
    records = countersign(world, override, agrees=False, note="I said: wait another hour.")
    assert codes(records) == ["override-contested"]
    assert about(world) == ["fasted"]


def test_a_dose_given_by_an_override_that_is_contested_stays_recorded():
    world = ready()
    override = told(world)[0]
    assert not isinstance(world.ask_dose(fasted=False), Refused)
    world.give()
    countersign(world, override, agrees=False, note="Not I.")
    assert "s1-first" in world.session().doses


def test_an_override_nobody_reported_cannot_be_countersigned():
    world = ready()
    with pytest.raises(UnknownName):
        world.do(
            "dr-okafor",
            act.Countersign(
                participant=PERSON, visit="dosing-1", override=world.told("ana", report())[1].id, agrees=True
            ),
        )


def test_the_study_may_set_the_hours():
    given = protocol()
    hours = given.settings[0].model_copy(
        update={"code": "countersign-hours", "value": given.adverse_events.serious_report_hours.model_copy(
            update={"value": 2})}
    )  # fmt: skip
    world = World(protocol=given.model_copy(update={"settings": (*given.settings, hours)}))
    world.started().vitals(-5)
    record = world.told("ana", report())[1]
    assert datetime.fromisoformat(record.fact.due) == world.now + timedelta(hours=2)
    assert record.stream == f"participant/{PERSON}"
    assert record.site == SITE
