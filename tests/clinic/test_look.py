"""The tokens of the look: exact, and readable in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import holdfast.clinic

CSS = (Path(holdfast.clinic.__file__).parent / "static" / "holdfast" / "site.css").read_text(encoding="utf-8")
LIGHT = {
    "ground": "#fbfaf7", "raised": "#ffffff", "text": "#1d2b2a", "quiet": "#55635f", "line": "#dcd9d0",
    "primary": "#0f5c5c", "on-primary": "#ffffff", "second": "#8a5a00", "high": "#b3261e",
    "medium": "#7a5c00", "medium-ground": "#ffe08a", "low": "#00696f",
}  # fmt: skip
DARK = {
    "ground": "#101418", "raised": "#181e24", "text": "#d7dde2", "quiet": "#9fb0b5", "line": "#2c363d",
    "primary": "#5cc2b5", "on-primary": "#101418", "second": "#e0b15c", "high": "#ff8a80",
    "medium": "#ffd24d", "medium-ground": "#181e24", "low": "#5fd3dc",
}  # fmt: skip
ON_PAPER = ("text", "quiet", "primary", "second", "high", "low")


def blocks() -> list[dict[str, str]]:
    """The colours of every block of tokens on the screen, in the order of the file."""
    screen = CSS[: CSS.index("@media print")]
    found = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))
        for body in re.findall(r"\{([^{}]*)\}", screen)
    ]
    return [each for each in found if "ground" in each]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_tokens_are_those_of_the_look_and_dark_is_written_twice_alike() -> None:
    light, dark_by_system, dark_by_page = blocks()
    assert (light, dark_by_system, dark_by_page) == (LIGHT, DARK, DARK)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_pair_of_text_and_paper_is_readable(tokens: dict[str, str]) -> None:
    pairs = [(name, paper) for name in ON_PAPER for paper in ("ground", "raised")]
    pairs += [("on-primary", "primary"), ("medium", "medium-ground"), ("text", "line")]
    found = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_no_rule_uses_a_colour_that_is_no_token() -> None:
    rules = re.sub(r"--[a-z-]+: #[0-9a-f]{3,6};", "", CSS[: CSS.index("@media print")])
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", rules) == []


def test_sizes_come_from_one_scale() -> None:
    sizes = set(re.findall(r"font-size: ([^;}]+)", CSS[: CSS.index("@media print")]))
    assert {size for size in sizes if not re.fullmatch(r"var\(--s[1-5]\)", size)} == set()
