"""The named streams of the dice that a trial draws from, and their places in ``Model.streams``.

(Constants of this file are compiled into loops: its naming ``holdfast.compiling`` here makes
it a part of the digest by which the cache of compiled code is found.)
"""

from __future__ import annotations

from holdfast.simulation.periods import MISSED, NO_SUPPLEMENT, STOPPED

STREAMS = (
    "severity", "baseline-error", "felt-person", "felt", "course", "rating-error",
    "guess", "leaving-early", "play/prior-mdma", "light-therapy", "taper",
    "leaving", "rating-missed", f"event/{MISSED}", f"event/{STOPPED}", f"event/{NO_SUPPLEMENT}",
    "rater", "rater-unblinded",
    "disability", "disability-change", "site-effect", "pair-effect", "pair-arm-effect", "rater-effect",
    "contrast", "relapse", "follow-up", "follow-up-lost", "crossover",
)  # fmt: skip
"""Named streams, in the order of the constants below. Earlier use is the one that a play tells."""
(
    SEVERITY, BASELINE_ERROR, FELT_PERSON, FELT, COURSE, RATING_ERROR,
    GUESS, EARLY, PRIOR, LIGHT, TAPER,
    LEAVING, RATING_MISSED, SESSION_MISSED, TREATMENT_STOPPED, WITHOUT_SUPPLEMENT,
    RATER, UNBLINDED,
    DISABILITY, DISABILITY_CHANGE, SITE, PAIR, PAIR_ARM, RATER_EFFECT,
    CONTRAST, RELAPSE, FOLLOW_UP, FOLLOW_UP_LOST, CROSSOVER,
) = range(len(STREAMS))  # fmt: skip
