"""What is asked and told of data that leaves the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExport(Ask):
    """Files made for a recipient may leave: whose data they hold, under which random ids, their digests.

    ``pseudonyms`` is the random id of each participant by code; ``files`` SHA-256 (hex) by name.
    """

    item: str
    to: str
    pseudonyms: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRecipient(Tell):
    """A recipient of exports was told that this participant's data may no longer be used."""

    participant: str
    to: str
    item: str
    how: str
