"""What a browser sent, read into answers: every field judged, what was typed kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from holdfast.clinic.forms.fields import Drawn, Field, Kind, sent, words
from holdfast.clinic.languages.refusing import sentence_of
from holdfast.clinic.languages.written import number_said
from holdfast.conduct import contradictions
from holdfast.errors import ImpossibleValue
from holdfast.instruments.answers import doubts, from_json, unlikely
from holdfast.instruments.scale import AbsenceReason
from holdfast.records.fact import Json

VALUE, ABSENT = "a.", "absent."
"""How inputs are called: the answer to q1 is ``a.q1``, the reason for none ``absent.q1``."""
REASONS = frozenset(AbsenceReason)


@dataclass(slots=True)
class Given:
    """What came: answers that could be read, what was typed, and a sentence for each field in error."""

    answers: dict[str, Json] = field(default_factory=dict)
    typed: dict[str, list[str]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    unlikely: dict[str, str] = field(default_factory=dict)


def read(fields: tuple[Field, ...], came: QueryDict) -> Given:
    """Read every field that is shown."""
    given = Given()
    for each in fields:
        given.typed[each.code] = came.getlist(VALUE + each.code)
        given.absent[each.code] = came.get(ABSENT + each.code, "")
        try:
            answer = _answer(each, given.typed[each.code], given.absent[each.code])
        except ImpossibleValue as wrong:
            given.errors[each.code] = str(wrong)
            continue
        if answer is not None:
            given.answers[each.code] = answer
        elif each.required and shown(each, given.typed):
            given.errors[each.code] = _missing(each)
    return given


def _missing(wanted: Field) -> str:
    if wanted.absent:
        return _("Answer this, or say below why there is no answer.")
    return _("Fill this in.")


def shown(wanted: Field, typed: Mapping[str, list[str]]) -> bool:
    """Whether skip logic shows the field; while what it depends on has no answer, it is not shown."""
    condition = wanted.shown_if
    if condition is None:
        return True
    came = [each for each in typed.get(condition.code, []) if each]
    return bool(came) and ((came[0] == condition.sent) is condition.equal)


def _answer(wanted: Field, typed: list[str], absent: str) -> Json:
    came = [each.strip() for each in typed if each.strip()]
    if absent:
        if came:
            raise ImpossibleValue(_("There is an answer and a reason why there is none: keep one of them."))
        if absent not in REASONS:
            raise ImpossibleValue(_("Choose one of the reasons in the list."))
        return {"absent": absent}
    if not came:
        return () if wanted.kind is Kind.SEVERAL and not wanted.required else None
    if wanted.kind is Kind.SEVERAL:
        return tuple(_chosen(wanted, each) for each in came)
    if wanted.kind is Kind.CHOICE:
        return _chosen(wanted, came[0])
    return _number(wanted, came[0]) if wanted.kind is Kind.NUMBER else came[0]


def _chosen(wanted: Field, came: str) -> Json:
    for choice in wanted.choices:
        if choice.sent == came:
            return choice.value
    raise ImpossibleValue(_("Choose one of the answers shown."))


def _number(wanted: Field, came: str) -> float | int:
    try:
        number = float(came.replace(",", "."))
    except ValueError:
        number = math.nan
    low = -math.inf if wanted.minimum is None else wanted.minimum
    high = math.inf if wanted.maximum is None else wanted.maximum
    if not low <= number <= high or (wanted.whole and number % 1):
        raise ImpossibleValue(_out_of_bounds(wanted, came))
    return int(number) if number.is_integer() else number


def _out_of_bounds(wanted: Field, came: str) -> str:
    kind = _("a whole number") if wanted.whole else _("a number")
    bounds = ""
    if wanted.minimum is not None and wanted.maximum is not None:
        bounds = _(" from %(low)s to %(high)s") % {
            "low": number_said(wanted.minimum),
            "high": number_said(wanted.maximum),
        }
    return _("Expected %(kind)s%(bounds)s%(unit)s; found “%(came)s”. Correct it.") % {
        "kind": kind,
        "bounds": bounds,
        "unit": f" {wanted.unit}" if wanted.unit else "",
        "came": came,
    }


def judge(given: Given, *, check: Callable[[Mapping[str, Json]], object]) -> None:
    """Let the room that decides look at the answers, and gather every objection, not only the first.

    ``check`` raises ImpossibleValue with the field it objects to. An objected answer is set
    aside as not done so that the check goes on to the next.
    """
    trial: dict[str, Json] = {**given.answers, **{code: {"absent": "not_done"} for code in given.errors}}
    for _attempt in range(len(trial) + 1):
        try:
            check(trial)
        except ImpossibleValue as wrong:
            if not wrong.field or wrong.field in given.errors:
                given.errors.setdefault(wrong.field, sentence_of(wrong))
                return
            given.errors[wrong.field] = sentence_of(wrong)
            trial[wrong.field] = {"absent": "not_done"}
        else:
            return


def look_again(given: Given, form: Drawn) -> None:
    """Note what is possible but unlikely, or contradicts another answer: a second look is asked of it."""
    if given.errors:
        return
    if form.instrument is None:
        found = contradictions.doubts(given.answers)
    else:
        said = from_json(given.answers)
        given.unlikely = unlikely(form.instrument, said)
        found = doubts(form.instrument, said)
    for each in found:
        given.unlikely |= dict.fromkeys(each.codes, words(each.sentence))


def as_typed(fields: tuple[Field, ...], answers: Mapping[str, Json]) -> Given:
    """Recorded answers as somebody would have typed them, for a correction."""
    given = Given(answers=dict(answers))
    for each in fields:
        answer = answers.get(each.code)
        if isinstance(answer, dict):
            given.absent[each.code] = str(answer.get("absent", ""))
        elif isinstance(answer, tuple | list):
            given.typed[each.code] = [sent(part) for part in answer]
        elif answer is not None:
            given.typed[each.code] = [sent(answer)]
    return given
