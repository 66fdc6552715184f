"""Allocation lists: permuted blocks of varying sizes within strata.

Every draw is counter-based and named by its stratum, so a list depends on the seed and
its own stratum alone. Blocks end whole: a list may be longer than asked for. Slot ids are
running numbers and tell nothing.

Permuted blocks: Rosenberger and Lachin, Randomization in Clinical Trials, 2nd edition,
2016 (doi:10.1002/9781118742112), chapter 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from holdfast import dice
from holdfast.allocation.key import Key
from holdfast.errors import Conflict, ImpossibleValue
from holdfast.protocol.model import Randomisation


@dataclass(frozen=True, slots=True)
class SlotList:
    """The slots of a stratum, in the order in which they are given out."""

    stratum: str
    slots: tuple[str, ...]


Block = tuple[str, ...]


def make_list(
    randomisation: Randomisation, *, strata: Sequence[str], per_stratum: int, seed: int, trial: int = 0
) -> tuple[tuple[SlotList, ...], Key]:
    """A list for each stratum, of at least ``per_stratum`` slots, and the key to them all.

    Raises ImpossibleValue where a block size is no multiple of the ratio's sum, Conflict
    where two strata would share slot ids.
    """
    sizes = _sizes(randomisation)
    arms = {
        stratum: _flat(_blocks(randomisation, sizes, stratum=stratum, n=per_stratum, seed=seed, trial=trial))
        for stratum in strata
    }
    return _lists(arms, repeated=len(arms) < len(strata))


def make_list_with_totals(
    randomisation: Randomisation,
    *,
    numbers: Mapping[str, int],
    totals: Mapping[str, int],
    seed: int,
    extra: int = 0,
    trial: int = 0,
) -> tuple[tuple[SlotList, ...], Key]:
    """Lists whose first ``numbers[stratum]`` slots give exactly ``totals[arm]`` over all strata.

    A trial that ends inside its blocks has totals such as 53 and 51. Only the last begun
    block of each stratum can be arranged, so every whole block still holds the ratio.
    ``extra`` slots at least follow in each stratum. Raises ImpossibleValue where the
    totals do not add up or no arrangement of the last blocks reaches them.
    """
    if sum(numbers.values()) != sum(totals.values()) or set(totals) != set(randomisation.ratio):
        raise ImpossibleValue(
            f"The totals {_listed(totals)} must name every arm and add up to {sum(numbers.values())}."
        )
    sizes = _sizes(randomisation)
    drawn = {
        stratum: _blocks(randomisation, sizes, stratum=stratum, n=n + extra, seed=seed, trial=trial)
        for stratum, n in numbers.items()
    }
    arranged = _arrange(drawn, numbers=numbers, totals=totals, seed=seed, trial=trial)
    return _lists({stratum: _flat(blocks) for stratum, blocks in arranged.items()})


def _sizes(randomisation: Randomisation) -> tuple[int, ...]:
    whole = sum(randomisation.ratio.values())
    sizes = tuple(int(size) for size in randomisation.block_sizes.numbers)
    wrong = [size for size in sizes if size < 1 or size % whole]
    if wrong or whole < 1 or min(randomisation.ratio.values()) < 0:
        raise ImpossibleValue(
            f"Blocks of {wrong or sizes} cannot hold the ratio {_listed(randomisation.ratio)}: "
            f"give multiples of {whole}.",
            field="randomisation.block_sizes",
        )
    return sizes


def _listed(counts: Mapping[str, int]) -> str:
    return " : ".join(f"{count} {arm}" for arm, count in counts.items())


def _stream(stratum: str, what: str) -> str:
    return f"allocation/{stratum}/{what}"


def _blocks(
    randomisation: Randomisation, sizes: tuple[int, ...], *, stratum: str, n: int, seed: int, trial: int
) -> list[Block]:
    """Whole blocks of drawn sizes, shuffled, until there are ``n`` slots or more."""
    whole = sum(randomisation.ratio.values())
    blocks: list[Block] = []
    while sum(map(len, blocks)) < n:
        number = len(blocks)
        cast = float(dice.uniform(seed, trial, number, _stream(stratum, "size")))
        size = sizes[int(cast * len(sizes))]
        arms = [arm for arm, share in randomisation.ratio.items() for _ in range(share * size // whole)]
        blocks.append(
            _shuffled(arms, seed=seed, trial=trial, number=number, stream=_stream(stratum, "order"))
        )
    return blocks


def _shuffled(arms: Sequence[str], *, seed: int, trial: int, number: int, stream: str) -> Block:
    order = np.argsort(dice.words(seed, trial, number, stream, np.arange(len(arms))), kind="stable")
    return tuple(arms[place] for place in order)


def _flat(blocks: Sequence[Block]) -> Block:
    return tuple(arm for block in blocks for arm in block)


def _lists(arms: Mapping[str, Block], *, repeated: bool = False) -> tuple[tuple[SlotList, ...], Key]:
    lists, key = [], dict[str, str]()
    for stratum, drawn in arms.items():
        slots = tuple(f"{_prefix(stratum)}-{number:04d}" for number in range(1, len(drawn) + 1))
        repeated = repeated or any(slot in key for slot in slots)
        key.update(zip(slots, drawn, strict=True))
        lists.append(SlotList(stratum, slots))
    if repeated:
        raise Conflict("Two strata would share slot ids; give each stratum levels of its own.")
    return tuple(lists), Key(arm_of_slot=key)


def _prefix(stratum: str) -> str:
    """The levels of a stratum's label: "site=S01,prior=yes" gives "S01.yes"."""
    return ".".join(part.rpartition("=")[2].strip() for part in stratum.split(","))


