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


class Sums(NamedTuple):
    """The sums of products of at most 2^V patterns, and the room to make them.

    A pattern is a bit mask of seen visits. ``slot`` (2^V,) is the place of a mask or −1,
    ``used`` (1,) the number of places; per place ``mask``, ``count`` and ``products``
    (L, L): of z = (P numbers, responses), each part padded with zeros to a multiple of
    three, the sums of z·z' in the upper triangle. Responses enter less ``offset``
    (V, P) times the person's numbers, where that is not zero.
    """

    slot: Ints
    used: Ints
    mask: Ints
    count: Floats
    products: Floats
    offset: Floats
    shifted: Ints
    rows: Floats
    member: Ints
    begin: Ints


def sums_for(*, numbers: int, visits: int) -> Sums:
    """Room for the sums of P = ``numbers`` numbers and V = ``visits`` responses of a person."""
    patterns, padded = 1 << visits, _padded(numbers) + _padded(visits)
    return Sums(
        slot=np.full(patterns, -1),
        used=np.zeros(1, np.int64),
        mask=np.zeros(patterns, np.int64),
        count=np.zeros(patterns),
        products=np.zeros((patterns, padded, padded)),
        offset=np.zeros((visits, numbers)),
        shifted=np.zeros(1, np.int64),
        rows=np.zeros((CHUNK, padded)),
        member=np.zeros(CHUNK, np.int64),
        begin=np.zeros(patterns + 1, np.int64),
    )


def _padded(n: int) -> int:
    return -(-n // 3) * 3


@compiled
def empty(sums: Sums) -> None:
    """Forget all persons and the offset."""
    for g in range(sums.used[0]):
        sums.slot[sums.mask[g]] = -1
    sums.used[0] = 0
    sums.shifted[0] = 0


@compiled
def first_response(sums: Sums) -> int:
    """Where the responses begin in z."""
    return (sums.offset.shape[1] + 2) // 3 * 3


@compiled
def place_of(mask: int, sums: Sums) -> int:
    """The place of a pattern, made and cleared when it is new."""
    g = sums.slot[mask]
    if g < 0:
        g = sums.used[0]
        sums.used[0] = g + 1
        sums.slot[mask] = g
        sums.mask[g] = mask
        sums.count[g] = 0.0
        sums.products[g, :, :] = 0.0
    return g


@compiled
def add_all(y: Floats, c: Floats, sums: Sums) -> None:
    """Add every person with a response: ``y`` (n, V), NaN where missing, ``c`` (n, P)."""
    n = y.shape[0]
    for first in range(0, n, CHUNK):
        last = min(first + CHUNK, n)
        _sort(y, c, first, last, sums)
        _multiply(sums)


@compiled
def _sort(y: Floats, c: Floats, first: int, last: int, sums: Sums) -> None:
    """Lay the persons' z in ``rows``, those of one pattern together; ``begin`` says where each starts."""
    # Taking an array out of a tuple counts references, which costs more than the work on one person.
    begin, member, rows, slot = sums.begin, sums.member, sums.rows, sums.slot
    begin[:] = 0
    for i in range(first, last):
        mask = 0
        for v in range(y.shape[1]):
            mask |= np.int64(y[i, v] == y[i, v]) << v
        member[i - first] = mask
    for i in range(last - first):
        mask = member[i]
        if mask:
            g = slot[mask]
            if g < 0:
                g = place_of(mask, sums)
            member[i] = g
            begin[g + 1] += 1
        else:
            member[i] = -1
    used = sums.used[0]
    for g in range(used):
        begin[g + 1] += begin[g]
    at = first_response(sums)
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
    if sums.shifted[0]:
        _shift(rows, last - first, at, sums.offset)
    for g in range(used, 0, -1):  # the starts, which the loop above moved to the ends
        begin[g] = begin[g - 1]
    begin[0] = 0


@compiled
def _shift(rows: Floats, n: int, at: int, offset: Floats) -> None:
    """Subtract what the offset explains; where a visit was not seen the row is then not zero, but never used."""
    for i in range(n):
        for v in range(offset.shape[0]):
            for j in range(offset.shape[1]):
                rows[i, at + v] -= offset[v, j] * rows[i, j]


@compiled
def _multiply(sums: Sums) -> None:
    """Add the products of the sorted rows, nine sums at a time so that they stay in registers."""
    begin, rows, products, count = sums.begin, sums.rows, sums.products, sums.count
    blocks = rows.shape[1] // 3
    for g in range(sums.used[0]):
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
    """Add one person (``sign`` 1) or take it out (−1): ``y`` (V,), NaN where missing, ``c`` (P,)."""
    mask = 0
    for v in range(len(y)):
        mask |= np.int64(y[v] == y[v]) << v
    if mask == 0:
        return
    g = place_of(mask, sums)
    at = first_response(sums)
    row = sums.rows[0]
    row[:] = 0.0
    row[: len(c)] = c
    for v in range(len(y)):
        row[at + v] = y[v] if y[v] == y[v] else 0.0
    if sums.shifted[0]:
        _shift(sums.rows, 1, at, sums.offset)
    sums.count[g] += sign
    for a in range(len(row)):
        factor = sign * row[a]
        if factor != 0.0:
            for b in range(a, len(row)):
                sums.products[g, a, b] += factor * row[b]
