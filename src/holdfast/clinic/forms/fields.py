"""A field: one thing a page asks for, whether an instrument's item, a study's variable or a deed's detail.

Everything that draws or reads a form knows fields only, so that all forms look and behave alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import number_said
from holdfast.instruments import catalogue
from holdfast.instruments.answers import parse_shown_if
from holdfast.instruments.scale import AbsenceReason, Instrument, Item, Wording
from holdfast.protocol.model import Protocol, StudyForm, Variable
from holdfast.protocol.rules import unit_words
from holdfast.records.fact import Json


class Kind(StrEnum):
    """How a field is asked for."""

    CHOICE = "choice"
    SEVERAL = "several"
    NUMBER = "number"
    TEXT = "text"
    NOTE = "note"
    DATE = "date"
    TIME = "time"


BUTTONS = 9
"""So many choices are shown as buttons; more become a list."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: what the browser sends, the stored value, the label."""

    sent: str
    value: Json
    label: str

    @property
    def numbered(self) -> bool:
        """Whether its value is a number that raters know it by."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a field is shown: another field's answer as the browser sends it, equal or not."""

    code: str
    equal: bool
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing asked for. ``within`` names the field it is a detail of; ``absent`` offers coded reasons."""

    code: str
    label: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    unit: str = ""
    required: bool = True
    shown_if: Condition | None = None
    within: str = ""
    hint: str = ""
    absent: bool = False
    initial: Json = None

    def chosen(self, answer: Json) -> bool:
        """Whether an answer is one of its choices: words of the question, not of whoever answers."""
        return any(each.sent == sent(answer) for each in self.choices)

    @property
    def listed(self) -> bool:
        """Whether its choices are too many for buttons side by side."""
        return self.kind is Kind.CHOICE and len(self.choices) > BUTTONS

    @property
    def scale(self) -> bool:
        """Whether its choices stand under each other on a telephone."""
        return len(self.choices) > len(yes_no()) + 1

    @property
    def step(self) -> str:
        """The step of a number input."""
        return "1" if self.whole else "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A form as it is asked: its name, what one must know before answering, its fields.

    ``licence`` and ``source`` are those of others' work, in English.
    """

    code: str
    name: str
    instructions: str
    recall: str
    note: str
    licence: str
    source: str
    fields: tuple[Field, ...]
    instrument: Instrument | None
    language: str
    """What its questions are in: the language of the page, or English."""
    wording: str = ""
    """The digest of the brought words that it is asked in; empty for our own (see ``worded``)."""


def words(text: Mapping[str, str]) -> str:
    """A text in the language of the page, or English."""
    return text.get(get_language() or "en") or text.get("en", "")


def drawn(protocol: Protocol, form: StudyForm, *, instrument: Instrument | None = None) -> Drawn:
    """The form of a study as it is asked; ``instrument`` where it is asked in other words than our own."""
    if form.instrument:
        return _of_instrument(form, instrument or catalogue.get(form.instrument))
    variables = {each.name: each for each in protocol.variables}
    return Drawn(
        code=form.form,
        name=words(form.name),
        instructions="",
        recall="",
        note="",
        licence="",
        source="",
        fields=tuple(_of_variable(variables[name]) for name in form.fields),
        instrument=None,
        language=_language(variables[name].label for name in form.fields),
    )


def _of_instrument(form: StudyForm, instrument: Instrument) -> Drawn:
    labels_only, own = instrument.wording is Wording.LABEL_ONLY, instrument.wording is Wording.OURS
    codes = {item.code for item in instrument.items}
    return Drawn(
        code=form.form,
        name=words(instrument.name),
        instructions=words(instrument.instructions),
        recall=words(instrument.recall),
        note=_("Short labels of our own: read the questions from the licensed form.") if labels_only else "",
        licence="" if own else instrument.licence,
        source="" if own else instrument.source,
        fields=tuple(_of_item(item, codes) for item in instrument.items),
        instrument=instrument,
        language=_language(each.label for each in instrument.items),
    )


def _language(texts: Iterable[Mapping[str, str]]) -> str:
    """The language of the page where every text has it; a form half in another language helps nobody."""
    language = get_language() or "en"
    return language if all(language in each for each in texts) else "en"


