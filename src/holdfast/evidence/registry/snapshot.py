"""Dated copies of the registry: one in the package, a newer one in the user's data folder once fetched.

A copy keeps studies in the registry's own shape, each with when and where it was read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdfast.errors import TableError
from holdfast.evidence.registry.plain import Criteria, line
from holdfast.evidence.registry.shape import Site, Study, study
from holdfast.protocol.writing import write_whole
from holdfast.sourced import CITABLE, Status
from holdfast.timing import PartialDate

FORMAT = 1
LARGEST = 32 * 2**20
"""Bytes of a snapshot file that are read; the packaged one has some 40,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A study with when it was read, the date of the page, the source, and how it is known.

    ``partial`` where its criteria are only some of those that the registry has.
    """

    study: Study
    read: date
    as_of: PartialDate
    source: str
    known: Status
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was read on one day; ``whole`` where the registry itself was asked and gave all it has."""

    made: date
    whole: bool
    entries: tuple[Entry, ...]

    def age(self, today: date) -> int:
        """Days since it was made, never negative."""
        return max((today - self.made).days, 0)


@cache
def packaged() -> Snapshot:
    """The copy of the package."""
    text = files("holdfast.evidence.registry").joinpath("snapshot.json").read_text(encoding="utf-8")
    return read_snapshot(text, name="snapshot.json")


def users_file() -> Path:
    """Where a fetched copy lies: ``registry.json`` in ``HOLDFAST_DATA``, else in the user's data folder."""
    if named := os.environ.get("HOLDFAST_DATA"):
        return Path(named).expanduser() / "registry.json"
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "holdfast" / "registry.json"


def newest(place: Path | None = None) -> tuple[Snapshot, bool]:
    """The newer of the packaged and the fetched copy, and whether the fetched one cannot be read."""
    ours, there = packaged(), place or users_file()
    try:
        if not there.is_file():
            return ours, False
        found = there.stat()
        if found.st_size > LARGEST:
            return ours, True
        theirs = _read_once(there, (found.st_mtime_ns, found.st_size, found.st_ino))
    except (OSError, TableError, UnicodeDecodeError):
        return ours, True
    return (theirs if theirs.made >= ours.made else ours), False


@lru_cache(maxsize=4)
def _read_once(place: Path, stamp: tuple[int, ...]) -> Snapshot:
    # The stamp is only a key: a file that changed is read anew, one that did not is read once for all pages.
    return read_snapshot(place.read_text(encoding="utf-8"), name=place.name)


def read_snapshot(text: str, *, name: str) -> Snapshot:
    """A snapshot file; TableError in a sentence where it is none."""
    try:
        given = json.loads(text)
        if given["format"] != FORMAT:
            raise ValueError(f"its format is {given['format']!r}, not {FORMAT}")
        made = date.fromisoformat(given["made"])
        entries = tuple(_entry(each, made=made) for each in given["studies"])
        return Snapshot(made=made, whole=given["whole"] is True, entries=entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TableError(f"The copy of the registry {name} cannot be used: {error!s}.") from error


def _entry(given: dict[str, Any], *, made: date) -> Entry:
    found, read, known = (
        study(given["study"], today=made),
        date.fromisoformat(given["read"]),
        Status(given["known"]),
    )
    if found is None:
        raise ValueError("a study has no registry id")
    if known not in CITABLE:
        raise ValueError(f"the source of {found.registry_id} may not be cited")
    if not line(given["source"]):
        raise ValueError(f"{found.registry_id} names no source")
    as_of = PartialDate.parse(given["as_of"])
    return Entry(
        study=found,
        read=read,
        as_of=as_of,
        source=line(given["source"]),
        known=known,
        partial=given.get("partial") is True,
    )


def write_snapshot(snapshot: Snapshot, place: Path) -> None:
    """Write a copy whole or not at all; Unavailable where the disk will not have it."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(place, json.dumps(as_json(snapshot), ensure_ascii=False, indent=1) + "\n")


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """The file's content: only what was understood, never what else a registry sent."""
    return {
        "format": FORMAT,
        "made": snapshot.made.isoformat(),
        "whole": snapshot.whole,
        "studies": [_entry_json(each) for each in snapshot.entries],
    }


def _entry_json(of: Entry) -> dict[str, Any]:
    found = {
        "read": of.read.isoformat(),
        "as_of": of.as_of.iso(),
        "source": of.source,
        "known": of.known.value,
        "study": as_v2(of.study),
    }
    return found | ({"partial": True} if of.partial else {})


def merged(fetched: Sequence[Entry], older: Sequence[Entry]) -> tuple[Entry, ...]:
    """Fetched entries, then older ones that were not fetched, each study once."""
    kept = {each.study.registry_id: each for each in (*older, *fetched)}
    return tuple(kept[name] for name in sorted(kept))


def as_v2(of: Study) -> dict[str, Any]:
    """A study in the registry's shape; what is not known is left out."""
    section: dict[str, Any] = {
        "identificationModule": {"nctId": of.registry_id, "briefTitle": of.title},
        "statusModule": {"overallStatus": of.status},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": of.sponsor, "class": of.sponsor_class}},
        "conditionsModule": {"conditions": list(of.conditions)},
        "designModule": {"studyType": of.kind, "phases": list(of.phases)},
        "armsInterventionsModule": {"interventions": [{"name": each} for each in of.interventions]},
        "contactsLocationsModule": {
            "centralContacts": [
                {"name": each.name, "phone": each.phone, "email": each.email} for each in of.contacts
            ],
            "locations": [_location(each) for each in of.sites],
        },
        "eligibilityModule": {"eligibilityCriteria": _text(of.criteria), "sex": of.sex},
    }
    dates = {"lastUpdatePostDateStruct": of.updated, "completionDateStruct": of.ends}
    section["statusModule"] |= {name: {"date": on.iso()} for name, on in dates.items() if on.year}
    for name, age in (("minimumAge", of.youngest), ("maximumAge", of.oldest)):
        if age is not None:
            section["eligibilityModule"][name] = str(age)
    flags = {"oversightHasDmc": of.board, "isFdaRegulatedDrug": of.fda_drug}
    section["oversightModule"] = {name: flag for name, flag in flags.items() if flag is not None}
    return {"protocolSection": section}


def _location(of: Site) -> dict[str, Any]:
    found: dict[str, Any] = {
        "facility": of.facility, "city": of.city, "state": of.state, "country": of.country,
        "status": of.status,
    }  # fmt: skip
    if of.point:
        found["geoPoint"] = {"lat": of.point.latitude, "lon": of.point.longitude}
    return found


def _text(of: Criteria) -> str:
    parts = [[f"* {line}" for line in of.other]]
    for name, lines in (("Inclusion Criteria:", of.inclusion), ("Exclusion Criteria:", of.exclusion)):
        parts.append([name, *(f"* {each}" for each in lines)] if lines else [])
    return "\n".join(each for part in parts for each in part)
