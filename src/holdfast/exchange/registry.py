"""Long-term registry: of those who agreed, under a random id, as REDCap takes it; nothing else.

Made from the study file and the records: one REDCap event for each visit, the latest version of a
corrected form, the reason in the place of what is missing. No arm, no free text, no date but as days
since entry (where the study file does not say otherwise), no participant's code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.exchange import registry_fields as asked
from holdfast.exchange.redcap import (
    COMPLETE,
    EVENT,
    INCOMPLETE,
    RECORD_ID,
    Cell,
    Event,
    Field,
    data_csv,
    dictionary_csv,
    events_csv,
    mapping_csv,
    name_of,
)
from holdfast.exchange.registry_fields import MISSING, PERSON, VISIT, Asked
from holdfast.protocol.model import Protocol, StudyForm, Visit, VisitKind
from holdfast.records.assessment import FormCompleted, VisitHeld, VisitMissed
from holdfast.records.correction import resolve
from holdfast.records.enrolment import Randomised, TreatmentEntered
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.session import DoseGiven
from holdfast.records.study import StudyOpened
from holdfast.tables.data_use import agreed
from holdfast.tables.frames import Resolved, participant_of, resolved

ITEM = "registry"
"""The consent item under which data leave for a registry."""
REHEARSAL = "REHEARSAL-"
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The files by name, their digests, and whose data they hold."""

    files: Mapping[str, bytes]
    people: tuple[str, ...]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 (hex) of each file."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}


def people(records: Sequence[Record], *, site: str) -> tuple[str, ...]:
    """Who may be in an export of a site: entered, agreed, withdrew neither that nor the use of their data."""
    clean = resolved(resolve(records))
    entered = _entered(clean, site)
    return tuple(sorted(agreed(clean, ITEM) & entered.keys()))


def registry(
    records: Sequence[Record], protocol: Protocol, *, site: str, pseudonyms: Mapping[str, str]
) -> Registry:
    """The files of an export: dictionary, data, events, which form at which event, and what they are.

    ``pseudonyms`` is the random id of everybody in it, by participant; KeyError where one is missing.
    """
    clean = resolved(resolve(records))
    life = next((fact.life for _, fact in clean.of(StudyOpened)), "rehearsal")
    prefix = REHEARSAL if life == "rehearsal" else ""
    fields, events = _fields(protocol), _events(protocol)
    entered, of_each = _entered(clean, site), _each(clean)
    going = people(records, site=site)
    rows = [
        row
        for person in sorted(going, key=pseudonyms.__getitem__)  # in an order that tells nothing
        for row in _Person(
            clean=of_each[person],
            protocol=protocol,
            entered=entered[person],
            record_id=prefix + pseudonyms[person],
        ).rows(rehearsal=bool(prefix))
    ]
    stem = f"{prefix}{protocol.study.code}-registry"
    files = {
        f"{stem}-dictionary.csv": dictionary_csv(fields),
        f"{stem}-data.csv": data_csv(fields, rows),
        f"{stem}-events.csv": events_csv(events),
        f"{stem}-forms-by-event.csv": mapping_csv(events),
    }
    files[f"{stem}-READ-ME.txt"] = _read_me(protocol, files, len(going), rehearsal=bool(prefix))
    return Registry(files=files, people=going)


def _entered(clean: Resolved, site: str) -> dict[str, date]:
    found = {participant_of(r): r.happened_at.day for r, _ in clean.of(Randomised) if r.site == site}
    return found | {
        participant_of(r): r.happened_at.day for r, _ in clean.of(TreatmentEntered) if r.site == site
    }


def _fields(protocol: Protocol) -> tuple[Field, ...]:
    return (
        Field(name=RECORD_ID, form=PERSON, label="Random id, kept by the site"),
        Field(name="rehearsal", form=PERSON, label="Rehearsal: no real person", type="yesno"),
        *(each.field for each in asked.person_fields(protocol)),
        *asked.visit_fields(protocol),
        *(
            each.field
            for form in asked.forms_of(protocol)
            for each in asked.instrument_fields(form, protocol)
        ),
    )


