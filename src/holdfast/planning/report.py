"""The report of a simulation: a self-contained page from a question to a decision; its summary in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from holdfast.analysis.report import NOTICE, STYLE, figure, told_apart
from holdfast.analysis.sections import number
from holdfast.planning import pictures, tornado_page
from holdfast.planning.markup import grouped_table, table
from holdfast.planning.outcome import Outcome
from holdfast.planning.scenario import Ground
from holdfast.planning.side_by_side import Labels, groups, heading_of, in_brief
from holdfast.planning.tornado import Tornado, bias_of
from holdfast.planning.wording import (
    NOT_ASKED,
    counted,
    design_name,
    interval,
    percent,
    plain,
    points,
    whole,
    without_expectancy,
)

Defaults = Mapping[str, Mapping[str, float]]
"""The files' values by study code, then by name and alias."""

SIMULATION = "Simulation: no real person"
IN_COLUMNS = 4
"""Scenarios that stand side by side; more of them get a row each."""
IN_FULL = 40
"""Scenarios of which the page tells everything."""
OWN_STYLE = files("holdfast.planning").joinpath("report.css").read_text(encoding="utf-8")

MAIN_CAPTION = (
    "Left: power, with lines at 80 and 90 %; at 100 % the drug itself does nothing, and what rejects there "
    "is belief alone. Right: bias of the primary estimate against the effect at equal belief, zero marked. "
    "Points are simulated, bars their 95 % Monte-Carlo intervals; studies stand a little apart so that bars "
    "do not hide each other."
)
BELIEF_CAPTION = (
    "Two different questions, on two scales. Left, the drug itself does nothing and belief acts: the arms do "
    "differ, so these are no false rejections of the test. Right, both arms get what the comparator gets: "
    "these are. Bars: 95 % Monte-Carlo intervals."
)
ERRORS = "The number behind ± is the Monte-Carlo standard error."


def html(
    outcomes: Sequence[Outcome],
    *,
    curves: Mapping[str, Sequence[Outcome]],
    tornado: Tornado | None,
    trials_per_second: float,
    seconds: float,
    engine: str,
    version: str,
    grounds: Sequence[Ground] = (),
) -> str:
    """The whole page.

    ``curves`` are outcomes over the expectancy share by study code; ``grounds`` the studies with
    their assumptions, for names of arms and settings, sources and hashes.
    """
    labels = labels_of(grounds)
    parts = [
        _head(outcomes, curves, grounds),
        _main_picture(curves),
        _designs(outcomes, labels, defaults_of(grounds)),
        tornado_page.section(tornado) if tornado else "",
        _assumed(grounds, outcomes),
        _warnings(outcomes),
        _provenance(outcomes, grounds, trials_per_second, seconds, engine, version),
    ]
    title = " and ".join(dict.fromkeys(design_name(each.study) for each in outcomes))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: simulated plan</title><style>{STYLE}{OWN_STYLE}</style></head><body>"
        f'<header class="banner">{SIMULATION}</header>'
        f"<main>{told_apart(''.join(parts))}</main></body></html>\n"
    )


def lines(outcomes: Sequence[Outcome]) -> list[str]:
    """A few aligned lines per scenario, for a terminal."""
    told: list[str] = []
    for place, each in enumerate(outcomes, 1):
        told += ["", *_lines_of(each, place)] if told else _lines_of(each, place)
    return told


def labels_of(grounds: Sequence[Ground]) -> dict[str, str]:
    """Words for settings (by name and alias), arms and visits of the studies."""
    found: dict[str, str] = {}
    for ground in grounds:
        for each in ground.parameters():
            found |= {each.name: each.label, each.alias: each.label}
        found |= {arm.code: arm.name["en"] for arm in ground.protocol.arms}
        found |= {visit.code: visit.name["en"] for visit in ground.protocol.visits}
    return found


def defaults_of(grounds: Sequence[Ground]) -> dict[str, dict[str, float]]:
    """The value of every setting by study code, then by name and alias, as the files have it."""
    return {
        ground.protocol.study.code: {
            name: each.value for each in ground.parameters() for name in (each.name, each.alias)
        }
        for ground in grounds
    }


