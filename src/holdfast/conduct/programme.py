"""A treatment programme outside trials: the prescriber's authority, prescriptions, notices to states.

Nothing is dosed without an approval in force at the site on the day and a prescription under it.
What a state wants to be told, and when, is the study file's (``programme``), as data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from holdfast.conduct import consent
from holdfast.conduct.actions import EndAuthority, GiveNotice, Prescribe, RecordAuthority, SendReport
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import entered, treatment_open
from holdfast.conduct.standing import ParticipantStanding, SiteStanding
from holdfast.conduct.streams import participant_stream, site_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Notice, Programme, Protocol, VisitKind
from holdfast.protocol.periods import due, periods
from holdfast.protocol.roles import Role
from holdfast.records.programme import (
    AuthorityEnded,
    AuthorityRecorded,
    NoticeGiven,
    Prescribed,
    ReportSent,
)
from holdfast.timing import add_business_days, date_in_words

BEFORE = "before-prescribing"


def programme_of(protocol: Protocol) -> Programme:
    """The rules of the programme; UnknownName in a study that is none."""
    if protocol.programme is None:
        raise UnknownName("This study is no treatment programme: nobody is authorised or prescribes in it.")
    return protocol.programme


def record_authority(case: Case, ask: RecordAuthority, pen: Pen) -> list[Reason]:
    """An approval for this site: whose, for what, by which ethics committee, until when."""
    programme = programme_of(case.protocol)
    _said(ask)
    if programme.state(ask.state) is None:
        known = ", ".join(each.code for each in programme.states)
        raise ImpossibleValue(f"The state is one of {known}; found {ask.state!r}.", field="state")
    if case.stamp.site not in ask.sites:
        raise ImpossibleValue(f"The approval does not name the site {case.stamp.site}.", field="sites")
    reasons = [
        *_prescriber_here(case, ask.prescriber),
        *_new_number(case, ask.approval),
        *_confirmed(programme, ask),
    ]
    if reasons:
        return reasons
    fact = AuthorityRecorded(
        prescriber=ask.prescriber,
        product=ask.product,
        approval=ask.approval,
        committee=ask.committee,
        ethics_approval=ask.ethics_approval,
        ethics_until=ask.ethics_until,
        sites=ask.sites,
        state=ask.state,
        valid_from=ask.valid_from,
        valid_until=ask.valid_until,
        confirmed=ask.confirmed,
    )
    pen.write(site_stream(case.stamp.site), fact)
    return []


def _said(ask: RecordAuthority) -> None:
    for field in ("prescriber", "product", "approval", "committee", "ethics_approval"):
        needed(getattr(ask, field), field=field, ask=f"Say the {field.replace('_', ' ')}.")
    for field in ("ethics_until", "valid_from", "valid_until"):
        _day(getattr(ask, field), field=field)
    if ask.valid_until < ask.valid_from:
        raise ImpossibleValue("The approval ends before it begins.", field="valid_until")


def _day(text: str, *, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ImpossibleValue(f"{text!r} is no date such as 2026-11-26.", field=field) from None


def _prescriber_here(case: Case, person: str) -> list[Reason]:
    if case.staff(person).holds(Role.PHYSICIAN, site=case.stamp.site):
        return []
    what = f"{person} is no physician of {case.stamp.site}: record the appointment first."
    return [Reason("prescriber-not-appointed", what, person)]


def _new_number(case: Case, approval: str) -> list[Reason]:
    if not in_force(case.site, approval, day=case.at.day):
        return []
    what = f"The approval {approval} is recorded here and in force."
    return [Reason("authority-recorded-already", what, approval)]


def _confirmed(programme: Programme, ask: RecordAuthority) -> list[Reason]:
    """Whoever records an approval confirms each condition of country and state by its code."""
    return [
        Reason("condition-not-confirmed", f"Confirm first: {each.label['en']}", each.code)
        for each in programme.conditions(ask.state)
        if each.code not in ask.confirmed
    ]


def end_authority(case: Case, tell: EndAuthority, pen: Pen) -> None:
    """An approval was withdrawn, suspended or given up: from now on nothing is dosed under it."""
    programme_of(case.protocol)
    needed(tell.why, field="why", ask="Say why the approval ended.")
    if tell.approval not in case.site.authorities:
        raise UnknownName(f"No approval {tell.approval!r} is recorded at {case.stamp.site}.")
    pen.write(site_stream(case.stamp.site), AuthorityEnded(approval=tell.approval, why=tell.why))


def in_force(site: SiteStanding, approval: str, *, day: date) -> bool:
    """Whether an approval, and the ethics approval it rests on, are in force on a day."""
    return not why_not(site, approval, day=day)


def why_not(site: SiteStanding, approval: str, *, day: date) -> str:
    """Why an approval is not in force at a site on a day, as a sentence; empty where it is."""
    held, ended = site.authorities.get(approval), site.authorities_ended.get(approval)
    if held is None:
        return f"No approval {approval} is recorded here."
    if ended is not None and ended.on <= day:
        return f"The approval {approval} ended on {date_in_words(ended.on)}: {ended.why.rstrip(' .')}."
    first, last, ethics = map(date.fromisoformat, (held.valid_from, held.valid_until, held.ethics_until))
    if day < first:
        return f"The approval {approval} begins on {date_in_words(first)}."
    if day > last:
        return f"The approval {approval} ran out on {date_in_words(last)}."
    if day > ethics:
        rests = f"The ethics approval {held.ethics_approval}, on which the approval {approval} rests,"
        return f"{rests} ran out on {date_in_words(ethics)}."
    return ""


def authority_in_force(case: Case, approval: str) -> list[Reason]:
    """The approval is recorded at this site and in force today, with its ethics approval."""
    why = why_not(case.site, approval, day=case.at.day)
    if not why:
        return []
    what = f"{why} Nothing is prescribed or dosed under it."
    return [Reason("authority-not-in-force", what, approval)]


def prescribe(case: Case, ask: Prescribe, pen: Pen) -> list[Reason]:
    """The doses of a session are prescribed by the one who holds the approval, after what must come first."""
    programme_of(case.protocol)
    person, visit = case.participant(ask.participant), case.visit(ask.visit)
    if visit.kind is not VisitKind.DOSING:
        raise ImpossibleValue(f"{ask.visit} is no dosing session.", field="visit")
    reasons = [
        *consent.in_force(case.protocol, person),
        *entered(case.protocol, person),
        *treatment_open(person),
        *authority_in_force(case, ask.approval),
        *_own_authority(case, ask.approval),
        *_not_prescribed(case, person, ask.visit),
        *_told_before(case, person, ask.approval),
    ]
    if reasons:
        return reasons
    product = case.site.authorities[ask.approval].product
    fact = Prescribed(visit=ask.visit, approval=ask.approval, product=product)
    pen.write(participant_stream(ask.participant), fact)
    return []


def _own_authority(case: Case, approval: str) -> list[Reason]:
    held = case.site.authorities.get(approval)
    if held is None or held.prescriber == case.stamp.author:
        return []
    return [Reason("not-the-prescriber", f"The approval {approval} is {held.prescriber}'s.", held.prescriber)]


def _not_prescribed(case: Case, person: ParticipantStanding, visit: str) -> list[Reason]:
    held = person.prescriptions.get(visit)
    if held is None or not in_force(case.site, held.approval, day=case.at.day):
        return []
    return [Reason("already-prescribed", f"{visit} was prescribed on {held.at.day}.", visit)]


def notices_of(protocol: Protocol, site: SiteStanding, approval: str) -> tuple[Notice, ...]:
    """What the state of an approval's site wants to be told."""
    held = site.authorities.get(approval)
    state = programme_of(protocol).state(held.state) if held is not None else None
    return state.notices if state is not None else ()


