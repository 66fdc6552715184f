"""Where somebody is: the stage before the first dose, then sessions, integration and follow-up."""

from __future__ import annotations

from dataclasses import replace

from conduct_world import World
from holdfast.conduct.course import DOSING, FOLLOW_UP, INTEGRATION, Phase, phase
from holdfast.conduct.standing import Stage
from holdfast.conduct.standing.parts import VisitState
from holdfast.timing import Instant


def held(world: World, *codes: str, missed: tuple[str, ...] = ()) -> Phase:
    """The phase of somebody discharged from the first session, with visits held or missed since."""
    person = world.person
    at = Instant(world.now, person.zone)
    visits = {
        **person.visits,
        **{code: VisitState(held=at) for code in codes},
        **{code: VisitState(missed="declined") for code in missed},
    }
    sessions = {code: replace(each, discharged=at) for code, each in person.sessions.items()}
    return phase(world.protocol, replace(person, visits=visits, sessions=sessions))


def test_before_the_first_dose_it_is_the_stage():
    for world, stage in ((World().screened(), Stage.SCREENING), (World().randomised(), Stage.RANDOMISED)):
        assert phase(world.protocol, world.person) == Phase(world.person.stage.value)
        assert world.person.stage in (stage, Stage.ELIGIBLE)


def test_it_goes_from_session_to_session_and_ends_in_follow_up():
    world = World().dosed()
    assert phase(world.protocol, world.person) == Phase(DOSING, 1)
    assert held(world) == Phase(INTEGRATION, 1)
    assert held(world, "integration-1-2") == Phase(INTEGRATION, 1)
    assert held(world, "week-4") == Phase(DOSING, 2)
    assert held(world, "dosing-2", "dosing-3") == Phase(INTEGRATION, 3)
    assert held(world, "call-3-7") == Phase(FOLLOW_UP)
    assert held(world, "follow-up-6-months") == Phase(FOLLOW_UP)


def test_a_visit_that_was_missed_or_overlooked_holds_nobody_back():
    world = World().dosed()
    assert held(world, missed=("week-4",)) == Phase(DOSING, 2)
    assert held(world, "integration-1-1", "week-18") == Phase(FOLLOW_UP)
