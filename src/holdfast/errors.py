"""The one exception tree.

::

    HoldfastError
    ├── Refusal               what came is not acceptable: exit 2, HTTP 4xx
    │   ├── StudyFileError    a study file does not compile; carries every problem
    │   ├── RuleError         a rule cannot be parsed or does not type-check
    │   ├── TableError        a user's table lacks columns, repeats a row, cannot be analysed
    │   ├── ImpossibleValue   a value that cannot be true (a pulse of 900)
    │   ├── UnknownName       no such study, instrument, participant, kind, option
    │   ├── NotPermitted      the person may not do this (HTTP 403)
    │   └── Conflict          the same id with other content (HTTP 409)
    ├── BrokenRecord          records do not verify: chain, seal, signature, upgrade (exit 1)
    ├── Unavailable           not the user's doing: disk, database, network (exit 1, HTTP 503)
    └── Stumble               a rehearsal was refused what its script needs (simulation.stage; exit 1)

Every message is a sentence for the person who has to act: what was expected,
what came, what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class HoldfastError(Exception):
    """The root: catch this to catch everything Holdfast raises on purpose."""


class Refusal(HoldfastError):
    """What came in is not acceptable; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a study file.

    ``where`` is ``file:line``; ``path`` the dotted place in the file.
    """

    where: str
    path: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.path}: " if self.path else f"{self.where}: "
        return f"{place}found {self.found}; expected {self.expected}. {self.remedy}".rstrip()


class StudyFileError(Refusal):
    """A study file does not compile; ``problems`` holds all of them, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class RuleError(Refusal):
    """A rule cannot be parsed or does not type-check; ``position`` counts characters from 0."""

    def __init__(self, message: str, *, position: int = 0) -> None:
        self.position = position
        super().__init__(message)


class TableError(Refusal):
    """A table handed in for analysis cannot be used as it is."""


class ImpossibleValue(Refusal):
    """A value that cannot be true, sent back with what was typed kept.

    ``field`` names the item, so that a form can show the sentence beside it. ``code`` says what is
    wrong and ``given`` the words of the sentence, so that a page can say it in another language.
    """

    def __init__(
        self, message: str, *, field: str = "", code: str = "", given: Mapping[str, str] | None = None
    ) -> None:
        self.field = field
        self.code = code
        self.given = given or {}
        super().__init__(message)


class UnknownName(Refusal):
    """There is nothing of that name."""


class NotPermitted(Refusal):
    """The person may not do this here."""


class Conflict(Refusal):
    """The same id came with other content."""


class BrokenRecord(HoldfastError):
    """Records do not verify; ``stream`` and ``sequence`` name the first bad one where it is known."""

    def __init__(self, message: str, *, stream: str = "", sequence: int = 0) -> None:
        self.stream = stream
        self.sequence = sequence
        super().__init__(message)


class Unavailable(HoldfastError):
    """A part of the machine or network is not there now; what was typed should be kept."""
