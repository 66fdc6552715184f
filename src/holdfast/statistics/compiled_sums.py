"""One pass over the persons of a trial: per pattern of seen visits, the sums of products the model needs.

A column of a repeated-measures design is a number of the person (the intercept's 1, the
arm, the baseline, a site) times the indicator of a visit, or of all visits. So the sums
of products of the persons' P numbers and V responses, per pattern of seen visits, are
all that a fit needs, whatever its columns; after the pass nothing depends on how many
persons there are. A person can be added to the sums or taken out again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints

#: Persons sorted by pattern at a time: few enough to stay in the nearest cache.
CHUNK = 128
#: Rows of ``Sums.index``: the place of a mask or −1; mask and count of a place; where the persons of a
#: place begin; the place of a person; how many places are in use, and whether there is an offset.
SLOT, MASK, COUNT, BEGIN, MEMBER, STATE = range(6)
USED, SHIFTED = 0, 1


class Sums(NamedTuple):
    """The sums of products of at most 2^V patterns, and the room to make them.

    A pattern is a bit mask of seen visits; each has a place in order of appearance, and per
    place ``products`` (L, L): of z = (P numbers, responses), each part padded with zeros to
    a multiple of three, the sums of z·z' in the upper triangle. Responses enter less
    ``offset`` (V, P) times the person's numbers, where there is an offset.
    """

    index: Ints  # type: ignore[assignment]  # tuple.index is not wanted here
    products: Floats
    offset: Floats
    rows: Floats


def sums_for(*, numbers: int, visits: int) -> Sums:
    """Room for the sums of P = ``numbers`` numbers and V = ``visits`` responses of a person."""
    patterns, padded = 1 << visits, _padded(numbers) + _padded(visits)
    index = np.zeros((6, max(patterns + 1, CHUNK)), np.int64)
    index[SLOT] = -1
    return Sums(
        index=index,
        products=np.zeros((patterns, padded, padded)),
        offset=np.zeros((visits, numbers)),
        rows=np.zeros((CHUNK, padded)),
    )


def _padded(n: int) -> int:
    return -(-n // 3) * 3


@compiled
def empty(sums: Sums) -> None:
    """Forget all persons and the offset."""
    index = sums.index
    for g in range(index[STATE, USED]):
        index[SLOT, index[MASK, g]] = -1
    index[STATE, USED] = 0
    index[STATE, SHIFTED] = 0


@compiled
def first_response(numbers: int) -> int:
    """Where the responses begin in z."""
    return (numbers + 2) // 3 * 3


@compiled
def place_of(mask: int, index: Ints, products: Floats) -> int:
    """The place of a pattern, made and cleared when it is new."""
    g = index[SLOT, mask]
    if g < 0:
        g = index[STATE, USED]
        index[STATE, USED] = g + 1
        index[SLOT, mask] = g
        index[MASK, g] = mask
        index[COUNT, g] = 0
        for a in range(products.shape[1]):
            for b in range(products.shape[1]):
                products[g, a, b] = 0.0
    return int(g)


@compiled
def add_all(y: Floats, c: Floats, sums: Sums) -> None:
    """Add every person with a response: ``y`` (n, V), NaN where missing, ``c`` (n, P)."""
    n, index, products, rows = y.shape[0], sums.index, sums.products, sums.rows
    for first in range(0, n, CHUNK):
        last = min(first + CHUNK, n)
        _sort(y, c, first, last, index, products, rows)
        if index[STATE, SHIFTED]:
            _shift(rows, last - first, first_response(c.shape[1]), sums.offset)
        _multiply(index, products, rows)


@compiled
def _sort(y: Floats, c: Floats, first: int, last: int, index: Ints, products: Floats, rows: Floats) -> None:
    """Lay the persons' z in ``rows``, those of one pattern together; ``BEGIN`` says where each starts."""
    begin, member, slot = index[BEGIN], index[MEMBER], index[SLOT]
    for g in range(products.shape[0] + 1):
        begin[g] = 0
    for i in range(first, last):
        mask = 0
        for v in range(y.shape[1]):
            mask |= int(y[i, v] == y[i, v]) << v
        member[i - first] = mask
    for i in range(last - first):
        mask = member[i]
        if mask:
            g = slot[mask]
            if g < 0:
                g = place_of(mask, index, products)
            member[i] = g
            begin[g + 1] += 1
        else:
            member[i] = -1
    used = index[STATE, USED]
    for g in range(used):
        begin[g + 1] += begin[g]
    at = first_response(c.shape[1])
    for i in range(first, last):
        g = member[i - first]
        if g >= 0:
            row = begin[g]
            begin[g] = row + 1
            for j in range(c.shape[1]):
                rows[row, j] = c[i, j]
            for v in range(y.shape[1]):
                value = y[i, v]
                rows[row, at + v] = value if value == value else 0.0
    for g in range(used, 0, -1):  # the starts, which the loop above moved to the ends
        begin[g] = begin[g - 1]
    begin[0] = 0


