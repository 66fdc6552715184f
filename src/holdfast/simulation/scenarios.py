"""The scenarios of a design: what may be otherwise than in the published trials.

Each is off in the shipped files, so that the calibrated model stands as it was fitted, and
carries the range over which it may be scanned. What each does, in formulas, is told in
docs/simulation.md; ``catalogue.parameters`` lists them with labels and allowed ranges.
"""

from __future__ import annotations

from pydantic import model_validator

from holdfast.simulation.figures_file import Part
from holdfast.sourced import Figure


class Scanned(Part):
    """A value that nothing published identifies, and the range to show results over."""

    value: Figure
    scan: Figure

    @property
    def number(self) -> float:
        """The value used where none is given."""
        return self.value.number

    @model_validator(mode="after")
    def _inside_its_range(self) -> Scanned:
        if len(self.scan.numbers) != 2 or not self.scan.numbers[0] <= self.number <= self.scan.numbers[1]:
            raise ValueError(
                f"the value {self.number:g} must lie inside its scan [lowest, highest], "
                f"here {list(self.scan.numbers)}"
            )
        return self


class Contrast(Part):
    """The size of the contrast: its multiplier, the drug's own part of it, and how sure it is.

    ``uncertainty`` counts published standard errors: each trial's contrast is multiplied by
    1 + uncertainty x published_se / published x N(0, 1).
    """

    scale: Scanned
    pharmacology: Scanned
    uncertainty: Scanned
    published: Figure
    published_se: Figure


class Raters(Part):
    """Raters: the pool, their own effects, and ratings whose rater has learned or guessed the arm."""

    pool: Figure
    sd: Scanned
    unblinded: Scanned
    bias: Scanned


class LeavingByArm(Part):
    """Log odds added to the hazard of leaving, by arm level."""

    inactive: Scanned
    full: Scanned
    low: Scanned
    active: Scanned


class Stopping(Part):
    """Sessions not had: the share of the contrast still left that each of them takes away."""

    loss: Scanned


class PriorUse(Part):
    """Those who used the drug before (their share is ``people.prior_mdma``)."""

    recognition: Scanned
    response: Scanned


class Clusters(Part):
    """Effects shared by the people of a site, of a therapist pair, of a pair within an arm."""

    site_sd: Scanned
    pair_sd: Scanned
    pair_arm_sd: Scanned
    pairs: Scanned


class TherapyFactor(Part):
    """Light therapy: who gets it, how much of the improvement it gives, what the contrast loses."""

    light_share: Scanned
    light_gain: Scanned
    contrast_lost: Scanned


class FeltResponse(Part):
    """How what is felt and how well somebody does hang together."""

    correlation: Scanned


class Taper(Part):
    """Medication tapered before baseline: a rebound that is gone again by visits."""

    share: Scanned
    rebound: Scanned
    gone: Figure


class Durability(Part):
    """What becomes of people between the last rating and twelve months."""

    months: Figure
    relapse_inactive: Scanned
    relapse_full: Scanned
    relapse_low: Scanned
    relapse_active: Scanned
    remitted: Scanned
    returns: Scanned
    lost: Scanned
    lost_improvement: Scanned


class Crossover(Part):
    """Comparator persons who get the drug openly after the primary rating."""

    share: Scanned
    gain: Scanned


class Scenarios(Part):
    """All scenarios of an assumption file."""

    contrast: Contrast
    raters: Raters
    leaving: LeavingByArm
    stopping: Stopping
    prior_use: PriorUse
    clusters: Clusters
    therapy: TherapyFactor
    felt_response: FeltResponse
    taper: Taper
    durability: Durability
    crossover: Crossover
