"""What may be set, and what was typed: a plan to simulate, or a sentence beside every field that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlencode

import numpy as np
from django.utils.translation import gettext as _

from holdfast import compiling
from holdfast.clinic.ledger import read as ledger
from holdfast.errors import ImpossibleValue, Refusal, UnknownName
from holdfast.planning.run import digest_of
from holdfast.planning.scenario import Ground, Scenario, ground_of, shipped_designs
from holdfast.planning.setup import primary_of
from holdfast.protocol.model import Protocol
from holdfast.simulation.catalogue import Parameter

LARGEST_N = 2000
"""More participants than this are the command's work: a first answer would no longer come at once."""
LARGEST_SEED = 2**53
"""Beyond it a number in JSON is no longer exact."""
OWN = ("beside", "n-beside", "seed", "against")
"""Fields that are the page's own, beside the study's parameters."""
PAIRS = (("inactive-placebo", "low-dose-control"), ("low-dose-control", "inactive-placebo"))
FIRST_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was asked. ``wrong`` has a sentence by field ("" for the whole), none where one may simulate.

    ``values`` are those that differ from the study's own, by alias; ``typed`` is what stood in the fields.
    """

    study: str
    ground: Ground
    beside: Ground | None
    n_beside: int | None
    seed: int
    against: str
    values: Mapping[str, float]
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A digest of everything that the numbers depend on."""
        beside = "" if self.beside is None else self.beside.name
        ground = (self.ground.protocol.hash, assumptions_of(self.ground.protocol))
        numbers = tuple(sorted(self.values.items()))
        return digest_of((compiling.digest(), ground, beside, self.n_beside or 0, self.seed, numbers))

    @property
    def query(self) -> str:
        """The address's query that asks for this plan again."""
        usual = usual_beside(self.ground.protocol)
        own: dict[str, str] = {}
        if (beside := "" if self.beside is None else self.beside.name) != usual:
            own["beside"] = beside or "none"
        if self.n_beside is not None:
            own["n-beside"] = str(self.n_beside)
        if self.seed != FIRST_SEED:
            own["seed"] = str(self.seed)
        return urlencode({**own, **{name: plain(value) for name, value in sorted(self.values.items())}})

    @property
    def all_values(self) -> dict[str, float]:
        """Every number of the design, by alias."""
        return {each.alias: each.value for each in self.ground.parameters()} | dict(self.values)

    def scenario(self) -> Scenario:
        """The design itself."""
        return self.ground.scenario(self.values)

    def scenario_beside(self) -> Scenario | None:
        """The design beside it: the same people and level, its own size."""
        if self.beside is None:
            return None
        shared = {name: value for name, value in self.values.items() if name != "n"}
        size = {} if self.n_beside is None else {"n": float(self.n_beside)}
        return self.beside.scenario({**shared, **size})


def plain(value: float) -> str:
    """A number as one would type it, with every digit it has."""
    return np.format_float_positional(value, trim="-")


def ground(study: str) -> Ground:
    """The protocol that a study of this clinic works by, with the shipped assumptions that fit it.

    Raises:
        UnknownName: for no such study.
        Refusal: where no shipped assumptions fit, or where the study compares no arms.
    """
    protocol = ledger.protocol(study)
    primary_of(protocol)
    base = assumptions_of(protocol)
    if not base:
        raise Refusal(
            _(
                "There are no assumptions for the study %(study)s: no shipped study has its code, or its "
                "arms and ratings. Simulate it with 'holdfast simulate' and an assumption file of its own."
            )
            % {"study": study}
        )
    return Ground(name=study, protocol=protocol, assumptions=shipped_ground(base).assumptions)


@cache
def shipped_ground(name: str) -> Ground:
    """A shipped study with its assumptions; they do not change while the site runs."""
    return ground_of(name)


def assumptions_of(protocol: Protocol) -> str:
    """The shipped study whose assumptions hold: of the same code, else of the same arms and ratings."""
    if protocol.study.code in shipped_designs():
        return protocol.study.code
    return next(
        (name for name in shipped_designs() if _shape(shipped_ground(name).protocol) == _shape(protocol)), ""
    )


def _shape(protocol: Protocol) -> object:
    arms = tuple((arm.code, arm.level, arm.role) for arm in protocol.arms)
    return arms, tuple(primary_of(protocol).visits), protocol.randomisation


