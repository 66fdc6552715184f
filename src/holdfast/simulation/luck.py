"""Dice for one person's story: the k-th number of a named stream, one at a time.

The numbers are those of ``holdfast.dice.uniform``. A script asks for one number here and
one there, and a numpy call costs the same for one as for a hundred: the same mixing is
done here on plain integers, 20 times as fast. A test holds the two equal.
"""

from __future__ import annotations

from itertools import accumulate

from holdfast.dice import stream_word

_MASK = 2**64 - 1


def _mix(word: int) -> int:
    word = (word + 0x9E3779B97F4A7C15) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


class Luck:
    """Uniform numbers by stream for one person of a rehearsal.

    Each call gives the next of its stream; the k-th is ``dice.uniform(seed, 0, person,
    "play/" + stream, k)`` whatever else was drawn.
    """

    def __init__(self, seed: int, person: int) -> None:
        self._seed = seed & _MASK
        self._person = _mix(person)
        self._start: dict[str, int] = {}
        self._next: dict[str, int] = {}

    def draw(self, stream: str) -> float:
        """The next uniform number of a stream, strictly between 0 and 1."""
        start = self._start.get(stream)
        if start is None:
            word = _mix(_mix(self._seed ^ stream_word(f"play/{stream}")) ^ _mix(0))
            start = self._start[stream] = _mix(word ^ self._person)
        k = self._next.get(stream, 0)
        self._next[stream] = k + 1
        return ((_mix(start ^ _mix(k)) >> 11) + 0.5) * 2.0**-53

    def strikes(self, stream: str, chance: float) -> bool:
        """Whether something of that chance happens this time."""
        return self.draw(stream) < chance

    def whole(self, stream: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.draw(stream) * (high - low + 1))

    def pick(self, stream: str, options: tuple[str, ...], weights: tuple[float, ...] = ()) -> str:
        """One of the options, by weight."""
        sums = list(accumulate(weights or (1.0,) * len(options)))
        drawn = self.draw(stream) * sums[-1]
        return next((option for option, upto in zip(options, sums, strict=True) if drawn < upto), options[-1])
