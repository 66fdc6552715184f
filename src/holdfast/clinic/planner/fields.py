"""The fields of the page: a few first, all others in groups; each with default, unit, source and status."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.planner.inputs import LARGEST_N, Plan, plain
from holdfast.simulation.catalogue import Parameter
from holdfast.sourced import Status

FIRST = ("n", "expectancy", "contrast", "low-fraction", "alpha", "interim", "futility", "needed")


@dataclass(frozen=True, slots=True)
class Field:
    """One number as it is asked for."""

    alias: str
    label: str
    unit: str
    typed: str
    default: str
    low: str
    high: str
    status: str
    source: str
    error: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; open where one of them was changed or is wrong."""

    name: str
    fields: tuple[Field, ...]
    changed: int
    wrong: int


def groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names of groups with the beginnings of the parameters' dotted names; the last takes what is left."""
    return (
        (_("Costs"), ("hour-cost", "session-cost", "participant-cost", "screening-cost")),
        (
            _("Contrast, belief and doses"),
            ("latent.", "scenarios.contrast", "felt.", "active.", "scenarios.felt"),
        ),
        (_("Raters"), ("scenarios.raters",)),
        (_("Leaving, stopping, missing"), ("leaving.", "scenarios.leaving", "scenarios.stopping", "events.")),
        (_("People"), ("people.", "scenarios.prior_use", "course.", "baseline.", "scenarios.taper")),
        (_("Sites and therapists"), ("scenarios.clusters", "scenarios.therapy")),
        (_("Twelve months"), ("scenarios.durability", "scenarios.crossover")),
        (_("Recruitment"), ("recruitment.",)),
        (_("Others"), ("",)),
    )


def status_words() -> dict[Status, str]:
    """How a number is known, in words."""
    return {
        Status.SOURCED_PRIMARY: _("published, read in the original"),
        Status.SOURCED: _("published"),
        Status.FOUND: _("found"),
        Status.SOURCED_SECONDARY: _("published, read at second hand"),
        Status.FOUND_SECONDARY: _("found at second hand"),
        Status.DERIVED: _("derived from published numbers"),
        Status.CALIBRATED: _("fitted to published results"),
        Status.RECALLED_UNVERIFIED: _("recalled, not verified"),
        Status.ASSUMED: _("assumed"),
        Status.REHEARSAL: _("a stand-in for rehearsals"),
    }


def first(plan: Plan) -> tuple[Field, ...]:
    """The few fields that come first."""
    known = {each.alias: each for each in plan.ground.parameters()}
    return tuple(_field(plan, known[alias]) for alias in FIRST if alias in known)


def others(plan: Plan) -> tuple[Group, ...]:
    """All other fields by group, none of them empty."""
    left = [each for each in plan.ground.parameters() if each.alias not in FIRST]
    found = []
    for name, beginnings in groups():
        taken = [each for each in left if each.name.startswith(beginnings)]
        left = [each for each in left if each not in taken]
        if taken:
            fields = tuple(_field(plan, each) for each in taken)
            changed = sum(each.alias in plan.values for each in fields)
            found.append(Group(name, fields, changed, sum(bool(each.error) for each in fields)))
    return tuple(found)


def _field(plan: Plan, parameter: Parameter) -> Field:
    default = plain(parameter.value)
    low, high = parameter.allowed
    return Field(
        alias=parameter.alias,
        label=_(parameter.label),
        unit="" if parameter.unit == "1" else _(parameter.unit),
        typed=plan.typed.get(parameter.alias, "").strip() or default,
        default=default,
        low=plain(low),
        high=plain(min(high, LARGEST_N) if parameter.alias == "n" else high),
        status=status_words()[parameter.status],
        source=_(parameter.source),
        error=plan.wrong.get(parameter.alias, ""),
        whole=parameter.whole,
    )
