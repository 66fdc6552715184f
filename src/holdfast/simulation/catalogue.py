"""Every number of a design that may be set or scanned: name, label, ranges, source.

The planner's form, ``--set``, ``--grid`` and the picture of what would change one's mind all
read this list and nothing else.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.scenarios import Scanned
from holdfast.sourced import Figure, Status

Range = tuple[float, float]
SHARE: Range = (0.0, 1.0)
SD: Range = (0.0, 30.0)
POINTS: Range = (0.0, 40.0)
FELT: Range = (0.0, 10.0)
LOG_ODDS: Range = (-10.0, 10.0)
COUNT: Range = (1.0, 1000.0)

ALLOWED: tuple[tuple[str, str, str, Range], ...] = (
    ("latent.share", "expectancy", "Share of the contrast that runs through belief", SHARE),
    ("scenarios.contrast.pharmacology", "pharmacology", "The drug's own part, of what it was", (0.0, 2.0)),
    ("scenarios.contrast.scale", "contrast", "Size of the published contrast", (0.0, 3.0)),
    ("scenarios.contrast.uncertainty", "contrast-uncertainty", "Uncertainty of the contrast", (0.0, 3.0)),
    ("scenarios.raters.unblinded", "rater-unblinded", "Ratings whose rater has learned or guessed", SHARE),
    ("scenarios.raters.bias", "rater-bias", "Points by which such a rater moves a score", POINTS),
    ("scenarios.raters.sd", "rater-sd", "Raters' own effects, standard deviation", SD),
    ("scenarios.raters.pool", "raters", "Raters in the pool", COUNT),
    (
        "leaving.belief",
        "leaving-by-belief",
        "Leaving: log odds, sure of placebo over sure of drug",
        LOG_ODDS,
    ),
    (
        "leaving.improvement",
        "leaving-by-response",
        "Leaving: log odds per 10 points better",
        LOG_ODDS,
    ),
    ("scenarios.leaving.inactive", "leaving-inactive", "Leaving: log odds in inactive placebo", LOG_ODDS),
    ("scenarios.leaving.full", "leaving-full", "Leaving: log odds in full dose", LOG_ODDS),
    ("scenarios.leaving.low", "leaving-low", "Leaving: log odds in low dose", LOG_ODDS),
    ("scenarios.leaving.active", "leaving-active", "Leaving: log odds in active comparator", LOG_ODDS),
    ("events.treatment-stopped", "stopping", "Dosing stopped, but not the study", SHARE),
    ("events.missed-session", "missed-session", "Session missed", SHARE),
    ("scenarios.stopping.loss", "session-loss", "Contrast lost with each session not had", SHARE),
    ("people.prior_mdma", "prior-use", "Persons who used the drug before", SHARE),
    (
        "scenarios.prior_use.recognition",
        "recognition",
        "Earlier users' recognition of the drug, times",
        (0.0, 5.0),
    ),
    (
        "scenarios.prior_use.response",
        "prior-response",
        "Earlier users' response beyond that of others",
        (-1.0, 1.0),
    ),
    ("scenarios.clusters.site_sd", "site-sd", "Sites, standard deviation", SD),
    ("scenarios.clusters.pair_sd", "pair-sd", "Therapist pairs, standard deviation", SD),
    ("scenarios.clusters.pair_arm_sd", "pair-by-arm-sd", "Therapist pairs by arm, standard deviation", SD),
    ("scenarios.clusters.pairs", "pairs", "Therapist pairs", COUNT),
    ("felt.mean_low", "low-felt", "Felt of a low dose", FELT),
    ("latent.low_fraction", "low-fraction", "A low dose's share of the drug contrast", SHARE),
    ("active.felt", "active-felt", "Felt of an active comparator", FELT),
    ("active.fraction", "active-fraction", "An active comparator's share of the drug contrast", SHARE),
    ("scenarios.therapy.light_share", "light-therapy", "Persons with light therapy", SHARE),
    ("scenarios.therapy.light_gain", "light-gain", "Improvement that light therapy gives", (0.0, 2.0)),
    ("scenarios.therapy.contrast_lost", "light-contrast-lost", "Contrast lost under light therapy", SHARE),
    (
        "scenarios.felt_response.correlation",
        "felt-response",
        "Correlation of what is felt with doing better",
        (-0.99, 0.99),
    ),
    ("course.phi", "phi", "Correlation of a person's course from visit to visit", (0.0, 0.99)),
    ("baseline.mean", "severity", "Latent severity at baseline, mean", (5.0, 75.0)),
    ("baseline.entry", "entry", "Score needed to enter", (0.0, 60.0)),
    ("scenarios.taper.share", "taper", "Persons tapered off medication", SHARE),
    ("scenarios.taper.rebound", "rebound", "Rebound at baseline after a taper", POINTS),
    ("scenarios.durability.relapse_inactive", "relapse-inactive", "Relapse after inactive placebo", SHARE),
    ("scenarios.durability.relapse_full", "relapse-full", "Relapse after full dose", SHARE),
    ("scenarios.durability.relapse_low", "relapse-low", "Relapse after low dose", SHARE),
    ("scenarios.durability.relapse_active", "relapse-active", "Relapse after active comparator", SHARE),
    ("scenarios.durability.remitted", "relapse-remitted", "Relapse of the remitted, times", (0.0, 5.0)),
    ("scenarios.durability.returns", "relapse-returns", "Improvement that a relapse takes back", (0.0, 1.5)),
    ("scenarios.durability.lost", "follow-up-lost", "Completers not reached at 12 months", SHARE),
    (
        "scenarios.durability.lost_improvement",
        "follow-up-lost-by-response",
        "Not reached: log odds per 10 points of improvement",
        LOG_ODDS,
    ),
    ("scenarios.crossover.share", "crossover", "Comparator persons who get the drug openly", SHARE),
    ("scenarios.crossover.gain", "crossover-gain", "What they then gain, of the contrast", (0.0, 2.0)),
    ("events.ssri-restart", "ssri-restart", "Psychiatric medication started again", SHARE),
    ("events.other-ptsd-therapy", "other-therapy", "Other treatment of PTSD", SHARE),
    ("events.non-study-mdma", "non-study-mdma", "MDMA outside the study", SHARE),
    ("leaving.visit_missed", "rating-missed", "Rating missed by somebody who stays", SHARE),
    ("recruitment.per_month", "pace", "Randomised a month", (0.01, 1000.0)),
    ("recruitment.not_invited", "not-invited", "Contacts not invited, per person randomised", (0.0, 100.0)),
    ("recruitment.screen_failures", "screen-failures", "Screen failures per person randomised", (0.0, 100.0)),
    (
        "recruitment.baseline_failures",
        "baseline-failures",
        "Baseline failures per person randomised",
        (0.0, 100.0),
    ),
)
"""Dotted name in the assumption file, short alias, label, and the range a value may be set in."""

WHOLE = frozenset({"scenarios.raters.pool", "scenarios.clusters.pairs", "baseline.entry"})
"""Values that are whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a design. ``scan`` is the range to show results over, None where none is given."""

    name: str
    alias: str
    label: str
    unit: str
    value: float
    allowed: Range
    scan: Range | None
    whole: bool
    source: str
    status: Status


def parameters(assumptions: Assumptions) -> tuple[Parameter, ...]:
    """Every parameter that the assumption file has, in the order of the catalogue."""
    found = []
    for name, alias, label, allowed in ALLOWED:
        held = _held(assumptions, name)
        if held is None:
            continue
        figure = held.value if isinstance(held, Scanned) else held
        scan = held.scan if isinstance(held, Scanned) else assumptions.scans.get(name)
        found.append(
            Parameter(
                name=name,
                alias=alias,
                label=label,
                unit=figure.unit,
                value=figure.number,
                allowed=allowed,
                scan=None if scan is None else (scan.numbers[0], scan.numbers[1]),
                whole=name in WHOLE,
                source=figure.source,
                status=figure.status,
            )
        )
    return tuple(found)


def with_values(
    assumptions: Assumptions, values: Mapping[str, float], *, also: Iterable[str] = ()
) -> Assumptions:
    """The assumptions with parameters set, by dotted name or alias.

    A figure that is set keeps its unit, becomes ``assumed`` and says what the file had. ``also`` are
    names that the caller knows besides: an unknown name may be near to one of them.

    Raises:
        UnknownName: for a name that is no parameter, with the nearest names.
        ImpossibleValue: for a value outside its allowed range, with the range.
    """
    known = {each.name: each for each in parameters(assumptions)}
    names = {each.alias: each.name for each in known.values()} | {name: name for name in known}
    for given, value in values.items():
        if given not in names:
            raise UnknownName(_unknown(given, [*names, *also]))
        parameter = known[names[given]]
        _check(parameter, given, value)
        assumptions = _with(assumptions, parameter.name.split("."), value)
    return assumptions


def _held(assumptions: Assumptions, name: str) -> Figure | Scanned | None:
    here: object = assumptions
    for step in name.split("."):
        here = here.get(step) if isinstance(here, Mapping) else getattr(here, step)
    return here if isinstance(here, Figure | Scanned) else None


def _check(parameter: Parameter, given: str, value: float) -> None:
    low, high = parameter.allowed
    unit = "" if parameter.unit == "1" else f" ({parameter.unit})"
    if not math.isfinite(value) or not low <= value <= high:
        raise ImpossibleValue(
            f"{given} ({parameter.label.lower()}) lies between {low:g} and {high:g}{unit}; found {value:g}.",
            field=given,
        )
    if parameter.whole and value != round(value):
        raise ImpossibleValue(
            f"{given} ({parameter.label.lower()}) is a whole number; found {value:g}.", field=given
        )


def _unknown(given: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
    # A name of one letter is in nearly every word: it says nothing of what was meant.
    parts = [
        name
        for name in names
        if name not in near and given and (given in name or (len(name) > 2 and name in given))
    ]
    nearest = [*near, *parts][:4]
    advice = (
        f"Near to it: {', '.join(nearest)}."
        if nearest
        else f"There are, among others, {', '.join(names[:6])}."
    )
    return f"There is no parameter {given!r}. {advice}"


def _with(part: object, path: list[str], value: float) -> Assumptions:
    """The part with a figure far inside it set; every level is a copy."""
    changed = _set(part, path, value)
    assert isinstance(changed, Assumptions)
    return changed


def _set(part: object, path: list[str], value: float) -> object:
    if not path:
        if isinstance(part, Scanned):
            return part.model_copy(update={"value": _figure(part.value, value)})
        assert isinstance(part, Figure)
        return _figure(part, value)
    first, rest = path[0], path[1:]
    if isinstance(part, Mapping):
        return {**part, first: _set(part[first], rest, value)}
    assert isinstance(part, BaseModel)
    return part.model_copy(update={first: _set(getattr(part, first), rest, value)})


def _figure(figure: Figure, value: float) -> Figure:
    said = f"Set for this run; the file has {figure.number:g}: {figure.source}"
    return figure.model_copy(update={"value": float(value), "status": Status.ASSUMED, "source": said})
