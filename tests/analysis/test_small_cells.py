"""Small cells: none can be read, none can be worked out from the total, the others and the rule itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.analysis.small_cells import SMALL, hidden

COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=9)


@given(counts=COUNTS)
def test_no_small_cell_is_shown(counts: list[int]) -> None:
    assert all(seen is None or seen == 0 or seen >= SMALL for seen in hidden(counts))


@given(counts=COUNTS)
def test_what_is_shown_is_what_was_counted(counts: list[int]) -> None:
    assert all(seen in (None, count) for seen, count in zip(hidden(counts), counts, strict=True))


@given(counts=st.lists(st.integers(SMALL, 30), min_size=1, max_size=9))
def test_nothing_is_hidden_where_nothing_is_small(counts: list[int]) -> None:
    assert hidden(counts) == counts


@given(counts=st.lists(st.integers(0, 12), min_size=2, max_size=5).filter(lambda all_: sum(all_) <= 24))
def test_every_hidden_cell_could_hold_another_number_whoever_knows_the_total_and_the_rule(
    counts: list[int],
) -> None:
    shown = tuple(hidden(counts))
    could_be = alike(len(counts), sum(counts))[shown]
    for place, seen in enumerate(shown):
        if seen is None:
            assert len({each[place] for each in could_be}) > 1, (counts, shown)


@cache
def alike(cells: int, total: int) -> dict[tuple[int | None, ...], list[tuple[int, ...]]]:
    """Every way to share a total among cells, by what is shown of it."""
    found: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for each in _shared(cells, total):
        found[tuple(hidden(each))].append(each)
    return found


def _shared(cells: int, total: int) -> Iterator[tuple[int, ...]]:
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _shared(cells - 1, total - first):
            yield (first, *rest)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((10, 20, 0), [10, 20, 0]),
        ((3, 20, 9), [None, 20, None]),
        (
            (20, 5, 5, 4),
            [20, 5, None, None],
        ),  # the last that is shown, however large: alike ones tell nothing
        ((3, 0), [None, None]),
        ((30, 4, 4), [None, None, None]),  # four and four would be told by their sum
        ((30, 2, 4), [30, None, None]),
        ((1, 1, 1, 1, 1), [None] * 5),
        ((0, 0), [0, 0]),
    ],
)
def test_cells_that_are_small_or_would_be_told(counts: Sequence[int], shown: list[int | None]) -> None:
    assert hidden(counts) == shown
