"""What staff may do on a participant's page: one entry each, with its fields and the action it makes.

Adding one is an entry in ``DEEDS``. Whether it is allowed now is decided by ``conduct``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.forms.fields import Choice, Field, Kind, option_words, yes_no
from holdfast.clinic.languages.offered import name_of
from holdfast.clinic.participants import programme_fields, sharing_fields, wording
from holdfast.clinic.participants.dossier import Dossier
from holdfast.conduct import actions as act
from holdfast.conduct.assessment import rater_drawn
from holdfast.conduct.enrolment import PRIOR_MDMA
from holdfast.conduct.followup import PARTS
from holdfast.conduct.safety import CRITERIA, INTERESTS, OUTCOMES, RELATED, SEVERITIES
from holdfast.conduct.standing.parts import EventState
from holdfast.conduct.visits import MODES
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.medicines import CLASSES
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json

Answers = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing to do: its address, its words, who may (``allowed`` and ``what``), what it asks."""

    code: str
    label: str | Promise
    allowed: Act
    what: type[act.Ask | act.Tell]
    fields: Callable[[Dossier], tuple[Field, ...]]
    make: Callable[[str, Answers, UUID], act.Ask | act.Tell]
    group: str
    grave: bool = False
    when: bool = True
    fits: Callable[[Protocol], bool] = lambda _protocol: True  # whether the study has such a thing at all
    has: Callable[[Dossier], bool] = lambda _dossier: True  # whether there is anything to do it to


def choices(codes: tuple[str, ...], words: Mapping[str, str] | None = None) -> tuple[Choice, ...]:
    """Coded options, labelled by ``words`` or by the code itself."""
    return tuple(Choice(each, each, (words or {}).get(each) or option_words(each)) for each in codes if each)


def text(code: str, label: str, *, required: bool = True, hint: str = "", note: bool = False) -> Field:
    """A free text."""
    kind = Kind.NOTE if note else Kind.TEXT
    return Field(code=code, label=label, kind=kind, required=required, hint=hint)


def choice(
    code: str, label: str, options: tuple[Choice, ...], *, required: bool = True, initial: Json = None
) -> Field:
    """One of several."""
    return Field(
        code=code, label=label, kind=Kind.CHOICE, choices=options, required=required, initial=initial
    )


def several(
    code: str, label: str, options: tuple[Choice, ...], *, required: bool = True, hint: str = ""
) -> Field:
    """Any number of several."""
    return Field(code=code, label=label, kind=Kind.SEVERAL, choices=options, required=required, hint=hint)


def day(code: str, label: str, *, required: bool = True) -> Field:
    """A whole date."""
    return Field(code=code, label=label, kind=Kind.DATE, required=required)


PARTIAL = later("To the day, the month or the year: 2026-11-23, 2026-11 or 2026.")


def visit(dossier: Dossier, *, required: bool = True) -> Field:
    """A visit of the protocol that was not held yet."""
    open_ = [
        each
        for each in dossier.protocol.visits
        if (state := dossier.standing.visits.get(each.code)) is None or state.held is None
    ]
    options = tuple(Choice(each.code, each.code, wording.said(each.name)) for each in open_)
    return choice("visit", _("Visit"), options, required=required)


def any_visit(dossier: Dossier, *, required: bool) -> Field:
    """Any visit of the protocol."""
    options = tuple(Choice(each.code, each.code, wording.said(each.name)) for each in dossier.protocol.visits)
    return choice("visit", _("Visit"), options, required=required)


def _said(answers: Answers, name: str) -> str:
    return str(answers.get(name) or "")


def _all(answers: Answers, name: str) -> tuple[str, ...]:
    found = answers.get(name) or ()
    return tuple(str(each) for each in found) if isinstance(found, tuple | list) else ()


def _id(answers: Answers, name: str) -> UUID:
    return UUID(_said(answers, name))


def _consent_fields(dossier: Dossier) -> tuple[Field, ...]:
    items = tuple(
        Choice(each.code, each.code, wording.said(each.label) + (_(" (required)") if each.required else ""))
        for each in dossier.protocol.consent
    )
    return (
        several("items", _("Items consented to; what is not ticked is declined"), items),
        choice("language", _("Language"), _languages(dossier), initial="en"),
        choice("explained_by", _("Explained by"), _people(dossier), initial=dossier.reader),
    )


