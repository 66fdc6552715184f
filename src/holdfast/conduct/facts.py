"""The facts that rules may ask for: a participant's declared variables, and a session's moment.

A fact that is not known is left out; the rule is then unknown and says what would settle it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from holdfast.conduct import values
from holdfast.conduct.case import Case, hours_between
from holdfast.conduct.evidence import Said, of_records, with_people
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.standing.parts import FormDone, Medicine, newest
from holdfast.conduct.washout import classes_of
from holdfast.errors import ImpossibleValue
from holdfast.instruments.catalogue import ALONE, INTERVIEW
from holdfast.protocol.model import Protocol, Variable
from holdfast.protocol.rules import Rule, Truth, Value, Verdict, evaluate, names_in, parse
from holdfast.records.fact import Json
from holdfast.timing import Instant, PartialDate

FORBIDDEN_WITH_MDMA = frozenset({"mao-inhibitor", "lithium"})
"""Medication classes that stop every dose."""

CONFIRMABLE = frozenset(
    {
        "identity_confirmed",
        "kit_matches",
        "mao_inhibitor_or_lithium",
        "pregnancy_test_negative",
        "physician_reachable",
        "fasted",
        "escort_arranged",
        "touch_agreement_read",
        "laboratory_in_window",
        "washout_done",
        "eligibility_rechecked",
        "contraindication",
        "oriented",
        "gait_steady",
    }
)
"""What people at a gate may confirm; everything else is taken from the records."""


@lru_cache(maxsize=1024)
def parsed(rule: str) -> tuple[Rule, tuple[str, ...]]:
    """A rule's tree and the names in it; the same text is parsed once."""
    tree = parse(rule)
    return tree, tuple(sorted(names_in(tree)))


def verdict(rule: str, facts: Mapping[str, Value]) -> Verdict:
    """Whether a rule holds, fails or is unknown."""
    # The evaluator looks at every fact it is given: hand it only those the rule names.
    tree, names = parsed(rule)
    return evaluate(tree, {name: facts[name] for name in names if name in facts})


def participant_facts(protocol: Protocol, standing: ParticipantStanding) -> dict[str, Value]:
    """The declared variables that have a value now, by name."""
    found: dict[str, Value] = {}
    for variable in protocol.variables:
        known = _score(variable, standing) if variable.score else _field(variable, standing, protocol)
        if known is not None:
            found[variable.name] = known
    return found


def _score(variable: Variable, standing: ParticipantStanding) -> Value:
    form, _, score = (variable.score or "").partition(".")
    everywhere = newest(standing.forms.get(form, ()))
    done = standing.form_at(variable.visit, form) if variable.visit else everywhere
    return None if done is None else _plain(done.fact.scores.get(score))


def _field(variable: Variable, standing: ParticipantStanding, protocol: Protocol) -> Value:
    for form in protocol.forms:
        if variable.name in form.fields:
            done = newest(standing.forms.get(form.form, ()))
            if done is not None and variable.name in done.fact.answers:
                return _plain(done.fact.answers[variable.name])
    return None


def _plain(given: Json) -> Value:
    return given if isinstance(given, bool | int | float | str) else None


def confirmed_facts(confirmed: Mapping[str, Json]) -> dict[str, Value]:
    """What people confirmed. ImpossibleValue for a name nobody can confirm, or no yes or no."""
    for name, said in confirmed.items():
        if name not in CONFIRMABLE:
            raise ImpossibleValue(f"{name!r} is not something people confirm at a gate.", field=name)
        if not isinstance(said, bool):
            raise ImpossibleValue(f"{name!r} is confirmed by yes or no, not {said!r}.", field=name)
    return {name: said for name, said in confirmed.items() if isinstance(said, bool)}


def session_facts(
    case: Case,
    session: SessionStanding,
    *,
    step: str,
    confirmed: Mapping[str, Json],
    consent_in_force: bool,
    max_age: str = "vitals-age-at-dose",
) -> dict[str, Value]:
    """Everything a gate rule may ask of this moment, as the records and the people present tell."""
    person = case.participant(session.participant)
    told = with_people(said_of(case, person), confirmed_facts(confirmed))
    facts = {**participant_facts(case.protocol, person), **told}
    facts.update(_limits(case))
    facts.update(_readings(case, session, max_age))
    if session.suds_baseline is not None and session.t0 is not None:
        facts["suds_baseline"] = session.suds_baseline.value
    facts.update(_ideation(case, person, session))
    facts["monitors_present"] = len(session.in_room)
    facts["consent_in_force"] = consent_in_force
    facts["emergency_kit_in_date"] = case.site.emergency_kit_until >= case.today
    if session.t0 is not None:
        facts["hours_since_first_dose"] = hours_between(session.t0, case.at)
    if taking_forbidden(person, at=case.at):
        facts["mao_inhibitor_or_lithium"] = True
    if told.get("eligibility_rechecked") is True and criteria_failed(case.protocol, person):
        facts["eligibility_rechecked"] = False
    if step not in session.kits:
        facts["kit_matches"] = False
    return facts


