"""The facts that rules may ask for: a participant's declared variables, and a session's moment.

A fact that is not known is left out; the rule is then unknown and says what would settle it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from holdfast.conduct import values
from holdfast.conduct.case import Case, hours_between
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.standing.participant import newest
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Protocol, Variable
from holdfast.protocol.rules import Rule, Value, Verdict, evaluate, names_in, parse
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
    facts = {**participant_facts(case.protocol, person), **confirmed_facts(confirmed)}
    facts.update(_limits(case))
    facts.update(_readings(case, session, max_age))
    facts.update(_ideation(case, person, session))
    facts["monitors_present"] = len(session.in_room)
    facts["consent_in_force"] = consent_in_force
    facts["emergency_kit_in_date"] = case.site.emergency_kit_until >= case.today
    if session.t0 is not None:
        facts["hours_since_first_dose"] = hours_between(session.t0, case.at)
    if taking_forbidden(person, at=case.at):
        facts["mao_inhibitor_or_lithium"] = True
    if step not in session.kits:
        facts["kit_matches"] = False
    return facts


def taking_forbidden(person: ParticipantStanding, *, at: Instant) -> bool:
    """Whether the medication list names an MAO inhibitor or lithium not surely stopped before that day."""
    return any(
        each.class_ in FORBIDDEN_WITH_MDMA
        and not (each.stopped and PartialDate.parse(each.stopped).before(at.day))
        for each in person.medicines.values()
    )


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
        if measure == "suds" or (oldest is not None and reading.at.at >= oldest)
    }


def _ideation(case: Case, person: ParticipantStanding, session: SessionStanding) -> dict[str, Value]:
    """The C-SSRS of the day, or one filled since the session began; an older one tells nothing."""
    done = person.latest("C-SSRS")
    since = session.started
    if done is None or (done.at.day != case.at.day and (since is None or done.at.at < since.at)):
        return {}
    scores = {"cssrs_ideation": "ideation", "cssrs_behaviour": "behaviour"}
    known = {name: _plain(done.fact.scores.get(score)) for name, score in scores.items()}
    return {name: value for name, value in known.items() if value is not None}
