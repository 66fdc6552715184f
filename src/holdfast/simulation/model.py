"""``Model``: an assumption file as the numbers and arrays that compiled loops read.

(Constants of this file are compiled into the loops: its naming ``holdfast.compiling`` here
makes it a part of the digest by which the cache of compiled code is found.)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.dice import stream_word
from holdfast.errors import ImpossibleValue
from holdfast.simulation.assumptions import Assumptions, by_level
from holdfast.simulation.compiled_dice import mix
from holdfast.simulation.periods import MISSED, NO_SUPPLEMENT, STOPPED
from holdfast.simulation.streams import STREAMS

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

HIGHEST = 80
"""The most points a CAPS-5 total can have."""
SMALL_K = 64
"""Counters k up to here are mixed beforehand."""


class Entry(NamedTuple):
    """Latent severity, baseline rating and the bar; medication tapered before."""

    mean: float
    sd: float
    error_sd: float
    bar: float
    taper_share: float
    rebound: float


class Traits(NamedTuple):
    """What a person is like, drawn once: prior use and light therapy, and what they change."""

    prior_share: float
    recognition: float
    response: float
    light_share: float
    light_gain: float
    light_kept: float


class Felt(NamedTuple):
    """What is felt: means by arm level (4,), and the spread of a person's and of a session's part."""

    mean: Floats
    spread: float


class Belief(NamedTuple):
    """The logistic of belief; ``improvement`` is per point."""

    intercept: float
    felt: float
    centre: float
    improvement: float


class Leaving(NamedTuple):
    """The logistic of leaving: intercepts (V,), log odds by arm level (4,); ratings missed."""

    intercept: Floats
    level: Floats
    belief: float
    improvement: float
    before_session: float
    rating_missed: float


class Sessions(NamedTuple):
    """Rates per period of sessions missed, dosing stopped, no supplement; the contrast kept without one."""

    missed: float
    stopped: float
    without_supplement: float
    kept: float


class Latent(NamedTuple):
    """The latent score: arrays by visit (V,), by arm level (4,), or both (4, V).

    ``thresholds`` (80,) are the latent scores at which the rounded score goes up by a point;
    ``expected`` (M, 3) the mean of the rounded score over rating errors, see ``expected_scores``.
    """

    share: float
    drug: Floats
    therapy: Floats
    contrast: Floats
    contrast_spread: float
    belief_inactive: Floats
    belief_difference: Floats
    own_sd: Floats
    phi: float
    correlation: float
    error_sd: float
    rebound_left: Floats
    thresholds: Floats
    expected: Floats


class Clusters(NamedTuple):
    """Standard deviations of what people of a site, a pair, a pair and arm share."""

    site_sd: float
    pair_sd: float
    pair_arm_sd: float


class Raters(NamedTuple):
    """The raters' pool, their own effects, and the unblinded ones."""

    pool: float
    sd: float
    unblinded: float
    bias: float


class Disability(NamedTuple):
    """SDS at baseline and its change."""

    mean: float
    baseline_sd: float
    slope: float
    sd: float


class Afterwards(NamedTuple):
    """From the last rating to twelve months; ``relapse`` (4,) by arm level."""

    months: float
    relapse: Floats
    remitted: float
    returns: float
    drift: float
    sd: float
    lost: float
    lost_improvement: float
    crossover_share: float
    crossover_gain: float


class Model(NamedTuple):
    """The numbers of the scenario model, in parts, so that a loop is handed only what it reads.

    ``streams`` and ``events`` are the words of the streams, ``mixed`` the mixed small counters.
    Other names are those of the assumption file, whose formulas docs/simulation.md tells.
    """

    visits: int
    streams: Words
    events: Words
    event_rates: Floats
    mixed: Words
    entry: Entry
    traits: Traits
    felt: Felt
    belief: Belief
    leaving: Leaving
    sessions: Sessions
    latent: Latent
    clusters: Clusters
    raters: Raters
    disability: Disability
    afterwards: Afterwards


