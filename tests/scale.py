"""How large the large counts are: ``HOLDFAST_TEST_SCALE`` times the whole, never below five."""

from __future__ import annotations

import os


def scaled(whole: int) -> int:
    """The count to use here for a whole count, printed so that the run says what it did."""
    scale = float(os.environ.get("HOLDFAST_TEST_SCALE", "0.05"))
    count = max(5, round(whole * scale))
    print(f"count: {count} of {whole} (HOLDFAST_TEST_SCALE={scale:g})")
    return count
