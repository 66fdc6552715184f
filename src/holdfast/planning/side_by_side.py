"""Designs side by side: every number of every scenario as text, in groups of rows, a column per scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.analysis.sections import number
from holdfast.planning.moments import Mean
from holdfast.planning.outcome import BELIEF_WARNING, GUESS_WARNING, AgainstTruth, Arm, Funnel, Outcome
from holdfast.planning.tornado import bias_of
from holdfast.planning.wording import (
    NOT_ASKED,
    NOT_KNOWN,
    PERCENT,
    counted,
    design_name,
    error_of,
    interval,
    percent,
    plain,
    points,
    whole,
)

Labels = Mapping[str, str]
"""Words for codes: settings by name and alias, arms by code."""

NO_DEFAULTS: Mapping[str, Mapping[str, float]] = {}
TRUTHS = {
    "total": "Total: the same people in both arms, belief and all",
    "equal-belief": "At equal belief: what the drug does itself",
    "all-complete": "All complete: nobody leaves or stops",
}
LAST_TRUTH = list(TRUTHS)[-1]
NONE = "\N{EN DASH}"
EFFORT_NOTE = (
    "Contacts, failures and months are those of the planned number, by the assumed rates and pace; "
    "costs are in the currency in which they were set."
)
TRUTH_NOTE = (
    "Points of CAPS-5 at the last visit; negative favours the experimental arm. "
    "Coverage is that of the 95 % interval."
)
SETTING_NOTE = "What is not named here stands as the study file and its assumptions have it."


@dataclass(frozen=True, slots=True)
class Row:
    """A label, and for each scenario the lines of its cell."""

    label: str
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading, with what must be read beside them."""

    heading: str
    rows: tuple[Row, ...]
    note: str = ""


def groups(
    outcomes: Sequence[Outcome], labels: Labels, defaults: Mapping[str, Mapping[str, float]] = NO_DEFAULTS
) -> tuple[Group, ...]:
    """All rows of these scenarios; a group that says nothing of any of them is left out.

    ``defaults`` are the files' values, by study code and by name and alias of the setting.
    """
    found = (
        _setting(outcomes, labels, defaults),
        _test(outcomes),
        _belief(outcomes),
        _estimate(outcomes),
        *(_truth(outcomes, name) for name in TRUTHS),
        _guess(outcomes),
        _decision(outcomes),
        _arms(outcomes, labels),
        _effort(outcomes),
        _later(outcomes),
        _events(outcomes),
    )
    return tuple(group for group in found if group.rows)


def heading_of(outcome: Outcome, place: int) -> str:
    """The head of a scenario's column."""
    return f"{place}. {design_name(outcome.study)}"


