"""What every instrument is: items, an answer or a reason for none, and scores.

An answer is a number, a text of a coded option, or an ``Absent`` with the coded
reason why there is none. Scoring never raises for absent answers: the missing-answer
rule of the instrument decides, and the scores say what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.sourced import Figure

Text = Mapping[str, str]
"""A text by language tag, e.g. ``{"en": "…", "es": "…"}``."""


def english(text: str) -> Text:
    """A text of which only English is at hand, or that only staff read."""
    return {"en": text}


def ours(english: str, spanish: str) -> Text:
    """A text of our own that participants read, in the languages of their pages."""
    return {"en": english, "es": spanish}


class AbsenceReason(StrEnum):
    """Why there is no answer."""

    NOT_ASKED = "not_asked"
    NOT_DONE = "not_done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Absent:
    """A coded reason in the place of an answer."""

    reason: AbsenceReason


Answer = float | int | str | bool | Absent
Answers = Mapping[str, Answer]


class Rater(StrEnum):
    """Who gives the answers."""

    SELF = "self"
    CLINICIAN = "clinician"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an item: the stored value and its label."""

    value: float | int | str | bool
    label: Text


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    ``minimum`` and ``maximum`` bound numbers in ``unit``: outside them a value is
    impossible and sent back. ``unlikely_below`` and ``unlikely_above`` ask for a second
    look only. ``options`` closes the choice; with neither bounds nor options the answer
    is free text. ``shown_if`` is skip logic in one plain form, ``item == value`` or
    ``item != value`` (value: true, false or a number); empty for always. An item that
    is not shown needs no answer.
    """

    code: str
    label: Text
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = True
    unit: str = "1"
    required: bool = True
    shown_if: str = ""
    unlikely_below: float | None = None
    unlikely_above: float | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Named results of scoring: numbers, booleans, or None where answers are missing.

    ``missing`` lists item codes without an answer; ``warnings`` are sentences.
    """

    values: Mapping[str, float | int | bool | None]
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreName:
    """A declared result: its name, what it is in words, bounds and unit."""

    name: str
    label: Text
    kind: type = float
    minimum: float | None = None
    maximum: float | None = None
    unit: str = "1"


class Priority(StrEnum):
    """How soon a finding must reach a clinician."""

    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a risk code of an instrument means, as a sentence, and how soon help is due."""

    label: Text
    priority: Priority


@dataclass(frozen=True, slots=True)
class Doubt:
    """Answers of one form that can hardly all be so: a second look is asked, and both may be kept."""

    codes: tuple[str, ...]
    sentence: Text


class Wording(StrEnum):
    """Whether the items carry the instrument's own words, labels in their place, or are of our making."""

    VERBATIM = "verbatim"
    LABEL_ONLY = "label only"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A scale: its items, its scoring, where both come from and under which licence.

    ``risk`` names, from answers, findings that must bring help at once: codes of
    ``findings``; most instruments have none. ``figures`` are its cut-offs, thresholds
    and bounds, each with source and status. ``contradictions`` finds answers that
    cannot be true together: pairs of item code and sentence; ``doubts`` answers that can hardly
    be, of which a second look is asked. ``wording`` is verbatim
    where ``licence`` allows and a source was at hand, else short labels of our own; a form
    of our making needs no more than its own words.
    """

    code: str
    version: str
    name: Text
    rater: Rater
    recall: Text
    items: tuple[Item, ...]
    score_names: tuple[ScoreName, ...]
    score: Callable[[Answers], Scores]
    licence: str
    source: str
    risk: Callable[[Answers], tuple[str, ...]] | None = None
    instructions: Text = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    findings: Mapping[str, Finding] = field(default_factory=dict)
    contradictions: Callable[[Answers], tuple[tuple[str, str], ...]] | None = None
    doubts: Callable[[Answers], tuple[Doubt, ...]] | None = None
    wording: Wording = Wording.LABEL_ONLY

    @property
    def needs_words(self) -> bool:
        """Whether somebody who answers alone could not know what is asked: its words are not here."""
        return self.rater is Rater.SELF and self.wording is Wording.LABEL_ONLY

    def item(self, code: str) -> Item:
        """The item of that code; KeyError where there is none."""
        return {item.code: item for item in self.items}[code]
