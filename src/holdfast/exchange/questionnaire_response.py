"""FHIR R4: a person's own answers as a Bundle of QuestionnaireResponse, to take along.

No subject is named: the file is the person's, and says nothing of who they are, of a study or of an
arm. What has no answer carries its reason as the extension data-absent-reason. Scores stand as a group
``score`` after the answers: numbers worked out from them, no diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.errors import BrokenRecord
from holdfast.instruments import catalogue
from holdfast.instruments.scale import Item, Text
from holdfast.protocol.model import Protocol, StudyForm, Variable
from holdfast.records.assessment import FormCompleted
from holdfast.records.fact import Json
from holdfast.timing import Instant

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
REASONS: Mapping[str, str] = {
    "not_asked": "not-asked",
    "not_done": "not-performed",
    "refused": "asked-declined",
    "unknown": "unknown",
    "not_applicable": "not-applicable",
}
"""Our reasons in the code system http://terminology.hl7.org/CodeSystem/data-absent-reason."""
STATUSES = frozenset({"completed", "amended"})
SCORE = "score"
SCORES: Text = {"en": "Scores", "es": "Puntuaciones"}
FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
Resource = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form that somebody filled: its record's id, when, whether it was put right since."""

    id: UUID
    fact: FormCompleted
    at: Instant
    amended: bool


def bundle(filled: Sequence[Filled], protocol: Protocol, *, language: str, now: datetime) -> Resource:
    """The answers and scores of forms, in their order; checked before it is given away."""
    made: Resource = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": now.isoformat(timespec="seconds"),
        "entry": [
            {"fullUrl": each.id.urn, "resource": response(each, protocol, language=language)}
            for each in filled
        ],
    }
    check(made)
    return made


def response(filled: Filled, protocol: Protocol, *, language: str) -> Resource:
    """One form as a QuestionnaireResponse."""
    fact = filled.fact
    named = fact.instrument or fact.form
    items = [*_answers(fact, protocol, language=language)]
    scores = [*_scores(fact, language=language)]
    if scores:
        items.append({"linkId": SCORE, "text": said(SCORES, language), "item": scores})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": str(filled.id),
        "language": language,
        "questionnaire": f"urn:holdfast:form:{named}|{fact.instrument_version}",
        "status": "amended" if filled.amended else "completed",
        "authored": filled.at.local.isoformat(timespec="seconds"),
        "item": items,
    }


def _answers(fact: FormCompleted, protocol: Protocol, *, language: str) -> Iterator[Resource]:
    asked = {code: (label, options) for code, label, options in questions(fact, protocol)}
    # In the order of the form: a fact keeps its answers in the order of their codes. A question that an
    # amendment took away stands last.
    for code in dict.fromkeys((*asked, *fact.answers)):
        if code in fact.answers:
            label, options = asked.get(code, ({"en": code}, {}))
            given = _answer(fact.answers[code], options, language=language)
            yield {"linkId": code, "text": said(label, language), **given}


Options = Mapping[str, Text]


def questions(fact: FormCompleted, protocol: Protocol) -> list[tuple[str, Text, Options]]:
    """Code, label and options (label by stored value as text) of every question of a form."""
    if fact.instrument:
        return [(item.code, item.label, _options(item)) for item in catalogue.get(fact.instrument).items]
    form = next((each for each in protocol.forms if each.form == fact.form), None)
    return [] if form is None else [*_own(form, protocol)]


def _options(item: Item) -> Options:
    return {f"{option.value}": option.label for option in item.options if not isinstance(option.value, bool)}


def _own(form: StudyForm, protocol: Protocol) -> Iterator[tuple[str, Text, Options]]:
    variables = {each.name: each for each in protocol.variables}
    for name in form.fields:
        yield name, variables[name].label, _choices(variables[name])


def _choices(variable: Variable) -> Options:
    return {option: variable.says.get(option, {"en": option}) for option in variable.options}


def _answer(given: Json, options: Options, *, language: str) -> Resource:
    if isinstance(given, dict):
        return _absent(REASONS[str(given.get("absent"))])
    if isinstance(given, bool):
        return {"answer": [{"valueBoolean": given}]}
    if f"{given}" in options:
        coding = {"code": f"{given}", "display": said(options[f"{given}"], language)}
        return {"answer": [{"valueCoding": coding}]}
    if isinstance(given, int):
        return {"answer": [{"valueInteger": given}]}
    if isinstance(given, float):
        return {"answer": [{"valueDecimal": given}]}
    return {"answer": [{"valueString": str(given)}]} if given != "" else _absent("unknown")


def _absent(code: str) -> Resource:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}


def _scores(fact: FormCompleted, *, language: str) -> Iterator[Resource]:
    names = (
        {each.name: each.label for each in catalogue.get(fact.instrument).score_names}
        if fact.instrument
        else {}
    )
    for name in sorted(fact.scores, key=[*names, *fact.scores].index):
        value, text = fact.scores[name], said(names.get(name, {"en": name}), language)
        shown = _absent("unknown") if value is None else _answer(value, {}, language=language)
        yield {"linkId": f"{SCORE}.{name}", "text": text, **shown}


def said(text: Text, language: str) -> str:
    """A text in a language, English where it has none."""
    return text.get(language) or text["en"]


# --- the check -----------------------------------------------------------------------------------


def check(made: Resource) -> None:
    """BrokenRecord where a bundle holds what the standard's value sets, or ours, do not have."""
    entries = made["entry"]
    assert isinstance(entries, list)
    for entry in entries:
        resource = entry["resource"]
        if resource["status"] not in STATUSES or not FHIR_ID.fullmatch(resource["id"]):
            raise BrokenRecord(f"A form of status {resource['status']!r} cannot be given away as FHIR.")
        _check_items(resource["item"])


def _check_items(items: Sequence[Mapping[str, object]]) -> None:
    links = [item["linkId"] for item in items]
    if len(set(links)) < len(links):
        raise BrokenRecord("A question stands twice in an answered form.")
    for item in items:
        inner = item.get("item")
        if isinstance(inner, list):
            _check_items(inner)
        elif ("answer" in item) == ("extension" in item):
            raise BrokenRecord(f"{item['linkId']} has neither an answer nor a reason, or both.")
        elif "extension" in item:
            _check_reason(item["extension"])


def _check_reason(extension: object) -> None:
    known = {*REASONS.values()}
    if not isinstance(extension, list) or any(
        each.get("url") != ABSENT or each.get("valueCode") not in known for each in extension
    ):
        raise BrokenRecord("A missing answer has a reason that FHIR has no code for.")
