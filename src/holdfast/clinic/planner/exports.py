"""Files of a design: the protocol with its size, and the assumptions with the values that were set.

Nothing is given out that was not read again and held against what it should say.
"""

from __future__ import annotations

import json
import re
import tempfile
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from holdfast import __version__
from holdfast.clinic.planner.inputs import Plan, assumptions_of, plain
from holdfast.errors import Refusal
from holdfast.protocol.compiler import compile_text, hash_of
from holdfast.simulation import assumptions as assumption_files
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.catalogue import Parameter, parameters
from holdfast.simulation.scenarios import Scanned

SIZE = re.compile(r"^(?P<space>[ ]+)planned_n:[ ]*\{[^{}\n]*\}[ ]*$", re.MULTILINE)
SOURCES = re.compile(r"^sources:[ ]*$", re.MULTILINE)
SOURCE = "planner-size"


def protocol_text(plan: Plan, *, day: date, name: str = "") -> str:
    """The study's text with the design's n as its planned number; unchanged where that is its number.

    The number's source says that it was chosen here, and when: it is no longer the published one's.
    Raises Refusal where the text writes its planned number in a way that this cannot change.
    """
    text, n = plan.ground.protocol.text, plan.all_values["n"]
    if n == plan.ground.protocol.study.planned_n.number:
        return text
    if len(SIZE.findall(text)) != 1 or len(SOURCES.findall(text)) != 1:
        raise Refusal(
            _(
                "The study file writes planned_n or its sources in a way that this page does not change. "
                "Set planned_n to %(n)s by hand."
            )
            % {"n": plain(n)}
        )
    source = SOURCE
    while f"  {source}:" in text:
        source += "-2"
    reason = f"assumed: {plain(n)}, {_design(name)}by simulation with Holdfast {__version__}{_settings(plan)}"
    text = SIZE.sub(
        lambda found: f'{found["space"]}planned_n: {{value: {plain(n)}, unit: "1", source: {source}}}', text
    )
    entry = (
        f"sources:\n  {source}:\n    cite: {json.dumps(reason, ensure_ascii=False)}\n"
        f"    status: assumed\n    date: {day.isoformat()}"
    )
    return SOURCES.sub(lambda _found: entry, text)


def protocol_hash(plan: Plan, *, day: date) -> str:
    """The hash of the protocol file as it would be given out; "" where it cannot be."""
    try:
        return hash_of(protocol_text(plan, day=day))
    except Refusal:
        return ""


def protocol_file(plan: Plan, *, day: date, name: str = "") -> str:
    """The protocol file, compiled before it is given. Raises Refusal, StudyFileError."""
    text = protocol_text(plan, day=day, name=name)
    found = compile_text(text, name="study.yaml").study.planned_n.number
    if found != plan.all_values["n"]:
        raise Refusal(_("The file could not be given the planned number. Set planned_n by hand."))
    return text


def assumptions_file(plan: Plan, *, day: date, name: str = "") -> str:
    """A file that extends the shipped one by the values that were set; read again before it is given."""
    base, own = assumptions_of(plan.ground.protocol), _settings(plan, assumed=False)
    head = [
        "# Written by the planner; it holds what was set otherwise than in the file it extends.",
        f"# Settings of the design itself, for --set: {own.lstrip(': ') or 'none'}",
        "holdfast_assumptions: 1",
        f"study: {plan.ground.protocol.study.code}",
        f"extends: {base}",
    ]
    known = {each.alias: each for each in parameters(plan.ground.assumptions)}
    tree: dict[str, object] = {}
    for alias, value in plan.values.items():
        if alias in known:
            entry = _entry(plan, known[alias], value, day=day, name=name)
            _put(tree, known[alias].name.split("."), entry)
    text = "\n".join([*head, *_yaml(tree, 0)]) + "\n"
    _check(text, plan)
    return text


def _entry(plan: Plan, parameter: Parameter, value: float, *, day: date, name: str) -> object:
    reason = (
        f"Set in the planner {_design(name)}on {day.isoformat()}; the file had {parameter.value:g}: "
        f"{parameter.source}"
    )
    figure = _figure(plain(value), parameter.unit, day, reason)
    held = _held(plan.ground.assumptions, parameter.name)
    if not isinstance(held, Scanned):
        return figure
    low, high = held.scan.numbers
    if low <= value <= high:
        return {"value": figure}
    scan = f"[{plain(min(low, value))}, {plain(max(high, value))}]"
    reason = f"Widened to hold the value that was set: {held.scan.source}"
    widened = _figure(scan, parameter.unit, day, reason)
    return {"value": figure, "scan": widened}


def _figure(value: str, unit: str, day: date, source: str) -> str:
    texts = [json.dumps(each, ensure_ascii=False) for each in (unit, day.isoformat(), source)]
    return f"{{value: {value}, unit: {texts[0]}, status: assumed, date: {texts[1]}, source: {texts[2]}}}"


def _held(part: object, dotted: str) -> object:
    for step in dotted.split("."):
        part = part[step] if isinstance(part, dict) else getattr(part, step)
    return part


def _put(tree: dict[str, object], path: list[str], entry: object) -> None:
    here = tree
    for step in path[:-1]:
        below = here.setdefault(step, {})
        assert isinstance(below, dict)
        here = below
    here[path[-1]] = entry


def _yaml(tree: dict[str, object], depth: int) -> list[str]:
    found = []
    for key, value in tree.items():
        space = "  " * depth
        if isinstance(value, dict):
            found += [f"{space}{key}:", *_yaml(value, depth + 1)]
        else:
            found.append(f"{space}{key}: {value}")
    return found


def _check(text: str, plan: Plan) -> None:
    """Read the file as the command would, and hold every value against the design's."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "assumptions.yaml"
        file.write_text(text, encoding="utf-8")
        read: Assumptions = assumption_files.load(file)
    wanted = plan.all_values
    wrong = [each.alias for each in parameters(read) if each.value != wanted[each.alias]]
    if wrong:
        raise Refusal(_("The assumption file came out otherwise at %s, and is not given.") % ", ".join(wrong))


def _design(name: str) -> str:
    return f"for the design '{name}' " if name else ""


def _settings(plan: Plan, *, assumed: bool = True) -> str:
    """What was set, as text behind a colon; with the assumptions among it or without."""
    own = {each.alias for each in parameters(plan.ground.assumptions)}
    chosen = {name: value for name, value in plan.values.items() if assumed or name not in own}
    if not chosen:
        return ""
    return ": " + ", ".join(f"{name}={plain(value)}" for name, value in sorted(chosen.items()))
