"""A newer copy of the registry: asked, merged with what was known, written; or the calm sentence why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from holdfast.errors import Unavailable
from holdfast.evidence.registry.client import Answer, Line, ask, one
from holdfast.evidence.registry.shape import Study
from holdfast.evidence.registry.snapshot import Entry, Snapshot, merged, newest, users_file, write_snapshot
from holdfast.sourced import Status

CITE = "ClinicalTrials.gov, record of {name}"
MOST_ASKED_ONE_BY_ONE = 30

SAID = {
    "capped": "The registry sent more than we look at; the rest is left out.",
    "broken-off": "The registry broke off; what came before is kept.",
    "repeated": "The registry repeated itself; what came before is kept.",
}


def refresh(line: Line, *, today: date, place: Path | None = None) -> tuple[str, ...]:
    """Fetch and write a newer copy, and say what came; after a failure all is as before, and is said."""
    older, _ = newest(place)
    try:
        answer = ask(line, today=today)
        studies = {each.registry_id: each for each in answer.studies}
        again, moved = _asked_again(line, older, answer, today=today)
        studies |= again
        kept = [each for each in older.entries if each.study.registry_id not in moved]
        entries = merged([_entry(each, today) for each in studies.values()], kept)
        write_snapshot(Snapshot(made=today, whole=answer.whole, entries=entries), place or users_file())
    except (Unavailable, OSError) as error:
        said = (
            str(error)
            if isinstance(error, Unavailable)
            else f"The copy could not be written: {error.strerror}."
        )
        return (f"{said} The list of before is shown.",)
    told = f"Read {len(studies)} studies from the registry; {len(entries)} are in the list."
    strange = f" {answer.others} others that it sent are not on MDMA in PTSD." if answer.others else ""
    return (told + strange, *(SAID[note] for note in answer.notes))


def _asked_again(
    line: Line, older: Snapshot, answer: Answer, *, today: date
) -> tuple[dict[str, Study], frozenset[str]]:
    # What is known but was not sent may have other words by now, or another id; where the list
    # was cut short it says nothing that a study is missing.
    sent = {each.registry_id for each in answer.studies}
    names = [each.study.registry_id for each in older.entries if each.study.registry_id not in sent]
    found: dict[str, Study] = {}
    moved = set[str]()
    for name in names[:MOST_ASKED_ONE_BY_ONE] if answer.whole else ():
        try:
            each = one(line, name, today=today)
        except Unavailable:
            break
        if each is not None and each.registry_id not in sent:
            found[each.registry_id] = each
        if each is not None and each.registry_id != name:
            moved.add(name)
    return found, frozenset(moved)


def _entry(of: Study, today: date) -> Entry:
    return Entry(
        study=of, read=today, as_of=of.updated, source=CITE.format(name=of.registry_id), known=Status.FOUND
    )
