"""The committed calibration table holds what is asked of it, and a recomputation agrees with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.simulation import assumptions, published
from holdfast.simulation.calibration import SHARES, Compared, calibrate, distance
from holdfast.simulation.calibration_page import markdown, read
from holdfast.studies import path_of

FOLDER = path_of("inactive-placebo").parent
MODEL = assumptions.load(FOLDER / "assumptions.yaml")
KNOWN = published.load(FOLDER / "published.yaml")
VISITS = ("week-4", "week-8", "week-18")
PAGE = (Path(__file__).parents[2] / "docs" / "calibration.md").read_text(encoding="utf-8")
TRIALS, TWENTIETH = 2000, 100


@pytest.fixture(scope="module")
def twentieth() -> tuple[Compared, ...]:
    print(f"recomputing {TWENTIETH} of {TRIALS} trials at {len(SHARES)} shares")
    return calibrate(MODEL, KNOWN, visits=VISITS, trials=TWENTIETH, seed=1)


def test_the_table_says_how_it_was_made() -> None:
    assert (
        f"`holdfast calibrate inactive-placebo --trials {TRIALS} --seed 1 --out docs/calibration.md`" in PAGE
    )


def test_the_committed_table_is_within_every_tolerance(twentieth: tuple[Compared, ...]) -> None:
    table = read(PAGE)
    held = [each for each in twentieth if each.tolerance is not None]
    assert len(held) == 29 * len(SHARES)  # 6 means, 6 SDs, 3 of the model, 6 assessed, 2 guesses, 6 binary
    for each in held:
        row = each.row
        found = table[row.trial, row.measure, row.visit, row.arm, each.share].mean
        assert abs(found - row.published.number) <= (each.tolerance or 0), (row, each.share, found)


def test_a_recomputed_twentieth_agrees_with_the_committed_table(twentieth: tuple[Compared, ...]) -> None:
    # 100 of the 2,000 trials: they differ by the Monte-Carlo error of 100 less that of 2,000. Over some
    # 200 comparisons the largest of |gap| / error is about 3; 4.5 lets no run fail by chance. 0.006 is
    # the rounding of the table.
    table = read(PAGE)
    assert {(e.row.trial, e.row.measure, e.row.visit, e.row.arm, e.share) for e in twentieth} == set(table)
    for each in twentieth:
        row = each.row
        committed = table[row.trial, row.measure, row.visit, row.arm, each.share]
        gap = abs(each.simulated.mean - committed.mean)
        assert gap <= 4.5 * each.simulated.error + 0.006, (row, each.share, gap, each.simulated.error)


@pytest.mark.parametrize("share", SHARES)
def test_the_hold_out_is_no_further_than_it_may_be(share: float) -> None:
    table = read(PAGE)
    rows = {
        (row.measure, row.visit, row.arm): row for row in KNOWN.of("MAPP1") if KNOWN.spread(row) is not None
    }
    compared = tuple(
        Compared(
            row=row,
            share=share,
            simulated=table["MAPP1", *cell, share],
            tolerance=None,
            z=(table["MAPP1", *cell, share].mean - row.published.number) / (KNOWN.spread(row) or 1),
        )
        for cell, row in rows.items()
    )
    assert (
        0.3 < distance(compared, trial="MAPP1", share=share) <= 1.5
    )  # a hold-out that fits too well was fitted


def test_the_page_reads_back_what_it_printed(twentieth: tuple[Compared, ...]) -> None:
    table = read(markdown(twentieth, published=KNOWN, trials=TWENTIETH, seed=1))
    for each in twentieth:
        row = each.row
        printed = table[row.trial, row.measure, row.visit, row.arm, each.share]
        assert printed.mean == pytest.approx(each.simulated.mean, abs=0.0051)


def test_a_misfit_is_printed_not_hidden(twentieth: tuple[Compared, ...]) -> None:
    one = next(each for each in twentieth if each.row.measure == "change-ls")
    off = Compared(row=one.row, share=one.share, simulated=one.simulated, tolerance=0.0, z=one.z)
    page = markdown((off, *twentieth), published=KNOWN, trials=TWENTIETH, seed=1)
    assert "comparisons with a tolerance, 1 are outside it" in page
    assert "LS mean change (MMRM), points (MAPP2, week-18, mdma, q = 0): off by" in page
