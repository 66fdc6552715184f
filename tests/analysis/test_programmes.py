"""Outcomes by programme: seen beside expected, case-mix taken in, limits around it, and no order of merit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from analysis.test_periodic import played
from holdfast.analysis import programmes
from holdfast.analysis.programme_figure import funnel
from holdfast.analysis.programmes import FEW, outcomes, told
from holdfast.errors import TableError
from programme_world import Programme, protocol


def people(n: int, *, seed: int, site: str, base: float, lift: float = 0.0) -> pl.DataFrame:
    """Persons whose chance to respond falls with severity; ``lift`` (log odds) is a programme's own doing."""
    dice = np.random.default_rng(seed)
    severity = base + 6 * dice.standard_normal(n)
    came = dice.random(n) < expit(0.8 - 0.12 * (severity - 40) + lift)
    return pl.DataFrame(
        {
            "USUBJID": [f"{site}-{k:03d}" for k in range(n)],
            "SITEID": [site] * n,
            "AGE": 40 + 10 * dice.standard_normal(n),
            "SEX": np.where(dice.random(n) < 0.6, "female", "male").tolist(),
            "BASE": severity,
            "CHG": np.where(came, -24.0, -4.0) + 3 * dice.standard_normal(n),
            "RESPONSE": came.astype(float),
        }
    )


def of(seen: pl.DataFrame, site: str) -> programmes.ProgrammeOutcome:
    chances, _ = programmes._chances(seen)
    expected, sd = programmes._expected_change(seen)
    marked = seen.with_columns(pl.Series("CHANCE", chances), pl.Series("EXPECTED", expected))
    return programmes._programme(site, seen=marked, dosed=99, sd=sd)


def test_what_is_expected_of_everybody_together_is_what_was_seen():
    found = outcomes(played(), protocol())
    seen = sum(each.responders.seen for each in found.programmes)
    assert sum(each.responders.expected for each in found.programmes) == pytest.approx(seen, abs=1e-6)
    changes = [(each.assessed, each.change) for each in found.programmes if each.assessed]
    assert sum(n * change.expected for n, change in changes) == pytest.approx(
        sum(n * change.seen for n, change in changes)
    )


def test_programmes_come_in_the_order_of_their_codes_whatever_their_outcomes():
    found = outcomes(played(), protocol())
    sites = [each.site for each in found.programmes]
    assert sites == sorted(sites)
    assert found.assessed == sum(each.assessed for each in found.programmes)
    assert found.dosed == sum(each.dosed for each in found.programmes)


def test_graver_illness_is_not_held_against_a_programme():
    seen = pl.concat(
        [
            people(400, seed=1, site="S01", base=34),
            people(400, seed=2, site="S02", base=50),
        ]
    )
    easy, hard = of(seen, "S01"), of(seen, "S02")
    crude = easy.responders.seen / easy.assessed - hard.responders.seen / hard.assessed
    assert crude > 0.2
    assert abs(easy.ratio - hard.ratio) < 0.1
    assert (easy.responders.beyond, hard.responders.beyond) == ((), ())


def test_a_programme_that_does_worse_than_its_patients_let_expect_lies_beyond_both_limits():
    seen = pl.concat(
        [people(600, seed=1, site="S01", base=42), people(120, seed=2, site="S02", base=42, lift=-1.5)]
    )
    assert of(seen, "S02").responders.beyond == (0.95, 0.998)
    assert of(seen, "S02").ratio < 0.8 < of(seen, "S01").ratio


def test_the_same_shortfall_in_few_people_is_within_chance_and_said_to_be_of_few():
    seen = pl.concat(
        [people(600, seed=1, site="S01", base=42), people(5, seed=2, site="S02", base=42, lift=-1.5)]
    )
    small = of(seen, "S02")
    assert small.few
    assert small.assessed < FEW
    assert small.responders.beyond == ()
    assert small.share[1] - small.share[0] > 0.4


def test_where_all_respond_nothing_is_adjusted_and_that_is_said():
    seen = people(30, seed=1, site="S01", base=42).with_columns(RESPONSE=pl.lit(1.0))
    chances, warnings = programmes._chances(seen)
    assert set(chances) == {1.0}
    assert "no case-mix" in warnings[0]


