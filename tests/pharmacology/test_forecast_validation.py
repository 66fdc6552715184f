"""Coverage over simulated days: the kept days are what the code plays, and the page is their table."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.pharmacology.forecast_validation import (
    CASES,
    DAYS,
    RIGHT,
    Checked,
    check,
    read,
    summed,
    table,
    written,
)
from scale import scaled

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "reference" / "forecast" / "days.csv"
PAGE = ROOT / "docs" / "pharmacology" / "forecast.md"


@pytest.fixture(scope="module")
def kept() -> tuple[Checked, ...]:
    return read(KEPT)


def test_every_case_is_kept_whole(kept: tuple[Checked, ...]) -> None:
    rows = summed(kept)
    assert [(row.truth, row.fitted, row.days) for row in rows] == [
        (truth, fitted.value, DAYS) for truth, fitted in CASES
    ]
    assert RIGHT * DAYS == 1000


def test_the_90_percent_band_covers_85_to_95_percent_where_the_model_is_right(
    kept: tuple[Checked, ...],
) -> None:
    for row in summed(kept)[:RIGHT]:
        assert 0.85 <= row.within_90 <= 0.95, row
        assert all(0.85 <= each <= 0.95 for each in row.by_sign_90), row
        assert 0.45 <= row.within_50 <= 0.55, row


def test_the_page_has_the_table_of_the_kept_days(kept: tuple[Checked, ...]) -> None:
    assert table(summed(kept)) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("truth", "fitted"), CASES[: RIGHT + 2])
def test_days_played_now_are_the_days_kept(kept: tuple[Checked, ...], truth: str, fitted: str) -> None:
    days = scaled(DAYS) // 2
    before = [each for each in kept if (each.truth, each.fitted) == (truth, str(fitted))][:days]
    now = list(check(truth, fitted, days))
    for old, new in zip(before, now, strict=True):
        assert new.day == old.day
        # The same dice; another processor's last digits may change who is resampled, so a reading at the very
        # edge of a band may fall on its other side, and widths differ by Monte Carlo error.
        for one, other in ((old.within_90, new.within_90), (old.within_50, new.within_50)):
            assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= 2
        assert new.width == pytest.approx(old.width, rel=0.03)
        assert new.prior_width == pytest.approx(old.prior_width, rel=1e-3)


def test_kept_days_are_read_as_they_were_written(kept: tuple[Checked, ...], tmp_path: Path) -> None:
    written(kept, tmp_path / "days.csv")
    assert (tmp_path / "days.csv").read_bytes() == KEPT.read_bytes()
