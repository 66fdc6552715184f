"""What a design fixes before anything happens: who is in which arm, at which site, with which pair.

A ``Plan`` is given from outside (``plan_of``: a played trial's own list, or any other), or
allocated anew for each trial (``allocate``): permuted blocks within sites, from a stream of
their own, the numbers by arm exact for the whole trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.dice import stream_word
from holdfast.errors import ImpossibleValue
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.compiled_dice import mix, trial_state, uniform_at

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_ALLOCATION = np.uint64(stream_word("allocation"))


class Plan(NamedTuple):
    """Arm index, arm level, site and therapist pair of each person (n,) of a trial.

    ``person`` are the mixed words of the person counters. ``levels`` (A,) are the levels of the
    arms, ``comparator`` the index of the arm that the others are compared with.
    """

    arm: Ints
    level: Ints
    site: Ints
    pair: Ints
    person: Words
    levels: Ints
    comparator: int


class Design(NamedTuple):
    """What ``allocate`` needs: persons by arm (A,) and by site (S,), pairs by site, blocks.

    Pairs ``first_pair`` (S,) to ``first_pair`` + ``pairs`` (S,) - 1 work at a site; ``ratio`` (A,)
    is what a block holds of each arm, times one of ``multiples`` (M,), drawn.
    """

    by_arm: Ints
    by_site: Ints
    first_pair: Ints
    pairs: Ints
    ratio: Ints
    multiples: Ints


def plan_of(
    level: Ints,
    *,
    arm: Ints | None = None,
    site: Ints | None = None,
    pair: Ints | None = None,
    people: Ints | None = None,
    levels: Sequence[int] | None = None,
    comparator: int | None = None,
) -> Plan:
    """A plan given from outside: arm levels (n,), and what else is known of the persons.

    Without ``arm`` the arms are the levels 0 to 3; without ``comparator`` it is the first arm of
    the least level. Sites and pairs are all 0, persons 0 to n - 1, unless given.
    """
    level = np.array(level, dtype=np.int64)
    if level.size == 0 or level.min() < 0 or level.max() > 3:
        raise ImpossibleValue("Arm levels are 0 to 3, of one person at least.", field="level")
    of_arms = np.array(range(4) if levels is None else levels, dtype=np.int64)
    numbers = np.arange(level.size) if people is None else people
    nothing = np.zeros(level.size, dtype=np.int64)
    least = int(level.min()) if levels is None else int(of_arms.argmin())
    return Plan(
        arm=np.array(level if arm is None else arm, dtype=np.int64),
        level=level,
        site=nothing if site is None else np.array(site, dtype=np.int64),
        pair=nothing if pair is None else np.array(pair, dtype=np.int64),
        person=np.array([mix(np.uint64(each)) for each in numbers.tolist()], dtype=np.uint64),
        levels=of_arms,
        comparator=least if comparator is None else comparator,
    )


def shares_of(whole: int, parts: Sequence[float]) -> Ints:
    """``whole`` persons in the given proportions, by the largest remainder; earlier parts win ties."""
    share = np.asarray(parts, dtype=np.float64)
    if share.size == 0 or share.min() < 0 or share.sum() <= 0:
        raise ImpossibleValue(f"Proportions are not negative and not all zero; found {list(parts)}.")
    exact = whole * share / share.sum()
    counts: Ints = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: whole - int(counts.sum())]] += 1
    return counts


def design_of(
    assumptions: Assumptions,
    *,
    n: int | None = None,
    ratio: Sequence[int] = (1, 1),
    by_arm: Sequence[int] | None = None,
    block_sizes: Sequence[int] | None = None,
) -> Design:
    """The design of ``n`` persons in arms of a ratio (or of ``by_arm`` persons), sites and pairs as assumed.

    Raises:
        ImpossibleValue: fewer persons than arms, or a block that the ratio does not divide.
    """
    whole, width = (sum(by_arm) if by_arm is not None else n or 0), sum(ratio)
    arms = shares_of(whole, ratio) if by_arm is None else np.array(by_arm, dtype=np.int64)
    if len(ratio) != arms.size or min(ratio) < 1 or (arms.min() if arms.size else 0) < 1:
        raise ImpossibleValue(
            f"Every arm has a whole ratio and a person at least; found {whole} persons at {list(ratio)}.",
            field="n",
        )
    sizes = (2 * width,) if block_sizes is None else tuple(block_sizes)
    if not sizes or any(size < 1 or size % width for size in sizes):
        raise ImpossibleValue(f"Block sizes are multiples of {width}; found {list(sizes)}.", field="blocks")
    part = assumptions.recruitment
    sites = shares_of(whole, part.site_shares.numbers[: int(part.sites.number)])
    sites = sites[sites > 0]
    pairs, first = _pairs_by_site(max(1, round(assumptions.scenarios.clusters.pairs.number)), sites)
    return Design(
        by_arm=arms,
        by_site=sites,
        first_pair=first,
        pairs=pairs,
        ratio=np.array(ratio, dtype=np.int64),
        multiples=np.array([size // width for size in sizes], dtype=np.int64),
    )


def _pairs_by_site(pairs: int, sites: Ints) -> tuple[Ints, Ints]:
    """How many pairs work at each site and the first of them; fewer pairs than sites travel."""
    if pairs < sites.size:
        return np.ones(sites.size, dtype=np.int64), np.arange(sites.size) % pairs
    each = 1 + shares_of(pairs - sites.size, list(sites))
    return each, np.cumsum(each) - each


def empty_plan(design: Design, *, levels: Sequence[int], comparator: int = 0) -> Plan:
    """A plan for ``allocate`` to fill; ``levels`` are those of the design's arms."""
    n = int(design.by_arm.sum())
    if len(levels) != design.by_arm.size or not 0 <= comparator < len(levels):
        raise ImpossibleValue(f"A level for each of {design.by_arm.size} arms; found {list(levels)}.")
    arm = np.repeat(np.arange(design.by_arm.size), design.by_arm)
    of_arms = np.array(levels, dtype=np.int64)
    return plan_of(
        of_arms[arm],
        arm=arm,
        site=np.repeat(np.arange(design.by_site.size), design.by_site),
        pair=np.zeros(n, dtype=np.int64),
        levels=levels,
        comparator=comparator,
    )


