"""The dice and the normal quantile for compiled loops.

``mix``, ``stream_state``, ``person_state`` and ``unit`` give, step by step, the very bits of
``holdfast.dice.uniform``, so that what two draws share (the seed, the stream, the trial) is
mixed once. A loop over a trial's persons thus costs one mixing a person and one a number.

``quantile`` is the inverse of the normal distribution by Taylor series about the middle of
1,700 narrow intervals of the tail probability: no logarithm, no root, no branch. Its series
follow from z' = 1 / phi(z), hence z'' = z z'^2; the middles are those of AS 241 (Wichura
1988, doi:10.2307/2347330; Python's ``statistics.NormalDist``). It agrees with
``scipy.special.ndtri`` within 1e-15 of the value (tests hold that).
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled

Floats = npt.NDArray[np.float64]
Word = np.uint64

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S47 = (np.uint64(each) for each in (30, 27, 31, 11, 47))
_UNIT = 2.0**-53

_OCTAVES = 54
"""Tail probabilities reach from 2**-54, the least that the dice give, to 1/2."""
_BINS = 32
_TERMS = 8


@compiled
def mix(word: Word) -> Word:
    """The finaliser of SplitMix64."""
    word = word + _GAMMA
    word = (word ^ (word >> _S30)) * _FIRST
    word = (word ^ (word >> _S27)) * _SECOND
    return word ^ (word >> _S31)


@compiled
def trial_state(seed: Word, stream: Word, trial: Word) -> Word:
    """The state of a stream (its word) within one trial."""
    return mix(mix(seed ^ stream) ^ mix(trial))


@compiled
def unit(word: Word) -> float:
    """The uniform number of a last state, as ``holdfast.dice.uniform`` makes it."""
    return (np.float64(word >> _S11) + 0.5) * _UNIT


@compiled
def uniform_at(state: Word, person: Word, k: Word) -> float:
    """The uniform number of a trial's state for the ``mix``-ed words of person and k."""
    return unit(mix(mix(state ^ person) ^ k))


@compiled
def normal_at(state: Word, person: Word, k: Word) -> float:
    """The standard normal number of a trial's state for the ``mix``-ed words of person and k."""
    return quantile(uniform_at(state, person, k))


@compiled
def quantile(u: float) -> float:
    """The standard normal quantile of u, 0 < u <= 1 (8.7 at 1, which only rounding reaches)."""
    upper = u > 0.5
    tail = 1.0 - u if upper else u
    row = int(np.float64(tail).view(np.uint64) >> _S47) - _LOWEST
    row = row if row > 0 else 0
    t = tail - _MIDDLES[row]
    t2 = t * t
    low = (_SERIES[row, 0] + _SERIES[row, 1] * t) + (_SERIES[row, 2] + _SERIES[row, 3] * t) * t2
    high = (_SERIES[row, 4] + _SERIES[row, 5] * t) + (_SERIES[row, 6] + _SERIES[row, 7] * t) * t2
    z: float = low + high * (t2 * t2)
    return -z if upper else z


def _middles() -> Floats:
    """The middle of each interval; the last two, which touch 1/2, are expanded about 1/2 itself."""
    octave = np.repeat(np.arange(_OCTAVES, 0, -1), _BINS)
    within = np.tile((np.arange(_BINS) + 0.5) / _BINS, _OCTAVES)
    middles = np.append(2.0 ** -(octave + 1.0) * (1.0 + within), 0.5)
    middles[-2] = 0.5
    return middles


def _series(middles: Floats) -> Floats:
    """Taylor coefficients of the quantile about each middle: (intervals, terms)."""
    inverse = NormalDist().inv_cdf
    z = np.zeros((_TERMS, middles.size))
    slope = np.zeros((_TERMS, middles.size))
    z[0] = [0.0 if middle == 0.5 else inverse(middle) for middle in middles]
    slope[0] = middles * math.sqrt(2 * math.pi) * np.exp(z[0] ** 2 / 2)
    for n in range(_TERMS - 1):
        z[n + 1] = slope[n] / (n + 1)
        square = [sum(slope[i] * slope[j - i] for i in range(j + 1)) for j in range(n + 1)]
        slope[n + 1] = sum(z[i] * square[n - i] for i in range(n + 1)) / (n + 1)
    # The series is in t / middle until here, which keeps the far tail's numbers in range.
    return np.ascontiguousarray((z / middles ** np.arange(_TERMS)[:, None]).T)


_MIDDLES = _middles()
_SERIES = _series(_MIDDLES)
_LOWEST = int(np.float64(2.0 ** -(_OCTAVES + 1)).view(np.uint64) >> _S47)
