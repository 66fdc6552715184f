"""What the pages of the planner show, as contexts of their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.planner import designs, exports, fields, figures, picture
from holdfast.clinic.planner.inputs import Plan, choices_beside, usual_beside
from holdfast.clinic.planner.models import Design
from holdfast.clinic.planner.sentence import sample_size
from holdfast.clinic.planner.simulating import Found, steps
from holdfast.errors import UnknownName
from holdfast.planning.outcome import GUESS_WARNING
from holdfast.timing import Instant, in_words

NO_TRIALS = Found()


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A saved design as a row of the list."""

    id: str
    title: str
    n: str
    power: figures.Cell
    trials: str
    saved: str
    query: str
    hash: str
    withdrawal: str
    may_withdraw: bool


def form(plan: Plan) -> dict[str, Any]:
    """The left side: every field with what was typed."""
    planned = "" if plan.beside is None else str(int(plan.beside.protocol.study.planned_n.number))
    return {
        "first": fields.first(plan),
        "groups": fields.others(plan),
        "besides": _besides(plan),
        "n_beside": plan.typed.get("n-beside", "").strip() or planned,
        "n_beside_default": planned,
        "seed": plan.typed.get("seed", "").strip() or str(plan.seed),
        "againsts": _againsts(plan),
        "wrong": plan.wrong,
        # Names that no template can ask a map for.
        "wrong_whole": plan.wrong.get("", ""),
        "wrong_size": plan.wrong.get("n-beside", ""),
    }


def results(plan: Plan, found: Found, *, ready: bool, busy: str, day: date) -> dict[str, Any]:
    """The right side: numbers, picture, what changed, files. Dots where nothing is known yet."""
    outcomes = tuple(
        None if one is None else one.as_json() for one in (found.mine, found.beside)[: len(names(plan))]
    )
    curves = {kind: found.curves.get(kind, ()) for kind in names(plan)}
    return {
        "plan": plan,
        "names": tuple(names(plan).values()),
        "lines": figures.lines(outcomes),
        "guess": figures.guess_adjusted(outcomes[0]),
        "guess_warning": _(GUESS_WARNING),
        "warnings": figures.warnings(outcomes[0]),
        "panels": picture.panels(curves, names(plan), expectancy=plan.all_values["expectancy"]),
        "rows": picture.rows({kind: curve for kind, curve in curves.items() if curve}),
        "state": _state(plan, found, ready=ready, busy=busy),
        "step": found.step,
        "steps": len(steps()),
        "more": not (found.finished or plan.wrong),
        "found": found,
        "sentence": "" if found.mine is None else sample_size(plan, found.mine),
        "hash": "" if plan.wrong else exports.protocol_hash(plan, day=day),
        "comparison": _comparison(plan, found),
    }


def names(plan: Plan) -> dict[str, str]:
    """What the one or two designs are called."""
    mine = {"mine": plan.ground.protocol.study.code}
    return mine if plan.beside is None else {**mine, "beside": plan.beside.name}


def labels(plan: Plan) -> dict[str, str]:
    """The label of every number, by alias."""
    return {each.alias: _(each.label) for each in plan.ground.parameters()}


def rows(found: list[Design], *, person: str, leads: bool, saves: bool) -> tuple[Row, ...]:
    """Saved designs as rows of a list."""
    return tuple(_row(one, may_withdraw=leads or (saves and one.saved_by == person)) for one in found)


def comparison(one: designs.Side, other: designs.Side, labels: Mapping[str, str]) -> dict[str, Any]:
    """Two designs: what differs, and the results of both."""
    return {
        "titles": (one.title, other.title),
        "differences": designs.differences(one, other, labels),
        "both": designs.results((one, other)),
    }


def _row(one: Design, *, may_withdraw: bool) -> Row:
    withdrawal = ""
    if designs.withdrawn(one):
        gone = one.withdrawal
        withdrawal = _("Withdrawn by %(by)s, %(at)s: %(reason)s") % {
            "by": gone.by, "at": in_words(Instant(gone.at, "UTC")), "reason": gone.reason,
        }  # fmt: skip
    mine = one.result.get("mine")
    return Row(
        id=str(one.id),
        title=designs.title(one),
        n=str(int(one.values.get("n", 0))),
        power=figures.lines((mine,))[0].cells[0],
        trials=f"{one.trials:,}",
        saved=_("%(by)s, %(at)s") % {"by": one.saved_by, "at": in_words(Instant(one.saved_at, "UTC"))},
        query=designs.query_of(one),
        hash=one.protocol_hash[:12],
        withdrawal=withdrawal,
        may_withdraw=may_withdraw and not withdrawal,
    )


def _besides(plan: Plan) -> tuple[Choice, ...]:
    chosen = plan.typed.get("beside", "").strip() or usual_beside(plan.ground.protocol) or "none"
    shown = choices_beside(plan.ground.protocol)
    every = [(name, name) for name in shown]
    every.append(("none", _("No other design")))
    return tuple(Choice(name, label, name == chosen) for name, label in every)


def _againsts(plan: Plan) -> tuple[Choice, ...]:
    standing, _gone = designs.saved(plan.study)
    every = [("", _("No saved design")), *((str(one.id), designs.title(one)) for one in standing)]
    return tuple(Choice(id_, label, id_ == plan.against) for id_, label in every)


def _comparison(plan: Plan, found: Found) -> dict[str, Any] | None:
    if not plan.against:
        return None
    try:
        one = designs.design(plan.study, plan.against)
    except UnknownName:
        return None
    saved = designs.side_of(one)
    return comparison(saved, designs.side_now(plan, found), labels(plan))


def _state(plan: Plan, found: Found, *, ready: bool, busy: str) -> str:
    """One sentence: where the simulation stands."""
    if plan.wrong:
        return _("These values cannot be simulated: see the sentences beside the fields.")
    if busy or found.failed:
        return busy or found.failed
    if not ready:
        return _("Preparing the simulator; this happens once after an update and takes up to a minute.")
    if found.mine is None:
        return _("Drawing the first trials.")
    said = _("%(trials)s trials, seed %(seed)d, %(seconds).1f s.") % {
        "trials": f"{found.trials:,}", "seed": plan.seed, "seconds": found.seconds,
    }  # fmt: skip
    return said if found.finished else said + " " + _("More are being drawn.")
