"""Reading the data files of this room: one shape of part, one way to say what is wrong in a file."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from ruamel.yaml import YAML

from holdfast.errors import TableError
from holdfast.sourced import CITABLE, Figure, Status

Words = dict[str, str]
"""A text by language, English among them."""


class Part(BaseModel):
    """A frozen part of a data file; a name that is not asked for is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Part):
    """Where numbers were taken from; only what may be cited is taken."""

    cite: str
    status: Status
    date: str

    @field_validator("date", mode="before")
    @classmethod
    def _year_as_text(cls, given: object) -> object:
        return str(given)

    @field_validator("status")
    @classmethod
    def _citable(cls, given: Status) -> Status:
        if given not in CITABLE:
            raise ValueError("its source may not be cited")
        return given

    def figure(self, value: float | tuple[float, ...], *, unit: str) -> Figure:
        """A number from this source."""
        return Figure(value=value, unit=unit, source=self.cite, status=self.status, date=self.date)


P = TypeVar("P", bound=Part)


def read_part(kind: type[P], name: str, text: str) -> P:
    """A data file as a part; TableError with every fault where it is none."""
    try:
        return kind.model_validate(YAML(typ="safe", pure=True).load(text))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        )
        raise TableError(f"The evidence file {name} cannot be used: {faults}.") from error


def packaged(kind: type[P], name: str) -> P:
    """A data file of the package."""
    return read_part(kind, name, files("holdfast.evidence").joinpath(name).read_text(encoding="utf-8"))
