"""A physician lets a gate item pass: signed in, on somebody else's tablet, or by telephone.

Signed in, or by their password on another's tablet, it is a request. What a physician
signed on a tablet without network, or said by telephone, is reported by who saw or heard
it: it opens the item at once and is countersigned by that physician within a time.
An item that nobody may override is opened by neither.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from holdfast.conduct import values
from holdfast.conduct.actions import Countersign, OverrideGate, ReportOverride
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.gate import item_of, items_of
from holdfast.conduct.session import opened, outside_session, started
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.standing.session import Reported
from holdfast.conduct.streams import participant_stream, session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import GateItem
from holdfast.protocol.roles import Role
from holdfast.records.enrolment import CountersignatureDue, CountersignatureGiven
from holdfast.records.session import GateOverridden, OverrideCountersigned, OverrideReported

ASKED = ("present", "tablet")
"""How a physician overrides themself: signed in, or by their password on another's tablet."""
REPORTED = ("tablet", "read-back")
"""How an override is reported: signed on a tablet and not verified, or read back by telephone."""
OPENS_NOTHING = frozenset({"override-of-nobodys", "override-no-physician", "override-not-heard"})
"""Breaks for which a reported override leaves the item as it is."""


def override_gate(case: Case, ask: OverrideGate, pen: Pen) -> list[Reason]:
    """A physician lets an item pass, with a reason; it stands as a deviation."""
    session = opened(case, ask.participant, ask.visit)
    item = gate_item(case, ask)
    if ask.how not in ASKED:
        raise ImpossibleValue(f"Expected one of {', '.join(ASKED)}; found {ask.how!r}.", field="how")
    reasons = [
        *may_be_overridden(item),
        *reason_given(case, item),
        *not_overridden(session, ask.step, item),
        *started(session),
    ]
    if reasons:
        return reasons
    here = session_stream(ask.participant, ask.visit)
    fact = GateOverridden(step=ask.step, item=ask.item, physician=case.stamp.author, how=ask.how)
    main = pen.write(here, fact)
    what = f"{case.stamp.author} overrode {ask.item} for {ask.step}: {case.stamp.reason}"
    pen.deviate(here, "gate-overridden", what, severity="minor", because=main.id)
    return []


def gate_item(case: Case, what: OverrideGate | ReportOverride) -> GateItem:
    """The item an override names; UnknownName where it is no condition of the step."""
    item = item_of(case.protocol, what.item)
    if what.item not in items_of(case.protocol, what.visit, what.step):
        raise UnknownName(f"{what.item!r} is not a condition of {what.step!r}.")
    return item


def may_be_overridden(item: GateItem) -> list[Reason]:
    """The protocol lets a physician override the item."""
    if item.override == "physician":
        return []
    return [Reason("nobody-overrides", f"Nobody can override: {item.label['en']}.", item.code)]


def reason_given(case: Case, item: GateItem) -> list[Reason]:
    """An override has its reason."""
    if case.stamp.reason.strip():
        return []
    return [Reason("no-reason", "An override needs its reason.", item.code)]


def not_overridden(session: SessionStanding, step: str, item: GateItem) -> list[Reason]:
    """The item was not overridden before."""
    if (step, item.code) not in session.overrides:
        return []
    return [Reason("already-overridden", f"{item.label['en']} was overridden already.", item.code)]


# --- reported, to be countersigned ----------------------------------------------------


def report_override(case: Case, tell: ReportOverride, pen: Pen) -> None:
    """A physician who could not sign in let an item pass; it waits for their countersignature."""
    session = opened(case, tell.participant, tell.visit)
    item = gate_item(case, tell)
    _check_report(case, tell)
    breaks = [*of_nobodys(item, tell), *no_physician(case, tell), *not_heard(case, tell)]
    here = session_stream(tell.participant, tell.visit)
    fact = OverrideReported(
        step=tell.step, item=tell.item, physician=tell.physician, how=tell.how, why=tell.why,
        witness=tell.witness, read_back=tell.read_back,
        counts=not any(code in OPENS_NOTHING for code, _, _ in breaks),
    )  # fmt: skip
    main = pen.write(here, fact)
    due = case.at.at + timedelta(hours=_hours(case))
    asked = CountersignatureDue(
        override=str(main.id), visit=tell.visit, item=tell.item, physician=tell.physician,
        due=due.astimezone(UTC).isoformat(),
    )  # fmt: skip
    pen.write(participant_stream(tell.participant), asked, because=main.id)
    what = (
        f"{tell.physician} overrode {tell.item} for {tell.step}, as {case.stamp.author} reports: {tell.why}"
    )
    pen.deviate(here, "gate-overridden", what, severity="minor", because=main.id)
    for code, sentence, severity in breaks:
        pen.deviate(here, code, sentence, severity=severity, because=main.id)
    outside_session(case, session, main, pen)


