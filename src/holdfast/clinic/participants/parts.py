"""The parts of a participant's page: schedule strip, eligibility, forms, lists. Words, no rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import option_words
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.dossier import Dossier
from holdfast.conduct import contradictions, outlook, own_forms
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.standing import StudyStanding
from holdfast.conduct.standing.parts import FormDone
from holdfast.instruments import catalogue
from holdfast.protocol.model import ScheduledForm, VisitKind
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.records.safety import AdverseEvent
from holdfast.timing import Instant, date_in_words, in_words


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of the strip. ``mark`` is the shape, ``words`` the same in words."""

    code: str
    name: str
    short: str
    on: date
    mark: str
    words: str
    when: str
    kind: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Visits that belong together: before the first dose, around each dosing session, after."""

    name: str
    stops: tuple[Stop, ...]


MARKS = {
    VisitOutlook.DONE: "done",
    VisitOutlook.MISSED: "missed",
    VisitOutlook.OVERDUE: "overdue",
    VisitOutlook.DUE: "due",
    VisitOutlook.UPCOMING: "upcoming",
    VisitOutlook.OPEN: "upcoming",
    VisitOutlook.DROPPED: "skipped",
}


def state_words(row: Scheduled) -> str:
    """How a visit stands, in a word or two."""
    if row.state is VisitOutlook.DONE and row.forms_open:
        return _("done, forms open")
    return {
        VisitOutlook.DONE: _("done"),
        VisitOutlook.MISSED: _("missed"),
        VisitOutlook.OVERDUE: _("overdue"),
        VisitOutlook.DUE: _("due"),
        VisitOutlook.UPCOMING: _("upcoming"),
        VisitOutlook.OPEN: _("later"),
        VisitOutlook.DROPPED: _("not expected"),
    }[row.state]


def phases(rows: Sequence[Scheduled]) -> list[Phase]:
    """The strip: visits in protocol order, cut before each dosing session and at the follow-up."""
    found: list[tuple[str, list[Stop]]] = [(_("Screening and preparation"), [])]
    sessions, dosing = 0, ""
    for row in rows:
        kind = row.visit.kind
        if kind is VisitKind.DOSING:
            sessions += 1
            found.append((_("Session %(number)s") % {"number": sessions}, []))
        elif kind is VisitKind.FOLLOW_UP and found[-1][0] != _("Follow-up"):
            found.append((_("Follow-up"), []))
            dosing = ""
        if kind is VisitKind.DOSING:
            dosing = wording.said(row.visit.name)
        found[-1][1].append(_stop(row, dosing))
    return [Phase(name, tuple(sorted(stops, key=lambda each: each.on))) for name, stops in found]


def _stop(row: Scheduled, dosing: str) -> Stop:
    name = wording.said(row.visit.name)
    on = row.on or row.target
    return Stop(
        code=row.visit.code,
        name=name,
        # Under the heading of its session a visit need not say after which one it comes.
        short=name.replace(f" after {dosing.lower()}", "") if dosing else name,
        on=on or date.max,
        mark=MARKS[row.state],
        words=state_words(row),
        when=date_in_words(on) if on else "",
        kind=row.visit.kind.value,
    )


@dataclass(frozen=True, slots=True)
class CriterionShown:
    """A criterion in the protocol's own sentence, and in plain words; what would settle it."""

    original: str
    plain: str
    kind: str
    settles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The three columns of one assessment, and how it was judged, if it was."""

    at: str
    name: str
    holds: tuple[CriterionShown, ...]
    fails: tuple[CriterionShown, ...]
    unknown: tuple[CriterionShown, ...]
    judged: str
    eligible: bool | None


def eligibility(dossier: Dossier) -> list[Eligibility]:
    """Screening's and baseline's criteria, as they stand on what is known now."""
    return [
        _eligibility(dossier, at)
        for at in ("screening", "baseline")
        if any(each.at == at for each in dossier.protocol.eligibility)
    ]


def _eligibility(dossier: Dossier, at: str) -> Eligibility:
    criteria = {each.code: each for each in dossier.protocol.eligibility}
    columns: dict[str, list[CriterionShown]] = {"holds": [], "fails": [], "unknown": []}
    for now in outlook.eligibility(dossier.protocol, dossier.standing, at):
        criterion = criteria[now.code]
        columns[now.truth].append(
            CriterionShown(
                original=wording.said(criterion.original),
                plain=wording.said(criterion.plain),
                kind=_("Inclusion") if criterion.type == "inclusion" else _("Exclusion"),
                settles=tuple(settles(dossier, name) for name in now.missing),
            )
        )
    judged = dossier.standing.eligibility.get(at)
    return Eligibility(
        at=at,
        name=_("At screening") if at == "screening" else _("At baseline"),
        holds=tuple(columns["holds"]),
        fails=tuple(columns["fails"]),
        unknown=tuple(columns["unknown"]),
        judged=in_words(judged.at) if judged else "",
        eligible=judged.eligible if judged else None,
    )


def settles(dossier: Dossier, name: str) -> str:
    """What would settle a name: its label, and the form that asks for it."""
    variable = next((each for each in dossier.protocol.variables if each.name == name), None)
    if variable is None:
        return option_words(name)
    code = (variable.score or "").partition(".")[0]
    asking = code or next((form.form for form in dossier.protocol.forms if name in form.fields), "")
    label = wording.said(variable.label)
    return f"{label} ({wording.form_name(dossier.protocol, asking)})" if asking else label


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form of a visit: whose it is, whether it is filled, its scores where the reader may see them."""

    form: str
    by: str
    name: str
    by_words: str
    filled: str
    author: str
    signed: bool
    scores: tuple[tuple[str, str], ...]
    readable: bool
    fillable: bool
    required: bool
    in_person: bool