def lead_of(outcome: Outcome, curve: Sequence[Outcome], expectancy: float | None) -> str:
    """The answer to the designer in a few sentences: power, at which expectancy, and what is left of it."""
    at = (
        f" if {_share_words(expectancy)} of the published contrast is expectancy"
        if expectancy is not None
        else ""
    )
    told = f"{design_name(outcome.study)}, {outcome.n} participants: power {percent(outcome.power)}{at}. "
    ordered = sorted(curve, key=lambda each: each.expectancy)
    if len(ordered) > 1 and ordered[0].n == outcome.n:
        none, all_of_it = (f"{number(100 * each.power.estimate, 0)} %" for each in (ordered[0], ordered[-1]))
        told += f"If none of it is, {none}; if all of it is, {all_of_it}. "
    told += "The published contrast is drug plus expectancy, and the test cannot tell them apart"
    found = outcome.against.get("equal-belief")
    if found is not None and outcome.estimate.estimate:
        told += (
            f": of the {number(abs(outcome.estimate.estimate))} points it finds, "
            f"{number(abs(found.truth.estimate))} remain at equal belief"
        )
    if outcome.belief_only is not None:
        told += (
            f"; with no pharmacology at all it would still reject in {percent(outcome.belief_only)} "
            "of trials, by belief alone"
        )
    return told + "."


def _lines_of(outcome: Outcome, place: int) -> list[str]:
    bias, false, belief = bias_of(outcome), outcome.type_one_error, outcome.belief_only
    told = {
        "set": "; ".join(f"{name} {plain(value)}" for name, value in outcome.set.items()) or "nothing",
        **({} if "expectancy" in outcome.set else {"expectancy": f"{plain(outcome.expectancy)}, as assumed"}),
        "power": f"{percent(outcome.power)} (95 % interval {interval(outcome.power)})",
        "bias at equal belief": f"{points(bias)} points" if bias else NOT_ASKED,
        "type I error": percent(false) + (" (identical arms)" if false else ""),
        "by belief alone": percent(belief) + (" reject though pharmacology is zero" if belief else ""),
    }
    if (way := outcome.funnel) is not None:
        each = points(way.therapist_hours_per_participant, 1)
        told |= {
            "time": f"{points(way.months_to_last_primary_visit, 1)} months to the last primary visit",
            "therapists": f"{counted(way.therapist_hours)} hours, {each} per participant",
            "cost": f"{counted(way.cost_per_participant)} per participant",
        }
    wide = max(map(len, told))
    head = f"{heading_of(outcome, place)}, n = {outcome.n}, {whole(outcome.trials)} trials"
    return [head, *(f"  {name:<{wide}}  {text}" for name, text in told.items())]


def _share_words(share: float) -> str:
    words = {0.0: "none", 0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "all"}
    return words.get(share, f"{plain(round(100 * share, 1))} %")


def _head(
    outcomes: Sequence[Outcome], curves: Mapping[str, Sequence[Outcome]], grounds: Sequence[Ground]
) -> str:
    firsts = {each.study: each for each in reversed(outcomes)}
    order = list(dict.fromkeys(each.study for each in outcomes))
    leads = "".join(
        f'<p class="lead">{escape(_lead(one, curves, grounds))}</p>'
        for one in (firsts[study] for study in order)
    )
    titles = "; ".join(dict.fromkeys(each.title for each in outcomes))
    several = (
        " Of each study the first scenario is told here; all are below." if len(outcomes) > len(order) else ""
    )
    return (
        "<h1>What this plan would find</h1>"
        f'<p class="quiet">{escape(titles)}. Virtual participants from cited and assumed numbers: '
        f"an answer to “what if”, no evidence about MDMA. {NOTICE}</p>{leads}"
        f'<p class="quiet">{ERRORS}{several}</p>'
    )


def _lead(outcome: Outcome, curves: Mapping[str, Sequence[Outcome]], grounds: Sequence[Ground]) -> str:
    curve = _same(outcome, curves.get(outcome.study, ()))
    return lead_of(outcome, curve, outcome.expectancy)


def _same(outcome: Outcome, curve: Sequence[Outcome]) -> Sequence[Outcome]:
    """The curve, if all but the expectancy is as in this scenario."""
    own = without_expectancy(outcome.set)
    return curve if all(without_expectancy(each.set) == own for each in curve) else ()


def _main_picture(curves: Mapping[str, Sequence[Outcome]]) -> str:
    shown = {study: each for study, each in curves.items() if each}
    if not shown:
        return ""
    words = "; ".join(_curve_words(study, each) for study, each in shown.items())
    parts = [
        "<h2>The picture that matters most</h2>",
        f"<p>Nothing published says how much of the contrast is expectancy, so a plan is read over the "
        f"whole range. {escape(words)}.</p>",
        figure(pictures.over_expectancy(shown), MAIN_CAPTION, alt=pictures.seen(shown)),
    ]
    everything = [each for own in shown.values() for each in own]
    if any(each.belief_only for each in everything) and any(each.type_one_error for each in everything):
        parts += [
            "<h3>Rejecting for the wrong reason, and rejecting by chance</h3>",
            figure(pictures.rejections(shown), BELIEF_CAPTION),
        ]
    heads = ["Study", "Expectancy", "Power", "Bias at equal belief, points"]
    heads += ["Rejections though pharmacology is zero and belief acts", "Type I error (identical arms)"]
    rows = [
        [
            design_name(study),
            f"{plain(100 * each.expectancy)}\N{NO-BREAK SPACE}%",
            percent(each.power),
            points(bias_of(each)),
            percent(each.belief_only),
            percent(each.type_one_error),
        ]
        for study, own in shown.items()
        for each in sorted(own, key=lambda one: one.expectancy)
    ]
    return "".join([*parts, table(f"The numbers of the pictures. {ERRORS}", heads, rows)])


