"""The shape of deciding: what comes back, and which standings an action needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.records.envelope import Record

if TYPE_CHECKING:
    from holdfast.conduct.standing import Standing


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a request is refused: a stable code and a sentence for the person.

    ``about`` names what it is about: a gate item, a limit, a person, a form.
    """

    code: str
    sentence: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request is refused, with every reason; nothing was recorded."""

    reasons: tuple[Reason, ...]


Decision = list[Record] | Refused
Standings = Mapping[str, "Standing"]
"""Standing by stream name; a stream without records is at its empty standing."""