def event_codes(assumptions: Assumptions) -> tuple[str, ...]:
    """The intercurrent events of a draw, in its order: those with a rate, then the three of sessions."""
    codes = tuple(assumptions.events)
    return codes + tuple(code for code in (STOPPED, MISSED, NO_SUPPLEMENT) if code not in codes)


def model_of(assumptions: Assumptions, *, share: float | None = None) -> Model:
    """The model of an assumption file; ``share`` replaces the expectancy share q.

    Raises:
        ImpossibleValue: where the share lies outside 0 to 1, or there are too many visits.
    """
    q = float(assumptions.latent.share.number if share is None else share)
    if not 0 <= q <= 1:
        raise ImpossibleValue(f"The expectancy share lies between 0 and 1, not {q}.", field="share")
    if assumptions.visits > SMALL_K // 2:
        raise ImpossibleValue(f"A course has at most {SMALL_K // 2} rated visits, not {assumptions.visits}.")
    codes = event_codes(assumptions)
    return Model(
        visits=assumptions.visits,
        streams=np.array([stream_word(name) for name in STREAMS], dtype=np.uint64),
        events=np.array([stream_word(f"event/{code}") for code in codes], dtype=np.uint64),
        event_rates=np.array([_rate(assumptions, code) for code in codes]),
        mixed=np.array([mix(np.uint64(k)) for k in range(SMALL_K)], dtype=np.uint64),
        entry=_entry(assumptions),
        traits=_traits(assumptions),
        felt=_felt(assumptions),
        belief=_belief(assumptions),
        leaving=_leaving(assumptions),
        sessions=Sessions(
            missed=_rate(assumptions, MISSED),
            stopped=_rate(assumptions, STOPPED),
            without_supplement=_rate(assumptions, NO_SUPPLEMENT),
            kept=1 - assumptions.scenarios.stopping.loss.number,
        ),
        latent=_latent(assumptions, q),
        clusters=_clusters(assumptions),
        raters=_raters(assumptions),
        disability=_disability(assumptions),
        afterwards=_afterwards(assumptions),
    )


def _entry(assumptions: Assumptions) -> Entry:
    part, taper = assumptions.baseline, assumptions.scenarios.taper
    return Entry(
        mean=part.mean.number,
        sd=part.sd.number,
        error_sd=part.error_sd.number,
        bar=part.entry.number,
        taper_share=taper.share.number,
        rebound=taper.rebound.number,
    )


def _traits(assumptions: Assumptions) -> Traits:
    prior, therapy = assumptions.scenarios.prior_use, assumptions.scenarios.therapy
    return Traits(
        prior_share=assumptions.people.prior_mdma.number,
        recognition=prior.recognition.number,
        response=prior.response.number,
        light_share=therapy.light_share.number,
        light_gain=therapy.light_gain.number,
        light_kept=1 - therapy.contrast_lost.number,
    )


def _felt(assumptions: Assumptions) -> Felt:
    part = assumptions.felt
    mean = by_level(
        part.mean_inactive.number,
        part.mean_full.number,
        part.mean_low.number,
        assumptions.active.felt.number,
    )
    return Felt(mean=mean, spread=part.sd.number / math.sqrt(2))


def _belief(assumptions: Assumptions) -> Belief:
    part = assumptions.belief
    return Belief(
        intercept=part.intercept.number,
        felt=part.felt.number,
        centre=part.felt_centre.number,
        improvement=part.improvement.number / 10,
    )


def _leaving(assumptions: Assumptions) -> Leaving:
    part, by_arm = assumptions.leaving, assumptions.scenarios.leaving
    return Leaving(
        intercept=np.array(part.intercept.numbers),
        level=by_level(by_arm.inactive.number, by_arm.full.number, by_arm.low.number, by_arm.active.number),
        belief=part.belief.number,
        improvement=part.improvement.number / 10,
        before_session=part.before_session.number,
        rating_missed=part.visit_missed.number,
    )