def form_lines(dossier: Dossier, visit: str, role_words: dict[Role, str]) -> list[FormLine]:
    """Every form scheduled at a visit."""
    study = read.study_standing(dossier.study)
    return [_form_line(dossier, visit, each, role_words, study) for each in dossier.visit(visit).forms]


def done_by(dossier: Dossier, visit: str, form: str, by: Role) -> FormDone | None:
    """The latest completion of a form that a visit asks a role for."""
    planned = dossier.visit(visit)
    asked = next((each for each in planned.forms if each.form == form and each.by is by), None)
    return outlook.completion(dossier.standing, planned, asked) if asked else None


def _form_line(
    dossier: Dossier,
    visit: str,
    scheduled: ScheduledForm,
    role_words: dict[Role, str],
    study: StudyStanding,
) -> FormLine:
    own = scheduled.by is Role.PARTICIPANT
    done = done_by(dossier, visit, scheduled.form, scheduled.by)
    readable = done is not None and dossier.reads(scheduled.form, done)
    return FormLine(
        form=scheduled.form,
        by=scheduled.by.value,
        name=wording.form_name(dossier.protocol, scheduled.form),
        by_words=role_words[scheduled.by],
        filled=in_words(done.at) if done else "",
        author=dossier.name(done.author) if done else "",
        signed=bool(done and done.signed),
        scores=scores(done) if done and readable else (),
        readable=readable,
        fillable=done is None and scheduled.by is not Role.RATER,
        required=scheduled.required,
        in_person=own and own_forms.in_person(dossier.protocol, dossier.standing, study, scheduled.form),
    )


def to_be_asked(dossier: Dossier) -> list[tuple[str, str, str]]:
    """Forms that wait and that somebody has to ask in person: visit, its name, the form's name."""
    study = read.study_standing(dossier.study)
    waiting = own_forms.to_be_asked(dossier.protocol, dossier.standing, dossier.now, study=study)
    return [
        (each.visit.code, wording.said(each.visit.name), wording.form_name(dossier.protocol, each.form))
        for each in waiting
    ]


def scores(done: FormDone) -> tuple[tuple[str, str], ...]:
    """The scores of a filled form, labelled."""
    if not done.fact.instrument:
        return ()
    instrument = catalogue.get(done.fact.instrument)
    return tuple(
        (wording.said(each.label), score_words(done.fact.scores.get(each.name), each.unit))
        for each in instrument.score_names
        if each.name in done.fact.scores
    )


def score_words(value: Json, unit: str = "1") -> str:
    """A score in words."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        number = f"{value:.1f}".rstrip("0").rstrip(".")
        return number if unit == "1" else f"{number} {unit}"
    return str(value)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The main scores of one instrument over the visits; ``highest`` where it lies between the two."""

    name: str
    main: str
    first: str
    latest: str
    highest: str
    rows: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...]  # visit, its name, day, scores


def score_tables(dossier: Dossier) -> list[ScoreTable]:
    """Every readable instrument with its scores, in the order they were taken."""
    tables = []
    for form in dossier.protocol.forms:
        done = [
            each
            for each in dossier.standing.forms.get(form.form, ())
            if each.fact.instrument and dossier.reads(form.form, each)
        ]
        if done:
            tables.append(_score_table(dossier, wording.said(form.name), done))
    return tables


