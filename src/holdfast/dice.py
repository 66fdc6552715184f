"""Counter-based randomness: any number can be drawn alone, in any order, on any worker.

``uniform(seed, trial, person, stream, k)`` is a pure function of its arguments; there
is no generator to carry about. Each 64-bit counter word goes through the finaliser of
SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195), chained over the
words. Streams have names, so that adding a draw to one never shifts another.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Index = int | npt.NDArray[np.integer]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


@cache
def stream_word(name: str) -> int:
    """The 64-bit word of a stream's name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def _mix(word: Words) -> Words:
    with np.errstate(over="ignore"):
        word = word + _GAMMA
        word = (word ^ (word >> np.uint64(30))) * _FIRST
        word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


def words(seed: int, trial: Index, person: Index, stream: str, k: Index = 0) -> Words:
    """64 random bits for each broadcast (trial, person, k), of one seed and named stream."""
    state = _mix(np.asarray([seed % 2**64], dtype=np.uint64) ^ np.uint64(stream_word(stream)))
    for counter in (trial, person, k):
        state = _mix(state ^ _mix(np.asarray(counter).astype(np.uint64)))
    return state if np.ndim(trial) or np.ndim(person) or np.ndim(k) else state.reshape(())


def uniform(seed: int, trial: Index, person: Index, stream: str, k: Index = 0) -> npt.NDArray[np.float64]:
    """Uniform numbers strictly between 0 and 1, in the broadcast shape of trial, person and k."""
    return ((words(seed, trial, person, stream, k) >> np.uint64(11)).astype(np.float64) + 0.5) * _UNIT


def normal(seed: int, trial: Index, person: Index, stream: str, k: Index = 0) -> npt.NDArray[np.float64]:
    """Standard normal numbers by inversion of ``uniform``."""
    from scipy.special import ndtri  # weight: scipy.special costs 0.2 s to import

    drawn: npt.NDArray[np.float64] = ndtri(uniform(seed, trial, person, stream, k))
    return drawn
