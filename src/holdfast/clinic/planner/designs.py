"""Saved designs: a change is a new version, a withdrawal a row with its reason; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from holdfast import __version__, compiling
from holdfast.clinic.planner import figures
from holdfast.clinic.planner.inputs import Plan, assumptions_of, plain
from holdfast.clinic.planner.models import Design, Withdrawal
from holdfast.clinic.planner.simulating import Found
from holdfast.errors import Conflict, ImpossibleValue, NotPermitted, UnknownName

LONGEST_NAME, LONGEST_REASON = 80, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: a saved design or what is on the page now."""

    title: str
    values: Mapping[str, float]
    beside: str
    n_beside: int | None
    seed: int
    protocol_hash: str
    assumptions: str
    code: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not alike on both sides."""

    label: str
    one: str
    other: str


def keep(
    plan: Plan,
    found: Found,
    *,
    own: UUID,
    name: str,
    by: str,
    now: datetime,
) -> Design:
    """Save a design, as a new version where the name is there; the same id again is the same design.

    Raises:
        ImpossibleValue: for a name that is none.
        Conflict: where the same version was saved at the same moment, or the id is of another design.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ImpossibleValue(
            _("A design needs a name of up to %(most)d characters.") % {"most": LONGEST_NAME}, field="name"
        )
    there = Design.objects.filter(id=own).first()
    if there is not None:
        if (there.study, there.name, there.saved_by) != (plan.study, name, by):
            raise Conflict(_("This page has saved a design already. Open the planner anew to save another."))
        return there
    last = Design.objects.filter(study=plan.study, name=name).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            return Design.objects.create(
                id=own, study=plan.study, name=name, version=last + 1, saved_at=now, saved_by=by,
                protocol_hash=plan.ground.protocol.hash, assumptions=assumptions_of(plan.ground.protocol),
                values=plan.all_values, beside="" if plan.beside is None else plan.beside.name,
                n_beside=plan.n_beside, seed=plan.seed, trials=found.trials, result=found.as_json(),
                software=__version__, code=compiling.digest(),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("Somebody saved this design at the same moment. Send it again: it becomes the next version.")
        ) from None


def saved(study: str) -> tuple[list[Design], list[Design]]:
    """The designs of a study that stand, and those withdrawn; the newest first."""
    rows = list(Design.objects.filter(study=study).select_related("withdrawal").order_by("-saved_at", "name"))
    return [each for each in rows if not withdrawn(each)], [each for each in rows if withdrawn(each)]


def withdrawn(design: Design) -> bool:
    """Whether it was withdrawn."""
    return hasattr(design, "withdrawal")


def design(study: str, own: str) -> Design:
    """A design of a study by its id. Raises UnknownName where there is none."""
    try:
        found = Design.objects.select_related("withdrawal").filter(study=study, id=UUID(own)).first()
    except ValueError:
        found = None
    if found is None:
        raise UnknownName(_("There is no such saved design in this study."))
    return found


def withdraw(one: Design, *, by: str, leads: bool, reason: str, now: datetime) -> None:
    """Withdraw a design: whoever saved it may, and who ``leads`` the study; twice is once.

    Raises NotPermitted for anybody else, ImpossibleValue without a reason.
    """
    if not (leads or by == one.saved_by):
        raise NotPermitted(_("A design is withdrawn by whoever saved it, or by the sponsor."))
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise ImpossibleValue(
            _("Say why, in up to %(most)d characters.") % {"most": LONGEST_REASON}, field="reason"
        )
    if not withdrawn(one):
        Withdrawal.objects.get_or_create(design=one, defaults={"at": now, "by": by, "reason": reason})


def title(one: Design) -> str:
    """Name and version."""
    return _("%(name)s, version %(version)d") % {"name": one.name, "version": one.version}


def side_of(one: Design) -> Side:
    """A saved design as a side of a comparison."""
    return Side(
        title=title(one), values=one.values, beside=one.beside, n_beside=one.n_beside, seed=one.seed,
        protocol_hash=one.protocol_hash, assumptions=one.assumptions, code=one.code, result=one.result,
    )  # fmt: skip


def side_now(plan: Plan, found: Found) -> Side:
    """What is on the page as a side of a comparison."""
    return Side(
        title=_("Now"), values=plan.all_values, beside="" if plan.beside is None else plan.beside.name,
        n_beside=plan.n_beside, seed=plan.seed, protocol_hash=plan.ground.protocol.hash,
        assumptions=assumptions_of(plan.ground.protocol), code=compiling.digest(), result=found.as_json(),
    )  # fmt: skip


def differences(one: Side, other: Side, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    """Every value that differs, with its label; a value that one side does not know is a dash."""
    found = [
        Difference(labels.get(name, name), _shown(one.values.get(name)), _shown(other.values.get(name)))
        for name in dict.fromkeys([*labels, *one.values, *other.values])
        if one.values.get(name) != other.values.get(name)
    ]
    rest = (
        (_("Design beside it"), one.beside or figures.NONE, other.beside or figures.NONE),
        (_("Participants of the design beside"), _size(one), _size(other)),
        (_("Seed"), str(one.seed), str(other.seed)),
        (_("Protocol hash"), one.protocol_hash[:12], other.protocol_hash[:12]),
        (_("Assumptions of"), one.assumptions, other.assumptions),
        (_("Code of the simulation"), one.code, other.code),
    )
    return (*found, *(Difference(*each) for each in rest if each[1] != each[2]))


def results(sides: Sequence[Side]) -> tuple[figures.Line, ...]:
    """The results of both sides, side by side."""
    return figures.lines(tuple(side.result.get("mine") for side in sides))


def _size(side: Side) -> str:
    return _("as its file plans") if side.n_beside is None else str(side.n_beside)


def _shown(value: float | None) -> str:
    return figures.NONE if value is None else plain(value)


def query_of(one: Design) -> str:
    """The query that opens a saved design on the page, and compares what is changed there with it.

    Every value is named, so that it is the design as it was, whatever the study's own values are by now.
    """
    own = {"against": str(one.id), "seed": str(one.seed), "beside": one.beside or "none"}
    if one.n_beside is not None:
        own["n-beside"] = str(one.n_beside)
    return urlencode({**own, **{name: plain(value) for name, value in one.values.items()}})
