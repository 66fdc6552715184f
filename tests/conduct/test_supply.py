from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from conduct_world import PERSON, SITE, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName
from scale import scaled


def assign(kit="K1", visit="dosing-1", step="s1-first") -> act.AssignKit:
    return act.AssignKit(kit=kit, participant=PERSON, visit=visit, step=step)


def received(kit="K1", step="s1-first", expires="2027-05-31") -> act.ReceiveKit:
    return act.ReceiveKit(kit=kit, step=step, capsules=2, expires=expires, lot="L1")


def test_an_assigned_kit_stands_in_the_session_too():
    world = World().randomised().kit("K1", "s1-first")
    records = world.told("kim", assign())
    assert [(each.stream, each.kind) for each in records] == [
        ("kit/K1", "kit-assigned"),
        ("session/S01-001/dosing-1", "kit-set-aside"),
    ]
    assert world.session().kits["s1-first"].kit == "K1"


def test_an_assignment_is_refused_with_every_reason():
    world = World().baseline()
    world.told("kim", received("K1", "s2-first", "2026-04-20"))
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    world.told("kim", act.DestroyKit(kit="K1", capsules=2, witnesses=("ana", "lee")))
    world.later(days=20)
    assert codes(world.do("ana", assign())) == [
        "role-may-not",
        "kit-not-released",
        "kit-expired",
        "kit-wrong-step",
        "kit-empty",
        "not-randomised",
        "treatment-stopped",
    ]


def test_a_kit_is_one_persons_and_a_step_has_one_kit():
    world = World().kitted().kit("K3", "s1-first")
    assert codes(world.do("kim", assign("K1"))) == ["kit-assigned", "step-has-kit"]
    assert codes(world.do("kim", assign("K3"))) == ["step-has-kit"]


def test_a_kit_of_another_site_is_not_assigned_here():
    world = World().randomised()
    world.told("sponsor", act.OpenSite(name="Two", country="US", zone="UTC", phone="1"), site="S02")
    world.told("sponsor", act.Appoint(person="kim", role="pharmacist", name="Kim"), site="S02")
    world.told("kim", received(), site="S02")
    assert codes(world.do("kim", act.ReleaseKit(kit="K1"))) == ["kit-elsewhere"]
    world.told("kim", act.ReleaseKit(kit="K1"), site="S02")
    assert codes(world.do("kim", assign())) == ["kit-elsewhere"]


def test_a_kit_is_released_once_and_in_date():
    world = World().opened()
    world.told("kim", received(expires="2026-03-02"))
    assert kinds(world.told("kim", act.ReleaseKit(kit="K1"))) == ["kit-released"]
    world.later(days=1)
    assert codes(world.do("kim", act.ReleaseKit(kit="K1"))) == ["kit-already-released", "kit-expired"]


def test_a_kit_received_twice_or_expired_is_recorded_with_the_deviation():
    world = World().opened()
    assert codes(world.told("kim", received(expires="2026-03-01"))) == ["kit-received-expired"]
    assert codes(world.told("kim", received())) == ["kit-received-twice"]


@pytest.mark.parametrize("found", [1, 3])
def test_a_count_that_differs_is_a_deviation_and_the_difference_stays(found):
    world = World().opened()
    world.told("kim", received())
    records = world.told("kim", act.CountKit(kit="K1", counted=found, witness="ana"))
    assert (records[0].fact.expected, codes(records)) == (2, ["count-mismatch"])
    kit = world.standing("kit/K1")
    assert (kit.on_hand, kit.lost, kit.balanced) == (found, 2 - found, True)


def test_a_count_needs_a_second_person_and_a_destruction_two():
    world = World().opened()
    world.told("kim", received())
    assert codes(world.told("kim", act.CountKit(kit="K1", counted=2, witness="kim"))) == ["not-witnessed"]
    alone = act.DestroyKit(kit="K1", capsules=1, witnesses=("ana", "kim"))
    assert codes(world.told("kim", alone)) == ["not-witnessed"]
    two = act.DestroyKit(kit="K1", capsules=1, witnesses=("ana", "lee"))
    assert codes(world.told("kim", two)) == []
    assert world.standing("kit/K1").destroyed == 2


def test_more_returned_than_there_was_is_recorded_with_the_deviation():
    world = World().opened()
    world.told("kim", received())
    records = world.told("kim", act.ReturnKit(kit="K1", capsules=3, witness="ana"))
    assert codes(records) == ["kit-overdrawn"]
    assert world.standing("kit/K1").balanced


def test_a_list_is_sealed_once_with_its_commitment():
    world = World().opened()
    again = act.SealList(stratum=f"site={SITE}", slots=("a",), commitment="")
    assert codes(world.do("kim", again)) == ["list-already-sealed", "no-commitment"]
    with pytest.raises(ImpossibleValue):
        world.do("kim", act.SealList(stratum="site=S02", slots=("a", "a"), commitment="c"))


@pytest.mark.parametrize(
    ("tell", "error"),
    [
        (received(step="s9-first"), UnknownName),
        (received(expires="soon"), ImpossibleValue),
        (received(kit="a/b"), ImpossibleValue),
        (act.ReleaseKit(kit="K7"), UnknownName),
        (act.CountKit(kit="K7", counted=0, witness="ana"), UnknownName),
        (assign(step="s2-first"), UnknownName),
    ],
)
def test_what_is_not_there_or_cannot_be_is_sent_back(tell, error):
    world = World().randomised()
    world.told("kim", received())
    with pytest.raises(error):
        world.do("kim", tell)


class Conservation(RuleBasedStateMachine):
    """received = on hand + used + returned + destroyed + lost, whatever is told in whatever order."""

    capsules = st.integers(min_value=1, max_value=9)

    @initialize(capsules=capsules)
    def arrive(self, capsules: int) -> None:
        self.world = World().randomised()
        tell = act.ReceiveKit(kit="K1", step="s1-first", capsules=capsules, expires="2027-05-31", lot="L")
        self.world.told("kim", tell)
        self.gone = 0

    @rule(capsules=capsules)
    def use(self, capsules: int) -> None:
        tell = act.GiveDose(
            participant=PERSON,
            visit="dosing-1",
            step="s1-first",
            kit="K1",
            witness="ben",
            capsules=capsules,
        )
        self.world.told("ana", tell)
        self.gone += capsules

    @rule(capsules=capsules)
    def bring_back(self, capsules: int) -> None:
        self.world.told("kim", act.ReturnKit(kit="K1", capsules=capsules, witness="ana"))

    @rule(capsules=capsules)
    def destroy(self, capsules: int) -> None:
        self.world.told("kim", act.DestroyKit(kit="K1", capsules=capsules, witnesses=("ana", "lee")))

    @rule(counted=st.integers(min_value=0, max_value=9))
    def count(self, counted: int) -> None:
        expected = self.world.standing("kit/K1").on_hand
        records = self.world.told("kim", act.CountKit(kit="K1", counted=counted, witness="ana"))
        assert ("count-mismatch" in codes(records)) == (counted != expected)

    @rule()
    def receive_again(self) -> None:
        self.world.told("kim", received("K1"))

    @invariant()
    def nothing_vanishes(self) -> None:
        if hasattr(self, "world"):
            kit = self.world.standing("kit/K1")
            assert kit.balanced, kit
            assert kit.on_hand >= 0
            assert kit.returned >= 0
            assert kit.used == self.gone


TestConservation = Conservation.TestCase
TestConservation.settings = settings(max_examples=scaled(400), stateful_step_count=25, deadline=None)
print(f"conservation: {scaled(400)} runs of 25 steps")