def _languages(dossier: Dossier) -> tuple[Choice, ...]:
    spoken = {*dossier.protocol.study.title, *dict(settings.LANGUAGES)}
    return tuple(Choice(each, each, name_of(each)) for each in sorted(spoken))


def _people(dossier: Dossier) -> tuple[Choice, ...]:
    return tuple(
        Choice(each, each, name) for each, name in sorted(dossier.names.items(), key=lambda one: one[1])
    )


def _held_consents(dossier: Dossier) -> tuple[Field, ...]:
    items = tuple(
        Choice(each.code, each.code, wording.said(each.label))
        for each in dossier.protocol.consent
        if each.code in dossier.standing.consents
    )
    return (several("items", _("Items withdrawn"), items),)


def _assessment_fields(dossier: Dossier) -> tuple[Field, ...]:
    named = {"screening": _("Screening"), "baseline": _("Baseline")}
    at = tuple(each for each in named if any(one.at == each for one in dossier.protocol.eligibility))
    return (choice("at", _("Which assessment"), choices(at, named)),)


def _failing(dossier: Dossier) -> tuple[Field, ...]:
    criteria = tuple(
        Choice(each.code, each.code, wording.said(each.original)) for each in dossier.protocol.eligibility
    )
    return (
        several("criteria", _("Criteria not met"), criteria, required=False),
        text("note", _("Note"), required=False, note=True),
    )


def _event_fields(dossier: Dossier) -> tuple[Field, ...]:
    return (
        text("term", _("What happened, pleasant or not")),
        text("onset", _("Began"), hint=str(PARTIAL)),
        text("end", _("Ended"), required=False, hint=str(PARTIAL)),
        choice("severity", _("Severity"), choices(SEVERITIES)),
        several(
            "criteria", _("Serious because"), choices(CRITERIA), required=False, hint=_("None: not serious.")
        ),
        choice("related", _("Related to the treatment"), choices(RELATED), initial="not-assessed"),
        choice("special_interest", _("Of special interest"), choices(INTERESTS), required=False),
        any_visit(dossier, required=False),
    )


def _report_event(participant: str, answers: Answers, _action: UUID) -> act.Tell:
    criteria = _all(answers, "criteria")
    return act.ReportAdverseEvent(
        participant=participant,
        term=_said(answers, "term"),
        onset=_said(answers, "onset"),
        end=_said(answers, "end"),
        severity=_said(answers, "severity"),
        serious=bool(criteria),
        criteria=criteria,
        related=_said(answers, "related"),
        special_interest=_said(answers, "special_interest"),
        visit=_said(answers, "visit"),
    )


def _event_words(dossier: Dossier, event: EventState) -> str:
    # The same effect is an event of every session in which it was there.
    visit = event.fact.visit
    return f"{event.fact.term}, {wording.visit_name(dossier.protocol, visit)}" if visit else event.fact.term


def _open_events(dossier: Dossier) -> Field:
    options = tuple(
        Choice(str(each.root), str(each.root), _event_words(dossier, each))
        for each in dossier.standing.open_events()
    )
    return choice("event", _("Event"), options)


def _unreported(dossier: Dossier) -> Field:
    options = tuple(
        Choice(str(each.root), str(each.root), each.fact.term)
        for each in dossier.standing.events.values()
        if each.fact.serious and each.reported_at is None
    )
    return choice("event", _("Serious event"), options)


def finding_words(finding: str) -> str:
    """A finding's sentence, as its instrument says it."""
    for instrument in INSTRUMENTS.values():
        if finding in instrument.findings:
            return wording.said(instrument.findings[finding].label)
    return option_words(finding)


def _open_risks(dossier: Dossier) -> Field:
    options = tuple(
        Choice(str(each.root), str(each.root), finding_words(each.finding))
        for each in dossier.standing.open_risks()
    )
    only = options[0].sent if len(options) == 1 else None
    return choice("risk", _("Finding"), options, initial=only)


def _raters(dossier: Dossier) -> tuple[Field, ...]:
    rated = tuple(
        Choice(each.code, each.code, wording.said(each.name))
        for each in dossier.protocol.visits
        if any(form.by is Role.RATER for form in each.forms) and not rater_drawn(dossier.standing, each.code)
    )
    return (choice("visit", _("Rating of which visit"), rated),)


CHANNELS = ("telephone", "message", "mail", "visit", "contact-person")
CONTACTS = ("reached", "no-answer", "wrong-number", "asked-to-call-back")
DEVIATION_SEVERITIES = ("minor", "major")