def test_nobody_assessed_is_said():
    with pytest.raises(TableError, match="Nobody treated has been rated"):
        outcomes(Programme().supplemented().book.records, protocol())


def test_the_picture_names_every_programme_that_may_be_seen_and_no_other():
    found = outcomes(played(), protocol())
    whole, part = funnel(found.programmes), funnel(found.programmes[:1])
    assert whole.count('<g id="text_') - part.count('<g id="text_') == len(
        [each for each in found.programmes[1:] if each.assessed]
    )


def test_a_programme_without_anybody_assessed_keeps_its_line():
    seen = people(30, seed=1, site="S01", base=42)
    nobody = of(seen, "S09")
    assert (nobody.assessed, nobody.share, nobody.responders.limits) == (0, (0.0, 1.0), ())
    assert replace(nobody, dosed=4).dosed == 4


def test_what_is_told_is_of_the_programmes_in_reach_with_five_assessed_or_more():
    seen = pl.concat(
        [people(n, seed=n, site=f"S0{place}", base=42) for place, n in enumerate((40, 9, 4), start=1)]
    )
    found = outcome_of(seen)
    whole = told(found, reach={"S01", "S02", "S03"})
    assert [each.site for each in whole.programmes] == ["S01", "S02"]
    assert (whole.few, whole.elsewhere) == (("S03",), 0)
    shown = [each.responders.seen for each in whole.programmes]
    assert whole.share == pytest.approx(sum(shown) / 49)
    own = told(found, reach={"S02"})
    assert ([each.site for each in own.programmes], own.few, own.elsewhere) == (["S02"], (), 2)
    assert own.share == pytest.approx(own.programmes[0].responders.seen / 9)
    nobody = told(found, reach={"S03"})
    assert (nobody.programmes, nobody.share, nobody.change) == ((), None, None)


@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=5),
    reach=st.sets(st.integers(0, 4)),
    other=st.floats(0, 1),
)
def test_no_outcome_that_is_not_shown_can_be_worked_out_from_what_is(
    sizes: list[int], reach: set[int], other: float
):
    """Whatever the outcomes of the programmes not shown were, the page is the same."""
    before = made_up(sizes, share=0.5)
    shown = {each.site for each in told(before, reach=codes(reach)).programmes}
    changed = [
        each
        if each.site in shown
        else replace(
            each, responders=replace(each.responders, seen=round(other * each.assessed)), ratio=other
        )
        for each in before.programmes
    ]
    after = replace(before, programmes=tuple(changed))
    assert told(after, reach=codes(reach)) == told(before, reach=codes(reach))


def codes(places: set[int]) -> set[str]:
    return {f"S{place:02d}" for place in places}


def made_up(sizes: list[int], *, share: float) -> programmes.ProgrammeOutcomes:
    """Programmes of these sizes, every one with that share of responders."""
    made = tuple(
        programmes.ProgrammeOutcome(
            site=f"S{place:02d}", dosed=n, assessed=n, age=40.0, female=0.5, baseline=42.0, ratio=1.0,
            responders=programmes.Expectation(seen=round(share * n), expected=share * n, limits=()),
            share=(0.0, 1.0), change=programmes.Expectation(seen=-12.0, expected=-12.0, limits=()),
        )
        for place, n in enumerate(sizes)
    )  # fmt: skip
    return programmes.ProgrammeOutcomes(
        visit="week-18", programmes=made, assessed=sum(sizes), dosed=sum(sizes), covariates=(), method="",
        warnings=(),
    )  # fmt: skip


def outcome_of(seen: pl.DataFrame) -> programmes.ProgrammeOutcomes:
    sites = sorted(set(seen["SITEID"].to_list()))
    return programmes.ProgrammeOutcomes(
        visit="week-18", programmes=tuple(of(seen, site) for site in sites), assessed=seen.height,
        dosed=seen.height, covariates=programmes.COVARIATES, method="", warnings=(),
    )  # fmt: skip
