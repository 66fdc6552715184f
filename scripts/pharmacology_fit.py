"""Write docs/pharmacology/fit.md: published figures beside both models, misfits included."""

from __future__ import annotations

from pathlib import Path

from holdfast.pharmacology.fit import compare
from holdfast.pharmacology.fit_page import page

PAGE = Path(__file__).parents[1] / "docs" / "pharmacology" / "fit.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(compare()), encoding="utf-8")
    print(f"Wrote {PAGE}.")


if __name__ == "__main__":
    main()
