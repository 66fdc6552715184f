"""Which names a rule may use where, as the study file declares them."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.protocol.model import Protocol, StudyForm, Variable
from holdfast.protocol.rules import Declared
from holdfast.protocol.variables import SESSION_VARIABLES, limit_variables


def study_names(protocol: Protocol, *, language: str = "en") -> Mapping[str, Declared]:
    """The declared variables: what eligibility rules may use."""
    return {variable.name: declared(variable, language=language) for variable in protocol.variables}


def gate_names(protocol: Protocol, *, language: str = "en") -> Mapping[str, Declared]:
    """What gate rules may use: declared variables, session variables, signed limits."""
    return {
        **study_names(protocol, language=language),
        **SESSION_VARIABLES,
        **limit_variables(protocol.limits),
    }


def declared(variable: Variable, *, language: str = "en") -> Declared:
    """A variable as rules see it."""
    label = variable.label.get(language) or variable.label.get("en", variable.name)
    return Declared(variable.type, unit=variable.unit, label=label, options=variable.options)


def form_of(protocol: Protocol, variable: Variable) -> StudyForm | None:
    """The form a variable is asked on or scored from; None where no form holds it."""
    code = variable.score.partition(".")[0] if variable.score else None
    for form in protocol.forms:
        if form.form == code or (variable.score is None and variable.name in form.fields):
            return form
    return None


def visits_of(protocol: Protocol, variable: Variable) -> tuple[str, ...]:
    """The codes of the visits at which a variable can become known."""
    form = form_of(protocol, variable)
    if form is None:
        return ()
    held = (visit.code for visit in protocol.visits if any(one.form == form.form for one in visit.forms))
    return tuple(code for code in held if variable.visit in (None, code))