def _medication(dossier: Dossier) -> tuple[Field, ...]:
    return (
        text("medicine", _("Medicine")),
        choice("class_", _("Class"), tuple(Choice(c, c, wording.medicine_class(c)) for c in CLASSES)),
        text("started", _("Taken since"), required=False, hint=str(PARTIAL)),
        text("stopped", _("Stopped"), required=False, hint=str(PARTIAL)),
    )


def _washout(dossier: Dossier) -> tuple[Field, ...]:
    stopped = tuple(
        Choice(str(root), str(root), f"{each.medicine}, {each.stopped}")
        for root, each in dossier.standing.medicines.items()
        if each.stopped
    )
    return (
        choice("medicine", _("Medicine, and when it was stopped"), stopped),
        day("over_on", _("Its wash-out is over on")),
        text("why", _("What the judgement rests on"), note=True),
    )


def _laboratory(dossier: Dossier) -> tuple[Field, ...]:
    number = {"kind": Kind.NUMBER, "required": False}
    return (
        text("test", _("Test")),
        Field(code="value", label=_("Value"), kind=Kind.NUMBER),
        text("unit", _("Unit")),
        Field(code="low", label=_("Reference range from"), **number),  # type: ignore[arg-type]
        Field(code="high", label=_("Reference range to"), **number),  # type: ignore[arg-type]
        day("taken_on", _("Taken on")),
    )


def _number(answers: Answers, name: str) -> float | None:
    found = answers.get(name)
    return float(found) if isinstance(found, int | float) else None


def deed(
    code: str, label: str | Promise, allowed: Act, what: Any, fields: Any, make: Any, group: str, **more: Any
) -> Deed:
    """An entry of ``DEEDS``."""
    return Deed(
        code=code, label=label, allowed=allowed, what=what, fields=fields, make=make, group=group, **more
    )


VISITS, ENTRY, SAFETY, LEAVING = "visits", "entry", "safety", "leaving"

