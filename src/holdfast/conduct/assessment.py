"""Forms, signatures, raters, medicines, laboratory values.

A form is checked and scored by its instrument at the door; what it says of risk brings
help at once. What was filled without consent, by the wrong person or out of order is
recorded, with the deviation beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid5

from holdfast.conduct import consent, data_use, queries, values, wordings
from holdfast.conduct.actions import (
    AssignRater,
    FillForm,
    RecordLaboratory,
    RecordMedication,
    ReportUnblinding,
    SignForm,
)
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.standing.parts import FormDone, content_digest
from holdfast.conduct.streams import participant_stream
from holdfast.conduct.visits import Break, after_leaving, still_in_study
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.answers import from_json, validate
from holdfast.instruments.catalogue import ASK_OF_SUICIDE
from holdfast.instruments.scale import Instrument
from holdfast.protocol.model import Protocol, StudyForm, Variable, Visit
from holdfast.protocol.roles import Role
from holdfast.records.assessment import (
    FormCompleted,
    FormSigned,
    LaboratoryResult,
    MedicationRecorded,
    RaterAssigned,
    UnblindingIncident,
)
from holdfast.records.fact import Json
from holdfast.records.safety import AdverseEvent, RiskRaised
from holdfast.timing import PartialDate


def fill_form(case: Case, tell: FillForm, pen: Pen) -> None:
    """Answers to a form at a visit: checked, scored, recorded, and what follows from them."""
    person, visit = case.participant(tell.participant), case.visit(tell.visit)
    form = study_form(case.protocol, tell.form)
    wordings.known(case.study, form, tell.wording)
    fact = completed(case.protocol, form, tell)
    stream = participant_stream(tell.participant)
    main = pen.write(stream, fact)
    for code, what, severity in form_breaks(case, person, visit, tell):
        pen.deviate(stream, code, what, severity=severity, because=main.id)
    risks(case, stream, fact, because=main.id, pen=pen)
    queries.look_at(case, main, fact, pen)


def study_form(protocol: Protocol, code: str) -> StudyForm:
    """A form of the study; UnknownName where there is none."""
    for form in protocol.forms:
        if form.form == code:
            return form
    raise UnknownName(f"The protocol has no form {code!r}.")


def completed(protocol: Protocol, form: StudyForm, tell: FillForm) -> FormCompleted:
    """The fact of a filled form; ImpossibleValue where an answer cannot be true."""
    instrument = catalogue.get(form.instrument) if form.instrument else None
    if instrument is not None:
        scores = scored(instrument, tell.answers)
    else:
        _check_fields(protocol, form, tell.answers)
        scores = {}
    return FormCompleted(
        form=tell.form,
        instrument=instrument.code if instrument else "",
        instrument_version=instrument.version if instrument else protocol.study.version,
        visit=tell.visit,
        occurrence=tell.occurrence,
        answers=dict(tell.answers),
        scores=scores,
        language=tell.language,
        wording=tell.wording,
    )


def scored(instrument: Instrument, answers: Mapping[str, Json]) -> dict[str, Json]:
    """The instrument's scores of valid answers; ImpossibleValue for others."""
    answered = from_json(answers)
    validate(instrument, answered)
    return dict(instrument.score(answered).values)


def _check_fields(protocol: Protocol, form: StudyForm, answers: Mapping[str, Json]) -> None:
    variables = {each.name: each for each in protocol.variables}
    for name, given in answers.items():
        if name not in form.fields:
            raise ImpossibleValue(f"{form.form} has no field {name!r}.", field=name)
        if not isinstance(given, dict):
            _check_field(variables[name], given)
    from_json(answers)
    unanswered = [name for name in form.fields if name not in answers]
    if unanswered:
        raise ImpossibleValue(
            f"{form.form}: answer {', '.join(unanswered)}, or give the reason why not.", field=unanswered[0]
        )


def _check_field(variable: Variable, given: Json) -> None:
    label = variable.label["en"]
    if variable.type == "number":
        number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
        low = -math.inf if variable.minimum is None else variable.minimum
        high = math.inf if variable.maximum is None else variable.maximum
        fits = number and low <= given <= high  # type: ignore[operator]
        wanted = f"a number from {low:g} to {high:g} {variable.unit}"
    elif variable.type == "bool":
        fits, wanted = isinstance(given, bool), "yes or no"
    elif variable.type == "date":
        fits, wanted = _is_date(given), "a date such as 2026-11-23, 2026-11 or 2026"
    else:
        fits = isinstance(given, str) and (not variable.options or given in variable.options)
        wanted = f"one of {', '.join(variable.options)}" if variable.options else "a text"
    if not fits:
        raise ImpossibleValue(
            f"{label}: expected {wanted}; found {given!r}.",
            field=variable.name,
            code="no-date" if variable.type == "date" else "",
            given={"text": str(given)},
        )


