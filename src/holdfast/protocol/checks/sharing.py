"""Checks of what leaves a study: withdrawal from the use of data, and what goes to a registry."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.checks.people import GUESS
from holdfast.protocol.model import Protocol, StudyForm, Variable
from holdfast.protocol.reader import Place


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    yield from _withdrawal(protocol)
    yield from _forms(protocol)
    yield from _fields(protocol)


def _withdrawal(protocol: Protocol) -> Iterator[Fault]:
    given, here = protocol.data_use_withdrawal, "data_use_withdrawal"
    if given is None:
        return
    if given.collection == "for-care" and protocol.programme is None:
        found = "'for-care' in a trial"
        remedy = "In a trial everything is recorded for research: write 'ends'."
        yield Fault((here, "collection"), found, "'ends'", remedy)
    items = {item.code: item for item in protocol.consent}
    for index, code in enumerate(given.consents):
        place: Place = (here, "consents", index)
        if code not in items:
            yield stranger(place, code, items, what="consent item")
        elif items[code].required:
            found = f"{code}, without which nobody takes part"
            remedy = "Remove it: the rest says what becomes of taking part."
            yield Fault(place, found, "optional items", remedy)


def _forms(protocol: Protocol) -> Iterator[Fault]:
    forms = {form.form: form for form in protocol.forms}
    for index, code in enumerate(protocol.registry_export.forms):
        place: Place = ("registry_export", "forms", index)
        if code not in forms:
            yield stranger(place, code, forms, what="form")
        elif (found := _kept_back(forms[code])) is not None:
            yield Fault(place, found, "a form of an instrument that tells no arm", "Remove it.")


def _kept_back(form: StudyForm) -> str | None:
    if form.holds_allocation:
        return f"{form.form}, which tells the arm"
    if form.instrument == GUESS:
        return f"{form.form}, a guess of the arm"
    return None if form.instrument else f"{form.form}, a form of own fields (name them under 'fields')"


def _fields(protocol: Protocol) -> Iterator[Fault]:
    asked = {name for form in protocol.forms if not form.holds_allocation for name in form.fields}
    known = {each.name: each for each in protocol.variables if each.name in asked}
    for index, name in enumerate(protocol.registry_export.fields):
        place: Place = ("registry_export", "fields", index)
        if name not in known:
            # What is not asked in a study without these fields does not leave it either.
            if "fields" in protocol.registry_export.model_fields_set:
                yield stranger(place, name, known, what="field")
        elif _free(known[name]):
            yield Fault(
                place,
                f"{name}, a free text",
                "a number, a date or a choice",
                "Remove it: a text may name people.",
            )


def _free(variable: Variable) -> bool:
    return variable.type == "text" and not variable.options
