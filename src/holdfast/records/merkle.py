"""Merkle roots of stream heads: one digest for the state of a whole ledger on a day.

Hashing as RFC 6962 section 2.1: leaves and nodes have different prefixes, so that no node
can pass for a leaf. A proof shows that one head was under a root without telling the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from holdfast.records.canonical import canonical
from holdfast.records.chain import Head

EMPTY = hashlib.sha256(b"").digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of the leaves in their order.

    >>> root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return _leaf(leaves[0])
    split = _split(len(leaves))
    return _node(root(leaves[:split]), root(leaves[split:]))


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The sibling hashes from a leaf up to the root; IndexError for a leaf that is not there."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*proof(leaves[:split], index), root(leaves[split:])]
    return [*proof(leaves[split:], index - split), root(leaves[:split])]


def proves(path: Sequence[bytes], *, leaf: bytes, index: int, size: int, of_root: bytes) -> bool:
    """Whether a proof shows that the leaf stands at ``index`` of ``size`` leaves under a root."""
    if not 0 <= index < size:
        return False
    sides = _sides(index, size)
    if len(sides) != len(path):
        return False
    held = _leaf(leaf)
    for is_right, sibling in zip(sides, path, strict=True):
        held = _node(sibling, held) if is_right else _node(held, sibling)
    return held == of_root


def leaves_of(heads: Iterable[Head]) -> list[bytes]:
    """The leaves of a daily seal: canonical heads, sorted by study and stream."""
    ordered = sorted(heads, key=lambda head: (head.study, head.stream))
    return [
        canonical({"hash": head.hash, "sequence": head.sequence, "stream": head.stream, "study": head.study})
        for head in ordered
    ]


def _sides(index: int, size: int) -> list[bool]:
    """From the leaf up: whether the way to the root comes from the right."""
    sides: list[bool] = []
    while size > 1:
        split = _split(size)
        sides.append(index >= split)
        index, size = (index - split, size - split) if index >= split else (index, split)
    return sides[::-1]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def _leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
