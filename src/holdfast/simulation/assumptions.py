"""Assumptions: what a virtual trial needs beyond the protocol, every value a ``Figure``.

They live in ``assumptions.yaml`` beside a study file. A value that nothing published
identifies is a ``Scanned``: it carries the range over which a result must be shown.
Lists by arm level are in the order inactive, full dose, low dose, active comparator;
lists by visit in the order of the rated visits. A file may say ``extends: <shipped study>``
and then holds only what differs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from holdfast.errors import Refusal
from holdfast.simulation.figures_file import Part, read_checked
from holdfast.simulation.scenarios import Scanned, Scenarios
from holdfast.sourced import Figure

Floats = npt.NDArray[np.float64]


class Baseline(Part):
    """Severity at entry, in CAPS-5 points: its latent mean, spread and rating error, and the bar."""

    mean: Figure
    sd: Figure
    error_sd: Figure
    entry: Figure


class Holdout(Part):
    """The baseline of the trial that was not used for fitting."""

    mean: Figure
    sd: Figure
    entry: Figure


class CourseAssumptions(Part):
    """How a person's own course hangs together from visit to visit."""

    phi: Scanned


class Felt(Part):
    """How much of a drug is felt, 0 to 10."""

    mean_inactive: Figure
    mean_full: Figure
    mean_low: Scanned
    sd: Figure


class Belief(Part):
    """The belief to have had the drug: a logistic of what was felt and of improvement."""

    intercept: Figure
    felt: Figure
    felt_centre: Figure
    improvement: Figure


class Latent(Part):
    """The latent score at each visit. ``share`` is q, the share of the contrast through belief."""

    therapy: Figure
    contrast: Figure
    share: Scanned
    low_fraction: Scanned
    belief_inactive: Figure
    belief_difference: Figure
    sd_inactive: Figure
    sd_full: Figure
    error_sd: Figure
    softness: Figure

    @model_validator(mode="after")
    def _same_visits(self) -> Latent:
        by_visit = ("therapy", "contrast", "belief_inactive", "belief_difference", "sd_inactive", "sd_full")
        lengths = {name: len(getattr(self, name).numbers) for name in by_visit}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"lists by visit must be of one length; here {lengths}")
        return self


class ActiveComparator(Part):
    """An active comparator (arm level 3): how much of it is felt, and its share of the drug contrast."""

    felt: Scanned
    fraction: Scanned


class Leaving(Part):
    """The hazard of leaving before each rating, and of missing one rating only."""

    intercept: Figure
    belief: Scanned
    improvement: Figure
    visit_missed: Figure
    before_session: Figure


class Items(Part):
    """How a CAPS-5 total falls upon its twenty items."""

    cluster_weights: Figure
    gain: Figure
    shape: Figure


class Disability(Part):
    """SDS, mean item 0 to 10."""

    slope: Figure
    sd: Figure
    baseline_mean: Figure
    baseline_sd: Figure


class SelfReport(Part):
    """The other scales, from the CAPS-5 score of the same time."""

    pcl5_slope: Figure
    pcl5_sd: Figure
    phq9_slope: Figure
    phq9_sd: Figure
    ders16_mean: Figure
    ders16_sd: Figure
    audit_mean: Figure
    ideation_intercept: Figure
    ideation_slope: Figure
    ideation_levels: Figure
    ideation_stays: Figure
    behaviour: Figure
    item9_alone: Figure
    absent_answer: Figure


class Observers(Part):
    """How well others see through the blind, as slopes of their guess."""

    therapist: Figure
    rater: Figure


class FollowUp(Part):
    """What becomes of the score at follow-up, and who is not reached.

    ``drift``, ``sd`` and ``lost`` are for one usual step from visit to visit; ``steps`` says of each
    follow-up visit how many such steps it is from the one before (1 each where it is left out).
    """

    drift: Figure
    sd: Figure
    lost: Figure
    steps: Figure | None = None

    def steps_to(self, visits: int) -> tuple[float, ...]:
        """The steps of ``visits`` follow-up visits.

        Raises:
            Refusal: where the file has steps for another number of visits.
        """
        if self.steps is None:
            return (1.0,) * visits
        found = self.steps.numbers
        if len(found) != visits:
            raise Refusal(
                f"follow_up.steps has {len(found)} values, the study file {visits} follow-up visits: "
                "give a step for each."
            )
        return found