def _events(protocol: Protocol) -> tuple[Event, ...]:
    going = asked.forms_of(protocol)
    return (
        Event(label=PERSON, called="The person, once", forms=(PERSON,)),
        *(
            Event(
                label=visit.code.replace("-", " "),
                called=visit.name["en"],
                forms=asked.forms_at(visit, going),
            )
            for visit in protocol.visits
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """One person's records as rows of an export; ``entered`` is their day of entry."""

    clean: Resolved
    protocol: Protocol
    entered: date
    record_id: str

    def rows(self, *, rehearsal: bool) -> Iterator[Row]:
        """The person's own row, and one for each visit that was settled or of which a form was filled."""
        first, *events = _events(self.protocol)
        own = {"rehearsal": rehearsal, f"{PERSON}_complete": COMPLETE, **self.once()}
        yield {RECORD_ID: self.record_id, EVENT: first.unique, **own}
        for visit, event in zip(self.protocol.visits, events, strict=True):
            settled, filled = self.visit(visit), self.filled(visit)
            if settled or COMPLETE in filled.values():
                yield {RECORD_ID: self.record_id, EVENT: event.unique, **settled, **filled}

    def once(self) -> Row:
        """What stands once: the latest answer to each of the fields that go."""
        row: Row = {}
        for each in asked.person_fields(self.protocol):
            given = [
                fact.answers[each.item]
                for _, fact in self.clean.of(FormCompleted)
                if each.item in fact.answers
            ]
            if given:
                row[each.field.name] = self._own(each, given[-1])
        return row

    def _own(self, each: Asked, given: Json) -> Cell:
        if not each.is_date or not isinstance(given, str):
            return each.cell(given)
        day = _whole(given)
        return MISSING["part"][0] if day is None else self._when(day)

    def _when(self, day: date) -> Cell:
        if self.protocol.registry_export.dates == "dates":
            return day.isoformat()
        return (day - self.entered).days

    def visit(self, visit: Visit) -> Row:
        """Of the visit itself; empty where it is not settled."""
        held = [record for record, fact in self.clean.of(VisitHeld) if fact.visit == visit.code]
        missed = [fact for _, fact in self.clean.of(VisitMissed) if fact.visit == visit.code]
        if not held and not missed:
            return {}
        row: Row = {"visit_held": bool(held), f"{VISIT}_complete": COMPLETE}
        if held:
            row["visit_day"] = self._when(held[0].happened_at.day)
        else:
            reasons, why = self.protocol.follow_up.reasons_missing, missed[-1].why
            row["visit_missed"] = reasons.index(why) + 1 if why in reasons else MISSING["unencoded"][0]
        if visit.kind is VisitKind.DOSING:
            row["visit_doses"] = sum(fact.visit == visit.code for _, fact in self.clean.of(DoseGiven))
        return row

    def filled(self, visit: Visit) -> Row:
        """The forms of a visit: days, answers, scores; incomplete where one is scheduled and not filled."""
        row: Row = {}
        here = [(record, fact) for record, fact in self.clean.of(FormCompleted) if fact.visit == visit.code]
        scheduled = {each.form for each in visit.forms}
        for form in asked.forms_of(self.protocol):
            done = _chosen([one for one in here if one[1].form == form.form])
            if done is not None:
                row |= self._answers(form, *done)
            elif form.form in scheduled:
                row[f"{name_of(form.form)}_complete"] = INCOMPLETE
        return row

    def _answers(self, form: StudyForm, record: Record, fact: FormCompleted) -> Row:
        name = name_of(form.form)
        row: Row = {f"{name}_day": self._when(record.happened_at.day), f"{name}_complete": COMPLETE}
        for each in asked.instrument_fields(form, self.protocol):
            if each.item and each.item in fact.answers:
                row[each.field.name] = each.cell(fact.answers[each.item])
            elif each.score and each.score in fact.scores:
                row[each.field.name] = each.cell(fact.scores[each.score])
        return row


def _each(clean: Resolved) -> dict[str, Resolved]:
    """The same records by person."""
    found: dict[str, dict[str, list[Record]]] = {}
    for kind, held in clean.by_kind.items():
        for record in held:
            found.setdefault(participant_of(record), {}).setdefault(kind, []).append(record)
    return {person: Resolved(kinds) for person, kinds in found.items()}


def _chosen(done: Sequence[tuple[Record, FormCompleted]]) -> tuple[Record, FormCompleted] | None:
    """Of several fillings at a visit the planned one, then the latest: the one that is analysed, too."""
    return max(done, key=lambda one: (one[1].occurrence == "planned", one[0].happened_at.at), default=None)


def _whole(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_me(protocol: Protocol, files: Mapping[str, bytes], count: int, *, rehearsal: bool) -> bytes:
    digests = Registry(files=files, people=()).digests
    lines = [
        *(["REHEARSAL: no real person is in these files.", ""] if rehearsal else []),
        f"{protocol.study.title['en']} ({protocol.study.code}, version {protocol.study.version})",
        f"Export for a long-term registry of those who agreed to it. People: {count}.",
        f"Study file (SHA-256): {protocol.hash}",
        "",
        "In REDCap: a longitudinal project; take in the dictionary, then the events, then the forms by",
        "event, set the missing data codes below, then import the data. The one arm that REDCap speaks of",
        "is its own word for a branch of events: no treatment stands in these files.",
        "",
        "Missing data codes (Project Setup, Additional customizations):",
        *(f"{code}, {label}" for code, label in MISSING.values()),
        "",
        "Questions of instruments stand in the dictionary in their own words only where they are free to",
        "use; elsewhere the label is ours, and the wording is the licence holder's.",
        "",
        "Files (SHA-256):",
        *(f"{digest}  {name}" for name, digest in digests.items()),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")
