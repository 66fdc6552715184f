"""Many compiled trials, stacked for the tests that look at what a parameter moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.simulation import assumptions
from holdfast.simulation.catalogue import with_values
from holdfast.simulation.model import model_of
from holdfast.simulation.plan import Plan, plan_of
from holdfast.simulation.trial import AS_ALLOCATED, draw_otherwise, draw_trial, own_scores, room
from holdfast.studies import path_of

SHIPPED = assumptions.load(path_of("inactive-placebo").with_name("assumptions.yaml"))
MAPP2 = np.array([1] * 53 + [0] * 51)


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Trials (T, n) and (T, n, V), named as in ``Drawn``; ``held`` is whether the rating took place."""

    theta: np.ndarray
    baseline: np.ndarray
    belief: np.ndarray
    latent: np.ndarray
    score: np.ndarray
    left: np.ndarray
    skipped: np.ndarray
    guess: np.ndarray

    @property
    def assessed(self) -> np.ndarray:
        return (self.left[..., None] > np.arange(self.score.shape[2])) & ~self.skipped

    @property
    def change(self) -> np.ndarray:
        return self.score - self.baseline[..., None]


FIELDS = ("theta", "baseline", "belief", "latent", "score", "left", "skipped", "guess")


def many(
    trials: int,
    *,
    plan: Plan | None = None,
    seed: int = 1,
    arm: int | None = None,
    equal_belief: bool = False,
    all_complete: bool = False,
    **values: float,
) -> Many:
    """Draw trials of MAPP2's size with parameters set by alias (hyphens as underscores)."""
    model = model_of(with_values(SHIPPED, {key.replace("_", "-"): each for key, each in values.items()}))
    plan = plan_of(MAPP2) if plan is None else plan
    drawn = room(plan.arm.size, visits=model.visits)
    otherwise = arm is not None or equal_belief or all_complete
    kept: dict[str, list[np.ndarray]] = {name: [] for name in FIELDS}
    for trial in range(trials):
        if otherwise:
            where = AS_ALLOCATED if arm is None else arm
            missing = draw_otherwise(
                model, np.uint64(seed), trial, plan, where, equal_belief, all_complete, drawn
            )
        else:
            missing = draw_trial(model, np.uint64(seed), trial, plan, drawn)
        assert missing == 0
        for name in FIELDS:
            kept[name].append(getattr(drawn, name).copy())
    return Many(**{name: np.stack(each) for name, each in kept.items()})


def truths(
    trials: int,
    *,
    plan: Plan | None = None,
    arms: tuple[int, int] = (1, 0),
    equal_belief: bool = False,
    all_complete: bool = False,
    seed: int = 1,
    **values: float,
) -> np.ndarray:
    """The difference of each person's own score between two arms: (T, n, V)."""
    model = model_of(with_values(SHIPPED, {key.replace("_", "-"): each for key, each in values.items()}))
    plan = plan_of(MAPP2) if plan is None else plan
    drawn = room(plan.arm.size, visits=model.visits)
    found = []
    for trial in range(trials):
        both = []
        for arm in arms:
            own = np.empty((plan.arm.size, model.visits))
            own_scores(model, np.uint64(seed), trial, plan, arm, equal_belief, all_complete, drawn, own)
            both.append(own)
        found.append(both[0] - both[1])
    return np.stack(found)