def _told_before(case: Case, person: ParticipantStanding, approval: str) -> list[Reason]:
    return [
        Reason("notice-missing", f"First: {each.label['en']}, to {each.to['en']}.", each.code)
        for each in notices_of(case.protocol, case.site, approval)
        if each.when == BEFORE and person.notices.get((each.code, ""), "9") > case.today
    ]


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """A notice that follows a prescription: which, of which visit, and its last day (local)."""

    notice: Notice
    visit: str
    due: date
    given: str

    def late(self, today: date) -> bool:
        """Whether it was not given in time, or is overdue today."""
        return (date.fromisoformat(self.given) if self.given else today) > self.due


def notices_due(protocol: Protocol, person: ParticipantStanding, site: SiteStanding) -> tuple[NoticeDue, ...]:
    """The notices that follow this person's prescriptions, given or not.

    Business days are Monday to Friday but for the public holidays that the study file lists; where it lists
    none, the last day is the earliest it can be.
    """
    return tuple(
        NoticeDue(
            notice,
            visit,
            add_business_days(
                held.at.day,
                days=int(notice.business_days.number),
                holidays=_holidays(protocol, site, held.approval),
            ),
            person.notices.get((notice.code, visit), ""),
        )
        for visit, held in person.prescriptions.items()
        for notice in notices_of(protocol, site, held.approval)
        if notice.business_days is not None
    )


