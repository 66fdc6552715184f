"""The fields of a registry export: what a study file's forms become as a REDCap dictionary.

An answer that is a number, a choice or yes or no goes; a free text never does. Text choices get numbers
from 1 in the order of the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.exchange.redcap import Cell, Field, Validation, name_of
from holdfast.instruments import catalogue
from holdfast.instruments.scale import Instrument, Item, ScoreName
from holdfast.protocol.model import Protocol, StudyForm, Variable, Visit
from holdfast.records.fact import Json

GUESS, VITALS = "GUESS", "VITALS"
MISSING: Mapping[str, tuple[str, str]] = {
    "not_asked": ("NASK", "Not asked"),
    "not_done": ("NDONE", "Not done"),
    "refused": ("REFUSED", "Refused"),
    "unknown": ("UNK", "Not known"),
    "not_applicable": ("NAPP", "Does not apply"),
    "no-score": ("NOSCORE", "No score: answers are missing"),
    "part": ("PART", "A date that is known in part only"),
    "unencoded": ("UNC", "Recorded as a choice that this dictionary does not have"),
}
"""Codes of missing data by the reason that was recorded; REDCap calls them missing data codes."""
PERSON, VISIT = "person", "visit"
BOOLS = frozenset({True, False})


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with where its value stands: an answer's item, a score, and the codes of its choices."""

    field: Field
    item: str = ""
    score: str = ""
    codes: tuple[Json, ...] = ()
    is_date: bool = False

    def cell(self, given: Json) -> Cell:
        """The value as REDCap holds it, or the code of the reason why there is none."""
        if isinstance(given, dict):
            return MISSING[str(given.get("absent"))][0]
        if self.field.type == "radio":
            return self._choice(given)
        if isinstance(given, bool | int | float | str):
            return given
        return MISSING["no-score"][0]

    def _choice(self, given: Json) -> str:
        # A version of the study file before an amendment may have had a choice that is gone now.
        for (code, _), value in zip(self.field.choices, self.codes, strict=True):
            if value == given and _same_kind(value, given):
                return code
        return MISSING["unencoded"][0]


def _same_kind(one: Json, other: Json) -> bool:
    # Python holds True == 1; an answer of 1 is not "yes".
    return isinstance(one, bool) == isinstance(other, bool)


def forms_of(protocol: Protocol) -> tuple[StudyForm, ...]:
    """The forms of instruments that go: those the study file names, else all but guesses and vital signs.

    A form that tells an arm, and a guess of one, never goes; nor one that no visit asks for.
    """
    named = protocol.registry_export.forms
    held = {scheduled.form for visit in protocol.visits for scheduled in visit.forms}
    return tuple(
        form
        for form in protocol.forms
        if form.instrument not in (None, GUESS) and not form.holds_allocation and form.form in held
        if (form.form in named if named else form.instrument != VITALS)
    )


def person_fields(protocol: Protocol) -> tuple[Asked, ...]:
    """What stands once for a person: the fields of own forms that the study file lets go."""
    wanted = protocol.registry_export.fields
    return tuple(
        _own(variable, days=protocol.registry_export.dates == "days")
        for variable in protocol.variables
        if variable.name in wanted and (variable.type != "text" or variable.options)
    )


def _own(variable: Variable, *, days: bool) -> Asked:
    name, label = name_of(variable.name), variable.label["en"]
    if variable.type == "bool":
        return Asked(Field(name=name, form=PERSON, label=label, type="yesno"), item=variable.name)
    if variable.type == "date":
        kind: Validation = "integer" if days else "date_ymd"
        text = f"{label} (days since entry)" if days else label
        field = Field(name=name, form=PERSON, label=text, validation=kind)
        return Asked(field, item=variable.name, is_date=True)
    if variable.type == "text":
        choices = tuple((str(at), option) for at, option in enumerate(variable.options, start=1))
        field = Field(name=name, form=PERSON, label=label, type="radio", choices=choices)
        return Asked(field, item=variable.name, codes=variable.options)
    unit = "" if variable.unit == "1" else f" ({variable.unit})"
    return Asked(
        Field(
            name=name, form=PERSON, label=f"{label}{unit}", validation="number",
            minimum=variable.minimum, maximum=variable.maximum,
        ),
        item=variable.name,
    )  # fmt: skip


def visit_fields(protocol: Protocol) -> tuple[Field, ...]:
    """What stands of a visit itself: its day, whether it was held, why not, how many doses were taken."""
    reasons = tuple(
        (str(at), reason.replace("-", " "))
        for at, reason in enumerate(protocol.follow_up.reasons_missing, start=1)
    )
    return (
        day_field(VISIT, "Day of the visit", protocol),
        Field(name="visit_held", form=VISIT, label="The visit was held", type="yesno"),
        Field(name="visit_missed", form=VISIT, label="Why it was not", type="radio", choices=reasons),
        Field(
            name="visit_doses",
            form=VISIT,
            label="Dose steps taken at the visit",
            validation="integer",
            minimum=0,
        ),
    )


def day_field(form: str, label: str, protocol: Protocol) -> Field:
    """When something was: days since entry (0 the day of entry), or a date where the study file says so."""
    if protocol.registry_export.dates == "days":
        return Field(name=f"{form}_day", form=form, label=f"{label} (days since entry)", validation="integer")
    return Field(name=f"{form}_day", form=form, label=label, validation="date_ymd")


def instrument_fields(form: StudyForm, protocol: Protocol) -> tuple[Asked, ...]:
    """A form's day, its items and its scores."""
    instrument = catalogue.get(form.instrument or "")
    name = name_of(form.form)
    return (
        Asked(day_field(name, "Day it was filled", protocol)),
        *(each for item in instrument.items if (each := _item(item, name)) is not None),
        *(_score(score, name, instrument) for score in instrument.score_names),
    )


def _item(item: Item, form: str) -> Asked | None:
    name, label = name_of(form, item.code), item.label["en"]
    values = [option.value for option in item.options]
    if values and all(isinstance(value, bool) for value in values) and set(values) == BOOLS:
        return Asked(Field(name=name, form=form, label=label, type="yesno"), item=item.code)
    if item.options:
        choices = tuple(
            (f"{option.value:g}" if not isinstance(option.value, str | bool) else str(at), option.label["en"])
            for at, option in enumerate(item.options, start=1)
        )
        field = Field(name=name, form=form, label=label, type="radio", choices=choices)
        return Asked(field, item=item.code, codes=tuple(values))
    if item.minimum is None and item.maximum is None:
        return None
    field = Field(
        name=name, form=form, label=label, validation="integer" if item.whole else "number",
        minimum=item.minimum, maximum=item.maximum,
    )  # fmt: skip
    return Asked(field, item=item.code)


def _score(score: ScoreName, form: str, instrument: Instrument) -> Asked:
    name = name_of(form, "score", score.name)
    label = f"{instrument.name['en']}: {score.label['en']}"
    if score.kind is bool:
        return Asked(Field(name=name, form=form, label=label, type="yesno"), score=score.name)
    validation: Validation = "integer" if score.kind is int else "number"
    field = Field(
        name=name, form=form, label=label, validation=validation, minimum=score.minimum, maximum=score.maximum
    )  # fmt: skip
    return Asked(field, score=score.name)


def forms_at(visit: Visit, going: Sequence[StudyForm]) -> tuple[str, ...]:
    """The REDCap forms of a visit: of the visit itself, and those that go among the ones it asks for."""
    held = {scheduled.form for scheduled in visit.forms}
    return (VISIT, *(name_of(form.form) for form in going if form.form in held))