def _is_date(given: Json) -> bool:
    try:
        return isinstance(given, str) and bool(partial_date(given, field=""))
    except ImpossibleValue:
        return False


def form_breaks(case: Case, person: ParticipantStanding, visit: Visit, tell: FillForm) -> list[Break]:
    """Every way in which filling this form differs from the protocol."""
    return [
        *form_without_consent(case, person),
        *scheduled_here(visit, tell),
        *by_the_right_role(case, visit, tell),
        *filled_before(case, person, tell),
        *guess_before_ratings(case, person, visit, tell),
        *rater_independent(case, person, tell),
        *after_leaving(person),
        *data_use.form_after_withdrawal(case, person, visit, form=tell.form),
    ]


def form_without_consent(case: Case, person: ParticipantStanding) -> list[Break]:
    """No study procedure before consent."""
    if not consent.in_force(case.protocol, person):
        return []
    return [("form-without-consent", "A study form was filled without consent in force.", "major")]


def scheduled_here(visit: Visit, tell: FillForm) -> list[Break]:
    """The form belongs to this visit."""
    if tell.occurrence == "unscheduled" or any(each.form == tell.form for each in visit.forms):
        return []
    return [("form-not-scheduled", f"{tell.form} is not scheduled at {tell.visit}.", "minor")]


def by_the_right_role(case: Case, visit: Visit, tell: FillForm) -> list[Break]:
    """The role that fills the form is the one the protocol names."""
    roles = [each.by.value for each in visit.forms if each.form == tell.form]
    if not roles or case.stamp.role in roles:
        return []
    what = f"{tell.form} at {tell.visit} is filled by {' or '.join(roles)}; {case.stamp.role} filled it."
    return [("form-wrong-role", what, "minor")]


def filled_before(case: Case, person: ParticipantStanding, tell: FillForm) -> list[Break]:
    """The same form, visit and role once only; a correction amends, a repetition says so."""
    if tell.occurrence in ("repeated", "unscheduled"):
        return []
    for done in person.forms.get(tell.form, ()):
        if done.fact.visit == tell.visit and done.role == case.stamp.role:
            return [("form-twice", f"{tell.form} at {tell.visit} was already filled.", "minor")]
    return []


def guess_before_ratings(
    case: Case, person: ParticipantStanding, visit: Visit, tell: FillForm
) -> list[Break]:
    """An allocation guess comes before the ratings that stand after it in the visit's forms."""
    guesses = {each.form for each in case.protocol.blinding.guesses}
    order = [(each.form, each.by.value) for each in visit.forms]
    here = (tell.form, case.stamp.role)
    if tell.form not in guesses or here not in order:
        return []
    later = {form for form, _ in order[order.index(here) + 1 :]} - data_use.SAFETY_FORMS - guesses
    first = [
        form
        for form in sorted(later)
        if (done := person.form_at(visit.code, form)) is not None and done.at.at <= case.at.at
    ]
    if not first:
        return []
    what = f"The guess came after {', '.join(first)}; a guess asked later is driven by benefit."
    return [("guess-after-rating", what, "minor")]


def rater_independent(case: Case, person: ParticipantStanding, tell: FillForm) -> list[Break]:
    """A rater fills ratings given to them, and was never in the room of this participant's sessions."""
    if case.stamp.role != Role.RATER:
        return []
    breaks = []
    rater = case.stamp.author
    tasks = person.tasks.values()
    if not any(each.rater == rater and each.visit == tell.visit for each in tasks):
        breaks.append(("rater-not-assigned", f"{rater} rated without being drawn for this rating.", "major"))
    if any(rater in session.people for session in person.sessions.values()):
        breaks.append(("rater-not-independent", f"{rater} was in this participant's session.", "major"))
    if rater in person.told:
        what = f"{rater} had learned something of this participant's allocation: have another rater drawn."
        breaks.append(("rater-told", what, "major"))
    return breaks


def risks(case: Case, stream: str, fact: FormCompleted, *, because: UUID, pen: Pen) -> None:
    """What the answers say of risk: each finding is raised, suicidality becomes an event."""
    instrument = catalogue.get(fact.instrument) if fact.instrument else None
    if instrument is None or instrument.risk is None:
        return
    for code in instrument.risk(from_json(fact.answers)):
        finding = instrument.findings.get(code)
        priority = finding.priority.value if finding else "high"
        raised = RiskRaised(finding=code, form_record=str(because), priority=priority)
        pen.follow(stream, raised, because=because)
    if instrument.code in ASK_OF_SUICIDE:
        suicidality(case, stream, fact, because=because, pen=pen)


