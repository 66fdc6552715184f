"""The shape of a study file: pydantic's findings as problems with their lines.

An unknown key or a misspelt word does not hide what else is wrong: it is told, taken out
or taken for the word meant, and the rest is looked at again.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from holdfast.errors import Problem
from holdfast.protocol.model import Protocol
from holdfast.protocol.reader import Data, Place, Sheet, has, within

COMPILED = frozenset({"text", "hash"})
"""Fields of ``Protocol`` that the compiler fills and no file may state."""
WORDS = frozenset({"literal_error", "enum"})
"""What pydantic calls a word that is none of those allowed."""


def shaped(root: dict[str, Data], *, sheet: Sheet) -> tuple[Protocol | None, list[Problem]]:
    """The protocol, where the shape allows one, and every problem of shape."""
    problems = list(_own_words(root, sheet=sheet))
    problems.extend(_not_numbers(root, sheet=sheet))
    try:
        return Protocol.model_validate(root), problems
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
    problems.extend(_told(found, root=root, sheet=sheet))
    if not _mended(found, root=root):
        return None, problems
    try:
        return Protocol.model_validate(root), problems
    except ValidationError:
        return None, problems


def _mended(found: Sequence[Any], *, root: dict[str, Data]) -> bool:
    """Take unknown keys out and misspelt words for those meant; whether there was any."""
    mended = False
    for one in found:
        if one["type"] == "extra_forbidden":
            _take_out(root, one["loc"])
            mended = True
        elif one["type"] in WORDS and (meant := _meant(one, one["input"])):
            place = _place(one["loc"], root)
            here: Data = root
            for step in place[:-1]:
                here = within(here, step)
            if isinstance(here, dict) and isinstance(place[-1], str):
                here[place[-1]] = meant
                mended = True
    return mended


def _own_words(root: dict[str, Data], *, sheet: Sheet) -> Iterator[Problem]:
    for word in sorted(COMPILED & root.keys()):
        remedy = "Remove it: the compiler works it out."
        yield sheet.problem(
            (word,), found=f"the key {word!r}", expected="nothing of that name", remedy=remedy
        )
        del root[word]


def _not_numbers(here: Data, *, sheet: Sheet) -> Iterator[Problem]:
    """Values of figures that are text or true/false; pydantic would read "80" and true as numbers."""
    stack: list[tuple[Place, Data]] = [((), here)]
    while stack:
        place, here = stack.pop()
        if isinstance(here, list):
            stack.extend(((*place, index), one) for index, one in enumerate(here))
        if not isinstance(here, dict):
            continue
        stack.extend(((*place, key), one) for key, one in here.items())
        if "unit" in here and "source" in here and "value" in here:
            values = here["value"] if isinstance(here["value"], list) else [here["value"]]
            wrong = [one for one in values if isinstance(one, bool | str)]
            if wrong:
                yield sheet.problem(
                    (*place, "value"),
                    found=_shown(wrong[0]),
                    expected="a number, or a list of numbers, without quotes",
                    remedy="Write the number; its unit stands in 'unit'.",
                )
                here["value"] = 0


def _told(found: Sequence[Any], *, root: Data, sheet: Sheet) -> Iterator[Problem]:
    seen: set[Place] = set()
    for one in found:
        place = _place(one["loc"], root)
        missing = one["type"] == "missing"
        key = (*place, one["loc"][-1]) if missing else place
        if key in seen:
            continue
        seen.add(key)
        yield _problem(one, place, sheet=sheet)


def _place(loc: Sequence[str | int], root: Data) -> Place:
    """As much of pydantic's location as lies in the file: it also names union members."""
    place: Place = ()
    here = root
    for step in loc:
        if has(here, step):
            here = within(here, step)
            place = (*place, step)
    return place


def _problem(one: Any, place: Place, *, sheet: Sheet) -> Problem:
    last = str(one["loc"][-1])
    if one["type"] == "missing":
        return sheet.problem(place, found=f"no {last!r}", expected=f"{last!r} here", remedy=f"Add '{last}:'.")
    if one["type"] == "extra_forbidden":
        known = _known(place[:-1])
        near = difflib.get_close_matches(last, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Remove it, or check the spelling."
        expected = "one of " + ", ".join(known) if known else "a key of the schema"
        return sheet.problem(place, found=f"the unknown key {last!r}", expected=expected, remedy=hint)
    found = _shown(sheet.at(place))
    return sheet.problem(place, found=found, expected=_expected(one), remedy=_remedy(one, found))


def _expected(one: Any) -> str:
    message: str = one["msg"]
    context = one.get("ctx") or {}
    if "expected" in context:
        several = " or " in context["expected"]
        return f"one of {context['expected']}" if several else str(context["expected"])
    if one["type"] == "string_pattern_mismatch":
        return f"text like {context['pattern']}"
    for opening in ("Input should be ", "Value error, "):
        message = message.removeprefix(opening)
    return message


def _remedy(one: Any, found: str) -> str:
    if one["type"] in WORDS:
        meant = _meant(one, found.strip("'"))
        return f"Did you mean {meant!r}?" if meant else "Write what is expected."
    if one["type"] == "string_type":
        return "Put it in quotes."
    return "Change it to what is expected."


def _meant(one: Any, found: object) -> str | None:
    """The allowed word nearest to what was found; None where there is none near."""
    expected = str((one.get("ctx") or {}).get("expected", ""))
    allowed = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    near = difflib.get_close_matches(found, allowed, n=1) if isinstance(found, str) else []
    return near[0] if near else None


def _shown(value: Data) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    text = (
        repr(value)
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "...'"


def _take_out(root: Data, loc: Sequence[str | int]) -> None:
    here = root
    for step in loc[:-1]:
        here = within(here, step) if has(here, step) else here
    if isinstance(here, dict):
        here.pop(str(loc[-1]), None)


def _known(place: Place) -> list[str]:
    """The keys the schema knows at a place."""
    part: Any = Protocol
    for step in place:
        part = _step(part, step)
        if part is None:
            return []
    model = _model(part)
    return [name for name in model.model_fields if name not in COMPILED] if model else []


def _step(part: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return next(iter(get_args(part)), None) if get_origin(part) is tuple else None
    model = _model(part)
    if model is not None:
        known = model.model_fields.get(step)
        return known.annotation if known else None
    return get_args(part)[1] if get_origin(part) is dict else None


def _model(part: Any) -> type[BaseModel] | None:
    if get_origin(part) in (Union, types.UnionType):
        part = next(
            (one for one in get_args(part) if isinstance(one, type) and issubclass(one, BaseModel)), None
        )
    return part if isinstance(part, type) and issubclass(part, BaseModel) else None