def said_of(case: Case, person: ParticipantStanding) -> Mapping[str, Said]:
    """What the records say today of what people would otherwise only confirm."""
    return of_records(case.protocol, person, case.at.day, study=case.study, site=case.site)


def because_of_records(case: Case, person: ParticipantStanding, names: Iterable[str]) -> tuple[str, ...]:
    """The sentences of the records on these facts: what is missing, too old, still taken, failed."""
    said = said_of(case, person)
    found = [sentence for name in names if name in said for sentence in said[name].because]
    if "mao_inhibitor_or_lithium" in names:
        found += [f"{each.medicine} is on the medication list." for each in forbidden(person, on=case.at.day)]
    if "eligibility_rechecked" in names:
        found += [f"{code} fails on what is recorded." for code in criteria_failed(case.protocol, person)]
    return tuple(found)


def waits_for_signature(case: Case, person: ParticipantStanding, names: Iterable[str]) -> bool:
    """Whether what the records say of one of these facts waits for the signature of a figure."""
    said = said_of(case, person)
    return any(said[name].unsigned for name in names if name in said)


def taking_forbidden(person: ParticipantStanding, *, at: Instant) -> bool:
    """Whether the medication list names an MAO inhibitor or lithium not surely stopped before that day."""
    return bool(forbidden(person, on=at.day))


def forbidden(person: ParticipantStanding, *, on: date) -> tuple[Medicine, ...]:
    """MAO inhibitors and lithium on the list, by class or by name, not surely stopped before that day."""
    return tuple(
        each
        for each in person.medicines.values()
        if classes_of(each) & FORBIDDEN_WITH_MDMA
        and not (each.stopped and PartialDate.parse(each.stopped).before(on))
    )


def criteria_failed(protocol: Protocol, person: ParticipantStanding) -> tuple[str, ...]:
    """Criteria that fail on what is recorded now, whenever they were judged."""
    facts = participant_facts(protocol, person)
    failed = (each for each in protocol.eligibility if verdict(each.rule, facts).truth is Truth.FAILS)
    return tuple(each.code for each in failed)


def _limits(case: Case) -> dict[str, Value]:
    known: dict[str, Value] = {}
    for limit in case.protocol.limits:
        number = values.limit_value(limit, study=case.study, site=case.site)
        if number is not None:
            known[limit_name(limit.code)] = number
    return known


def limit_name(code: str) -> str:
    """What rules call a limit: ``limit_`` and its code with underscores."""
    return "limit_" + code.replace("-", "_")


def names_limit(rule: str, code: str) -> bool:
    """Whether a rule names that limit."""
    return re.search(rf"\b{limit_name(code)}\b", rule) is not None


def _readings(case: Case, session: SessionStanding, max_age: str) -> dict[str, Value]:
    minutes = values.setting(case.protocol, max_age, study=case.study, site=case.site)
    oldest = None if minutes is None else case.at.at - timedelta(minutes=minutes)
    return {
        measure: reading.value
        for measure, reading in session.last.items()
        if oldest is not None and reading.at.at >= oldest
    }


def _ideation(case: Case, person: ParticipantStanding, session: SessionStanding) -> dict[str, Value]:
    """The C-SSRS of the day, or one filled since the session began; an older one tells nothing.

    What the participant reported alone after it counts where it is graver: a self-report opens no gate,
    but may shut one until somebody has asked again.
    """
    since = session.started

    def told(instrument: str) -> FormDone | None:
        done = person.latest(instrument)
        old = done is None or (done.at.day != case.at.day and (since is None or done.at.at < since.at))
        return None if old else done

    interview, alone = told(INTERVIEW), told(ALONE)
    if interview is None:
        return {}
    found = _suicidality(interview)
    if alone is not None and alone.at.at > interview.at.at:
        later = _suicidality(alone)
        found |= {name: max(value, later.get(name, value)) for name, value in found.items()}
    return dict(found)


def _suicidality(done: FormDone) -> dict[str, float | bool]:
    scores = {"cssrs_ideation": "ideation", "cssrs_behaviour": "behaviour"}
    known = {name: done.fact.scores.get(score) for name, score in scores.items()}
    return {name: value for name, value in known.items() if isinstance(value, int | float)}