def suicidality(case: Case, stream: str, fact: FormCompleted, *, because: UUID, pen: Pen) -> None:
    """Ideation at or above the threshold, or any behaviour, is an event of special interest.

    Told alone and told again in the interview of the same visit and day, it is one event.
    """
    threshold = values.constant(case.protocol, "cssrs-ideation-event", study=case.study, site=case.site)
    term = _suicidality_of(fact, threshold)
    person = case.newcomer(stream.partition("/")[2])
    told = [
        each
        for code in ASK_OF_SUICIDE
        if code != fact.instrument and (each := person.latest(code)) is not None
        if each.fact.visit == fact.visit and each.at.day == case.at.day
    ]
    if not term or any(_suicidality_of(each.fact, threshold) == term for each in told):
        return
    event = AdverseEvent(
        term=term,
        onset=case.at.day.isoformat(),
        end="",
        severity="severe",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest="suicidality",
        source="spontaneous",
        prompt="",
        visit=fact.visit,
        peak="",
        rated={},
    )
    pen.follow(stream, event, because=because)


def _suicidality_of(fact: FormCompleted, threshold: float) -> str:
    """What a form tells of: behaviour, ideation at or above the threshold, or neither."""
    ideation, behaviour = fact.scores.get("ideation"), fact.scores.get("behaviour")
    if behaviour is True:
        return "Suicidal behaviour"
    severe = isinstance(ideation, int | float) and ideation >= threshold
    return "Suicidal ideation" if severe else ""


def sign_form(case: Case, ask: SignForm, pen: Pen) -> list[Reason]:
    """The author binds their signature to the form's present content."""
    person = case.participant(ask.participant)
    form = person.form_of(ask.form_record)
    if form is None:
        raise UnknownName(f"{ask.participant} has no form with the record {ask.form_record}.")
    reasons = [
        *signed_by_author(case, form),
        *not_signed(form),
        *meaning_given(ask),
        *guess_given(case, person, form),
    ]
    if reasons:
        return reasons
    fact = FormSigned(form_record=str(form.root), meaning=ask.meaning, digest=content_digest(form.fact))
    pen.write(participant_stream(ask.participant), fact, because=form.root)
    return []


def signed_by_author(case: Case, form: FormDone) -> list[Reason]:
    """Nobody signs for another."""
    if case.stamp.author == form.author:
        return []
    return [Reason("not-author", f"{form.author} filled this form and alone can sign it.", form.author)]


def not_signed(form: FormDone) -> list[Reason]:
    """The present content bears no signature yet."""
    return [Reason("already-signed", "This form is signed already.")] if form.signed else []


def meaning_given(ask: SignForm) -> list[Reason]:
    """A signature says what it means (21 CFR 11.50)."""
    if ask.meaning.strip():
        return []
    return [Reason("no-meaning", "Say what the signature means: authorship, review, approval.")]


def guess_given(case: Case, person: ParticipantStanding, form: FormDone) -> list[Reason]:
    """A rating is final only when its rater has said what they believe, where the visit asks for it."""
    guesses = {each.form for each in case.protocol.blinding.guesses}
    visit = next((each for each in case.protocol.visits if each.code == form.fact.visit), None)
    if visit is None or form.role != Role.RATER or form.fact.form in guesses:
        return []
    asked = [each.form for each in visit.forms if each.by is Role.RATER and each.form in guesses]
    return [
        Reason("guess-first", f"Fill {code} first: a rating is signed with what its rater believes.", code)
        for code in asked
        if not any(
            each.role == Role.RATER and each.fact.visit == visit.code for each in person.forms.get(code, ())
        )
    ]


def assign_rater(case: Case, ask: AssignRater, pen: Pen) -> list[Reason]:
    """Draw one of the raters who hold the role here and were in none of the person's sessions."""
    person = case.participant(ask.participant)
    case.visit(ask.visit)
    if not 0.0 <= ask.draw < 1.0:
        raise ImpossibleValue("The draw is a number from 0 up to but not 1.", field="draw")
    free = independent_raters(case, person, ask)
    reasons = [
        *consent.in_force(case.protocol, person),
        *still_in_study(person),
        *data_use.research_open(person, "a rating"),
        *somebody_free(free),
        *not_assigned(person, ask),
    ]
    if reasons:
        return reasons
    rater = free[int(ask.draw * len(free))]
    task = uuid5(case.stamp.id, "task").hex
    fact = RaterAssigned(rater=rater, visit=ask.visit, task=task)
    pen.write(participant_stream(ask.participant), fact)
    return []


