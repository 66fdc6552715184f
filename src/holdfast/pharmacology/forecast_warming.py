"""Compile what the forecast needs into the cache on disk; run as a process of its own."""

from __future__ import annotations

import os

from holdfast.pharmacology.forecast_blinded import Step, blinded_band
from holdfast.pharmacology.forecast_chances import blinded_chances
from holdfast.pharmacology.forecast_readings import Limit

STEPS = (Step(0, (80.0,)), Step(1.75, (40.0,)))


def carry_out_once() -> None:
    """One band and one chance."""
    blinded_band(STEPS)
    blinded_chances(STEPS, (Limit("systolic", 180.0),), now_h=2.0, next_h=2.25)


if __name__ == "__main__":
    os.nice(5)  # whoever works on the site comes first
    carry_out_once()
