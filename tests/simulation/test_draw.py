"""*Draw* and *play* turn one course into the same arrays."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.course import draw_course
from holdfast.simulation.draw import arrays, batches
from holdfast.simulation.play import Rehearsal, play
from holdfast.statistics.arrays import TrialArrays
from holdfast.tables.adice import adice
from holdfast.tables.adqs import adqs
from holdfast.tables.adsl import adsl
from holdfast.tables.arrays import trial_arrays
from holdfast.tables.frames import resolved
from scale import scaled
from simulation_tests import small

SEEDS = scaled(60)


def of_tables(played: Rehearsal) -> TrialArrays:
    clean = resolved(resolve(played.records))
    primary = next(each for each in played.protocol.analyses if each.role == "primary")
    return trial_arrays(
        adsl(clean, played.protocol, played.key),
        adqs=adqs(clean, played.protocol),
        adice=adice(clean, played.protocol),
        protocol=played.protocol,
        analysis=primary,
        change=False,
    )


def agree(played: Rehearsal) -> None:
    drawn = arrays(played.course, played.protocol, change=False)
    tabled = of_tables(played)
    order = sorted(played.codes, key=lambda index: played.codes[index])  # tables sort by code
    assert tabled.visits == drawn.visits
    assert tabled.arms == drawn.arms
    np.testing.assert_array_equal(tabled.arm, drawn.arm[order])
    np.testing.assert_array_equal(tabled.baseline, drawn.baseline[order])
    np.testing.assert_array_equal(tabled.observed, drawn.observed[order])
    np.testing.assert_array_equal(tabled.outcome, drawn.outcome[order])
    assert set(tabled.intercurrent) == set(drawn.intercurrent)
    for code, happened in drawn.intercurrent.items():
        np.testing.assert_array_equal(tabled.intercurrent[code], happened[order], err_msg=code)


def test_they_agree_on_a_whole_trial(whole: Rehearsal) -> None:
    agree(whole)
    drawn = arrays(whole.course, whole.protocol)
    assert not drawn.observed.all()
    assert sum(bool(happened.any()) for happened in drawn.intercurrent.values()) >= 4


@pytest.mark.parametrize("seed", range(SEEDS))
def test_they_agree_for_seeds(protocol: Protocol, model: Assumptions, seed: int) -> None:
    agree(play(protocol, small(model, by_arm=(5, 5), clumsy=3), seed=seed))


def test_participants_guess_what_the_course_says(whole: Rehearsal) -> None:
    said = {
        record.stream.split("/")[1]: record.fact.answers["guess"] == "experimental"
        for record in resolve(whole.records)
        if record.kind == "form-completed"
        and record.fact.form == "GUESS"
        and record.fact.visit == "week-18"
        and record.role == "participant"
    }
    course = whole.course
    expected = {
        code: bool(course.guess[0, index])
        for index, code in whole.codes.items()
        if course.completed[0, index] and not course.skipped[0, index, 2]
    }
    assert said == expected


def test_every_trial_of_a_course_comes_out(protocol: Protocol, model: Assumptions) -> None:
    level = np.array([0, 1, 1, 0])
    course = draw_course(model, seed=1, level=level, trials=np.arange(7))
    found = list(batches(course, protocol))
    assert len(found) == 7
    assert found[0].arms == ("placebo", "mdma")
    assert found[3].arm.tolist() == level.tolist()
    change = found[3].outcome[found[3].observed]
    expected = (course.score[3] - course.baseline[3][:, None])[found[3].observed]
    np.testing.assert_array_equal(change, expected)
    assert not np.array_equal(found[0].baseline, found[1].baseline)