def independent_raters(case: Case, person: ParticipantStanding, ask: AssignRater) -> list[str]:
    """Raters of this site who sat in no session of this participant and learned nothing of it, in order."""
    seen = {name for session in person.sessions.values() for name in session.people} | set(person.told)
    return sorted(
        rater
        for rater in set(ask.raters)
        if rater not in seen and case.staff(rater).holds(Role.RATER, site=case.stamp.site)
    )


def somebody_free(free: list[str]) -> list[Reason]:
    """There is an independent rater."""
    if free:
        return []
    return [Reason("no-independent-rater", "No named rater holds the role here and is independent.")]


def not_assigned(person: ParticipantStanding, ask: AssignRater) -> list[Reason]:
    """The rating of this visit was not drawn yet, or its rater has learned something since."""
    if not rater_drawn(person, ask.visit):
        return []
    return [Reason("rater-already-assigned", f"A rater was already drawn for {ask.visit}.", ask.visit)]


def rater_drawn(person: ParticipantStanding, visit: str) -> bool:
    """Whether a rater who may still rate was drawn for a visit: who learned something is replaced."""
    return any(each.visit == visit and each.rater not in person.told for each in person.tasks.values())


def report_unblinding(case: Case, tell: ReportUnblinding, pen: Pen) -> None:
    """Somebody learned or was told something about an allocation: an incident and a deviation."""
    case.participant(tell.participant)
    needed(tell.who, field="who", ask="Say who learned something.")
    needed(tell.how, field="how", ask="Say what was learned, and how.")
    stream = participant_stream(tell.participant)
    main = pen.write(stream, UnblindingIncident(who=tell.who, how=tell.how))
    what = f"{tell.who} learned something about the allocation."
    pen.deviate(stream, "unblinding-incident", what, severity="major", because=main.id)


def record_medication(case: Case, tell: RecordMedication, pen: Pen) -> None:
    """A medicine taken or stopped, with partial dates."""
    case.participant(tell.participant)
    if not tell.medicine.strip():
        raise ImpossibleValue("Name the medicine.", field="medicine")
    started, stopped = (
        partial_date(text, field=field)
        for text, field in ((tell.started, "started"), (tell.stopped, "stopped"))
    )
    if started and stopped and stopped.latest < started.earliest:
        raise ImpossibleValue("A medicine is not stopped before it is begun.", field="stopped")
    fact = MedicationRecorded(
        medicine=tell.medicine, class_=tell.class_, started=tell.started, stopped=tell.stopped
    )
    pen.write(participant_stream(tell.participant), fact)


def record_laboratory(case: Case, tell: RecordLaboratory, pen: Pen) -> None:
    """A laboratory or ECG value with its reference range."""
    case.participant(tell.participant)
    needed(tell.test, field="test", ask="Name the test.")
    for field, number in (("value", tell.value), ("low", tell.low), ("high", tell.high)):
        if number is not None and not math.isfinite(number):
            raise ImpossibleValue(f"{tell.test}: expected a number; found {number!r}.", field=field)
    if tell.low is not None and tell.high is not None and tell.low > tell.high:
        raise ImpossibleValue("A reference range runs from the lower to the higher value.", field="low")
    try:
        taken = date.fromisoformat(tell.taken_on)
    except ValueError:
        raise ImpossibleValue(
            f"Expected a date such as 2026-11-23; found {tell.taken_on!r}.", field="taken_on"
        ) from None
    if taken > case.now.date() and taken > case.at.day:
        raise ImpossibleValue(
            f"{tell.test} cannot have been taken on {taken}, a day to come.", field="taken_on"
        )
    fact = LaboratoryResult(
        test=tell.test, value=tell.value, unit=tell.unit, low=tell.low, high=tell.high, taken_on=tell.taken_on
    )
    pen.write(participant_stream(tell.participant), fact)


def partial_date(text: str, *, field: str) -> PartialDate | None:
    """A date known at least in part, None for an empty text; ImpossibleValue with the field for others."""
    try:
        return PartialDate.parse(text) if text else None
    except ImpossibleValue:
        raise ImpossibleValue(
            f"Expected a date such as 2026-11-23, 2026-11, 2026 or unknown; found {text!r}.",
            field=field,
            code="no-date",
            given={"text": text},
        ) from None
