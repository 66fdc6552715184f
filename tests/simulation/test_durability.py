"""Twelve months: off as shipped; each parameter moves its own part."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.simulation.catalogue import with_values
from holdfast.simulation.durability import draw_later, room_for_later
from holdfast.simulation.model import model_of
from holdfast.simulation.plan import plan_of
from holdfast.simulation.trial import BEFORE, draw_trial, room
from scale import scaled
from trial_drawing import MAPP2, SHIPPED

TRIALS = scaled(4000)
PLAN = plan_of(MAPP2)


def later(**values: float) -> dict[str, np.ndarray]:
    model = model_of(with_values(SHIPPED, {key.replace("_", "-"): each for key, each in values.items()}))
    drawn, after = room(104, visits=3), room_for_later(104)
    found: dict[str, list[np.ndarray]] = {}
    for trial in range(TRIALS):
        draw_trial(model, np.uint64(2), trial, PLAN, drawn)
        draw_later(model, np.uint64(2), trial, PLAN, drawn, after)
        row = after._asdict() | {
            "before": drawn.state[BEFORE],
            "baseline": drawn.baseline,
            "stayed": drawn.left == 3,
        }
        for name, values_ in row.items():
            found.setdefault(name, []).append(np.array(values_))
    return {name: np.stack(rows) for name, rows in found.items()}


def test_as_shipped_scores_stay_where_they_were_on_average() -> None:
    after = later()
    assert not after["relapse"].any()
    assert not after["crossed"].any()
    high = after["before"] > 20  # away from the floor at 0
    # follow_up.sd is 6 points.
    moved = (after["score"] - after["before"])[high]
    assert abs(moved.mean()) < 4 * 6 / np.sqrt(moved.size)
    assert moved.std() == pytest.approx(6, rel=0.05)


def test_relapse_follows_its_monthly_hazard_in_its_own_arm() -> None:
    after = later(relapse_full=0.05)
    assert not after["relapse"][:, MAPP2 == 0].any()
    months = after["relapse"][:, MAPP2 == 1]
    for month in (1, 4, 8):
        expected = 1 - 0.95**month
        found = ((months > 0) & (months <= month)).mean()
        assert found == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / months.size))
    assert months.max() == 8


def test_a_relapse_returns_a_share_of_the_improvement() -> None:
    plain, after = later(), later(relapse_full=0.05, relapse_returns=0.5)
    relapsed = (after["relapse"] > 0) & (after["baseline"] > after["before"]) & (plain["score"] > 0)
    gained = (after["score"] - plain["score"])[relapsed]
    expected = 0.5 * (after["baseline"] - after["before"])[relapsed]
    assert np.abs(gained - expected).max() <= 0.5 + 1e-9  # rounding
    np.testing.assert_array_equal(
        after["score"][after["relapse"] == 0], plain["score"][after["relapse"] == 0]
    )


def test_remission_may_protect() -> None:
    after = later(relapse_full=0.05, relapse_remitted=0.0)
    assert not after["relapse"][after["before"] <= 11].any()
    assert after["relapse"][(after["before"] > 11) & (MAPP2 == 1)].any()


def test_those_not_reached_are_a_share_of_completers_and_may_depend_on_response() -> None:
    after, by_response = later(), later(follow_up_lost_by_response=-0.7)
    assert not after["reached"][~after["stayed"]].any()
    share = 1 - after["reached"][after["stayed"]].mean()
    assert share == pytest.approx(0.2, abs=4 * 0.4 / np.sqrt(after["stayed"].sum()))
    better = after["baseline"] - after["before"] > 20
    kept, lost = (by_response["reached"][by_response["stayed"] & who].mean() for who in (better, ~better))
    assert kept > lost + 0.05
    np.testing.assert_array_equal(after["score"], by_response["score"])


def test_comparator_completers_may_have_the_drug_openly_and_gain() -> None:
    plain, after = later(), later(crossover=0.5)
    crossed = after["crossed"]
    assert not crossed[:, MAPP2 == 1].any()
    assert not crossed[~after["stayed"]].any()
    among = after["stayed"] & (MAPP2 == 0)
    assert crossed[among].mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(among.sum()))
    fell = (plain["score"] - after["score"])[crossed & (after["score"] > 0) & (plain["score"] < 80)]
    assert set(np.unique(fell)) <= {10, 11}  # 10.9 points at the last visit, rounded twice