def _of_item(item: Item, codes: set[str]) -> Field:
    parent = item.code.rpartition("_")[0]
    return Field(
        code=item.code,
        label=words(item.label),
        kind=_item_kind(item),
        choices=tuple(Choice(sent(each.value), each.value, words(each.label)) for each in item.options),
        minimum=item.minimum,
        maximum=item.maximum,
        whole=item.whole,
        unit=_unit(item.unit),
        required=item.required,
        shown_if=_condition(item.shown_if),
        within=parent if parent in codes else "",
        hint=_bounds(item),
        absent=True,
    )


def _bounds(item: Item) -> str:
    if item.options or item.minimum is None or item.maximum is None:
        return ""
    low, high = number_said(item.minimum), number_said(item.maximum)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _item_kind(item: Item) -> Kind:
    if item.options:
        return Kind.CHOICE
    return Kind.NOTE if item.minimum is None and item.maximum is None else Kind.NUMBER


def _of_variable(variable: Variable) -> Field:
    kinds = {"number": Kind.NUMBER, "bool": Kind.CHOICE, "date": Kind.DATE, "text": Kind.NOTE}
    choices = tuple(Choice(each, each, _option(variable, each)) for each in variable.options)
    return Field(
        code=variable.name,
        label=words(variable.label),
        kind=Kind.CHOICE if choices else kinds[variable.type],
        choices=choices or (yes_no() if variable.type == "bool" else ()),
        minimum=variable.minimum,
        maximum=variable.maximum,
        unit=_unit(variable.unit),
        hint=_("To the day, the month or the year: 2026-11-23, 2026-11 or 2026.")
        if variable.type == "date"
        else "",
        absent=True,
    )


def _option(variable: Variable, code: str) -> str:
    return words(variable.says[code]) if code in variable.says else option_words(code)


def yes_no() -> tuple[Choice, ...]:
    """Yes and no."""
    return (Choice("true", True, _("Yes")), Choice("false", False, _("No")))


def option_words(code: str) -> str:
    """A code as words, where it has none of its own: hyphens as spaces."""
    return code.replace("-", " ").replace("_", " ").capitalize()


def sent(value: object) -> str:
    """A value as the browser sends it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def absence_words() -> tuple[tuple[str, str], ...]:
    """The coded reasons why there is no answer."""
    return (
        (AbsenceReason.NOT_DONE.value, _("Not done")),
        (AbsenceReason.REFUSED.value, _("Refused")),
        (AbsenceReason.UNKNOWN.value, _("Not known")),
        (AbsenceReason.NOT_APPLICABLE.value, _("Does not apply")),
        (AbsenceReason.NOT_ASKED.value, _("Not asked")),
    )


def shown_answer(field: Field | None, answer: Json) -> str:
    """An answer in words: the choice's label, a number with its unit, or why there is none."""
    if isinstance(answer, dict):
        reasons = dict(absence_words())
        return _("no answer: %(reason)s") % {"reason": reasons.get(str(answer.get("absent")), "?").lower()}
    if answer is None:
        return ""
    if field is None:
        return sent(answer)
    for choice in field.choices:
        if choice.sent == sent(answer):
            return choice.label if isinstance(answer, bool | str) else f"{choice.sent} · {choice.label}"
    said = number_said(answer) if isinstance(answer, float) else sent(answer)
    return f"{said} {field.unit}".strip()


def answered(asked: Drawn, given: Mapping[str, Json]) -> list[tuple[str, str, bool]]:
    """What was answered of a form: question, answer in words, whether those are words of the question."""
    return [
        (each.label, shown_answer(each, given[each.code]), each.chosen(given[each.code]))
        for each in asked.fields
        if each.code in given
    ]


def _unit(unit: str) -> str:
    """What stands beside a number, in the language of the page."""
    english = unit_words(unit, 2)
    return {
        "years": _("years"),
        "months": _("months"),
        "weeks": _("weeks"),
        "days": _("days"),
        "hours": _("hours"),
        "minutes": _("minutes"),
        "seconds": _("seconds"),
        "per minute": _("per minute"),
    }.get(english, english)


def _condition(text: str) -> Condition | None:
    if not text:
        return None
    code, compare, wanted = parse_shown_if(text)
    return Condition(code, compare(wanted, wanted), sent(wanted))
