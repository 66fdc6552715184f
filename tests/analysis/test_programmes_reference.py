"""Outcomes by programme against R: expectation, exact and normal limits, interval of the share."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from holdfast.analysis import programmes
from holdfast.statistics.funnel import count_limits

FOLDER = Path(__file__).parents[1] / "reference" / "funnel"
R = json.loads((FOLDER / "funnel.json").read_text(encoding="utf-8"))
SITES = sorted(R["programmes"])
CLOSE = 1e-9
"""Relative; R's and our own iterations both end far below it."""


@pytest.fixture(scope="module")
def seen() -> pl.DataFrame:
    drawn = pl.read_csv(FOLDER / "funnel.csv").select(
        pl.int_range(pl.len()).cast(pl.String).alias("USUBJID"),
        pl.col("site").alias("SITEID"),
        pl.col("age").cast(pl.Float64).alias("AGE"),
        pl.when(pl.col("female") == 1).then(pl.lit("female")).otherwise(pl.lit("male")).alias("SEX"),
        pl.col("base").cast(pl.Float64).alias("BASE"),
        pl.col("change").alias("CHG"),
        pl.col("response").cast(pl.Float64).alias("RESPONSE"),
    )
    chances, _ = programmes._chances(drawn)
    expected, sd = programmes._expected_change(drawn)
    return drawn.with_columns(
        pl.Series("CHANCE", chances), pl.Series("EXPECTED", expected), pl.lit(sd).alias("SD")
    )


def of(seen: pl.DataFrame, site: str) -> programmes.ProgrammeOutcome:
    return programmes._programme(site, seen=seen, dosed=99, sd=seen["SD"][0])


@pytest.mark.parametrize("site", SITES)
def test_what_is_expected_of_a_programme_is_what_r_expects(seen: pl.DataFrame, site: str) -> None:
    found, there = of(seen, site), R["programmes"][site]
    assert found.responders.seen == there["seen"]
    assert found.responders.expected == pytest.approx(there["expected"][0], rel=CLOSE)
    assert found.ratio == pytest.approx(there["seen"] / there["expected"][0], rel=CLOSE)
    assert found.change.seen == pytest.approx(there["change"][0], rel=CLOSE)
    assert found.change.expected == pytest.approx(there["change_expected"][0], rel=CLOSE)
    assert found.share == pytest.approx(tuple(there["share"]), rel=CLOSE)


@pytest.mark.parametrize("site", SITES)
def test_limits_are_those_of_r(seen: pl.DataFrame, site: str) -> None:
    found, there = of(seen, site), R["programmes"][site]
    inner, outer = found.responders.limits
    assert [inner.lower, inner.upper, outer.lower, outer.upper] == there["limits"]
    for limits, half in zip(found.change.limits, there["half"], strict=True):
        assert limits.upper - found.change.expected == pytest.approx(half, rel=CLOSE)
        assert found.change.expected - limits.lower == pytest.approx(half, rel=CLOSE)


@pytest.mark.parametrize("site", SITES)
def test_they_are_within_one_person_of_the_interpolated_ones(seen: pl.DataFrame, site: str) -> None:
    inner, outer = of(seen, site).responders.limits
    low, high, lower, higher = R["programmes"][site]["interpolated"]
    pairs = ((inner.lower, low), (outer.lower, lower), (inner.upper, high), (outer.upper, higher))
    for ours, theirs in pairs:
        assert ours - 1 <= theirs <= ours


def test_equal_chances_have_the_quantiles_of_the_binomial() -> None:
    rows = zip(R["n"], R["p"], R["level"], R["lower"], R["upper"], strict=True)
    for n, p, level, lower, upper in rows:
        found = count_limits([p] * int(n), level=level)
        assert (found.lower, found.upper) == (lower, upper), (n, p, level)
    assert len(R["n"]) == 48
