"""How often the primary test rejects under identical arms, Satterthwaite beside Kenward-Roger.

What is only like identical arms (unequal variances) is told apart: the bend of the scale at
zero then moves one arm's mean by about 0.2 points, which is a difference and no false rejection.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import digest
from holdfast.planning.batch import Question, Setup
from holdfast.planning.engine import engine_of
from holdfast.planning.moments import Share
from holdfast.planning.run import run
from holdfast.planning.scenario import Ground, ground_of

TRIALS, SEED, N = 100_000, 1, 104
FULL = 1


def identical(ground: Ground, **values: float) -> Setup:
    """The study's trial in which both arms get what the comparator gets."""
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return ground.scenario({"n": N, **named}).setups((Question.IDENTICAL,))[Question.IDENTICAL]


def unequal(setup: Setup) -> Setup:
    """One arm with the full dose's spread of courses and nothing else of it, as arm level 3."""
    latent, felt = setup.model.latent, setup.model.felt
    own_sd, mean, drug = latent.own_sd.copy(), felt.mean.copy(), np.zeros_like(latent.drug)
    own_sd[3], mean[3] = own_sd[FULL], mean[setup.levels[0]]
    model = setup.model._replace(
        latent=latent._replace(own_sd=own_sd, drug=drug), felt=felt._replace(mean=mean)
    )
    return setup._replace(model=model, levels=(setup.levels[0], 3))


def level() -> None:
    """Print rejections with their Monte-Carlo errors."""
    inactive, low = ground_of("inactive-placebo"), ground_of("low-dose-control")
    cases = {
        "inactive placebo, as assumed (dropout driven by belief, log odds 3)": identical(inactive),
        "inactive placebo, dropout not driven by belief": identical(inactive, leaving_by_belief=0),
        "inactive placebo, n = 40": identical(inactive, n=40),
        "low-dose control, as assumed": identical(low),
        "unequal variances (the full dose's spread in one arm)": unequal(identical(inactive)),
        "pair-by-arm SD of 4 points ignored, 26 pairs": identical(inactive, pair_by_arm_sd=4, pairs=26),
        "pair-by-arm SD of 4 points ignored, 8 pairs": identical(inactive, pair_by_arm_sd=4, pairs=8),
    }
    finished = run(
        [{Question.IDENTICAL: setup} for setup in cases.values()],
        trials=TRIALS, seed=SEED, engine=engine_of(None, workers=None), code=digest(),
    )  # fmt: skip
    print(f"{TRIALS:,} trials each, seed {SEED}, n = {N} unless said, level 0.05 (to hold: 0.047 to 0.053)")
    for name, ran in zip(cases, finished.ran, strict=True):
        moments = ran.moments[Question.IDENTICAL]
        kr, satterthwaite = moments.share("rejects"), moments.share("rejects-satterthwaite")
        print(f"{name}: Kenward-Roger {_text(kr)}, Satterthwaite {_text(satterthwaite)}")


def _text(share: Share) -> str:
    return f"{share.estimate:.4f} ({share.lower:.4f} to {share.upper:.4f})"