@compiled
def allocate(design: Design, seed: np.uint64, trial: int, plan: Plan) -> None:
    """Fill the arms, levels and pairs of a trial's plan: permuted blocks within sites, pairs in turn.

    The last, incomplete blocks of all sites share what is left of each arm, so that the
    numbers by arm are exact. Counter k of the stream "allocation" belongs to the k-th draw.
    """
    state = trial_state(np.uint64(seed), _ALLOCATION, np.uint64(trial))
    arms, width = design.ratio.size, design.ratio.sum()
    k, start = 0, 0
    rest, blocks = 0, np.min(design.by_arm // design.ratio)
    for site in range(design.by_site.size):
        begin, size = start, design.by_site[site]
        while blocks > 0 and begin + size - start >= width:
            multiple = design.multiples[0]
            if design.multiples.size > 1:
                multiple = design.multiples[
                    int(uniform_at(state, mix(np.uint64(k)), mix(np.uint64(0))) * design.multiples.size)
                ]
                k += 1
            # A block that no longer fits is cut to the most whole ratios that do.
            multiple = min(multiple, (begin + size - start) // width, blocks)
            blocks -= multiple
            at = start
            for arm in range(arms):
                for _ in range(multiple * design.ratio[arm]):
                    plan.arm[at] = arm
                    at += 1
            k = _shuffled(plan.arm, start, at, state, k)
            start = at
        rest += begin + size - start
        for at in range(start, begin + size):
            plan.arm[at] = -1
        start = begin + size
        for at in range(begin, start):
            plan.site[at] = site
            plan.pair[at] = design.first_pair[site] + (at - begin) % design.pairs[site]
    _spread_rest(design, plan, state, k, rest)
    for at in range(plan.arm.size):
        plan.level[at] = plan.levels[plan.arm[at]]


@compiled
def _shuffled(values: Ints, start: int, stop: int, state: np.uint64, k: int) -> int:
    """Shuffle a stretch in place (Fisher and Yates); the next counter."""
    for left in range(stop - start, 1, -1):
        pick = start + int(uniform_at(state, mix(np.uint64(k)), mix(np.uint64(0))) * left)
        k += 1
        last = start + left - 1
        values[pick], values[last] = values[last], values[pick]
    return k


@compiled
def _spread_rest(design: Design, plan: Plan, state: np.uint64, k: int, rest: int) -> None:
    """Give the places still open (-1) what is missing of each arm, each order as likely as any other."""
    for at in range(plan.arm.size):
        if plan.arm[at] >= 0:
            continue
        pick = int(uniform_at(state, mix(np.uint64(k)), mix(np.uint64(0))) * rest)
        k += 1
        for arm in range(design.by_arm.size):
            missing = design.by_arm[arm]
            for other in range(plan.arm.size):
                if plan.arm[other] == arm:
                    missing -= 1
            if pick < missing:
                plan.arm[at] = arm
                break
            pick -= missing
        rest -= 1