def _check_report(case: Case, tell: ReportOverride) -> None:
    if tell.how not in REPORTED:
        raise ImpossibleValue(f"Expected one of {', '.join(REPORTED)}; found {tell.how!r}.", field="how")
    needed(tell.physician, field="physician", ask="Name the physician who let it pass.")
    needed(tell.why, field="why", ask="Write down the physician's reason.")
    if tell.physician == case.stamp.author:
        raise ImpossibleValue("You are that physician: override it yourself.", field="physician")


def _hours(case: Case) -> float:
    return values.constant(case.protocol, "countersign-hours", study=case.study, site=case.site)


def of_nobodys(item: GateItem, tell: ReportOverride) -> list[Break]:
    """An override of what nobody may override: the item stays as it is."""
    if item.override == "physician":
        return []
    what = f"{tell.physician} is said to have overridden {item.code}, which nobody can: it stays closed."
    return [("override-of-nobodys", what, "major")]


def no_physician(case: Case, tell: ReportOverride) -> list[Break]:
    """An override said to be of somebody who is no physician of the site with a licence in date."""
    person = case.staff(tell.physician)
    if person.holds(Role.PHYSICIAN, site=case.stamp.site) and person.in_date("licence", day=case.today):
        return []
    what = f"{tell.physician} is no physician of this site with a licence in date: {tell.item} stays closed."
    return [("override-no-physician", what, "major")]


def not_heard(case: Case, tell: ReportOverride) -> list[Break]:
    """By telephone: read back, and heard by a second person who holds a role here."""
    if tell.how != "read-back":
        return []
    witness = tell.witness if tell.witness not in ("", case.stamp.author, tell.physician) else ""
    heard = witness and any(site == case.stamp.site for _, site in case.staff(witness).held)
    if heard and tell.read_back:
        return []
    what = f"The override by telephone was not read back before a second person: {tell.item} stays closed."
    return [("override-not-heard", what, "major")]


def countersign(case: Case, ask: Countersign, pen: Pen) -> list[Reason]:
    """The physician named says whether the override was theirs; late or not theirs is a deviation."""
    session = opened(case, ask.participant, ask.visit)
    report = session.reported.get(ask.override)
    if report is None:
        raise UnknownName(f"The session has no reported override with the record {ask.override}.")
    reasons = [*its_physician(case, report), *not_countersigned(report), *note_given(ask)]
    if reasons:
        return reasons
    here = session_stream(ask.participant, ask.visit)
    fact = OverrideCountersigned(override=str(report.root), agrees=ask.agrees, note=ask.note)
    main = pen.write(here, fact, because=report.root)
    given = CountersignatureGiven(override=str(report.root), agrees=ask.agrees)
    pen.write(participant_stream(ask.participant), given, because=main.id)
    person = case.participant(ask.participant)
    for code, what, severity in (*countersigned_late(case, person, report), *contested(ask, report)):
        pen.deviate(here, code, what, severity=severity, because=main.id)
    return []


def its_physician(case: Case, report: Reported) -> list[Reason]:
    """Only the physician named countersigns."""
    if report.physician == case.stamp.author:
        return []
    sentence = f"This override is said to be {report.physician}'s: nobody else countersigns it."
    return [Reason("not-its-physician", sentence, report.physician)]


def not_countersigned(report: Reported) -> list[Reason]:
    """It was not countersigned before."""
    if report.agreed is None:
        return []
    return [Reason("already-countersigned", "This override was countersigned already.", str(report.root))]


def note_given(ask: Countersign) -> list[Reason]:
    """Who says that an override was not theirs says what was said."""
    if ask.agrees or ask.note.strip():
        return []
    return [Reason("no-reason", "Say what you told them, where the override was not yours.")]


def countersigned_late(case: Case, person: ParticipantStanding, report: Reported) -> list[Break]:
    """A countersignature after the time that was set when the override was reported."""
    due = person.countersignatures[report.root].due
    if case.at.at <= due:
        return []
    what = f"{report.physician} countersigned {report.item} after {due:%Y-%m-%d %H:%M} UTC."
    return [("override-not-countersigned", what, "major")]


def contested(ask: Countersign, report: Reported) -> list[Break]:
    """An override that its physician did not make; a dose given by it stays recorded."""
    if ask.agrees:
        return []
    what = f"{report.physician} did not override {report.item} for {report.step}: {ask.note}"
    return [("override-contested", what, "major")]
