"""Outcomes by programme (site), each held against what its own patients let expect; never ranked.

What is expected of a person comes from a regression over everybody on age, sex and baseline
severity: a logistic one for response, a linear one for the change of CAPS-5. A programme of few is
shown with the width of its uncertainty, and says that little can be told; of fewer than five nothing is
shown, for an outcome of few is that of each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from holdfast.analysis.small_cells import SMALL
from holdfast.errors import TableError
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.statistics.funnel import LEVELS, Limits, count_limits, mean_limits
from holdfast.statistics.proportions import exact
from holdfast.statistics.standardisation import logistic_chances
from holdfast.tables.adqs import adqs
from holdfast.tables.adsl import adsl
from holdfast.tables.data_use import for_analysis
from holdfast.tables.frames import resolved

FEW = 10
"""Below so many assessed, the page says that chance alone moves a programme far. A choice of display."""
COVARIATES = ("age", "sex: female", "CAPS-5 at baseline")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An outcome of a programme: seen, expected of its patients, and the limits around that."""

    seen: float
    expected: float
    limits: tuple[Limits, ...]

    @property
    def beyond(self) -> tuple[float, ...]:
        """The levels whose limits it lies outside of."""
        return tuple(each.level for each in self.limits if each.beyond(self.seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeOutcome:
    """One programme. ``responders`` counts people; ``change`` is a mean of CAPS-5 points.

    ``share`` is the exact 95 % interval of its share of responders, 0 to 1. ``ratio`` is responders seen
    over expected: 1 where it does as everybody's outcomes let expect of its own patients.
    """

    site: str
    dosed: int
    assessed: int
    age: float
    female: float
    baseline: float
    responders: Expectation
    share: tuple[float, float]
    ratio: float
    change: Expectation

    @property
    def few(self) -> bool:
        """Whether there are too few to tell much."""
        return self.assessed < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeOutcomes:
    """All programmes, in the order of their codes, and how the expectation was made."""

    visit: str
    programmes: tuple[ProgrammeOutcome, ...]
    assessed: int
    dosed: int
    covariates: tuple[str, ...]
    method: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a reader is shown: programmes with their outcomes, the codes of those with too few assessed.

    ``elsewhere`` counts programmes out of the reader's reach. ``share`` of responders (0 to 1) and mean
    ``change`` are those of the programmes shown, None where none is: what everybody's would be less what is
    shown cannot be worked out.
    """

    programmes: tuple[ProgrammeOutcome, ...]
    few: tuple[str, ...]
    elsewhere: int
    share: float | None
    change: float | None


def told(found: ProgrammeOutcomes, *, reach: Collection[str]) -> Told:
    """The outcomes of the programmes in reach with ``SMALL`` people assessed or more."""
    own = [each for each in found.programmes if each.site in reach]
    shown = tuple(each for each in own if each.assessed >= SMALL)
    n = sum(each.assessed for each in shown)
    return Told(
        programmes=shown,
        few=tuple(each.site for each in own if each.assessed < SMALL),
        elsewhere=len(found.programmes) - len(own),
        share=sum(each.responders.seen for each in shown) / n if n else None,
        change=sum(each.assessed * each.change.seen for each in shown) / n if n else None,
    )


def outcomes(records: Sequence[Record], protocol: Protocol) -> ProgrammeOutcomes:
    """Response and change at the visit of the primary analysis, by site.

    Raises TableError where the study names no primary analysis, or nobody has been assessed.
    """
    primary = next((each for each in protocol.analyses if each.role == "primary"), None)
    if primary is None:
        raise TableError("The study names no primary analysis, so no visit at which programmes are compared.")
    visit = primary.visits[-1]
    clean, _ = for_analysis(resolved(resolve(records)), protocol)
    people = adsl(clean, protocol).filter(pl.col("MITTFL") == "Y")
    seen = _assessed(people, adqs(clean, protocol), visit)
    if seen.is_empty():
        raise TableError("Nobody treated has been rated at that visit yet: there is nothing to compare.")
    chances, warnings = _chances(seen)
    expected, sd = _expected_change(seen)
    sites = sorted(set(people["SITEID"].to_list()))
    return ProgrammeOutcomes(
        visit=visit,
        programmes=tuple(
            _programme(
                site,
                seen=seen.with_columns(pl.Series("CHANCE", chances), pl.Series("EXPECTED", expected)),
                dosed=people.filter(pl.col("SITEID") == site).height,
                sd=sd,
            )
            for site in sites
        ),
        assessed=seen.height,
        dosed=people.height,
        covariates=COVARIATES,
        method=(
            "Expected of each person by regression over everybody assessed (logistic for response, linear "
            "for change). Limits of responders are exact for a sum of unequal chances, of means normal."
        ),
        warnings=warnings,
    )


def _assessed(people: pl.DataFrame, scores: pl.DataFrame, visit: str) -> pl.DataFrame:
    """Those with baseline, rating, age and sex: the persons a regression can take."""
    rated = scores.filter((pl.col("AVISIT") == visit) & (pl.col("ANL01FL") == "Y"))
    total = rated.filter((pl.col("PARAMCD") == "CAPS5.TOTAL") & pl.col("CHG").is_not_null())
    answered = rated.filter(pl.col("PARAMCD") == "CAPS5.RESPONSE").select(
        "USUBJID", pl.col("AVAL").alias("RESPONSE")
    )
    return (
        people.select("USUBJID", "SITEID", "AGE", "SEX")
        .join(total.select("USUBJID", "BASE", "CHG"), on="USUBJID")
        .join(answered, on="USUBJID")
        .drop_nulls()
        .sort("USUBJID")
    )


def _columns(seen: pl.DataFrame) -> Floats:
    return np.column_stack(
        [
            seen["AGE"].to_numpy().astype(np.float64),
            (seen["SEX"] == "female").to_numpy().astype(np.float64),
            seen["BASE"].to_numpy().astype(np.float64),
        ]
    )


def _chances(seen: pl.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    """Each person's chance to respond; everybody's share where the regression has no answer."""
    response = seen["RESPONSE"].to_numpy().astype(np.float64)
    everybody = np.full(len(response), response.mean())
    if response.min() == response.max():
        return everybody, ("All respond alike: no case-mix can be taken into account.",)
    chances, warnings = logistic_chances(response, _columns(seen), names=COVARIATES)
    if np.isnan(chances).any():
        return everybody, (*warnings, "The regression has no answer: everybody is expected alike.")
    return chances, warnings


def _expected_change(seen: pl.DataFrame) -> tuple[Floats, float]:
    """Each person's expected change, and the spread of people around it."""
    change = seen["CHG"].to_numpy().astype(np.float64)
    columns = _columns(seen)
    X = np.column_stack([np.ones(len(change)), columns - columns.mean(axis=0)])
    beta, _, rank, _ = np.linalg.lstsq(X, change, rcond=None)
    expected = X @ beta
    left = len(change) - int(rank)
    sd = float(np.sqrt(((change - expected) ** 2).sum() / left)) if left > 0 else float("nan")
    return expected, sd


def _programme(site: str, *, seen: pl.DataFrame, dosed: int, sd: float) -> ProgrammeOutcome:
    own = seen.filter(pl.col("SITEID") == site)
    n = own.height
    chances = own["CHANCE"].to_numpy()
    count, expected = float(own["RESPONSE"].sum()), float(chances.sum())
    return ProgrammeOutcome(
        site=site,
        dosed=dosed,
        assessed=n,
        age=_mean(own, "AGE"),
        female=float((own["SEX"] == "female").sum() / n) if n else float("nan"),
        baseline=_mean(own, "BASE"),
        responders=Expectation(
            seen=count,
            expected=expected,
            limits=tuple(count_limits(chances, level=level) for level in LEVELS) if n else (),
        ),
        share=exact(int(count), n, level=LEVELS[0]) if n else (0.0, 1.0),
        ratio=count / expected if expected > 0 else float("nan"),
        change=_change(own, sd=sd),
    )


def _change(own: pl.DataFrame, *, sd: float) -> Expectation:
    expected = _mean(own, "EXPECTED")
    known = own.height > 0 and np.isfinite(sd)
    limits = (mean_limits(own.height, centre=expected, sd=sd, level=level) for level in LEVELS)
    return Expectation(seen=_mean(own, "CHG"), expected=expected, limits=tuple(limits) if known else ())


def _mean(own: pl.DataFrame, column: str) -> float:
    return float(np.mean(own[column].to_numpy())) if own.height else float("nan")