class People(Part):
    """Who the participants are."""

    age_mean: Figure
    age_sd: Figure
    female: Figure
    hispanic: Figure
    races: Figure
    duration_mean: Figure
    depression: Figure
    ssri_before: Figure
    prior_mdma: Figure
    weight_mean: Figure
    weight_sd: Figure
    dissociative: Figure


class Recruitment(Part):
    """The way in: totals by arm level (given, not drawn), sites, pace, those who do not enter."""

    by_arm: Figure
    sites: Figure
    site_shares: Figure
    per_month: Figure
    screening_days: Figure
    preparation_gap_days: Figure
    not_invited: Figure
    screen_failures: Figure
    baseline_failures: Figure
    referrals: Figure


class Vitals(Part):
    """Blood pressure, pulse and temperature over a session."""

    systolic_mean: Figure
    systolic_sd: Figure
    diastolic_mean: Figure
    diastolic_sd: Figure
    heart_rate_mean: Figure
    heart_rate_sd: Figure
    temperature_mean: Figure
    temperature_sd: Figure
    systolic_rise: Figure
    diastolic_rise: Figure
    heart_rate_rise: Figure
    temperature_rise: Figure
    response_sd: Figure
    inactive_rise: Figure
    low_rise: Figure
    active_rise: Figure
    peak_h: Figure
    supplement_share: Figure
    noise: Figure
    first_session_share: Figure


class Assumptions(Part):
    """One assumption file. ``events``, ``adverse`` and ``habits`` are rates by code.

    ``scans`` are the ranges over which values that are no ``Scanned`` may be shown, by dotted name.
    """

    holdfast_assumptions: int
    study: str
    baseline: Baseline
    holdout: Holdout
    course: CourseAssumptions
    felt: Felt
    belief: Belief
    latent: Latent
    active: ActiveComparator
    leaving: Leaving
    items: Items
    disability: Disability
    selfreport: SelfReport
    observers: Observers
    events: dict[str, Figure]
    follow_up: FollowUp
    people: People
    recruitment: Recruitment
    vitals: Vitals
    adverse: dict[str, Figure]
    habits: dict[str, Figure]
    scenarios: Scenarios
    scans: dict[str, Figure]

    @model_validator(mode="after")
    def _rates_are_probabilities(self) -> Assumptions:
        for section in ("events", "adverse", "habits"):
            for code, figure in getattr(self, section).items():
                if not all(0 <= rate <= 1 for rate in figure.numbers):
                    raise ValueError(f"{section}.{code} must lie between 0 and 1, here {figure.value}")
        return self

    @model_validator(mode="after")
    def _visits_agree(self) -> Assumptions:
        for name, figure in (
            ("leaving.intercept", self.leaving.intercept),
            ("scenarios.taper.gone", self.scenarios.taper.gone),
        ):
            if len(figure.numbers) != self.visits:
                raise ValueError(
                    f"{name} must have {self.visits} values, one by visit like latent.therapy, "
                    f"here {len(figure.numbers)}"
                )
        return self

    @property
    def visits(self) -> int:
        """How many post-baseline ratings the model has."""
        return len(self.latent.therapy.numbers)

    def habit(self, code: str) -> float:
        """The rate of a habit."""
        return self.habits[code].number

    def as_holdout(self) -> Assumptions:
        """The same model with the baseline of the hold-out trial, and nothing else changed."""
        changed = self.baseline.model_copy(
            update={"mean": self.holdout.mean, "sd": self.holdout.sd, "entry": self.holdout.entry}
        )
        return self.model_copy(update={"baseline": changed})


def load(path: Path) -> Assumptions:
    """Read and check an assumption file, laid over that of the shipped study it extends, if any.

    Raises:
        StudyFileError: with every problem, each with file, line, found, expected and remedy.
    """
    return read_checked(path, Assumptions, base="assumptions.yaml")


def by_level(inactive: float, full: float, low: float, active: float) -> Floats:
    """Four values in the order of arm levels: inactive 0, full dose 1, low dose 2, active comparator 3."""
    return np.array([inactive, full, low, active])
