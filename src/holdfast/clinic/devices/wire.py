"""What a device may send: a FHIR R4 Observation, or a small JSON; and the one reading both mean.

LOINC 85354-9 (blood pressure panel) with 8480-6 and 8462-4, 8867-4 (heart rate), 8310-5 (body
temperature); UCUM units mm[Hg], kPa, /min, Cel, [degF].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, TypeAdapter

from holdfast.clinic import edge
from holdfast.errors import ImpossibleValue
from holdfast.instruments.slips import celsius, mmhg

Id = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$", description="The client's id of this reading")]
LOINC = "http://loinc.org"
MEASURE = {"8480-6": "systolic", "8462-4": "diastolic", "8867-4": "heart_rate", "8310-5": "temperature"}
TRUE_STATUS = ("preliminary", "final", "amended", "corrected")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a device; ``at`` by its own clock, ``typed`` what was sent where it was converted."""

    client_id: str
    at: datetime
    values: Mapping[str, float]
    sent_at: datetime | None = None
    position: str = "sitting"
    typed: str = ""


class SmallReading(BaseModel):
    """A reading in mmHg, beats a minute and degrees Celsius."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    at: AwareDatetime = Field(description="When it was measured, with the offset from UTC")
    sent_at: AwareDatetime | None = Field(
        None, description="The device's clock when it sends: its error is then taken out"
    )
    systolic: FiniteFloat | None = None
    diastolic: FiniteFloat | None = None
    heart_rate: FiniteFloat | None = None
    temperature: FiniteFloat | None = None
    position: Literal["sitting", "lying", "standing"] = "sitting"


class Coding(BaseModel):
    """A code of a system."""

    system: str = ""
    code: str = ""


class CodeableConcept(BaseModel):
    """A concept by its codes."""

    coding: list[Coding] = Field(default_factory=list, max_length=20)


class Quantity(BaseModel):
    """A value with its UCUM unit."""

    value: FiniteFloat
    unit: str = ""
    system: str = ""
    code: str = ""


class Component(BaseModel):
    """A part of a panel."""

    code: CodeableConcept
    value_quantity: Quantity | None = Field(None, alias="valueQuantity")


class Identifier(BaseModel):
    """The client's id of this observation."""

    system: str = Field("", pattern=r"^[\x21-\x7e]{0,100}$")
    value: str = Field(pattern=r"^[\x21-\x7e]{1,90}$")


class Observation(BaseModel):
    """A FHIR R4 Observation of vital signs; what else it holds is kept and not read."""

    resource_type: Literal["Observation"] = Field(alias="resourceType")
    status: str
    identifier: list[Identifier] = Field(min_length=1, max_length=5)
    code: CodeableConcept
    effective: AwareDatetime = Field(
        alias="effectiveDateTime", description="When it was measured, with the offset from UTC"
    )
    value_quantity: Quantity | None = Field(None, alias="valueQuantity")
    component: list[Component] = Field(default_factory=list, max_length=20)


OBSERVATION, SMALL = "observation", "small"


def form_of(sent: object) -> str:
    """Which of the two forms is meant: what names a FHIR resource is one."""
    named = "resourceType" in sent if isinstance(sent, Mapping) else isinstance(sent, Observation)
    return OBSERVATION if named else SMALL


Sent = Annotated[
    Annotated[Observation, Tag(OBSERVATION)] | Annotated[SmallReading, Tag(SMALL)], Discriminator(form_of)
]
SENT: TypeAdapter[SmallReading | Observation] = TypeAdapter(Sent)


@dataclass(slots=True)
class _Found:
    values: dict[str, float] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)


def reading_of(sent: SmallReading | Observation) -> Reading:
    """The reading that was sent; ImpossibleValue where it holds none, or a unit that is not known."""
    found = _small(sent) if isinstance(sent, SmallReading) else _observed(sent)
    for at in (found.at, found.sent_at):
        if at is not None and not edge.EARLIEST <= at <= edge.LATEST:
            raise ImpossibleValue("There is no such time on a clock: check the date.", field="at")
    if not found.values:
        raise ImpossibleValue(
            "Nothing in it is blood pressure, heart rate or body temperature.", field="code"
        )
    return found


def _small(sent: SmallReading) -> Reading:
    found = _Found()
    for name in MEASURE.values():
        number = getattr(sent, name)
        if number is not None:
            found.values[name] = _whole(name, number, f"{number:g}", found.typed)
    return Reading(sent.id, sent.at, found.values, sent.sent_at, sent.position, "; ".join(found.typed))


def _observed(sent: Observation) -> Reading:
    if sent.status not in TRUE_STATUS:
        raise ImpossibleValue(
            f"An observation of status {sent.status!r} is no reading. Where one that was sent before is "
            "wrong, it is corrected by a person on the page of the session.",
            field="status",
        )
    found = _Found()
    for measure, quantity in _measured(sent):
        if measure in found.values:
            raise ImpossibleValue(f"There are two values of {measure} in it.", field=measure)
        found.values[measure] = _in_our_unit(measure, quantity, found.typed)
    own = sent.identifier[0]
    return Reading(
        client_id=f"{own.system}|{own.value}" if own.system else own.value,
        at=sent.effective,
        values=found.values,
        typed="; ".join(found.typed),
    )


def _measured(sent: Observation) -> Iterator[tuple[str, Quantity]]:
    whole = _measure(sent.code)
    if whole is not None and sent.value_quantity is not None:
        yield whole, sent.value_quantity
    for part in sent.component:
        measure = _measure(part.code)
        if measure is not None and part.value_quantity is not None:
            yield measure, part.value_quantity


def _measure(code: CodeableConcept) -> str | None:
    return next(
        (MEASURE[each.code] for each in code.coding if each.system == LOINC and each.code in MEASURE), None
    )


def _same(number: float) -> float:
    return number


_PRESSURE: Mapping[str, Callable[[float], float]] = {"mm[Hg]": _same, "kPa": mmhg}
_UNITS: Mapping[str, Mapping[str, Callable[[float], float]]] = {
    "systolic": _PRESSURE,
    "diastolic": _PRESSURE,
    "heart_rate": {"/min": _same, "{beats}/min": _same},
    "temperature": {"Cel": _same, "[degF]": celsius},
}


def _in_our_unit(measure: str, quantity: Quantity, typed: list[str]) -> float:
    unit = quantity.code or quantity.unit
    if unit not in _UNITS[measure]:
        known = ", ".join(_UNITS[measure])
        raise ImpossibleValue(f"The unit of {measure} is {unit!r}; expected {known} (UCUM).", field=measure)
    given, sent = _UNITS[measure][unit](quantity.value), f"{quantity.value:g} {unit}"
    if given != quantity.value:
        typed.append(f"{measure.replace('_', ' ')} {sent}")
        return given
    return _whole(measure, given, sent, typed)


def _whole(measure: str, given: float, sent: str, typed: list[str]) -> float:
    """Pressures and rates are recorded whole; what was sent is told where it was not."""
    if measure == "temperature" or given.is_integer():
        return given
    typed.append(f"{measure.replace('_', ' ')} {sent}")
    return float(round(given))
