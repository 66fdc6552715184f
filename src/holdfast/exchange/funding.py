"""A payer's packet for one person of a programme: what is recorded, and a blank line for what is not.

Nothing is worked out or filled in that nobody recorded. What the payer wants is the study file's
(``programme.payers``), with its source; whether it still wants that is for the site to look up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from holdfast.errors import UnknownName
from holdfast.protocol.model import DoseStep, DosingSession, Duty, Protocol, Variable, VisitKind
from holdfast.protocol.rules import unit_words
from holdfast.records.assessment import FormCompleted, MedicationRecorded
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.programme import AuthorityRecorded, NoticeGiven
from holdfast.records.session import DoseGiven
from holdfast.records.study import CredentialRecorded, StaffAppointed, StaffEnded, StudyOpened
from holdfast.tables.frames import Resolved, participant_of, resolved
from holdfast.timing import date_in_words

BLANK = None
"""A line that a person fills in."""
FACTS = ("age", "sex", "ptsd_months", "treatments_tried", "approved_treatments_considered")
"""Fields of own forms that bear on a request for funding, where the study has them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is, what is recorded of it (None: to be filled in by hand), since when."""

    label: str
    value: str | None
    recorded: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """The packet: for whom, what for, what the payer wants, and what is recorded, part by part."""

    rehearsal: bool
    study: str
    participant: str
    payer: str
    to: str
    when: str
    wants: tuple[str, ...]
    source: str
    status: str
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, object]:
        """The same as JSON-native values; a blank is null."""
        return asdict(self)


def payer_of(protocol: Protocol, code: str) -> Duty:
    """What a payer wants; UnknownName in a trial, or for a payer the study file does not have."""
    payers = protocol.programme.payers if protocol.programme else ()
    for each in payers:
        if each.code == code:
            return each
    raise UnknownName(f"This study names no payer {code!r}.")


def packet(
    records: Sequence[Record], protocol: Protocol, *, payer: str, participant: str, site: str
) -> Packet:
    """The packet of one person, made of the records of study, site, staff and that person."""
    wanted, clean = payer_of(protocol, payer), resolved(resolve(records))
    own = Resolved(
        {
            kind: [record for record in held if participant_of(record) == participant]
            for kind, held in clean.by_kind.items()
        }
    )
    return Packet(
        rehearsal=any(fact.life == "rehearsal" for _, fact in clean.of(StudyOpened)),
        study=protocol.study.code,
        participant=participant,
        payer=wanted.label["en"],
        to=wanted.to["en"],
        when=wanted.when["en"],
        wants=tuple(each["en"] for each in wanted.holds),
        source=wanted.source,
        status=wanted.status,
        parts=(
            Part("The person", tuple(_person(participant))),
            Part("Illness and treatment before", tuple(_before(own, protocol))),
            Part("The prescriber", tuple(_prescriber(clean, site))),
            Part("The team", tuple(_team(clean, site))),
            Part("The treatment that is planned", tuple(_planned(own, protocol))),
            Part("Told before", tuple(_told(own, protocol))),
            Part("Fees", tuple(_fees(protocol))),
            Part("Signed", (Line("Name, date, signature of the prescriber", BLANK),)),
        ),
    )


def _person(participant: str) -> Iterator[Line]:
    yield Line("Code at the site", participant)
    for label in ("Name", "Date of birth", "Number of the card, and what entitles to it"):
        yield Line(label, BLANK)


def _before(own: Resolved, protocol: Protocol) -> Iterator[Line]:
    labels = {each.name: _label(each) for each in protocol.variables}
    for name in FACTS:
        said = [(r, fact.answers[name]) for r, fact in own.of(FormCompleted) if name in fact.answers]
        if name in labels and said:
            record, given = said[-1]
            yield Line(labels[name], _in_words(given), date_in_words(record.happened_at.day))
        elif name in labels:
            yield Line(labels[name], BLANK)
    for record, fact in own.of(MedicationRecorded):
        until = f" to {fact.stopped}" if fact.stopped else ", still taken"
        value = f"{fact.medicine}, from {fact.started or 'not known'}{until}"
        yield Line("A medicine", value, date_in_words(record.happened_at.day))
    yield Line("Severity by interview, with its day", BLANK)
    yield Line(
        "Recommended treatments completed without success: which, when, how long, with what result", BLANK
    )
    yield Line("Clinical reasons for this treatment", BLANK)


def _label(variable: Variable) -> str:
    unit = "" if variable.unit == "1" else f", {unit_words(variable.unit, 2)}"
    return variable.label["en"] + unit


def _in_words(given: Json) -> str | None:
    if isinstance(given, dict):
        return BLANK
    if isinstance(given, bool):
        return "yes" if given else "no"
    return f"{given:g}" if isinstance(given, int | float) else str(given)


def _prescriber(clean: Resolved, site: str) -> Iterator[Line]:
    names = {fact.person: fact.name for _, fact in clean.of(StaffAppointed)}
    held = [(record, fact) for record, fact in clean.of(AuthorityRecorded) if record.site == site]
    for record, fact in held:
        on = date_in_words(record.happened_at.day)
        yield Line("Prescriber", names.get(fact.prescriber, fact.prescriber), on)
        yield Line(
            "Approval", f"{fact.approval}, {fact.product}, {fact.valid_from} to {fact.valid_until}", on
        )
        ethics = f"{fact.committee}, {fact.ethics_approval}, until {fact.ethics_until}"
        yield Line("Ethics approval", ethics, on)
    if not held:
        yield Line("Approval to prescribe", BLANK)
    yield Line("Registration number, practice address, telephone", BLANK)
    yield Line("A second psychiatrist, where there is one", BLANK)


def _team(clean: Resolved, site: str) -> Iterator[Line]:
    ended = {(fact.person, fact.ended_role) for _, fact in clean.of(StaffEnded) if fact.at_site == site}
    shown: dict[str, list[str]] = {}
    for _, held in clean.of(CredentialRecorded):
        shown.setdefault(held.person, []).append(f"{held.credential} until {held.valid_until}")
    for record, fact in clean.of(StaffAppointed):
        if fact.at_site == site and (fact.person, fact.appointed_role) not in ended:
            credentials = "; ".join(shown.get(fact.person, ())) or BLANK
            since = date_in_words(record.happened_at.day)
            yield Line(f"{fact.name}, {fact.appointed_role.replace('_', ' ')}", credentials, since)


def _planned(own: Resolved, protocol: Protocol) -> Iterator[Line]:
    yield Line("Dosing sessions", str(len(protocol.sessions)))
    for session in protocol.sessions:
        yield Line(protocol.visit(session.visit).name["en"], _doses(session))
    taken = len({fact.visit for _, fact in own.of(DoseGiven)})
    yield Line("Dosing sessions held so far", str(taken))
    yield Line("Planned dates", BLANK)


def _doses(session: DosingSession) -> str:
    first = f"{_mg(session.first)} mg"
    if session.supplemental is None:
        return first
    return f"{first}, and {_mg(session.supplemental)} mg where the supplemental dose is given"


def _mg(step: DoseStep) -> str:
    # A programme has one arm: there is nobody who must not know.
    (figure,) = step.mg.values()
    return f"{figure.number:g}"


def _told(own: Resolved, protocol: Protocol) -> Iterator[Line]:
    programme = protocol.programme
    labels = (
        {each.code: each.label["en"] for state in programme.states for each in state.notices}
        if programme
        else {}
    )
    for record, fact in own.of(NoticeGiven):
        label = labels.get(fact.notice, fact.notice)
        reference = f", {fact.reference}" if fact.reference else ""
        yield Line(label, f"given on {fact.given_on}{reference}", date_in_words(record.happened_at.day))


def _fees(protocol: Protocol) -> Iterator[Line]:
    """An item for each kind of visit, with how often and how long by the study file; the fee by hand."""
    words = {
        VisitKind.SCREENING: "Assessment",
        VisitKind.PREPARATION: "Preparatory sessions",
        VisitKind.DOSING: "Dosing sessions",
        VisitKind.INTEGRATION: "Integration sessions",
        VisitKind.FOLLOW_UP: "Follow-up visits",
    }
    lengths = Counter(
        (visit.kind, None if visit.minutes is None else visit.minutes.number)
        for visit in protocol.visits
        if visit.kind in words
    )
    for (kind, minutes), count in lengths.items():
        long = "" if minutes is None else f" of {minutes:g} minutes"
        yield Line(f"{words[kind]}: {count}{long}", BLANK)
    for label in ("The medicine, and its dispensing", "Anything else", "In all"):
        yield Line(label, BLANK)