def in_brief(outcomes: Sequence[Outcome]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the short table, a row per scenario, for many of them."""
    head = ["Scenario", "Set", "n", "Power", "Bias at equal belief", "Type I error", "By belief alone"]
    head += ["Months", "Therapist hours", "Cost per participant"]
    rows = [
        [
            heading_of(each, place),
            "; ".join(settings_of(each)) or NONE,
            whole(each.n),
            percent(each.power),
            points(bias_of(each)),
            percent(each.type_one_error),
            percent(each.belief_only),
            *_effort_in_brief(each.funnel),
        ]
        for place, each in enumerate(outcomes, 1)
    ]
    return head, rows


def _effort_in_brief(way: Funnel | None) -> tuple[str, str, str]:
    if way is None:
        return NOT_ASKED, NOT_ASKED, NOT_ASKED
    months = points(way.months_to_last_primary_visit, 1)
    return months, counted(way.therapist_hours), counted(way.cost_per_participant)


def settings_of(outcome: Outcome) -> list[str]:
    """What was set beside the number of participants, by the names it was set by."""
    return [f"{name} {plain(value)}" for name, value in outcome.set.items() if name != "n"]


def _row(label: str, outcomes: Sequence[Outcome], of: Callable[[Outcome], str | Sequence[str]]) -> Row:
    told = (of(each) for each in outcomes)
    return Row(label, tuple((cell,) if isinstance(cell, str) else tuple(cell) for cell in told))


def _setting(
    outcomes: Sequence[Outcome], labels: Labels, defaults: Mapping[str, Mapping[str, float]]
) -> Group:
    def told(name: str) -> Callable[[Outcome], str]:
        def tell(each: Outcome) -> str:
            if name in each.set:
                return plain(each.set[name])
            held = defaults.get(each.study, {}).get(name)
            return NONE if held is None else f"{plain(held)} (in the file)"

        return tell

    names = dict.fromkeys(name for each in outcomes for name in each.set if name != "n")
    rows = [_row(labels.get(name, name), outcomes, told(name)) for name in names]
    size = _row("Participants randomised (n)", outcomes, lambda each: whole(each.n))
    level = _row("Two-sided level", outcomes, lambda each: plain(each.alpha))
    trials = _row("Trials simulated", outcomes, lambda each: whole(each.trials))
    return Group("What was set", (size, level, trials, *rows), SETTING_NOTE)


def _test(outcomes: Sequence[Outcome]) -> Group:
    rows = [
        _row("Power, Kenward-Roger", outcomes, lambda each: percent(each.power)),
        _row("its 95 % Monte-Carlo interval", outcomes, lambda each: interval(each.power)),
        _row("Power, Satterthwaite", outcomes, lambda each: percent(each.power_satterthwaite)),
        _row(
            "Type I error (both arms get the comparator), Kenward-Roger",
            outcomes,
            lambda each: percent(each.type_one_error),
        ),
        _row(
            "Type I error, Satterthwaite", outcomes, lambda each: percent(each.type_one_error_satterthwaite)
        ),
        _row(
            "Assurance: power over the uncertainty of the published contrast",
            outcomes,
            lambda each: percent(each.assurance),
        ),
        _row("Analysis converged", outcomes, lambda each: percent(each.converged)),
    ]
    return Group("The test", tuple(rows))


def _belief(outcomes: Sequence[Outcome]) -> Group:
    if all(each.belief_only is None for each in outcomes):
        return Group("", ())
    row = _row(
        "Rejections though pharmacology is zero and belief acts",
        outcomes,
        lambda each: percent(each.belief_only),
    )
    return Group("By belief alone", (row,), BELIEF_WARNING)


def _estimate(outcomes: Sequence[Outcome]) -> Group:
    rows = [
        _row("Mean estimate, points", outcomes, lambda each: points(each.estimate)),
        _row("Mean standard error, points", outcomes, lambda each: points(each.se)),
        _row(
            "Standard deviation of the estimates between trials, points",
            outcomes,
            lambda each: points(_spread(each)),
        ),
        _row("Kenward-Roger degrees of freedom", outcomes, lambda each: points(each.df, 1)),
    ]
    return Group("The primary estimate", tuple(rows))


def _spread(outcome: Outcome) -> Mean:
    """The standard deviation between trials; its standard error as of normal estimates, s / √(2(n − 1))."""
    n, spread = outcome.estimate.n, outcome.standard_deviation
    return Mean(estimate=spread, se=spread / math.sqrt(2 * (n - 1)) if n > 1 else math.nan, n=n)


def _truth(outcomes: Sequence[Outcome], name: str) -> Group:
    if not any(name in each.against for each in outcomes):
        return Group("", ())

    def of(tell: Callable[[AgainstTruth], str]) -> Callable[[Outcome], str]:
        return lambda each: tell(each.against[name]) if name in each.against else NOT_KNOWN

    rows = [
        _row("True difference, points", outcomes, of(lambda found: points(found.truth))),
        _row("Bias of the primary estimate, points", outcomes, of(lambda found: points(found.bias))),
        _row("Coverage", outcomes, of(lambda found: percent(found.coverage))),
    ]
    return Group(
        f"Against what there is to find. {TRUTHS[name]}",
        tuple(rows),
        TRUTH_NOTE if name == LAST_TRUTH else "",
    )


def _guess(outcomes: Sequence[Outcome]) -> Group:
    rows = [
        _row("Guess-adjusted difference, points", outcomes, lambda each: points(each.guess_adjusted)),
        _row("Its test rejects", outcomes, lambda each: percent(each.guess_adjusted_rejects)),
    ]
    return Group("Adjusted for the guess: a display", tuple(rows), GUESS_WARNING)


def _decision(outcomes: Sequence[Outcome]) -> Group:
    def wrong(each: Outcome) -> str:
        found = each.decision
        if math.isnan(found.wrong_chance):
            return NOT_KNOWN
        chance = f"{number(100 * found.wrong_chance)}{PERCENT}"
        return f"wrong {found.wrong}: {chance}{error_of(100 * found.wrong_se, 1)}"

    rows = [
        _row("Points at equal belief worth going on", outcomes, lambda each: plain(each.decision.needed)),
        _row("Says go", outcomes, lambda each: percent(each.decision.go)),
        _row("Mistake that is possible, and its chance", outcomes, wrong),
    ]
    if any(each.interim for each in outcomes):
        rows += [
            _row(
                "Stops at the interim look for efficacy",
                outcomes,
                lambda each: percent(each.interim.stops_for_efficacy) if each.interim else "no interim look",
            ),
            _row(
                "Stops at the interim look for futility",
                outcomes,
                lambda each: percent(each.interim.stops_for_futility) if each.interim else "no interim look",
            ),
        ]
    return Group("Go or stop", tuple(rows))


def _arms(outcomes: Sequence[Outcome], labels: Labels) -> Group:
    def by_arm(tell: Callable[[Arm], str]) -> Callable[[Outcome], Sequence[str]]:
        return lambda each: [tell(arm) for arm in each.arms]

    visits = dict.fromkeys(visit for each in outcomes for arm in each.arms for visit in arm.means)
    rows = [
        _row("Arms, in this order", outcomes, by_arm(lambda arm: labels.get(arm.name, arm.name))),
        _row("Participants", outcomes, by_arm(lambda arm: whole(arm.n))),
        _row("Assessed at the last visit", outcomes, by_arm(lambda arm: percent(arm.assessed))),
        _row("Completed", outcomes, by_arm(lambda arm: percent(arm.completed))),
        _row("Responders", outcomes, by_arm(lambda arm: percent(arm.responded))),
        _row("Guessed right", outcomes, by_arm(lambda arm: percent(arm.guessed_right))),
        _row("Dosing sessions held, each", outcomes, by_arm(lambda arm: points(arm.sessions))),
        *(
            _row(f"Mean score, {labels.get(visit, visit)}", outcomes, by_arm(_mean_at(visit)))
            for visit in visits
        ),
    ]
    return Group("By arm", tuple(rows))


def _mean_at(visit: str) -> Callable[[Arm], str]:
    return lambda arm: points(arm.means[visit], 1) if visit in arm.means else NOT_KNOWN


def _effort(outcomes: Sequence[Outcome]) -> Group:
    if all(each.funnel is None for each in outcomes):
        return Group("", ())

    def of(tell: Callable[[Funnel], str]) -> Callable[[Outcome], str]:
        return lambda each: tell(each.funnel) if each.funnel else NOT_ASKED

    rows = [
        _row("First contacts", outcomes, of(lambda way: counted(way.contacted))),
        _row("Screened", outcomes, of(lambda way: counted(way.screened))),
        _row("Screen failures", outcomes, of(lambda way: counted(way.screen_failures))),
        _row("Failures at baseline", outcomes, of(lambda way: counted(way.baseline_failures))),
        _row("Randomised, on average", outcomes, of(lambda way: points(way.randomised, 1))),
        _row(
            "Months to the last randomised",
            outcomes,
            of(lambda way: points(way.months_to_last_randomised, 1)),
        ),
        _row(
            "Months to the last primary visit",
            outcomes,
            of(lambda way: points(way.months_to_last_primary_visit, 1)),
        ),
        _row("Therapist hours, all", outcomes, of(lambda way: counted(way.therapist_hours))),
        _row(
            "Therapist hours per participant",
            outcomes,
            of(lambda way: points(way.therapist_hours_per_participant, 1)),
        ),
        _row("Cost per participant", outcomes, of(lambda way: counted(way.cost_per_participant))),
    ]
    return Group("The way in, time and cost", tuple(rows), EFFORT_NOTE)


def _later(outcomes: Sequence[Outcome]) -> Group:
    if all(each.durability is None for each in outcomes):
        return Group("", ())

    def of(tell: Callable[[Outcome], str | Sequence[str]]) -> Callable[[Outcome], str | Sequence[str]]:
        return lambda each: tell(each) if each.durability else NOT_KNOWN

    def retained(each: Outcome) -> Sequence[str]:
        assert each.durability is not None
        return [percent(each.durability.retained.get(arm.name)) for arm in each.arms]

    def mean(which: str) -> Callable[[Outcome], str | Sequence[str]]:
        return of(lambda each: points(getattr(each.durability, which)))

    rows = [
        _row("Months", outcomes, of(lambda each: plain(each.durability.months) if each.durability else "")),
        _row("Difference among those seen, points", outcomes, mean("estimate")),
        _row("True difference, points", outcomes, mean("truth")),
        _row("Bias, points", outcomes, mean("bias")),
        _row("Seen, by arm in the order above", outcomes, of(retained)),
    ]
    return Group("Durability", tuple(rows))


def _events(outcomes: Sequence[Outcome]) -> Group:
    rates = dict.fromkeys(seeing.rate for each in outcomes for seeing in each.seeing)

    def chance(rate: float) -> Callable[[Outcome], str]:
        def tell(each: Outcome) -> str:
            found = next((one for one in each.seeing if one.rate == rate), None)
            return f"{number(100 * found.chance)}{PERCENT} ({found.n} people)" if found else NOT_KNOWN

        return tell

    rows = [_row(f"An event that 1 in {1 / rate:,.0f} people has", outcomes, chance(rate)) for rate in rates]
    return Group(
        "The chance of seeing an event at least once in the experimental arm",
        tuple(rows),
        "Computed, not simulated: 1 less the chance that nobody of the arm has it.",
    )