DEEDS: Mapping[str, Deed] = {
    each.code: each
    for each in (
        deed(
            "schedule-visit", later("Schedule or move a visit"), Act.SCHEDULE, act.ScheduleVisit,
            lambda d: (visit(d), day("on", _("On"))),
            lambda p, a, _i: act.ScheduleVisit(participant=p, visit=_said(a, "visit"), on=_said(a, "on")),
            VISITS, when=False,
        ),
        deed(
            "hold-visit", later("Record a visit"), Act.FILL_FORM, act.HoldVisit,
            lambda d: (visit(d), choice("mode", _("How"), choices(MODES), initial=MODES[0])),
            lambda p, a, _i: act.HoldVisit(participant=p, visit=_said(a, "visit"), mode=_said(a, "mode")),
            VISITS,
        ),
        deed(
            "miss-visit", later("Record that a visit was missed"), Act.FILL_FORM, act.MissVisit,
            lambda d: (visit(d), choice("why", _("Why"), choices(d.protocol.follow_up.reasons_missing))),
            lambda p, a, _i: act.MissVisit(participant=p, visit=_said(a, "visit"), why=_said(a, "why")),
            VISITS,
        ),
        deed(
            "contact", later("Record an attempt to reach them"), Act.FILL_FORM, act.AttemptContact,
            lambda d: (
                choice("channel", _("How"), choices(CHANNELS)),
                choice("outcome", _("What came of it"), choices(CONTACTS)),
                visit(d, required=False),
            ),
            lambda p, a, _i: act.AttemptContact(
                participant=p, channel=_said(a, "channel"), outcome=_said(a, "outcome"),
                for_visit=_said(a, "visit"),
            ),
            VISITS,
        ),
        deed(
            "assign-rater", later("Draw an independent rater"), Act.ENROL, act.AssignRater, _raters,
            lambda p, a, i: act.AssignRater(
                participant=p, visit=_said(a, "visit"), raters=_all(a, "raters"),
                # Drawn from the page's own random id, so that a resend draws the same rater.
                draw=(i.int >> 75) / 2**53,
            ),
            VISITS, when=False,
        ),
        deed(
            "give-consent", later("Record consent"), Act.ENROL, act.GiveConsent, _consent_fields,
            lambda p, a, _i: act.GiveConsent(
                participant=p, items=_all(a, "items"), language=_said(a, "language"),
                explained_by=_said(a, "explained_by"),
            ),
            ENTRY,
        ),
        deed(
            "assess-eligibility", later("Judge eligibility"), Act.ENROL, act.AssessEligibility,
            _assessment_fields,
            lambda p, a, _i: act.AssessEligibility(participant=p, at=_said(a, "at")),
            ENTRY, when=False,
        ),
        deed(
            "randomise", later("Randomise"), Act.RANDOMISE, act.Randomise, lambda _d: (),
            lambda p, a, _i: act.Randomise(participant=p, stratum=_said(a, "stratum")), ENTRY, when=False,
            fits=lambda protocol: protocol.randomisation is not None,
        ),
        deed(
            "enter-treatment", later("Enter into treatment"), Act.ENROL, act.EnterTreatment, lambda _d: (),
            lambda p, _a, _i: act.EnterTreatment(participant=p), ENTRY, when=False,
            fits=lambda protocol: protocol.randomisation is None,
        ),
        deed(
            "prescribe", later("Prescribe a session"), Act.OVERRIDE_GATE, act.Prescribe,
            programme_fields.prescription,
            lambda p, a, _i: act.Prescribe(
                participant=p, visit=_said(a, "visit"), approval=_said(a, "approval")
            ),
            ENTRY, when=False, fits=programme_fields.is_programme,
        ),
        deed(
            "give-notice", later("Record that an authority was told"), Act.ENROL, act.GiveNotice,
            programme_fields.notice,
            lambda p, a, _i: programme_fields.told(p, a), ENTRY, fits=programme_fields.is_programme,
        ),
        deed(
            "fail-screening", later("Record that they do not enter"), Act.ENROL, act.FailScreening, _failing,
            lambda p, a, _i: act.FailScreening(
                participant=p, criteria=_all(a, "criteria"), note=_said(a, "note")
            ),
            ENTRY, grave=True,
        ),
        deed(
            "adverse-event", later("Report an adverse event"), Act.REPORT_EVENT, act.ReportAdverseEvent,
            _event_fields, _report_event, SAFETY,
        ),
        deed(
            "close-event", later("Record an event's outcome"), Act.REPORT_EVENT, act.CloseAdverseEvent,
            lambda d: (
                _open_events(d), choice("outcome", _("Outcome"), choices(OUTCOMES)),
                text("end", _("Ended"), required=False, hint=str(PARTIAL)),
            ),
            lambda p, a, _i: act.CloseAdverseEvent(
                participant=p, event=_id(a, "event"), outcome=_said(a, "outcome"), end=_said(a, "end")
            ),
            SAFETY,
        ),
        deed(
            "report-serious", later("Record a report to the sponsor"), Act.REPORT_EVENT, act.ReportSerious,
            lambda d: (_unreported(d), text("to", _("Reported to"))),
            lambda p, a, _i: act.ReportSerious(participant=p, event=_id(a, "event"), to=_said(a, "to")),
            SAFETY,
        ),
        deed(
            "acknowledge-risk", later("Take on a risk"), Act.ACKNOWLEDGE_RISK, act.AcknowledgeRisk,
            lambda d: (_open_risks(d), text("plan", _("What you will do"), note=True)),
            lambda p, a, _i: act.AcknowledgeRisk(
                participant=p, risk=_id(a, "risk"), plan=_said(a, "plan")
            ),
            SAFETY, when=False,
        ),
        deed(
            "medication", later("Record a medicine"), Act.FILL_FORM, act.RecordMedication, _medication,
            lambda p, a, _i: act.RecordMedication(
                participant=p, medicine=_said(a, "medicine"), class_=_said(a, "class_"),
                started=_said(a, "started"), stopped=_said(a, "stopped"),
            ),
            SAFETY,
        ),
        deed(
            "judge-washout", later("Judge a wash-out"), Act.OVERRIDE_GATE, act.JudgeWashout, _washout,
            lambda p, a, _i: act.JudgeWashout(
                participant=p, medicine=_id(a, "medicine"), over_on=_said(a, "over_on"), why=_said(a, "why")
            ),
            SAFETY, when=False,
        ),
        deed(
            "laboratory", later("Record a laboratory value"), Act.FILL_FORM, act.RecordLaboratory,
            _laboratory,
            lambda p, a, _i: act.RecordLaboratory(
                participant=p, test=_said(a, "test"), value=_number(a, "value") or 0.0, unit=_said(a, "unit"),
                low=_number(a, "low"), high=_number(a, "high"), taken_on=_said(a, "taken_on"),
            ),
            SAFETY,
        ),
        deed(
            "intercurrent-event", later("Record an intercurrent event"), Act.REPORT_EVENT,
            act.ReportIntercurrentEvent,
            lambda d: (
                choice("event", _("Event"), tuple(
                    Choice(each.code, each.code, wording.said(each.label))
                    for each in d.protocol.intercurrent_events
                )),
                any_visit(d, required=True), text("detail", _("Detail"), required=False, note=True),
            ),
            lambda p, a, _i: act.ReportIntercurrentEvent(
                participant=p, event=_said(a, "event"), visit=_said(a, "visit"), detail=_said(a, "detail")
            ),
            SAFETY,
        ),
        deed(
            "deviation", later("Report a deviation"), Act.REPORT_EVENT, act.ReportDeviation,
            lambda _d: (
                text("what", _("What differed from the protocol"), note=True),
                choice("severity", _("How grave"), choices(DEVIATION_SEVERITIES)),
            ),
            lambda p, a, _i: act.ReportDeviation(
                participant=p, code="reported", what=_said(a, "what"), severity=_said(a, "severity")
            ),
            SAFETY,
        ),
        deed(
            "unblinding", later("Report that somebody learned an allocation"), Act.REPORT_EVENT,
            act.ReportUnblinding,
            lambda d: (
                choice("who", _("Who"), _people(d)),
                text("how", _("How; never write down what was learned"), note=True),
            ),
            lambda p, a, _i: act.ReportUnblinding(participant=p, who=_said(a, "who"), how=_said(a, "how")),
            SAFETY,
        ),
        deed(
            "stop-treatment", later("Stop treatment; follow-up goes on"), Act.ENROL, act.StopTreatment,
            lambda _d: (text("why", _("Why"), note=True),),
            lambda p, a, _i: act.StopTreatment(participant=p, why=_said(a, "why")), LEAVING, grave=True,
        ),
        deed(
            "withdraw-consent", later("Withdraw consent items"), Act.FILL_FORM, act.WithdrawConsent,
            _held_consents,
            lambda p, a, _i: act.WithdrawConsent(participant=p, items=_all(a, "items")), LEAVING, grave=True,
        ),
        deed(
            "withdraw", later("Record that the participant withdraws"), Act.FILL_FORM, act.Withdraw,
            lambda _d: (
                several("from_", _("From what"), choices(PARTS), hint=_(
                    "From “data use”: nothing more is recorded for research, optional consents to uses of "
                    "data end, and whoever got data must be told. Say so before you record it."
                )),
                text("why", _("In their own words, if they say"), required=False, note=True),
            ),
            lambda p, a, _i: act.Withdraw(participant=p, from_=_all(a, "from_"), why=_said(a, "why")),
            LEAVING, grave=True,
        ),
        deed(
            "tell-recipient", later("Record that a recipient was told of a withdrawal"), Act.ENROL,
            act.TellRecipient, sharing_fields.fields,
            lambda p, a, _i: sharing_fields.told(p, dict(a)), LEAVING,
            has=lambda d: bool(d.standing.shared),
        ),
        deed(
            "complete", later("Close the participant's course"), Act.ENROL, act.Complete, lambda _d: (),
            lambda p, _a, _i: act.Complete(participant=p), LEAVING, when=False,
        ),
    )
}  # fmt: skip


def prescreen_fields() -> tuple[Field, ...]:
    """What is asked of somebody who was in touch."""
    return (
        text(
            "participant", _("Code for this person"), hint=_("Letters, digits and hyphens, such as S01-014.")
        ),
        text("referred_by", _("Referred by"), hint=_("“self”, a clinic, a colleague; no name.")),
        choice("prior_mdma", _("Earlier use of MDMA"), choices(PRIOR_MDMA)),
        choice("invited", _("Invited to screening?"), yes_no()),
        text("why_not", _("If not: the reason"), required=False),
    )


def prescreened(answers: Answers) -> act.Prescreen:
    """The report of a first contact."""
    invited = answers.get("invited") is True
    return act.Prescreen(
        participant=_said(answers, "participant"),
        referred_by=_said(answers, "referred_by"),
        prior_mdma=_said(answers, "prior_mdma"),
        outcome="invited" if invited else _said(answers, "why_not"),
    )
