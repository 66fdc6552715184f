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

#: Rows of ``Sums.index``: the place of a mask or −1; mask and count of a place; how many persons of the
#: chunk are listed at a place; their masks; how many places are in use, and how often an offset was taken.
SLOT, MASK, COUNT, LISTED, MEMBER, STATE = range(6)
USED, SHIFTED = 0, 1


class Sums(NamedTuple):
    """The sums of products of at most 2^V patterns, and the room to make them.

    A pattern is a bit mask of seen visits; each has a place in order of appearance, and per
    place ``products`` (P + V, P + V): of z = (P numbers, V responses) the sums of z·z' in the
    upper triangle; NaN where a response was not seen. Responses enter less ``offset``
    (V, P) times the person's numbers, where there is an offset. ``order`` lists persons by place.
    """

    index: Ints  # type: ignore[assignment]  # tuple.index is not wanted here
    products: Floats
    offset: Floats
    order: Ints


def sums_for(*, numbers: int, visits: int) -> Sums:
    """Room for the sums of P = ``numbers`` numbers and V = ``visits`` responses of a person."""
    patterns, length = 1 << visits, numbers + visits
    chunk = max(256, 16384 // patterns)  # persons listed at a time: many, but not with many patterns
    index = np.zeros((6, max(patterns, chunk)), np.int64)
    index[SLOT] = -1
    return Sums(
        index=index,
        products=np.zeros((patterns, length, length)),
        offset=np.zeros((visits, numbers)),
        order=np.zeros((patterns, chunk), np.int64),
    )


@compiled
def empty(sums: Sums) -> None:
    """Forget all persons and the offset."""
    index = sums.index
    for g in range(index[STATE, USED]):
        index[SLOT, index[MASK, g]] = -1
    index[STATE, USED] = 0
    index[STATE, SHIFTED] = 0


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
    n, index, products, order = y.shape[0], sums.index, sums.products, sums.order
    V, P, listed, chunk = y.shape[1], c.shape[1], index[LISTED], order.shape[1]
    responses = y
    if index[STATE, SHIFTED]:
        responses = _shifted(y, c, sums.offset)
    for first in range(0, n, chunk):
        _list(y, first, min(first + chunk, n), index, products, order)
        for g in range(index[STATE, USED]):
            k = listed[g]
            if k > 0:
                index[COUNT, g] += k
                _multiply(c, c, order, g, k, P, P, 0, 0, products)
                _multiply(c, responses, order, g, k, P, V, 0, P, products)
                _multiply(responses, responses, order, g, k, V, V, P, P, products)


@compiled
def _list(y: Floats, first: int, last: int, index: Ints, products: Floats, order: Ints) -> None:
    """List the persons by the place of their pattern, leaving out those without a response."""
    # Taking an array out of a tuple counts references, which costs more than the work on one person.
    listed, member, slot = index[LISTED], index[MEMBER], index[SLOT]
    for g in range(order.shape[0]):
        listed[g] = 0
    for i in range(first, last):
        mask = 0
        for v in range(y.shape[1]):
            mask |= int(y[i, v] == y[i, v]) << v
        member[i - first] = mask
    for i in range(first, last):
        mask = member[i - first]
        if mask:
            g = slot[mask]
            if g < 0:
                g = place_of(mask, index, products)
            order[g, listed[g]] = i
            listed[g] += 1


@compiled
def _shifted(y: Floats, c: Floats, offset: Floats) -> Floats:
    """The responses less what the offset explains of them."""
    out = np.empty_like(y)
    for i in range(y.shape[0]):
        for v in range(y.shape[1]):
            value = y[i, v]
            for j in range(c.shape[1]):
                value -= offset[v, j] * c[i, j]
            out[i, v] = value
    return out


@compiled
def _multiply(
    X: Floats,
    Z: Floats,
    order: Ints,
    g: int,
    k: int,
    width: int,
    height: int,
    at_x: int,
    at_z: int,
    products: Floats,
) -> None:
    """Add the products of columns of X and Z of the k persons listed at g, nine sums at a time.

    Where the columns are no multiple of three, the last tile overlaps the one before and adds only
    what is new; below three columns there are single sums. Only the upper triangle counts.
    """
    same = at_x == at_z
    if width < 3 or height < 3:
        for a in range(width):
            for b in range(a if same else 0, height):
                total = 0.0
                for r in range(k):
                    total += X[order[g, r], a] * Z[order[g, r], b]
                products[g, at_x + a, at_z + b] += total
        return
    for a in range(0, width, 3):
        for b in range(a if same else 0, height, 3):
            i, j = min(a, width - 3), min(b, height - 3)
            _tile(X, Z, order, g, k, i, j, a - i, b - j, at_x, at_z, products)


@compiled
def _tile(
    X: Floats,
    Z: Floats,
    order: Ints,
    g: int,
    k: int,
    a: int,
    b: int,
    old_a: int,
    old_b: int,
    at_x: int,
    at_z: int,
    products: Floats,
) -> None:
    """Add three by three sums, which stay in registers, without the first ``old`` rows and columns."""
    s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = 0.0
    for r in range(k):
        i = order[g, r]
        x0, x1, x2 = X[i, a], X[i, a + 1], X[i, a + 2]
        z0, z1, z2 = Z[i, b], Z[i, b + 1], Z[i, b + 2]
        s00 += x0 * z0
        s01 += x0 * z1
        s02 += x0 * z2
        s10 += x1 * z0
        s11 += x1 * z1
        s12 += x1 * z2
        s20 += x2 * z0
        s21 += x2 * z1
        s22 += x2 * z2
    totals = (s00, s01, s02, s10, s11, s12, s20, s21, s22)
    for u in range(old_a, 3):
        for v in range(old_b, 3):
            products[g, at_x + a + u, at_z + b + v] += totals[3 * u + v]


@compiled
def add_one(y: Floats, c: Floats, sign: float, sums: Sums) -> None:
    """Add one person (``sign`` 1.0) or take it out (−1.0): ``y`` (V,), NaN where missing, ``c`` (P,)."""
    index, products, offset, V, P = sums.index, sums.products, sums.offset, len(y), len(c)
    mask = 0
    for v in range(V):
        mask |= int(y[v] == y[v]) << v
    if mask == 0:
        return
    shifted = index[STATE, SHIFTED]
    g = place_of(mask, index, products)
    index[COUNT, g] += 1 if sign > 0.0 else -1
    for b in range(P):
        for a in range(b + 1):
            products[g, a, b] += sign * c[a] * c[b]
    for v in range(V):
        if y[v] == y[v]:
            value = _left(y, c, v, shifted, offset)
            for a in range(P):
                products[g, a, P + v] += sign * c[a] * value
            for u in range(v + 1):
                if y[u] == y[u]:
                    products[g, P + u, P + v] += sign * _left(y, c, u, shifted, offset) * value


@compiled
def _left(y: Floats, c: Floats, v: int, shifted: int, offset: Floats) -> float:
    """A response less what the offset explains, where there is one."""
    value = y[v]
    if shifted:
        for j in range(len(c)):
            value -= offset[v, j] * c[j]
    return float(value)
