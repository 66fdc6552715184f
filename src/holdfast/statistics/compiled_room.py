"""The room in which a compiled fit works: few arrays, made once, so that calls stay cheap.

A compiled function is handed every array of a tuple one by one, so arrays of one shape lie
stacked in one array, and the names below say which is which. P numbers of a person, V
visits, q columns, m variances and covariances, G patterns of seen visits; only the first
G, q and m entries count in a fit. Index V of a cube stands for all visits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.statistics.arrays import Floats, Ints

#: Cubes (V + 1, V + 1, G): the inverse of each pattern's block; sums of products of the responses; what
#: beta leaves of them; M(r r')M; sums of X phi X'; M(…)M of them; room; two of the adjustment.
INVERSE, YY, LEFT_YY, WEIGHT, HAT, WEIGHTED_HAT, SPARE_CUBE, MIXED, OUTER = range(9)
#: Crosses (V, P, G): sums of products of responses and numbers; what beta leaves of them; M times that.
CY, LEFT_CY, TURNED = range(3)
#: Squares: of visits (V, V), of columns (q, q), of elements (m, m), and (q, m), (V, P).
SIGMA, BLOCK, BLOCK_ROOT, BLOCK_WHITENER, CORRELATION, CORRELATION_ROOT, TOGETHER, LAST = range(8)
INFORMATION, ROOT, WHITENER, PHI, CURVATURE, DEPENDENCE = range(8, 14)
SQUARES, EXPECTED, HESSIAN, FACTOR, FACTOR_INVERSE, OF_ELEMENTS = range(14, 20)
PULL, HALF_PULL, BY_VISIT = range(20, 23)
#: Vectors: of elements (m,), of columns (q,), and single numbers.
THETA, START, TRIAL, STEP, GRADIENT, SLOPE = range(6)
BETA, SPARE, OFFSET_BETA, ORDINARY_BETA, ROW, TURNED_ROW = range(6, 12)
VALUE, SPREAD, LARGEST = 12, 13, 14
#: Wide matrices (q, q·m), the element as the fastest index.
SLOPES, HALFWAY, WHITENED = range(3)
#: Rows of ``lists``: person's number and visit of a column, the columns kept, the visits of an element.
PERSON, VISIT, KEPT, FIRST, SECOND = range(5)


class Size(NamedTuple):
    """How many patterns, columns, elements, responses and visits a fit has, and whether it is REML."""

    patterns: int
    columns: int
    elements: int
    observations: int
    visits: int
    reml: bool


class Room(NamedTuple):
    """The stacked arrays; ``cc`` (P, P, G) and ``cx`` (P, q, G) are sums of products of numbers and columns.

    ``seen`` (V + 1, G): 1 or 0 for each visit, and in row V how many persons; ``kernel``
    (V + 1, V + 1, m, G) the derivative of each pattern's inverse, turned in sign.
    """

    cubes: Floats
    crosses: Floats
    cc: Floats
    cx: Floats
    seen: Floats
    kernel: Floats
    squares: Floats
    vectors: Floats
    wide: Floats
    lists: Ints


def room_for(*, numbers: int, visits: int, columns: int) -> Room:
    """Room for designs of P = ``numbers``, V = ``visits`` and q = ``columns``."""
    P, V, q, G, m = numbers, visits, columns, 1 << visits, visits * (visits + 1) // 2
    side = max(P, V, q, m)
    return Room(
        cubes=np.zeros((9, V + 1, V + 1, G)),
        crosses=np.zeros((3, V, P, G)),
        cc=np.zeros((P, P, G)),
        cx=np.zeros((P, q, G)),
        seen=np.zeros((V + 1, G)),
        kernel=np.zeros((V + 1, V + 1, m, G)),
        squares=np.zeros((23, side, side)),
        vectors=np.zeros((15, side)),
        wide=np.zeros((3, q, q * m)),
        lists=np.zeros((5, side), np.int64),
    )
