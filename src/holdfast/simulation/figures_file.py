"""YAML files of figures: read, laid over a shipped file they extend, checked against a shape.

A file that says ``extends: <shipped study>`` holds only what differs from that study's
file. Mappings are laid over each other key by key; a figure, a range and a list are
replaced whole, so that a value never keeps another value's source. Every problem names
the file and line at which it can be mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from holdfast.errors import Problem, StudyFileError, Unavailable, UnknownName
from holdfast.protocol.reader import Data, Place, Sheet, dotted, held, nearest, read, text_of
from holdfast.studies import path_of, shipped

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EXTENDS = "extends"
_OF_A_FIGURE = frozenset({"value", "unit", "status", "date", "source"})


class Part(BaseModel):
    """A frozen piece of a file of figures; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Layered:
    """The plain data of a file and of those it extends, with the file and line of each place."""

    name: str
    root: dict[str, Data]
    where: dict[Place, str] = field(repr=False)

    def line(self, place: Place) -> str:
        """``file:line`` of a place, or of the nearest place around it."""
        return nearest(self.where, place, f"{self.name}:1")

    def at(self, place: Place) -> Data:
        """The data at a place; None where there is nothing."""
        return held(self.root, place)


def read_checked(path: Path, shape: type[P], *, base: str | None = None) -> P:
    """Read a YAML file of figures and check it against a shape.

    ``base`` is the name of the file that ``extends`` looks for beside a shipped study;
    without it nothing may be extended.

    Raises:
        StudyFileError: with every problem, each with file, line, found, expected and remedy.
        UnknownName: where there is no such file; Unavailable where it cannot be read.
    """
    sheet = _single(_sheet(path)) if base is None else _whole(path, base, ())
    try:
        return shape.model_validate(sheet.root)
    except ValidationError as refused:
        raise StudyFileError(tuple(_problem(sheet, error) for error in refused.errors())) from None


def _sheet(path: Path) -> Sheet:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnknownName(f"There is no file {path}; it belongs beside the study file.") from None
    except OSError as error:
        raise Unavailable(f"The file {path} cannot be read: {error.strerror}.") from error
    return read(text_of(content, name=str(path)), name=str(path))


def _single(sheet: Sheet) -> Layered:
    return Layered(
        sheet.name, sheet.root, {place: f"{sheet.name}:{line}" for place, line in sheet.lines.items()}
    )


def _whole(path: Path, base: str, seen: tuple[str, ...]) -> Layered:
    """A file laid over what it extends, and that over what it extends in turn."""
    sheet = _sheet(path)
    if EXTENDS not in sheet.root:
        return _single(sheet)
    study = sheet.root[EXTENDS]
    if not isinstance(study, str) or study not in shipped() or study in seen:
        found = f"{study!r}, which comes back to itself" if study in seen else repr(study)
        raise StudyFileError(
            (
                sheet.problem(
                    (EXTENDS,),
                    found=found,
                    expected=f"a shipped study ({', '.join(shipped())})",
                    remedy="Name one of them, or remove the line and write the whole file.",
                ),
            )
        )
    below = _whole(path_of(study).with_name(base), base, (*seen, study))
    upper = _single(sheet)
    where = {place: line for place, line in below.where.items() if place != ()}
    root = _laid(below.root, upper.root, (), where)
    root.pop(EXTENDS)
    return Layered(sheet.name, root, where | upper.where)


def _laid(
    below: dict[str, Data], upper: dict[str, Data], place: Place, where: dict[Place, str]
) -> dict[str, Data]:
    """``upper`` over ``below``; lines of what is replaced are taken out of ``where``."""
    laid = dict(below)
    for key, value in upper.items():
        old, here = below.get(key), (*place, key)
        if isinstance(value, dict) and isinstance(old, dict) and not (_figure(value) or _figure(old)):
            laid[key] = _laid(old, value, here, where)
            continue
        laid[key] = value
        for gone in [each for each in where if each[: len(here)] == here]:
            del where[gone]
    return laid


def _figure(data: dict[str, Data]) -> bool:
    """Whether a mapping is a figure, or means to be one: not a section, not a value with its scan."""
    return bool(_OF_A_FIGURE & set(data)) and not isinstance(data.get("value"), dict)


def _problem(sheet: Layered, error: ErrorDetails) -> Problem:
    place = error["loc"]
    where, last = sheet.line(place), place[-1] if place else ""
    if error["type"] == "missing":
        return Problem(where, dotted(place), f"no {last!r}", f"{last!r} here", f"Add '{last}:'.")
    if error["type"] == "extra_forbidden":
        remedy = "Remove it, or check the spelling."
        return Problem(where, dotted(place), f"the unknown key {last!r}", "a key of the model", remedy)
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    remedy = "Every value is a figure: value, unit, status, date, source."
    found = _short(sheet.at(place))
    return Problem(where, dotted(place), found, said[:1].lower() + said[1:], remedy)


def _short(data: object) -> str:
    text = repr(data)
    return text if len(text) <= 60 else text[:57] + "…"
