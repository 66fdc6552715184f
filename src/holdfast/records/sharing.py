"""Facts of what leaves the study: exports, who was in them, and who was told that somebody withdrew.

Streams: ``study/<code>`` for an export, ``participant/<code>`` for the rest.
"""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("exported")
class Exported(Fact):
    """Data of several people left under a consent item, for a named recipient. Stream: study."""

    item: str  # the consent item under which it left: "registry"
    to: str  # the recipient, as it was named
    at_site: str
    people: int
    files: dict[str, Json]  # SHA-256 (hex) by file name
    digest: str  # SHA-256 (hex) over names and digests, in order of names


@kind("included-in-export")
class IncludedInExport(Fact):
    """A participant was in an export, under a random id that only the site can trace back."""

    export: str  # the id of the record of the export
    item: str
    to: str
    pseudonym: str


@kind("recipient-told")
class RecipientTold(Fact):
    """A recipient of exports was told that this participant's data may no longer be used."""

    to: str
    item: str
    how: str
