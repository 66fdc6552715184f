"""Finished batches: kept line by line, read back to the last bit, cut-off lines done again."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from holdfast.errors import Unavailable
from holdfast.planning.moments import Moments, add
from holdfast.planning.store import Store

FIRST = Moments({"estimate": (3.0, -24.3, 197.01), "rejects": (3.0, 2.0, 2.0)})
SECOND = Moments({"estimate": (2.0, 0.1 + 0.2, 1 / 3), "rejects": (2.0, 1.0, 1.0)})


def test_what_is_kept_is_read_back_to_the_last_bit(tmp_path: Path):
    store = Store(tmp_path / "run")
    store.keep("a", FIRST)
    store.keep("b", SECOND)
    assert Store(tmp_path / "run").kept == {"a": FIRST, "b": SECOND}


def test_a_line_cut_off_by_an_interruption_is_left_out_and_harms_no_other(tmp_path: Path):
    store = Store(tmp_path)
    store.keep("a", FIRST)
    store.keep("b", SECOND)
    whole = store.file.read_bytes()
    store.file.write_bytes(whole[:-40])
    again = Store(tmp_path)
    assert again.kept == {"a": FIRST}
    again.keep("b", SECOND)
    assert Store(tmp_path).kept == {"a": FIRST, "b": SECOND}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_sentence_that_says_what_is_kept(tmp_path: Path):
    store = Store(tmp_path)
    store.keep("a", FIRST)
    store.file = Path("/dev/full")
    with pytest.raises(Unavailable, match=r"No space left on device\. 1 batches are kept there: make room"):
        store.keep("b", SECOND)


def test_a_finished_run_is_forgotten(tmp_path: Path):
    store = Store(tmp_path / "run")
    store.keep("a", FIRST)
    store.forget()
    assert not (tmp_path / "run").exists()


def test_moments_add_up_the_same_in_any_order():
    parts = [Moments({"x": (1.0, 0.1 * k, (0.1 * k) ** 2)}) for k in range(50)]
    assert add(parts) == add(parts[::-1])


def test_a_mean_has_its_monte_carlo_error_and_a_share_its_interval():
    values = [1.0, 2.0, 4.0, 9.0]
    moments = Moments(
        {"x": (4.0, 16.0, sum(v * v for v in values)), "yes": (100.0, 90.0, 90.0), "no": (0.0, 0.0, 0.0)}
    )
    mean = moments.mean("x")
    assert (mean.estimate, mean.n) == (4.0, 4)
    assert mean.se == pytest.approx(math.sqrt(38 / 3 / 4))
    share = moments.share("yes")
    assert (share.estimate, share.se) == (0.9, pytest.approx(0.03))
    assert (share.lower, share.upper) == (pytest.approx(0.8256, abs=1e-4), pytest.approx(0.9448, abs=1e-4))
    assert math.isnan(moments.mean("no").estimate)
    assert math.isnan(moments.share("no").estimate)
