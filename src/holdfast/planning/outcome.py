"""What the simulation of one scenario found, every number with its Monte-Carlo error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.analysis.results import without_nan
from holdfast.planning.moments import Mean, Share

GUESS_WARNING = (
    "The guess-adjusted estimate is a display, not an estimate of the drug's effect: benefit drives the "
    "guess, so adjusting for it takes away about a third of a wholly real effect and leaves points of a "
    "wholly unreal one."
)
BELIEF_WARNING = (
    "Rejections when pharmacology is zero but belief acts are no type I errors of the test: the arms do "
    "differ, by expectancy."
)
EXPECTANCY_WARNING = (
    "Nothing published identifies the expectancy share: read no result at one value alone, but over 0 to 1."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstTruth:
    """One estimand: the true mean difference, and the primary estimate's bias and coverage for it.

    The truth is the mean over the same people in both arms, in points at the last visit
    (negative favours the experimental arm). Coverage is that of the 95 % interval.
    """

    truth: Mean
    bias: Mean
    coverage: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is expected of an arm: shares of its participants, sessions and mean scores by visit."""

    name: str
    n: int
    assessed: Mean
    completed: Mean
    guessed_right: Mean
    responded: Mean
    sessions: Mean
    means: Mapping[str, Mean]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How often the trial says go, and how often that is wrong.

    Go is a rejection in favour of the experimental arm. It is right where the difference from the
    comparator arm, at equal belief, is ``needed`` points or more. ``wrong`` names the mistake that is
    possible here.
    """

    needed: float
    go: Share
    wrong: str
    wrong_chance: float
    wrong_se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interim:
    """What the interim look does."""

    stops_for_efficacy: Share
    stops_for_futility: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """The way in of a whole trial by the assumed rates and pace; hours and costs of those who come.

    ``randomised`` is fewer than planned where an interim look stops trials; contacts, failures
    and months are those of the planned number.
    """

    contacted: Mean
    screened: Mean
    screen_failures: Mean
    baseline_failures: Mean
    randomised: Mean
    months_to_last_randomised: Mean
    months_to_last_primary_visit: Mean
    therapist_hours_per_participant: Mean
    therapist_hours: Mean
    cost_per_participant: Mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """Twelve months on: the difference among those seen, the truth, and how many are seen by arm."""

    months: float
    estimate: Mean
    truth: Mean
    bias: Mean
    retained: Mapping[str, Mean]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """The chance of seeing an event of a given rate at least once among the experimental arm."""

    rate: float
    n: int
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A scenario's result. ``set`` are the values asked for, by name, ``expectancy`` the share in force.

    ``power`` is the share of trials whose Kenward-Roger test rejects, at the design's level;
    what did not converge does not reject. ``standard_deviation`` is that of the estimates
    between trials, to be held against the mean standard error ``se``.
    """

    study: str
    title: str
    set: Mapping[str, float]
    expectancy: float
    n: int
    alpha: float
    trials: int
    seed: int
    power: Share
    power_satterthwaite: Share
    estimate: Mean
    se: Mean
    standard_deviation: float
    df: Mean
    against: Mapping[str, AgainstTruth]
    type_one_error: Share | None
    type_one_error_satterthwaite: Share | None
    belief_only: Share | None
    assurance: Share | None
    guess_adjusted: Mean
    guess_adjusted_rejects: Share
    converged: Share
    arms: tuple[Arm, ...]
    decision: Decision
    interim: Interim | None
    funnel: Funnel | None
    durability: Durability | None
    seeing: tuple[Seeing, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-native map; what is not known is null, never NaN."""
        plain = without_nan(asdict(self))
        assert isinstance(plain, dict)
        return plain