def _holidays(protocol: Protocol, site: SiteStanding, approval: str) -> frozenset[date]:
    state = programme_of(protocol).state(site.authorities[approval].state)
    return frozenset(date.fromisoformat(each) for each in state.public_holidays) if state else frozenset()


def give_notice(case: Case, tell: GiveNotice, pen: Pen) -> None:
    """An authority was told; told too late, that stands beside it."""
    programme = programme_of(case.protocol)
    person = case.participant(tell.participant)
    known = {each.code: each for state in programme.states for each in state.notices}
    if tell.notice not in known:
        raise UnknownName(f"The programme has no notice {tell.notice!r}; it has {', '.join(known)}.")
    if _day(tell.given_on, field="given_on") > case.at.day:
        raise ImpossibleValue(f"{tell.given_on} is yet to come.", field="given_on")
    first = known[tell.notice].when == BEFORE
    if tell.visit if first else tell.visit not in person.prescriptions:
        ask = "It is given once for a person: name no visit." if first else "Name a visit that is prescribed."
        raise ImpossibleValue(ask, field="visit")
    fact = NoticeGiven(notice=tell.notice, visit=tell.visit, given_on=tell.given_on, reference=tell.reference)
    main = pen.write(participant_stream(tell.participant), fact)
    _late(case, tell, person, because=main.id, pen=pen)


def _late(case: Case, tell: GiveNotice, person: ParticipantStanding, *, because: UUID, pen: Pen) -> None:
    given = date.fromisoformat(tell.given_on)
    for each in notices_due(case.protocol, person, case.site):
        if (each.notice.code, each.visit) == (tell.notice, tell.visit) and given > each.due:
            what = f"{each.notice.label['en']} was given on {given}; the last day was {each.due}."
            stream = participant_stream(tell.participant)
            pen.deviate(stream, "notice-late", what, severity="major", because=because)


def send_report(case: Case, tell: SendReport, pen: Pen) -> None:
    """The report of a period was sent; sent too late, that stands beside it."""
    programme = programme_of(case.protocol)
    sent, first = _day(tell.sent_on, field="sent_on"), _day(tell.first, field="first")
    period = periods(programme, first=first, last=first)[0]
    if period.first != first:
        raise ImpossibleValue(f"No period of the report begins on {first}.", field="first")
    if sent > case.at.day:
        raise ImpossibleValue(f"{sent} is yet to come.", field="sent_on")
    if sent <= period.last:
        what = f"On {sent} the period was not over: it ends on {period.last}."
        raise ImpossibleValue(what, field="sent_on")
    fact = ReportSent(
        first=first.isoformat(),
        last=period.last.isoformat(),
        sent_on=tell.sent_on,
        reference=tell.reference,
        copied_to=tell.copied_to,
    )
    stream = site_stream(case.stamp.site)
    main = pen.write(stream, fact)
    last_day = due(programme, period)
    if sent > last_day:
        what = f"The report of {first} to {period.last} was sent on {sent}; the last day was {last_day}."
        pen.deviate(stream, "report-late", what, severity="major", because=main.id)


def may_be_dosed(case: Case, person: ParticipantStanding, visit: str) -> list[Reason]:
    """In a programme: the session is prescribed, under an approval in force today."""
    if case.protocol.programme is None:
        return []
    held = person.prescriptions.get(visit)
    if held is None:
        return [Reason("not-prescribed", f"{visit} is not prescribed: the prescriber does.", visit)]
    return authority_in_force(case, held.approval)


def dose_unauthorised(case: Case, person: ParticipantStanding, visit: str) -> list[Break]:
    """A dose that nobody prescribed, or under no approval in force on the day."""
    reasons = may_be_dosed(case, person, visit)
    if not reasons:
        return []
    return [("dose-without-authority", " ".join(each.sentence for each in reasons), "major")]
