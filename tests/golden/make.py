"""Write the golden records of a release (see README.md beside this file).

python tests/golden/make.py 0.1
python tests/golden/make.py 0.1 --rehearsal DIR
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

from holdfast.records import chain, ndjson
from holdfast.records.catalogue import KINDS
from holdfast.records.envelope import Record, Sealed
from holdfast.records.fact import Fact
from holdfast.records.session import VitalsRead
from holdfast.records.study import ProtocolAdopted, RecordRedacted, StudyOpened
from holdfast.studies import path_of
from holdfast.timing import Instant

HERE = Path(__file__).parent
STUDY = "golden"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WANTED = 500

STREAMS = {
    "study": (f"study/{STUDY}",),
    "enrolment": ("participant/P001", "participant/P002"),
    "assessment": ("participant/P001", "participant/P002"),
    "session": ("session/P001/dosing-1", "session/P002/dosing-1"),
    "safety": ("participant/P001", "participant/P002"),
    "supply": ("kit/K482913", "kit/K170254"),
    "programme": ("participant/P001", "participant/P002"),
    "queries": ("participant/P001", "participant/P002"),
    "reminding": ("participant/P001", "participant/P002"),
    "sharing": ("participant/P001", "participant/P002"),
}
OWN_STREAM = {
    "limit-signed": ("site/S01", "site/S02"),
    "site-opened": ("site/S01", "site/S02"),
    "emergency-kit-checked": ("site/S01", "site/S02"),
    "authority-recorded": ("site/S01", "site/S02"),
    "authority-ended": ("site/S01", "site/S02"),
    "report-sent": ("site/S01", "site/S02"),
    "staff-appointed": ("staff/m1", "staff/m2"),
    "staff-ended": ("staff/m1", "staff/m2"),
    "credential-recorded": ("staff/m1", "staff/m2"),
    "exported": (f"study/{STUDY}",),
    "list-sealed": ("list/site=S01", "list/site=S02"),
    "alarm-raised": ("session/P001/dosing-1", "session/P002/dosing-1"),
}
EVENTS_BY_ID = frozenset({"adverse-event-closed", "serious-report"})
ONCE = frozenset({"study-opened", "protocol-adopted", "record-redacted"})
LAST = ("completed", "discharged", "kit-destroyed", "staff-ended", "study-locked", "study-unblinded")

WORDS = {
    "at_site": "S01",
    "capsules": 1,
    "counted": 1,
    "expected": 1,
    "country": "DE",
    "end": "2026-03",
    "expires": "2027-12-31",
    "kit": "K482913",
    "language": "en",
    "occurrence": "planned",
    "on": "2026-03-09",
    "onset": "2026-03-02",
    "over_on": "2026-03-20",
    "participant": "P001",
    "severity": "mild",
    "started": "2025",
    "step": "s1-first",
    "stopped": "",
    "stratum": "site=S01",
    "taken_on": "2026-03-01",
    "valid_until": "2027-03-01",
    "visit": "dosing-1",
    "zone": "Europe/Berlin",
    "due": "2026-03-03T08:00:00Z",
    "next_contact": "2026-03-03",
}


def main() -> None:
    """Write the constructed records, or cut some out of a rehearsal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("release", help="the folder to write, e.g. 0.1")
    parser.add_argument("--rehearsal", type=Path, help="a folder written by `holdfast rehearse`")
    given = parser.parse_args()
    folder = HERE / given.release
    folder.mkdir(exist_ok=True)
    if given.rehearsal is None:
        write(folder, "constructed", constructed(), study_text())
    else:
        whole = ndjson.read_file(given.rehearsal / "records.ndjson")
        write(folder, "rehearsal", cut(whole), adopted(whole))


def write(folder: Path, name: str, sealed: list[Sealed], text: str) -> None:
    """One set: the records, the heads of their streams, the study file that they name."""
    heads = sorted(chain.verify_ledger(sealed).values(), key=lambda head: head.stream)
    ndjson.write_file(folder / f"{name}.ndjson", sealed)
    kept = [{each.name: getattr(head, each.name) for each in fields(head)} for head in heads]
    (folder / f"{name}.heads.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.study.yaml").write_bytes(text.encode("utf-8"))
    print(f"{len(sealed)} records of {len({each.record.fact.KIND for each in sealed})} kinds in {folder}")


def adopted(sealed: list[Sealed]) -> str:
    """The text of the protocol that was adopted first."""
    facts = (each.record.fact for each in sealed)
    return next(fact.text for fact in facts if isinstance(fact, ProtocolAdopted))


def cut(sealed: list[Sealed]) -> list[Sealed]:
    """Some 500 records of a rehearsal: whole streams that hold as many kinds as fit.

    Streams stay whole from their first record, for a chain with a gap does not verify.
    """
    streams: dict[str, list[Sealed]] = defaultdict(list)
    for each in sealed:
        streams[each.record.stream].append(each)
    kinds = {stream: {each.record.fact.KIND for each in held} for stream, held in streams.items()}
    chosen = [stream for stream in streams if stream.startswith("study/")]
    seen = set().union(*(kinds[stream] for stream in chosen))
    count = sum(len(streams[stream]) for stream in chosen)
    while missing := set().union(*kinds.values()) - seen:
        fitting = [stream for stream in streams if count + len(streams[stream]) <= WANTED]
        gained = {stream: len(kinds[stream] & missing) / len(streams[stream]) for stream in fitting}
        best = max(fitting, key=lambda stream: (gained[stream], stream), default="")
        if not best or not gained[best]:
            break
        chosen.append(best)
        seen |= kinds[best]
        count += len(streams[best])
    return [each for each in sealed if each.record.stream in chosen]