@dataclass(slots=True)
class _Last:
    """The last begun block of a stratum: how many of each arm stand before and after its cut."""

    place: int
    before: dict[str, int]
    after: dict[str, int]


def _arrange(
    drawn: Mapping[str, list[Block]],
    *,
    numbers: Mapping[str, int],
    totals: Mapping[str, int],
    seed: int,
    trial: int,
) -> dict[str, list[Block]]:
    """The drawn blocks with the last begun ones redealt so that the totals come out."""
    lasts = {stratum: _last(blocks, numbers[stratum], tuple(totals)) for stratum, blocks in drawn.items()}
    counts = {
        arm: sum(_flat(blocks)[: numbers[stratum]].count(arm) for stratum, blocks in drawn.items())
        for arm in totals
    }
    turn = 0
    while counts != dict(totals):
        path = _path(lasts, counts=counts, totals=totals)
        for giver, taker in pairwise(path):
            _exchange(lasts, giver, taker, cast=float(dice.uniform(seed, trial, turn, "allocation/totals")))
            turn += 1
        counts[path[0]] -= 1
        counts[path[-1]] += 1
    return {
        stratum: _redealt(blocks, lasts[stratum], stratum=stratum, seed=seed, trial=trial)
        for stratum, blocks in drawn.items()
    }


def _last(blocks: Sequence[Block], n: int, arms: tuple[str, ...]) -> _Last:
    place, begun = 0, 0
    while place < len(blocks) and begun + len(blocks[place]) <= n:
        begun += len(blocks[place])
        place += 1
    block = blocks[place] if place < len(blocks) else ()
    before, after = block[: n - begun], block[n - begun :]
    return _Last(place, {arm: before.count(arm) for arm in arms}, {arm: after.count(arm) for arm in arms})


def _path(lasts: Mapping[str, _Last], *, counts: Mapping[str, int], totals: Mapping[str, int]) -> list[str]:
    """Arms from one with too many to one with too few, each of which can give to the next."""
    paths = [[arm] for arm in totals if counts[arm] > totals[arm]]
    reached = {path[0] for path in paths}
    for path in paths:  # grows while it is walked: a breadth-first search
        if counts[path[-1]] < totals[path[-1]]:
            return path
        for arm in totals:
            if arm not in reached and any(
                last.before[path[-1]] and last.after[arm] for last in lasts.values()
            ):
                reached.add(arm)
                paths.append([*path, arm])
    raise ImpossibleValue(
        f"No arrangement of the last blocks gives the totals {_listed(totals)}; "
        "change the totals, the numbers of the strata or the block sizes."
    )


def _exchange(lasts: Mapping[str, _Last], giver: str, taker: str, *, cast: float) -> None:
    """In one stratum, drawn from those that can, one of ``giver`` before the cut becomes ``taker``."""
    able = [last for last in lasts.values() if last.before[giver] and last.after[taker]]
    last = able[int(cast * len(able))]
    last.before[giver] -= 1
    last.after[giver] += 1
    last.before[taker] += 1
    last.after[taker] -= 1


def _redealt(blocks: Sequence[Block], last: _Last, *, stratum: str, seed: int, trial: int) -> list[Block]:
    halves = []
    for half, counts in (("before", last.before), ("after", last.after)):
        arms = [arm for arm, count in counts.items() for _ in range(count)]
        stream = _stream(stratum, half)
        halves.append(_shuffled(arms, seed=seed, trial=trial, number=last.place, stream=stream))
    redealt = [halves[0] + halves[1]] if last.place < len(blocks) else []
    return [*blocks[: last.place], *redealt, *blocks[last.place + 1 :]]
