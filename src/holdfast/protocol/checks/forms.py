"""Checks of forms, variables and rules: nothing is asked twice, everything used is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from holdfast.errors import RuleError
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.citations import NO_SOURCE
from holdfast.protocol.model import Criterion, Protocol, StudyForm, Variable, VisitKind
from holdfast.protocol.names import gate_names, study_names, visits_of
from holdfast.protocol.reader import Place
from holdfast.protocol.rules import Declared, check_boolean, names_in, parse
from holdfast.protocol.variables import SESSION_VARIABLES
from holdfast.sourced import Status

_NUMBER = re.compile(r"(?<![\w.\"'-])\d+(\.\d+)?(?![\w\"'-])")
_STATUSES = frozenset(Status) - {Status.RECALLED_UNVERIFIED}


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    for index, form in enumerate(protocol.forms):
        yield from _form(index, form, protocol)
    for index, variable in enumerate(protocol.variables):
        yield from _variable(index, variable, protocol)
    names = study_names(protocol)
    for index, criterion in enumerate(protocol.eligibility):
        yield from _criterion(index, criterion, protocol, names)
    yield from _gates(protocol)


def _form(index: int, form: StudyForm, protocol: Protocol) -> Iterator[Fault]:
    place: Place = ("forms", index)
    if (form.instrument is None) == (not form.fields):
        found = (
            "neither 'instrument' nor 'fields'"
            if form.instrument is None
            else "both 'instrument' and 'fields'"
        )
        yield Fault(place, found, "one of the two", "A form is an instrument, or has fields of its own.")
    if form.instrument is not None and form.instrument not in INSTRUMENTS:
        yield stranger((*place, "instrument"), form.instrument, INSTRUMENTS, what="instrument")
    if not form.read:
        remedy = "List the roles that may read it once it is filled."
        yield Fault((*place, "read"), "no role that may read it", "at least one role", remedy)
    known = {variable.name for variable in protocol.variables if variable.score is None}
    for number, field in enumerate(form.fields):
        if field not in known:
            yield stranger((*place, "fields", number), field, known, what="variable")
        twice = [other.form for other in protocol.forms[:index] if field in other.fields]
        if twice or field in form.fields[:number]:
            found = f"{field!r}, which {twice[0] if twice else form.form} asks already"
            yield Fault(
                (*place, "fields", number), found, "each variable on one form", "Remove one of the two."
            )


def _variable(index: int, variable: Variable, protocol: Protocol) -> Iterator[Fault]:
    place: Place = ("variables", index)
    if variable.name in SESSION_VARIABLES or variable.name.startswith("limit_"):
        found = f"{variable.name!r}, a name that dosing sessions fill"
        yield Fault((*place, "name"), found, "a name of its own", "Choose another name.")
    if variable.options and variable.type != "text":
        found = f"options of a {variable.type}"
        yield Fault((*place, "options"), found, "options of a text only", "Change the type to text.")
    yield from _says(place, variable)
    if variable.visit is not None and variable.visit not in {visit.code for visit in protocol.visits}:
        codes = (visit.code for visit in protocol.visits)
        yield stranger((*place, "visit"), variable.visit, codes, what="visit")
        return
    if variable.score is not None:
        yield from _score(place, variable)
    if not visits_of(protocol, variable):
        where = f"at {variable.visit}" if variable.visit else "at any visit"
        yield Fault(
            (*place, "name"),
            f"{variable.name!r}, which no form asks {where}",
            "a variable that can become known",
            "Put it on a form, and the form on a visit; or remove it.",
        )


def _says(place: Place, variable: Variable) -> Iterator[Fault]:
    """Words of options, each of an option and in English at least."""
    for option, text in variable.says.items():
        if option not in variable.options:
            yield stranger((*place, "says", option), option, variable.options, what="option")
        elif not text.get("en", "").strip():
            remedy = "Write it; other languages beside it."
            yield Fault((*place, "says", option), "no English text", "a text under 'en'", remedy)


def _score(place: Place, variable: Variable) -> Iterator[Fault]:
    code, _, name = (variable.score or "").partition(".")
    if code not in INSTRUMENTS:
        yield stranger((*place, "score"), code, INSTRUMENTS, what="instrument")
        return
    scores = {score.name: score for score in INSTRUMENTS[code].score_names}
    if name not in scores:
        yield stranger((*place, "score"), name, scores, what=f"score of {code}")
        return
    wanted = "bool" if scores[name].kind is bool else "number"
    if variable.type != wanted:
        found = f"the type {variable.type}"
        yield Fault((*place, "type"), found, f"{wanted}, which {variable.score} is", "Change the type.")


def _criterion(
    index: int, criterion: Criterion, protocol: Protocol, names: Mapping[str, Declared]
) -> Iterator[Fault]:
    place: Place = ("eligibility", index)
    yield from status_of((*place, "status"), criterion.status, source=criterion.source)
    wrong = list(rule_faults((*place, "rule"), criterion.rule, names))
    yield from wrong
    if criterion.at != "screening" or wrong:
        return
    kinds = {visit.code: visit.kind for visit in protocol.visits}
    by_name = {variable.name: variable for variable in protocol.variables}
    for name in sorted(names_in(parse(criterion.rule))):
        held = visits_of(protocol, by_name[name])
        if held and all(kinds[code] is not VisitKind.SCREENING for code in held):
            found = f"{name!r}, which is known only from {held[0]} on"
            yield Fault(
                (*place, "rule"), found, "names known at screening", "Set 'at: baseline' for this criterion."
            )


def rule_faults(place: Place, text: str, names: Mapping[str, Declared]) -> Iterator[Fault]:
    """What is wrong with a rule over these names."""
    try:
        check_boolean(parse(text), names)
    except RuleError as error:
        found = f"the rule {text!r}"
        yield Fault(place, found, "a rule that holds, fails or is unknown", str(error))


def status_of(place: Place, status: str, *, source: str) -> Iterator[Fault]:
    """A status must be one of the known words; what is only recalled is no source."""
    if source == NO_SOURCE:
        return
    if status not in _STATUSES:
        words = ", ".join(sorted(_STATUSES))
        yield Fault(place, f"the status {status!r}", f"one of {words}", "Say how it is known.")


def _gates(protocol: Protocol) -> Iterator[Fault]:
    names = gate_names(protocol)
    for index, item in enumerate(protocol.gates):
        place: Place = ("gates", index)
        yield from rule_faults((*place, "rule"), item.rule, names)
        if _NUMBER.search(item.rule) and not item.source:
            yield Fault(
                (*place, "rule"),
                "a number in a rule without a source",
                "'source:' beside the rule, or a limit instead of the number",
                "State where the number comes from.",
            )
        if item.source:
            yield from status_of((*place, "status"), item.status, source=item.source)