def _latent(assumptions: Assumptions, share: float) -> Latent:
    part, taper = assumptions.latent, assumptions.scenarios.taper
    contrast = assumptions.scenarios.contrast
    fractions = by_level(0.0, 1.0, part.low_fraction.number, assumptions.active.fraction.number)
    inactive, full = np.array(part.sd_inactive.numbers), np.array(part.sd_full.numbers)
    between = (inactive + full) / 2
    one_se = contrast.published_se.number / contrast.published.number
    return Latent(
        share=share,
        drug=contrast.pharmacology.number * fractions,
        therapy=np.array(part.therapy.numbers),
        contrast=contrast.scale.number * np.array(part.contrast.numbers),
        contrast_spread=contrast.uncertainty.number * one_se,
        belief_inactive=np.array(part.belief_inactive.numbers),
        belief_difference=np.array(part.belief_difference.numbers),
        own_sd=np.stack([inactive, full, between, between]),
        phi=assumptions.course.phi.number,
        correlation=assumptions.scenarios.felt_response.correlation.number,
        error_sd=part.error_sd.number,
        rebound_left=taper.rebound.number * (1 - np.array(taper.gone.numbers)),
        thresholds=thresholds(part.softness.number),
        expected=expected_scores(thresholds(part.softness.number), part.error_sd.number),
    )


def _clusters(assumptions: Assumptions) -> Clusters:
    part = assumptions.scenarios.clusters
    return Clusters(
        site_sd=part.site_sd.number, pair_sd=part.pair_sd.number, pair_arm_sd=part.pair_arm_sd.number
    )


def _raters(assumptions: Assumptions) -> Raters:
    part = assumptions.scenarios.raters
    return Raters(
        pool=part.pool.number,
        sd=part.sd.number,
        unblinded=part.unblinded.number,
        bias=part.bias.number,
    )


def _disability(assumptions: Assumptions) -> Disability:
    part = assumptions.disability
    return Disability(
        mean=part.baseline_mean.number,
        baseline_sd=part.baseline_sd.number,
        slope=part.slope.number,
        sd=part.sd.number,
    )


def _afterwards(assumptions: Assumptions) -> Afterwards:
    part, crossover = assumptions.scenarios.durability, assumptions.scenarios.crossover
    return Afterwards(
        months=part.months.number,
        relapse=by_level(
            part.relapse_inactive.number,
            part.relapse_full.number,
            part.relapse_low.number,
            part.relapse_active.number,
        ),
        remitted=part.remitted.number,
        returns=part.returns.number,
        drift=assumptions.follow_up.drift.number,
        sd=assumptions.follow_up.sd.number,
        lost=_log_odds(part.lost.number),
        lost_improvement=part.lost_improvement.number / 10,
        crossover_share=crossover.share.number,
        crossover_gain=crossover.gain.number,
    )


def _rate(assumptions: Assumptions, code: str) -> float:
    figure = assumptions.events.get(code)
    return 0.0 if figure is None else figure.number


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance)) if 0 < chance < 1 else math.copysign(700.0, chance - 0.5)


def thresholds(softness: float) -> Floats:
    """The latent scores (80,) at which softness x log(1 + exp(latent / softness)) passes j + 1/2."""
    half = np.arange(HIGHEST) + 0.5
    at: Floats = half + softness * np.log(-np.expm1(-half / softness))
    return at


def expected_scores(edges: Floats, error_sd: float) -> Floats:
    """Rows (M, 3) of latent score, mean rounded score over N(0, error_sd) about it, and its slope.

    The mean is the sum over thresholds T of P(latent + error >= T). Steps are fine enough for
    cubic interpolation to 1e-5 points.
    """
    from scipy.special import ndtr  # weight: scipy.special costs 0.2 s to import

    sd = max(error_sd, 0.1)
    reach = 9 * sd
    count = 2 + int((edges[-1] - edges[0] + 2 * reach) / min(0.5, sd / 8))
    latent = np.linspace(edges[0] - reach, edges[-1] + reach, count)
    away = (latent[:, None] - edges) / sd
    slope = np.exp(-0.5 * away**2).sum(axis=1) / (sd * math.sqrt(2 * math.pi))
    return np.column_stack([latent, ndtr(away).sum(axis=1), slope])
