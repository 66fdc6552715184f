"""The must-reproduce page: what was published beside what the models give, every misfit said."""

from __future__ import annotations

from holdfast.pharmacology import fit, published
from holdfast.pharmacology.fit import Compared

_OPENING = """# Pharmacology: published against model

Written by `python scripts/pharmacology_fit.py`; not edited by hand. A test holds that the page is what the
code gives.

Model A is published and linear; model B is proposed, with CYP2D6 auto-inhibition, and was fitted to figures
of this page (as were all effects, for no published Emax model of MDMA was found). **That a calibrated model
meets the figures it was fitted to is no evidence.** Values are of a typical person of 70 kg, normal CYP2D6,
fasted; shares of people and the highest of eight are of {people:,} virtual people (seed {seed}) at the level
of the studies the models were fitted to. Between studies, levels differ by 25 to 35 %: every prior carries
that, and a misfit of that size says as much about the studies as about the models.

A value more than {close:.0f} % from the published one is printed in bold as a misfit.
"""

_KNOWN = """## Misfits that are known, and their size

{lines}
"""


def page(compared: tuple[Compared, ...]) -> str:
    """The page docs/pharmacology/fit.md, of what ``fit.compare`` gave."""
    parts = [
        _OPENING.format(people=fit.PEOPLE, seed=fit.SEED, close=100 * fit.CLOSE),
        _counts(compared),
        _known(compared),
        "## Kinetics\n",
        _table(compared[: len(published.KINETICS)]),
        _study(),
        "## Effects\n",
        _table(compared[len(published.KINETICS) :]),
        "## Published in words\n",
        _words(),
        "## Targets from memory, without a source\n",
        _memory(),
        "## Published and not compared\n",
        _not_compared(),
        "## Sources\n",
        _sources(compared),
    ]
    return "\n".join(parts)


def _counts(compared: tuple[Compared, ...]) -> str:
    a = sum(each.misfits(each.a) for each in compared)
    b = sum(each.misfits(each.b) for each in compared)
    return f"Of {len(compared)} comparisons, model A misfits {a} and model B {b}.\n"


def _known(compared: tuple[Compared, ...]) -> str:
    by = {(each.row.measure, each.row.doses[0][0]): each for each in compared}
    memory = {words: (target, b) for words, _, target, _, b in fit.from_memory()}
    target, cmax = memory["Cmax, 100 mg"]
    second, paroxetine = by["second_area", 100.0], by["paroxetine", 100.0]
    felt = by["felt_for", 75.0]
    bound = fit.area_bound(126.5, 1.8, 9.53)
    lines = (
        f"- Cmax after 100 mg: model B {_away(cmax, target)} from a target that is itself from memory.",
        f"- A second dose at 24 h: AUC ratio {second.b:.2f} against {second.row.published.number:.2f}.",
        f"- Under paroxetine: ratio {paroxetine.b:.2f} against {paroxetine.row.published.number:.2f}.",
        "- The published AUC 0-24 of 75 mg (995.4) cannot hold together with its own Cmax (126.5) and "
        f"half-life (9.53 h): a one-compartment decline alone gives at least {bound:.0f} (tmax 1.8 h).",
        f"- The felt effect lasts {felt.b:.1f} h in model B against {felt.row.published.number:.1f} h.",
        "- Acute tolerance makes a split dose look no worse for the greatest blood pressure. Nothing tests "
        "that: a safety display must also show the bound without tolerance.",
    )
    return _KNOWN.format(lines="\n".join(lines))


def _table(compared: tuple[Compared, ...]) -> str:
    lines = [
        "| what | published | model A | model B | source | status | note |",
        "|---|---:|---:|---:|---|---|---|",
    ]
    for each in compared:
        figure = each.row.published
        lines.append(
            f"| {each.row.words} | {_number(figure.number)} {figure.unit} | {_cell(each, each.a)} | "
            f"{_cell(each, each.b)} | {figure.source} | {figure.status} | {each.row.note} |"
        )
    return "\n".join(lines) + "\n"


def _cell(each: Compared, value: float) -> str:
    text = f"{_number(value)} ({_away(value, each.row.published.number)})"
    return f"**{text}**" if each.misfits(value) else text


def _away(value: float, target: float) -> str:
    percent = round(100 * (value / target - 1))
    return f"{percent:+d} %" if percent else "0 %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _study() -> str:
    plain, of_that_study = fit.nida()
    return (
        "Model A with its published study effect (clearance -36 %, volume -26.3 %) gives a Cmax of "
        f"{_number(of_that_study)} ng/mL after 1.0 mg/kg, without it {_number(plain)}; "
        "Kolbrich et al. 2008 saw 163.\n"
    )


def _words() -> str:
    said = fit.in_words()
    lines = ["| published | model B | source |", "|---|---|---|"]
    lines += [f"| {words} | {said[code]} | {source} |" for code, words, source, _ in published.IN_WORDS]
    return "\n".join(lines) + "\n"


def _memory() -> str:
    lines = [
        "No evidence, and cited nowhere; shown because the misfit at 100 mg is known. Verify before use.\n",
        "| what | from memory | model A | model B |",
        "|---|---:|---:|---:|",
    ]
    for words, unit, target, a, b in fit.from_memory():
        cells = " | ".join(f"{_number(value)} ({_away(value, target)})" for value in (a, b))
        lines.append(f"| {words} | {_number(target)} {unit} | {cells} |")
    return "\n".join(lines) + "\n"


def _not_compared() -> str:
    lines = ["| what | where | why not |", "|---|---|---|"]
    lines += [f"| {what} | {where} | {why} |" for what, where, why in published.NOT_COMPARED]
    return "\n".join(lines) + "\n"


def _sources(compared: tuple[Compared, ...]) -> str:
    named = dict.fromkeys(
        f"{each.row.published.source} ({each.row.published.date}, {each.row.published.status})"
        for each in compared
    )
    return "\n".join(f"- {each}" for each in named) + "\n"
