"""C-SSRS-SR: a yes that somebody gave alone brings the same help, opens no gate, and is one event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conduct_world import PERSON, World, cssrs, fact_of, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.conduct import reach
from holdfast.conduct.decision import Refused
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.envelope import Record

OWN = "own pages, link made by lee"


@pytest.fixture(scope="module")
def asks_alone() -> Protocol:
    """The shipped study with the self-report at screening and, for these tests, at the first session."""
    text = protocol().text
    for form in (
        "      - {form: PC-PTSD-5, by: participant}\n",
        "    minutes: {value: 480, unit: min, source: mapp2-registry}\n    forms:\n",
    ):
        text = text.replace(form, f"{form}      - {{form: C-SSRS-SR, by: participant}}\n", 1)
    own = (
        "  - form: C-SSRS-SR\n    name: {en: Alone, es: Alone}\n    instrument: C-SSRS-SR\n"
        "    read: [participant, physician]\n"
    )
    return compile_text(text.replace("  - form: C-SSRS\n", f"{own}  - form: C-SSRS\n", 1), name="alone")


def said(world: World, visit: str, **given: bool) -> list[Record]:
    """The self-report, sent from the participant's own pages."""
    tell = act.FillForm(participant=PERSON, visit=visit, form="C-SSRS-SR", answers=cssrs(**given))
    action = world.action(PERSON, tell)
    decision = world.book.perform(replace(action, stamp=replace(action.stamp, device=OWN)), world.now)
    assert not isinstance(decision, Refused)
    return decision


def test_a_yes_raises_what_the_interview_raises_and_somebody_must_be_told(asks_alone: Protocol):
    world = World(protocol=asks_alone).consented()
    records = said(world, "screening", q1=True, q2=True, q3=True, q4=True, q5=False)
    assert kinds(records) == ["form-completed", "risk-raised", "adverse-event"]
    assert fact_of(records, "risk-raised").finding == "cssrs-ideation-high"
    study, site = world.standing("study/inactive-placebo"), world.standing("site/S01")
    (due,) = reach.due(world.protocol, world.person, world.now, study=study, site=site)
    assert due == (records[1].id, 1)
    assert reach.whom(
        {"dr-okafor": world.standing("staff/dr-okafor")},
        world.person,
        site="S01",
        day=world.now.date().isoformat(),
        step=1,
    ) == ("dr-okafor",)


def test_what_is_told_again_in_the_interview_of_the_day_is_one_event_and_two_risks(asks_alone: Protocol):
    world = World(protocol=asks_alone).consented()
    said(world, "screening", preparatory_acts=True)
    again = world.fill("dr-okafor", "screening", "C-SSRS", cssrs(preparatory_acts=True))
    assert kinds(again) == ["form-completed", "risk-raised"]
    graver = world.told(
        "dr-okafor",
        act.FillForm(
            participant=PERSON, visit="screening", form="C-SSRS", occurrence="repeated",
            answers=cssrs(q1=True, q2=True, q3=True, q4=True, q5=True),
        ),
    )  # fmt: skip
    assert fact_of(graver, "adverse-event").term == "Suicidal ideation"
    world.later(days=1)
    later = world.fill("dr-okafor", "prep-1", "C-SSRS", cssrs(preparatory_acts=True))
    assert kinds(later)[-1] == "adverse-event"


def shut(world: World) -> str:
    """What stands against the first dose for want of safety from suicide; empty where nothing does."""
    decision = world.ask_dose()
    if not isinstance(decision, Refused):
        return ""
    return next((each.code for each in decision.reasons if each.about == "no-acute-suicidality"), "")


@pytest.mark.parametrize(
    ("alone", "against"),
    [
        ({}, ""),
        ({"q1": True}, ""),
        ({"q1": True, "q2": True, "q3": False, "q4": True, "q5": False}, "gate-fails"),
        ({"aborted_attempt": True}, "gate-fails"),
    ],
)
def test_a_graver_report_after_the_interview_shuts_the_gate_until_somebody_asks_again(
    asks_alone: Protocol, alone: dict[str, bool], against: str
):
    world = World(protocol=asks_alone).started()
    world.vitals(-5)
    world.later(minutes=1)
    said(world, "dosing-1", **alone)
    assert shut(world) == against
    if against:
        world.later(minutes=1)
        world.told(
            "ana",
            act.FillForm(
                participant=PERSON, visit="dosing-1", form="C-SSRS", answers=cssrs(), occurrence="repeated"
            ),
        )
        assert shut(world) == ""


def test_no_self_report_opens_a_gate_that_an_interview_left_shut(asks_alone: Protocol):
    world = World(protocol=asks_alone).kitted()
    world.told("ana", world.start_ask())
    world.vitals(-5)
    said(world, "dosing-1")
    assert shut(world) == "gate-unknown"
    world.later(minutes=1)
    world.fill("ana", "dosing-1", "C-SSRS", cssrs(interrupted_attempt=True))
    world.later(minutes=1)
    tell = act.FillForm(
        participant=PERSON, visit="dosing-1", form="C-SSRS-SR", answers=cssrs(), occurrence="repeated"
    )
    world.told(PERSON, tell)
    assert shut(world) == "gate-fails"