def _curve_words(study: str, outcomes: Sequence[Outcome]) -> str:
    other = without_expectancy(outcomes[0].set)
    told = ", ".join(f"{name} {plain(value)}" for name, value in other.items() if name != "n")
    return f"{design_name(study)}: n = {outcomes[0].n}, {whole(outcomes[0].trials)} trials a point" + (
        f", with {told}" if told else ""
    )


def _designs(outcomes: Sequence[Outcome], labels: Labels, defaults: Defaults) -> str:
    parts = ["<h2>Designs side by side</h2>"]
    places = list(enumerate(outcomes, 1))
    if len(outcomes) <= IN_COLUMNS:
        return parts[0] + _columns(places, labels, defaults)
    head, rows = in_brief(outcomes)
    parts.append(table(f"All scenarios in brief. {ERRORS}", head, rows))
    for start in range(0, min(len(places), IN_FULL), IN_COLUMNS):
        some = places[start : min(start + IN_COLUMNS, IN_FULL)]
        named = f"{some[0][0]} to {some[-1][0]}" if len(some) > 1 else f"{some[0][0]}"
        parts.append(
            f"<details><summary>Everything about scenarios {named}</summary>"
            f"{_columns(some, labels, defaults)}</details>"
        )
    if len(places) > IN_FULL:
        parts.append(
            f'<p class="quiet">Of scenarios {IN_FULL + 1} to {len(places)} this page has the table in brief '
            "only; the JSON has every number.</p>"
        )
    return "".join(parts)


def _columns(places: Sequence[tuple[int, Outcome]], labels: Labels, defaults: Defaults) -> str:
    some = [each for _, each in places]
    heads = [heading_of(each, place) for place, each in places]
    return grouped_table(f"Every number of a scenario. {ERRORS}", heads, groups(some, labels, defaults))


def _assumed(grounds: Sequence[Ground], outcomes: Sequence[Outcome]) -> str:
    """Settings without a range of their own: they too were assumed."""
    asked = {each.study for each in outcomes}
    parts = []
    for ground in grounds:
        if ground.protocol.study.code not in asked:
            continue
        rows = [
            [each.label, each.alias, tornado_page.valued(each), tornado_page.source_of(each)]
            for each in ground.parameters()
            if each.scan is None
        ]
        caption = f"Not scanned: {design_name(ground.protocol.study.code)}, as its files have it"
        parts.append(table(caption, ["Setting", "Name", "Value", "Status and source"], rows))
    return "<h3>Settings without a range</h3>" + "".join(parts) if parts else ""


def _warnings(outcomes: Sequence[Outcome]) -> str:
    told = dict.fromkeys(text for each in outcomes for text in each.warnings)
    return "<h2>Read with care</h2>" + "".join(f'<p class="warn">{escape(text)}</p>' for text in told)


def _provenance(
    outcomes: Sequence[Outcome],
    grounds: Sequence[Ground],
    trials_per_second: float,
    seconds: float,
    engine: str,
    version: str,
) -> str:
    told: list[tuple[str, str]] = []
    for ground in grounds:
        code = ground.protocol.study.code
        told += [
            ("Study", f"{design_name(code)} ({code})"),
            ("Protocol, SHA-256", ground.protocol.hash),
            ("Its assumptions", "; ".join(_statuses(ground))),
        ]
    told += [
        ("Seeds", ", ".join(dict.fromkeys(str(each.seed) for each in outcomes))),
        ("Trials of each scenario", ", ".join(dict.fromkeys(whole(each.trials) for each in outcomes))),
        ("Engine", engine),
        ("Speed", f"{whole(trials_per_second)} trials a second, {number(seconds)} s in all"),
        ("Version", f"Holdfast {version}"),
    ]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
    return f"<h2>Where this comes from</h2><dl>{rows}</dl>"


def _statuses(ground: Ground) -> Iterator[str]:
    """How many of the settings are known how."""
    for status, count in Counter(each.status.value for each in ground.parameters()).most_common():
        yield f"{count} {status.replace('_', ' ')}"