@compiled
def _shift(rows: Floats, n: int, at: int, offset: Floats) -> None:
    """Subtract what the offset explains; where a visit was not seen that leaves what is never used."""
    for i in range(n):
        for v in range(offset.shape[0]):
            for j in range(offset.shape[1]):
                rows[i, at + v] -= offset[v, j] * rows[i, j]


@compiled
def _multiply(index: Ints, products: Floats, rows: Floats) -> None:
    """Add the products of the sorted rows, nine sums at a time so that they stay in registers."""
    begin, count = index[BEGIN], index[COUNT]
    blocks = rows.shape[1] // 3
    for g in range(index[STATE, USED]):
        lo, hi = begin[g], begin[g + 1]
        if hi > lo:
            count[g] += hi - lo
            for a in range(blocks):
                for b in range(a, blocks):
                    _tile(rows, lo, hi, 3 * a, 3 * b, products, g)


@compiled
def _tile(rows: Floats, lo: int, hi: int, a: int, b: int, out: Floats, g: int) -> None:
    s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = 0.0
    for i in range(lo, hi):
        x0, x1, x2 = rows[i, a], rows[i, a + 1], rows[i, a + 2]
        z0, z1, z2 = rows[i, b], rows[i, b + 1], rows[i, b + 2]
        s00 += x0 * z0
        s01 += x0 * z1
        s02 += x0 * z2
        s10 += x1 * z0
        s11 += x1 * z1
        s12 += x1 * z2
        s20 += x2 * z0
        s21 += x2 * z1
        s22 += x2 * z2
    out[g, a, b] += s00
    out[g, a, b + 1] += s01
    out[g, a, b + 2] += s02
    out[g, a + 1, b] += s10
    out[g, a + 1, b + 1] += s11
    out[g, a + 1, b + 2] += s12
    out[g, a + 2, b] += s20
    out[g, a + 2, b + 1] += s21
    out[g, a + 2, b + 2] += s22


@compiled
def add_one(y: Floats, c: Floats, sign: float, sums: Sums) -> None:
    """Add one person (``sign`` 1.0) or take it out (−1.0): ``y`` (V,), NaN where missing, ``c`` (P,)."""
    index, products, rows, at = sums.index, sums.products, sums.rows, first_response(len(c))
    mask = 0
    for a in range(rows.shape[1]):
        rows[0, a] = 0.0
    for j in range(len(c)):
        rows[0, j] = c[j]
    for v in range(len(y)):
        if y[v] == y[v]:
            mask |= 1 << v
            rows[0, at + v] = y[v]
    if mask == 0:
        return
    if index[STATE, SHIFTED]:
        _shift(rows, 1, at, sums.offset)
    g = place_of(mask, index, products)
    index[COUNT, g] += 1 if sign > 0.0 else -1
    for a in range(rows.shape[1]):
        factor = sign * rows[0, a]
        for b in range(a, rows.shape[1]):
            products[g, a, b] += factor * rows[0, b]
