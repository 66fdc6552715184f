"""Answers at the door: what may be said to an instrument, and its JSON form.

In JSON an answer is a value, or ``{"absent": reason}`` with one of the coded reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from holdfast.errors import ImpossibleValue
from holdfast.instruments.scale import AbsenceReason, Absent, Answer, Answers, Doubt, Instrument, Item, Rater

_REASONS = ", ".join(AbsenceReason)
_Comparison = Callable[[object, object], bool]


def from_json(answers: Mapping[str, object]) -> dict[str, Answer]:
    """Answers from their JSON form.

    Raises:
        ImpossibleValue: a value is of no kind an answer can be, with ``field`` its item.
    """
    return {code: _answer(code, given) for code, given in answers.items()}


def _answer(code: str, given: object) -> Answer:
    if isinstance(given, bool | int | float | str):
        return given
    if isinstance(given, Mapping) and set(given) == {"absent"}:
        return Absent(_reason(code, given["absent"]))
    raise ImpossibleValue(
        f"The answer to {code} should be a number, a text, true or false, or "
        f'{{"absent": reason}}; it is {given!r}. Where there is no answer, give the reason.',
        field=code,
    )


def _reason(code: str, given: object) -> AbsenceReason:
    if given in list(AbsenceReason):
        return AbsenceReason(cast(str, given))
    raise ImpossibleValue(
        f"{given!r} is no reason for the missing answer to {code}; the reasons are {_REASONS}.", field=code
    )


def to_json(answers: Answers) -> dict[str, bool | int | float | str | dict[str, str]]:
    """The JSON form of answers, which ``from_json`` reads back."""
    return {
        code: {"absent": given.reason.value} if isinstance(given, Absent) else given
        for code, given in answers.items()
    }


def validate(instrument: Instrument, answers: Answers) -> None:
    """Refuse what cannot be an answer to this instrument.

    Refused are an unknown item, a value of the wrong kind, outside its bounds, not whole
    or not among the options, a required item that is shown and has neither a value nor
    a reason for its absence, and values that contradict each other.

    Raises:
        ImpossibleValue: with ``field`` the item, and a sentence that says what to do.
    """
    items = {item.code: item for item in instrument.items}
    for code, given in answers.items():
        if code not in items:
            raise ImpossibleValue(
                f"{instrument.code} has no item {code!r}; its items are {_listed(instrument)}.", field=code
            )
        if not isinstance(given, Absent):
            _check_value(items[code], given)
    _check_complete(instrument, answers)
    for code, sentence in contradictions(instrument, answers):
        raise ImpossibleValue(sentence, field=code)


def contradictions(instrument: Instrument, answers: Answers) -> tuple[tuple[str, str], ...]:
    """Answers that cannot be true together: pairs of item code and sentence."""
    return instrument.contradictions(answers) if instrument.contradictions else ()


def doubts(instrument: Instrument, answers: Answers) -> tuple[Doubt, ...]:
    """Answers that can hardly be so together, of which a second look is asked before they are kept.

    None where somebody alone says that they may be in danger: help comes first, whatever else they said.
    """
    alone = instrument.rater is Rater.SELF and instrument.risk is not None
    if instrument.doubts is None or (alone and instrument.risk is not None and instrument.risk(answers)):
        return ()
    return instrument.doubts(answers)


def unlikely(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """Possible but unlikely answers, a sentence by item: ask "Recheck or keep?"."""
    found: dict[str, str] = {}
    for item in instrument.items:
        given = answers.get(item.code)
        if isinstance(given, bool | str | Absent | None):
            continue
        if item.unlikely_below is not None and given < item.unlikely_below:
            found[item.code] = f"{_label(item)}: {given:g} {item.unit} is unusually low. Recheck, or keep it."
        if item.unlikely_above is not None and given > item.unlikely_above:
            found[item.code] = (
                f"{_label(item)}: {given:g} {item.unit} is unusually high. Recheck, or keep it."
            )
    return found


def shown(item: Item, answers: Answers) -> bool:
    """Whether skip logic shows the item: always, or when its ``shown_if`` holds.

    While the item it depends on has no answer, a dependent item is not shown.
    """
    if not item.shown_if:
        return True
    code, compare, wanted = parse_shown_if(item.shown_if)
    given = answers.get(code)
    return not isinstance(given, Absent | None) and compare(given, wanted)


def parse_shown_if(text: str) -> tuple[str, _Comparison, bool | float]:
    """Item code, comparison and value of a ``shown_if``; ValueError where it is not of that form."""
    for sign, compare in (("==", _same), ("!=", _different)):
        code, found, value = (part.strip() for part in text.partition(sign))
        if found and code.isidentifier():
            return code, compare, _literal(value)
    raise ValueError(f"shown_if is 'item == value' or 'item != value', not {text!r}")


def _same(given: object, wanted: object) -> bool:
    # Python holds True == 1; an answer of 1 is not "yes".
    return isinstance(given, bool) == isinstance(wanted, bool) and given == wanted


def _different(given: object, wanted: object) -> bool:
    return not _same(given, wanted)


def _literal(text: str) -> bool | float:
    return text == "true" if text in ("true", "false") else float(text)


def _check_complete(instrument: Instrument, answers: Answers) -> None:
    for item in instrument.items:
        if item.required and item.code not in answers and shown(item, answers):
            raise ImpossibleValue(
                f"{_label(item)} ({item.code}): answer it, or give the reason why not ({_REASONS}).",
                field=item.code,
            )


def _check_value(item: Item, given: Answer) -> None:
    if item.options:
        _check_option(item, given)
    elif item.minimum is None and item.maximum is None:
        if not isinstance(given, str):
            raise ImpossibleValue(f"{_label(item)}: expected a text, found {given!r}.", field=item.code)
    else:
        _check_number(item, given)


def _check_option(item: Item, given: Answer) -> None:
    if not any(_same(given, option.value) for option in item.options):
        choices = ", ".join(_shown_value(option.value) for option in item.options)
        raise ImpossibleValue(f"{_label(item)}: expected one of {choices}; found {given!r}.", field=item.code)


def _check_number(item: Item, given: Answer) -> None:
    kind = "a whole number" if item.whole else "a number"
    low = "" if item.minimum is None else f" from {item.minimum:g}"
    high = "" if item.maximum is None else f" to {item.maximum:g}"
    number = isinstance(given, int | float) and not isinstance(given, bool)
    # `not (low <= x <= high)` also catches a value that is no number at all (NaN).
    if not number or not _inside(item, cast(float, given)) or (item.whole and cast(float, given) % 1):
        unit = "" if item.unit == "1" else f" {item.unit}"
        raise ImpossibleValue(
            f"{_label(item)}: expected {kind}{low}{high}{unit}; found {given!r}.", field=item.code
        )


def _inside(item: Item, given: float) -> bool:
    low = float("-inf") if item.minimum is None else item.minimum
    high = float("inf") if item.maximum is None else item.maximum
    return low <= given <= high


def _label(item: Item) -> str:
    return item.label.get("en", item.code)


def _shown_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(instrument: Instrument) -> str:
    return ", ".join(item.code for item in instrument.items)