def usual_beside(protocol: Protocol) -> str:
    """The design one would compare with: an inactive placebo with a low dose, and the other way round."""
    return dict(PAIRS).get(assumptions_of(protocol), "")


def choices_beside(protocol: Protocol) -> tuple[str, ...]:
    """The shipped designs that may stand beside the study's own."""
    return tuple(name for name in shipped_designs() if name != assumptions_of(protocol))


def read(study: str, typed: Mapping[str, str]) -> Plan:
    """The plan that a query asks for; a field that is left empty has its default.

    Raises what ``ground`` raises.
    """
    here = ground(study)
    known = {each.alias: each for each in here.parameters()}
    wrong: dict[str, str] = {}
    values: dict[str, float] = {}
    for name in typed:
        if name not in known and name not in OWN:
            wrong[""] = _unknown(here, name)
    for name, parameter in known.items():
        text = typed.get(name, "").strip()
        try:
            value = _number(name, text) if text else parameter.value
            if value != parameter.value:
                _check(here, parameter, value)
                values[name] = value
        except Refusal as refusal:
            wrong[name] = str(refusal)
    beside, n_beside = _beside(here, typed, wrong)
    plan = Plan(
        study=study, ground=here, beside=beside, n_beside=n_beside, seed=_seed(typed, wrong),
        against=typed.get("against", "").strip(), values=values, typed=dict(typed), wrong=wrong,
    )  # fmt: skip
    if not wrong:
        _together(plan, wrong)
    return plan


def _together(plan: Plan, wrong: dict[str, str]) -> None:
    """What no field says alone, such as a futility bound without a look."""
    for place, make in (("", plan.scenario), ("beside", plan.scenario_beside)):
        try:
            scenario = make()
            if scenario is not None:
                scenario.setups()
        except ImpossibleValue as impossible:
            wrong[impossible.field or place] = str(impossible)
        except Refusal as refusal:
            wrong[place] = str(refusal)


def _number(name: str, text: str) -> float:
    try:
        value = float(text.replace(",", ".")) if text.count(",") == 1 else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ImpossibleValue(
            _("A number is expected here, not “%(text)s”.") % {"text": text[:40]}, field=name
        )
    return value


def _check(here: Ground, parameter: Parameter, value: float) -> None:
    if parameter.alias == "n":
        _check_size("n", value)
    here.scenario({parameter.alias: value})


def _check_size(name: str, value: float) -> None:
    if value > LARGEST_N:
        raise ImpossibleValue(
            _(
                "This page simulates trials of up to %(most)s participants, so that an answer comes at once. "
                "For more, use 'holdfast simulate --set n=…'."
            )
            % {"most": f"{LARGEST_N:,}"},
            field=name,
        )


def _unknown(here: Ground, name: str) -> str:
    try:
        here.scenario({name: 0.0})
    except UnknownName as unknown:
        return str(unknown)
    except Refusal:
        pass
    return _("“%(name)s” is set by its short name.") % {"name": name[:60]}


def _beside(
    here: Ground, typed: Mapping[str, str], wrong: dict[str, str]
) -> tuple[Ground | None, int | None]:
    name = typed.get("beside", "").strip() or usual_beside(here.protocol)
    if name in ("", "none"):
        return None, None
    if name not in choices_beside(here.protocol):
        wrong["beside"] = _("There is no design “%(name)s” to compare with.") % {"name": name[:60]}
        return None, None
    found, text = shipped_ground(name), typed.get("n-beside", "").strip()
    try:
        size = _number("n-beside", text) if text else found.protocol.study.planned_n.number
        _check_size("n-beside", size)
        found.scenario({"n": size})
    except Refusal as refusal:
        wrong["n-beside"] = str(refusal)
        return found, None
    return found, None if size == found.protocol.study.planned_n.number else int(size)


def _seed(typed: Mapping[str, str], wrong: dict[str, str]) -> int:
    text = typed.get("seed", "").strip()
    if not text:
        return FIRST_SEED
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) < LARGEST_SEED):
        wrong["seed"] = _("A seed is a whole number from 0 to %(most)s.") % {"most": LARGEST_SEED - 1}
        return FIRST_SEED
    return int(text)