def _score_table(dossier: Dossier, name: str, done: Sequence[FormDone]) -> ScoreTable:
    rows = tuple(
        (
            each.fact.visit,
            wording.visit_name(dossier.protocol, each.fact.visit),
            date_in_words(each.at.day),
            scores(each)[:3],
        )
        for each in sorted(done, key=lambda one: one.at.at)
    )
    main = rows[-1][3][0] if rows[-1][3] else ("", "")
    first = rows[0][3][0][1] if len(rows) > 1 and rows[0][3] else ""
    return ScoreTable(
        name=name, main=main[0], first=first, latest=main[1], highest=_highest(dossier, done), rows=rows
    )


def _highest(dossier: Dossier, done: Sequence[FormDone]) -> str:
    worst = outlook.worst_ideation(dossier.standing, done)
    if worst is None:
        return ""
    words = {"score": contradictions.severest(worst), "day": date_in_words(worst.at.day)}
    if dossier.standing.entered is None:
        return _("highest %(score)s on %(day)s") % words
    return _("highest since entry %(score)s on %(day)s") % words


@dataclass(frozen=True, slots=True)
class EventLine:
    """An adverse event."""

    root: UUID
    term: str
    onset: str
    severity: str
    serious: bool
    related: str
    interest: str
    outcome: str
    visit: str
    open: bool
    course: str


def events(dossier: Dossier) -> list[EventLine]:
    """Adverse events, open ones first, then the latest."""
    found = sorted(dossier.standing.events.values(), key=lambda each: each.known_at.at, reverse=True)
    return [
        EventLine(
            root=each.root,
            term=each.fact.term,
            onset=moment_words(each.fact.onset, dossier.site.zone),
            severity=option_words(each.fact.severity),
            serious=each.fact.serious,
            related=option_words(each.fact.related),
            interest=option_words(each.fact.special_interest) if each.fact.special_interest else "",
            outcome=option_words(each.outcome) if each.outcome else "",
            visit=wording.visit_name(dossier.protocol, each.fact.visit) if each.fact.visit else "",
            open=each.open,
            course=course(each.fact, dossier.site.zone),
        )
        for each in sorted(found, key=lambda one: not one.open)
    ]


def course(event: AdverseEvent, zone: str) -> str:
    """When an event was at its worst, when it was over, and who rated it, as far as that is known."""
    who = {"observer": _("observer"), "participant": _("participant")}
    found = []
    if event.peak:
        found.append(_("worst %(at)s") % {"at": moment_words(event.peak, zone)})
    if event.end:
        found.append(_("over %(at)s") % {"at": moment_words(event.end, zone)})
    if event.rated:
        rated = ", ".join(f"{who.get(by, by)} {level}" for by, level in sorted(event.rated.items()))
        found.append(_("rated by: %(who)s") % {"who": rated})
    return " · ".join(found)


def moment_words(text: str, zone: str) -> str:
    """A moment on the clock of the site; a day or a partial date in words."""
    if text[10:11] != "T":
        return day_words(text)
    at = datetime.fromisoformat(text)
    return in_words(Instant(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)), zone))


def day_words(text: str) -> str:
    """A day, a moment or a partial date of a record, in words."""
    try:
        return date_in_words(date.fromisoformat(text[:10])) if len(text) >= 10 else text
    except ValueError:
        return text


def medicines(dossier: Dossier) -> list[tuple[str, str, str, str]]:
    """Medicines: name, class, since, until."""
    return [
        (
            each.medicine,
            wording.medicine_class(each.class_),
            day_words(each.started) or _("not known"),
            day_words(each.stopped),
        )
        for each in dossier.standing.medicines.values()
    ]


def consents(dossier: Dossier) -> list[tuple[str, str, bool, bool]]:
    """Consent items: label, version and day, whether it is in force, whether it is required."""
    found = []
    for item in dossier.protocol.consent:
        held = dossier.standing.consents.get(item.code)
        words = (
            _("version %(version)s, %(language)s, %(at)s")
            % {"version": held.version, "language": held.language, "at": in_words(held.at)}
            if held
            else _("not given")
        )
        found.append((wording.said(item.label), words, held is not None, item.required))
    return found


def names_of(people: Iterable[str], dossier: Dossier) -> str:
    """People by name, joined."""
    return ", ".join(dossier.name(each) for each in people)