# --- the construction: every kind, several times, corrected and redacted -----------------


def study_text() -> str:
    """The shipped study file of today, with line feeds."""
    return path_of("inactive-placebo").read_text(encoding="utf-8").replace("\r\n", "\n")


def constructed() -> list[Sealed]:
    """Records of every kind in the catalogue, with corrections, consequences and one redaction."""
    sealed: list[Sealed] = []
    ends: dict[str, Sealed] = {}
    for record in _records():
        end = ends.get(record.stream)
        placed = chain.seal(
            record,
            sequence=end.sequence + 1 if end else 1,
            previous=end.hash if end else chain.genesis(STUDY, "rehearsal"),
            salt=chain.salt_of(b"golden records of Holdfast", record.id),
        )
        ends[record.stream] = placed
        sealed.append(placed)
    return _redacted(sealed, ends)


def _records() -> Iterator[Record]:
    text = study_text()
    opening = {
        "study-opened": StudyOpened(life="rehearsal", title="Golden records"),
        "protocol-adopted": ProtocolAdopted(version="1", protocol_hash=_hash(text), text=text),
    }
    number = 0
    for fact in opening.values():
        yield _record(number, f"study/{STUDY}", fact)
        number += 1
    kinds = [name for name in KINDS if name not in ONCE | set(LAST)]
    # As many rounds as give the wanted count, with two streams for every kind.
    for turn in range(WANTED // (2 * len(kinds)) + 1):
        for name in [*kinds, *LAST] if turn == WANTED // (2 * len(kinds)) else kinds:
            for stream in _streams(name):
                first = _record(number, stream, _fact(KINDS[name], turn))
                number += 1
                yield first
                if isinstance(first.fact, VitalsRead):
                    yield from _consequences(number, first)
                    number += 2


def _consequences(number: int, cause: Record) -> Iterator[Record]:
    yield _record(number, cause.stream, _fact(KINDS["alarm-raised"], 0), because=cause.id)
    right = _fact(KINDS["vitals-read"], 40)
    yield _record(number + 1, cause.stream, right, corrects=cause.id, reason="two readings were exchanged")


def _redacted(sealed: list[Sealed], ends: dict[str, Sealed]) -> list[Sealed]:
    """The same records with one body taken away, and its tombstone at the end of the stream."""
    place = next(at for at, each in enumerate(sealed) if each.record.fact.KIND == "screen-failed")
    gone = sealed[place]
    stone = RecordRedacted(
        record=str(gone.record.id),
        body_digest=gone.body_digest,
        asked_by="coordinator",
        approved_by="physician",
        why="a name stood in the note",
    )
    tombstone = _record(len(sealed), gone.record.stream, stone)
    end = ends[gone.record.stream]
    salt = chain.salt_of(b"golden records of Holdfast", tombstone.id)
    last = chain.seal(tombstone, sequence=end.sequence + 1, previous=end.hash, salt=salt)
    return [*sealed[:place], chain.redact(gone, tombstone=tombstone), *sealed[place + 1 :], last]


def _record(number: int, stream: str, fact: Fact, **links: Any) -> Record:
    at = START + timedelta(minutes=7 * number)
    return Record(
        id=_id(number),
        study=STUDY,
        site="S01",
        stream=stream,
        fact=fact,
        protocol_hash=_hash(study_text()),
        happened_at=Instant(at, "Europe/Berlin"),
        recorded_at=at + timedelta(seconds=40, microseconds=number),
        author="m1",
        role="coordinator",
        device="desk é",
        skew_s=0.25 if number % 9 == 0 else None,
        **links,
    )


def _id(number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"golden/{number}")


def _streams(kind: str) -> tuple[str, ...]:
    return OWN_STREAM.get(kind) or STREAMS[KINDS[kind].__module__.rpartition(".")[2]]


def _fact(kind: type[Fact], turn: int) -> Fact:
    hints = get_type_hints(kind)
    made: Any = kind
    values = {each.name: _value(each.name, hints[each.name], turn) for each in fields(kind)}
    named = {"alarm", "form_record", "override", "query", "risk"}
    named |= {"event"} if kind.KIND in EVENTS_BY_ID else set()
    named |= {"medicine"} if kind.KIND == "washout-judged" else set()
    if "records" in values and kind.KIND == "query-raised":
        values["records"] = (str(_id(turn)), str(_id(turn + 1)))
    return made(**{**values, **{name: str(_id(turn)) for name in named & values.keys()}})


def _value(name: str, hint: object, turn: int) -> Any:
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        return None if turn % 3 == 2 else _value(name, parts[0], turn)
    if hint is str:
        return WORDS.get(name, f"{name.strip('_')} {turn} – «é»")
    if get_origin(hint) is tuple:
        if get_args(hint)[0] is float:
            return tuple(36.5 + n for n in range(1 + turn % 3))
        return tuple(f"{name} {n}" for n in range(turn % 3))
    if get_origin(hint) is dict:
        return {"q1": turn, "q2": {"absent": "declined"}, "list": [1, 2.5, True, None]}
    # A dose step is named, another step is counted: the type says which.
    counted = WORDS.get(name, turn)
    return {int: counted if isinstance(counted, int) else turn, float: 36.5 + turn, bool: turn % 2 == 0}[hint]  # type: ignore[index]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


if __name__ == "__main__":
    main()
