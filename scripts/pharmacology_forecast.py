"""Play the days that the forecast is validated on, and keep them: tests/reference/forecast/days.csv.

Run from the repository's root; it takes some minutes. It prints the table for docs/pharmacology/forecast.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from holdfast.pharmacology.forecast_validation import CASES, DAYS, check, summed, table, written

KEPT = Path("tests/reference/forecast/days.csv")


def main() -> None:
    """Play so many days of every case (all, unless a number is given) and keep them."""
    days = int(sys.argv[1]) if sys.argv[1:] else DAYS
    played = []
    for truth, fitted in CASES:
        played += check(truth, fitted, days)
        print(f"Played {len(played):,} days.", file=sys.stderr, flush=True)
    if days == DAYS:
        written(played, KEPT)
    print(table(summed(played)))


if __name__ == "__main__":
    main()
