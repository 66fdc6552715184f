"""The calibration table as a page of Markdown, misfits included, and read back from it."""

from __future__ import annotations

import re

from holdfast.simulation.calibration import Compared, Simulated, distance
from holdfast.simulation.published import Published

Key = tuple[str, str, str, str, float]
"""Trial, measure, visit, arm, expectancy share."""

_WORDS = {
    "mean": "CAPS-5 mean, points",
    "sd": "CAPS-5 SD, points",
    "change-ls": "LS mean change (MMRM), points",
    "difference-se": "standard error of the LS difference, points",
    "change": "mean change, completers, points",
    "change-sd": "SD of the change, points",
    "response": "response (10 points or more), %",
    "remission": "remission (11 or less), %",
    "diagnosis-lost": "diagnosis lost, %",
    "assessed": "assessed, % of randomised",
    "guess-right": "right guess among completers, %",
}
_MEASURES = {words: measure for measure, words in _WORDS.items()}


def markdown(compared: tuple[Compared, ...], *, published: Published, trials: int, seed: int) -> str:
    """The page docs/calibration.md."""
    shares = tuple(dict.fromkeys(each.share for each in compared))
    parts = [_opening(published.study, trials, seed), _misses(compared)]
    for name, trial in published.trials.items():
        rows = tuple(each for each in compared if each.row.trial == name)
        title = "the trial it was fitted to" if trial.held == "fitted" else "the hold-out"
        sizes = " + ".join(f"{n} {arm}" for arm, n in trial.by_arm.items())
        parts.append(f"## {name} ({trial.registry}), {title}: {sizes}\n")
        parts.append(_table(rows, shares))
        parts.append(_distances(compared, name, shares))
    parts.append(_sources(compared))
    return "\n".join(parts)


def _opening(study: str, trials: int, seed: int) -> str:
    return (
        "# Calibration of the virtual participants\n\n"
        f"Written by `holdfast calibrate {study} --trials {trials} --seed {seed} --out docs/calibration.md`; "
        "not edited by hand.\n\n"
        f"Each simulated value is the average over {trials:,} drawn trials of the published size, with "
        "the Monte-Carlo standard error of that average. q is the share of the published contrast that "
        "runs through belief (expectancy); nothing published identifies it, so it is scanned. The "
        "generator is an assumption set, not evidence: that it meets published figures says nothing "
        "about why they came about.\n\n"
        "Responses, remissions and diagnoses at the last visit come from simulated items. Published SDs "
        "after baseline are good to about 3 %. z is (simulated - published) over the published standard "
        "error.\n"
    )


def _misses(compared: tuple[Compared, ...]) -> str:
    held = [each for each in compared if each.tolerance is not None]
    outside = [each for each in held if not each.within]
    if not outside:
        return f"Of {len(held)} comparisons with a tolerance, all {len(held)} are within it.\n"
    lines = [f"Of {len(held)} comparisons with a tolerance, {len(outside)} are outside it:\n"]
    for each in outside:
        place = f"{each.row.trial}, {each.row.visit}, {each.row.arm}, q = {each.share:g}"
        lines.append(
            f"- {_WORDS[each.row.measure]} ({place}): off by {each.gap:+.2f}, tolerance {each.tolerance:g}"
        )
    return "\n".join(lines) + "\n"


def _table(rows: tuple[Compared, ...], shares: tuple[float, ...]) -> str:
    heads = " | ".join(f"q = {share:g}" for share in shares)
    lines = [
        f"| outcome | visit | arm | published | {heads} | tolerance | within | largest z |",
        "|---|---|---|---:|" + "---:|" * len(shares) + "---:|---|---:|",
    ]
    for first in [each for each in rows if each.share == shares[0]]:
        same = [each for each in rows if each.row == first.row]
        lines.append(_line(same))
    return "\n".join(lines) + "\n"


def _line(same: list[Compared]) -> str:
    row = same[0].row
    cells = [f"{each.simulated.mean:.2f} ± {each.simulated.error:.2f}" for each in same]
    tolerances = [f"{each.tolerance:g}" for each in same if each.tolerance is not None]
    within = [each.within for each in same if each.within is not None]
    z = [each.z for each in same if each.z is not None]
    largest = f"{max(z, key=abs):.2f}" if z else "–"
    judged = "–" if not within else ("yes" if all(within) else "**no**")
    return (
        f"| {_WORDS[row.measure]} | {row.visit} | {row.arm} | {row.published.number:g} | "
        + " | ".join(cells)
        + f" | {' / '.join(dict.fromkeys(tolerances)) or '–'} | {judged} | {largest} |"
    )


def _distances(compared: tuple[Compared, ...], trial: str, shares: tuple[float, ...]) -> str:
    found = "; ".join(
        f"q = {share:g}: {distance(compared, trial=trial, share=share):.2f}" for share in shares
    )
    return (
        "Root mean square of z over the six means, two changes and eight percentages of the last visit: "
        f"{found}.\n"
    )


def _sources(compared: tuple[Compared, ...]) -> str:
    lines = ["## Sources of the published values\n"]
    for source in dict.fromkeys(
        f"{each.row.trial}: {each.row.published.source} ({each.row.published.status})" for each in compared
    ):
        lines.append(f"- {source}")
    return "\n".join(lines) + "\n"


_CELL = re.compile(r"(-?[\d.]+) ± ([\d.]+)")


def read(page: str) -> dict[Key, Simulated]:
    """The simulated values of a page that ``markdown`` wrote, to the two decimals it prints."""
    found: dict[Key, Simulated] = {}
    trial, shares = "", tuple[float, ...]()
    for line in page.splitlines():
        if line.startswith("## "):
            trial = line.split()[1]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "outcome":
            shares = tuple(float(cell.removeprefix("q = ")) for cell in cells if cell.startswith("q = "))
        elif cells[0] in _MEASURES:
            values = [_CELL.fullmatch(cell) for cell in cells[4 : 4 + len(shares)]]
            for share, value in zip(shares, values, strict=True):
                if value is not None:
                    key = (trial, _MEASURES[cells[0]], cells[1], cells[2], share)
                    found[key] = Simulated(mean=float(value[1]), error=float(value[2]))
    return found
