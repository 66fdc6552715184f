"""Readiness of a dosing session in the days before it: each item, its owner, its last day, what to do.

A pure view; nothing here decides. What somebody notes ahead is shown beside the item and
never counts as a confirmation: on the day the gate asks its own questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from holdfast.conduct import values
from holdfast.conduct.actions import NoteReadiness
from holdfast.conduct.calendar import planned
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.consent import in_force
from holdfast.conduct.facts import criteria_failed, forbidden, parsed, participant_facts, verdict
from holdfast.conduct.gate import item_of
from holdfast.conduct.laboratory import TestNow, pregnancy_test, tests_on
from holdfast.conduct.programme import why_not
from holdfast.conduct.session import ASSISTANT, LEAD, previous_discharged, session_of
from holdfast.conduct.standing import (
    ParticipantStanding,
    SessionStanding,
    SiteStanding,
    StaffStanding,
    Standing,
    StudyStanding,
    empty,
)
from holdfast.conduct.standing.session import Note
from holdfast.conduct.streams import participant_stream, session_stream, site_stream, study_stream
from holdfast.conduct.washout import washouts
from holdfast.errors import UnknownName
from holdfast.protocol.model import DosingSession, GateItem, Protocol
from holdfast.protocol.roles import Role
from holdfast.records.session import ReadinessNoted

T = TypeVar("T")
AHEAD = timedelta(days=14)
"""A session is on the board from so many days before it (the project's own choice)."""
OWN_ITEMS = (
    "date", "treatment", "kit-first", "kit-supplemental", "monitors", "physician", "emergency-kit", "room",
)  # fmt: skip
"""Items that are no condition of the gate of the first dose, in the order of the board."""


class State(StrEnum):
    """How an item stands before the day."""

    AT_RISK = "at-risk"  # as things are, the session cannot go on as planned
    OPEN = "open"  # somebody has to do something
    ON_THE_DAY = "on-the-day"  # it can be known on the day only
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a session.

    ``due`` is the last day on which it can be done in time, None where nothing is to be done;
    ``where`` says which page settles it; ``note`` what was noted ahead.
    """

    code: str
    state: State
    owner: Role
    due: date | None
    sentence: str
    where: str
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the readiness of one session rests on."""

    protocol: Protocol
    plan: DosingSession
    person: ParticipantStanding
    here: SessionStanding
    site: SiteStanding
    study: StudyStanding
    staff: tuple[tuple[str, StaffStanding], ...]
    on: date
    today: date
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def eve(self) -> date:
        """The day before."""
        return self.on - timedelta(days=1)

    def item(self, code: str, state: State, owner: Role, due: date | None, sentence: str, where: str) -> Item:
        """An item; one whose day has passed undone is at risk."""
        if state is State.OPEN and due is not None and due < self.today:
            state = State.AT_RISK
        return Item(code, state, owner, due, sentence, where, self.here.notes.get(code))


def day_of(
    protocol: Protocol, person: ParticipantStanding, visit: str, *, study: StudyStanding, site: SiteStanding
) -> date | None:
    """The day a session is on: its date on the calendar, else its target; None where there is neither."""
    state = person.visits.get(visit)
    if state is not None and state.scheduled and not state.missed:
        return date.fromisoformat(state.scheduled)
    return planned(protocol, person, protocol.visit(visit), study=study, site=site).target


def readiness(
    protocol: Protocol,
    standings: Mapping[str, Standing],
    *,
    names: tuple[str, str, str, str],
    now: datetime,
    on: date | None = None,
) -> tuple[Item, ...]:
    """Every item of a session, in the order of the board.

    ``names`` are study, site, participant, visit; ``standings`` hold their streams and
    those of the site's staff. ``on`` is another day than the planned one, to see what
    moving the session would change. Empty where the session has no day, or began.
    """
    session = gathered(protocol, standings, names=names, now=now, on=on)
    if session is None or session.here.started is not None:
        return ()
    items = [*_own(session)]
    for code in session.plan.first.gate:
        items += _of_gate(session, item_of(protocol, code))
    return tuple(items)


def gathered(
    protocol: Protocol,
    standings: Mapping[str, Standing],
    *,
    names: tuple[str, str, str, str],
    now: datetime,
    on: date | None = None,
) -> Session | None:
    """What the readiness of a session rests on; None where it has no day."""
    study_code, site_code, participant, visit = names
    person = _of(ParticipantStanding, standings, participant_stream(participant))
    site = _of(SiteStanding, standings, site_stream(site_code))
    study = _of(StudyStanding, standings, study_stream(study_code))
    day = on or day_of(protocol, person, visit, study=study, site=site)
    if day is None:
        return None
    staff = tuple(
        (stream.partition("/")[2], each)
        for stream, each in sorted(standings.items())
        if isinstance(each, StaffStanding)
    )
    return Session(
        protocol=protocol, plan=session_of(protocol, visit), person=person,
        here=_of(SessionStanding, standings, session_stream(participant, visit)), site=site, study=study,
        staff=staff, on=day, today=now.astimezone(ZoneInfo(person.zone)).date(),
        facts=participant_facts(protocol, person),
    )  # fmt: skip


def _of(kind: type[T], standings: Mapping[str, Standing], stream: str) -> T:
    found = standings.get(stream) or empty(stream)
    if not isinstance(found, kind):
        raise TypeError(f"the standing given for {stream} is a {type(found).__name__}")
    return found


# --- what is no condition of the gate ---------------------------------------------------


def _own(session: Session) -> Iterator[Item]:
    yield _date(session)
    yield _treatment(session)
    yield _kit(session, "kit-first", session.plan.first.step)
    if session.plan.supplemental is not None:
        yield _kit(session, "kit-supplemental", session.plan.supplemental.step)
    yield _monitors(session)
    yield _physician(session)
    yield _emergency_kit(session)
    yield _room(session)


def _date(session: Session) -> Item:
    visit = session.protocol.visit(session.plan.visit)
    plan = planned(session.protocol, session.person, visit, study=session.study, site=session.site)
    state = session.person.visits.get(visit.code)
    made = state is not None and state.scheduled == session.on.isoformat()
    if plan.first is not None and plan.last is not None and not plan.first <= session.on <= plan.last:
        sentence = f"{session.on} is outside the window, {plan.first} to {plan.last}: move the session."
        return session.item("date", State.AT_RISK, Role.COORDINATOR, plan.last, sentence, "move")
    if not made:
        sentence = f"No date is agreed; {session.on} is the target. Put the session on the calendar."
        return session.item("date", State.OPEN, Role.COORDINATOR, session.eve, sentence, "move")
    return session.item("date", State.READY, Role.COORDINATOR, None, f"Agreed for {session.on}.", "move")


def _treatment(session: Session) -> Item:
    reasons = previous_discharged(session.protocol, session.person, session.plan.visit)
    if session.person.stopped:
        return session.item(
            "treatment", State.AT_RISK, Role.PHYSICIAN, None, "Treatment was stopped.", "participant"
        )
    if reasons:
        return session.item(
            "treatment", State.OPEN, Role.THERAPIST, session.eve, reasons[0].sentence, "participant"
        )
    return _unprescribed(session) or session.item(
        "treatment", State.READY, Role.PHYSICIAN, None, "Nothing stands against this session.", "participant"
    )


def _unprescribed(session: Session) -> Item | None:
    """In a programme outside trials: what lacks of a prescription under an approval in force on the day."""
    if session.protocol.programme is None:
        return None
    held = session.person.prescriptions.get(session.plan.visit)
    if held is None:
        sentence = "The session is not prescribed: the prescriber does."
        return session.item("treatment", State.OPEN, Role.PHYSICIAN, session.eve, sentence, "participant")
    why = why_not(session.site, held.approval, day=session.on)
    if not why:
        return None
    sentence = f"{why} Prescribe the session anew, or put it off."
    return session.item("treatment", State.AT_RISK, Role.PHYSICIAN, session.eve, sentence, "participant")


def _kit(session: Session, code: str, step: str) -> Item:
    kit = session.here.kits.get(step)
    if kit is None:
        sentence = f"No kit is set aside for {step}: receive, release and set one aside."
        return session.item(code, State.OPEN, Role.PHARMACIST, session.eve, sentence, "supply")
    if kit.expires < session.on.isoformat():
        sentence = f"Kit {kit.kit} runs out on {kit.expires}, before the session: set another aside."
        return session.item(code, State.AT_RISK, Role.PHARMACIST, session.eve, sentence, "supply")
    sentence = f"Kit {kit.kit} is released and set aside for {step}; its last day is {kit.expires}."
    return session.item(code, State.READY, Role.PHARMACIST, None, sentence, "supply")


def _able(session: Session, role: Role, *credentials: str) -> list[str]:
    """Who of the site holds the role, with a licence and one of the credentials in date on the day."""
    day, here = session.on.isoformat(), session.site.stream.partition("/")[2]
    return [
        name
        for name, each in session.staff
        if each.holds(role, site=here)
        and each.in_date("licence", day=day)
        and (not credentials or any(each.in_date(credential, day=day) for credential in credentials))
    ]


def _monitors(session: Session) -> Item:
    wanted = int(session.plan.monitors.number)
    able, leads = (
        _able(session, Role.THERAPIST, LEAD, ASSISTANT),
        _able(session, Role.THERAPIST, LEAD),
    )
    if len(able) >= wanted and leads:
        sentence = f"{len(able)} monitors are qualified on that day, {len(leads)} of them to lead."
        return session.item("monitors", State.READY, Role.COORDINATOR, None, sentence, "people")
    lacking = "none of them to lead" if not leads else f"{wanted} are needed"
    sentence = (
        f"{len(able)} monitors hold licence and qualification on that day, {lacking}: "
        "renew a credential or appoint somebody."
    )
    return session.item("monitors", State.OPEN, Role.COORDINATOR, session.eve, sentence, "people")


def _physician(session: Session) -> Item:
    able = _able(session, Role.PHYSICIAN)
    if able:
        sentence = f"{', '.join(able)}: appointed, with a licence in date on that day."
        return session.item("physician", State.READY, Role.COORDINATOR, None, sentence, "people")
    sentence = "No physician of the site has a licence in date on that day: record a current one."
    return session.item("physician", State.OPEN, Role.COORDINATOR, session.eve, sentence, "people")


def _emergency_kit(session: Session) -> Item:
    until = session.site.emergency_kit_until
    if until >= session.on.isoformat():
        sentence = f"In date until {until}."
        return session.item("emergency-kit", State.READY, Role.COORDINATOR, None, sentence, "site")
    state = f"runs out on {until}" if until else "was never checked"
    sentence = f"The emergency kit {state}: renew it and record the check."
    return session.item("emergency-kit", State.OPEN, Role.COORDINATOR, session.eve, sentence, "site")


def _room(session: Session) -> Item:
    if "room" in session.here.notes:
        return session.item("room", State.READY, Role.COORDINATOR, None, "Noted ahead.", "note")
    sentence = "Book the room for the day and the night, and note it here."
    return session.item("room", State.OPEN, Role.COORDINATOR, session.eve, sentence, "note")


# --- conditions of the gate of the first dose -----------------------------------------------


def _of_gate(session: Session, item: GateItem) -> list[Item]:
    names = parsed(item.rule)[1]
    if "laboratory_in_window" in names and session.protocol.before_dose.laboratory:
        return _laboratory(session, item)
    if "washout_done" in names and session.protocol.before_dose.wash_out is not None:
        return _washouts(session, item)
    for name, known in (
        ("consent_in_force", _consent),
        ("mao_inhibitor_or_lithium", _forbidden),
        ("pregnancy_test_negative", _pregnancy),
        ("eligibility_rechecked", _eligibility),
        ("escort_arranged", _ahead),
    ):
        if name in names:
            return [known(session, item)]
    return [_otherwise(session, item)]


def _on_the_day(session: Session, item: GateItem, sentence: str, where: str = "session") -> Item:
    return session.item(item.code, State.ON_THE_DAY, item.owner, session.on, sentence, where)


def _otherwise(session: Session, item: GateItem) -> Item:
    """A rule of study variables alone is judged now; every other is asked on the day."""
    declared = {each.name for each in session.protocol.variables}
    if not set(parsed(item.rule)[1]) <= declared:
        return _on_the_day(session, item, "Asked at the gate.")
    truth = verdict(item.rule, dict(session.facts)).truth.value  # type: ignore[arg-type]
    state = {"holds": State.READY, "fails": State.AT_RISK}.get(truth, State.OPEN)
    due = None if state is State.READY else session.eve
    return session.item(item.code, state, item.owner, due, f"{item.label['en']}: {truth}.", "participant")


def _consent(session: Session, item: GateItem) -> Item:
    missing = in_force(session.protocol, session.person)
    if not missing:
        return session.item(item.code, State.READY, item.owner, None, "In force.", "consent")
    sentence = " ".join(each.sentence for each in missing)
    return session.item(item.code, State.OPEN, item.owner, session.eve, sentence, "consent")


def _forbidden(session: Session, item: GateItem) -> Item:
    taken = forbidden(session.person, on=session.on)
    if taken:
        words = ", ".join(each.medicine for each in taken)
        sentence = f"{words} is on the medication list and stops every dose."
        return session.item(item.code, State.AT_RISK, item.owner, session.eve, sentence, "medication")
    return _on_the_day(
        session, item, "None is on the medication list; asked again at the gate.", "medication"
    )


def _pregnancy(session: Session, item: GateItem) -> Item:
    if session.facts.get("childbearing_potential") is False:
        sentence = "Pregnancy is not possible, as recorded."
        return session.item(item.code, State.READY, item.owner, None, sentence, "laboratory")
    said, sentence = pregnancy_test(
        session.protocol, session.person, session.on, study=session.study, site=session.site
    )
    if said is False:
        return session.item(item.code, State.AT_RISK, item.owner, session.eve, sentence, "laboratory")
    return _on_the_day(session, item, "Test on the day, and record the result.", "laboratory")


def _eligibility(session: Session, item: GateItem) -> Item:
    failed = criteria_failed(session.protocol, session.person)
    if failed:
        sentence = f"On what is recorded these criteria fail: {', '.join(failed)}."
        return session.item(item.code, State.AT_RISK, item.owner, session.eve, sentence, "eligibility")
    return _ahead(session, item)


def _ahead(session: Session, item: GateItem) -> Item:
    """What is arranged before the day: open until somebody notes it, then asked on the day."""
    if item.code in session.here.notes:
        return _on_the_day(session, item, "Noted ahead; asked again at the gate.")
    sentence = "Settle it before the day and note it here; the gate asks again."
    return session.item(item.code, State.OPEN, item.owner, session.eve, sentence, "note")


def _laboratory(session: Session, item: GateItem) -> list[Item]:
    found = tests_on(session.protocol, session.person, session.on, study=session.study, site=session.site)
    return [_test(session, item, each) for each in found]


def _test(session: Session, item: GateItem, test: TestNow) -> Item:
    code = f"{item.code}:{test.test.test}"
    if test.truth:
        sentence = f"{test.sentence} Still young enough on {session.on}."
        return session.item(code, State.READY, item.owner, None, sentence, "laboratory")
    if test.earliest is None:
        return session.item(code, State.OPEN, Role.PHYSICIAN, session.eve, test.sentence, "limits")
    due = max(test.earliest, session.on - timedelta(days=_lead(session)))
    sentence = f"{test.sentence} Take it between {test.earliest} and {due}."
    return session.item(code, State.OPEN, item.owner, due, sentence, "laboratory")


def _lead(session: Session) -> int:
    days = values.constant(session.protocol, "result-lead-days", study=session.study, site=session.site)
    return int(days)


def _washouts(session: Session, item: GateItem) -> list[Item]:
    """One item per medicine that must be washed out; one that holds where there is none."""
    found = washouts(session.protocol, session.person, session.on, study=session.study, site=session.site)
    items = []
    for number, each in enumerate(found, start=1):
        code = f"{item.code}:{number}"
        if each.truth:
            items.append(session.item(code, State.READY, item.owner, None, each.sentence, "medication"))
        elif each.truth is None:
            items.append(session.item(code, State.OPEN, item.owner, session.eve, each.sentence, "washout"))
        else:
            where = "move" if each.over_on else "medication"
            items.append(session.item(code, State.AT_RISK, item.owner, session.eve, each.sentence, where))
    nothing = "No medicine on the list has to be washed out."
    return items or [session.item(item.code, State.READY, item.owner, None, nothing, "medication")]


# --- moving a session, and what is noted ahead --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refit:
    """An item that another day changes: as it is, and as it would be."""

    before: Item
    after: Item


def refits(before: tuple[Item, ...], after: tuple[Item, ...]) -> tuple[Refit, ...]:
    """The items whose state or last day differs between two days of the same session.

    What is known on the day only moves with it and is left out.
    """
    then = {each.code: each for each in after}
    pairs = [(each, then[each.code]) for each in before if each.code in then]
    return tuple(
        Refit(each, other)
        for each, other in pairs
        if (each.state, each.due) != (other.state, other.due)
        and not each.state == other.state == State.ON_THE_DAY
    )


def note_readiness(case: Case, tell: NoteReadiness, pen: Pen) -> None:
    """Somebody notes ahead how an item stands."""
    plan = session_of(case.protocol, tell.visit)
    case.participant(tell.participant)
    code = tell.item.partition(":")[0]
    if code not in (*OWN_ITEMS, *plan.first.gate):
        raise UnknownName(f"The session of {tell.visit} has no item {tell.item!r} to note something of.")
    needed(tell.note, field="note", ask="Write down what is arranged.")
    fact = ReadinessNoted(item=tell.item, note=tell.note.strip())
    pen.write(session_stream(tell.participant, tell.visit), fact)
