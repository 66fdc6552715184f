"""What the tests of simulation share: a small clumsy trial, and one hash over a rehearsal."""

from __future__ import annotations

import hashlib

from holdfast.records.ndjson import to_line
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.play import Rehearsal
from holdfast.sourced import Figure


def with_value(figure: Figure, value: float | tuple[float, ...]) -> Figure:
    return figure.model_copy(update={"value": value})


def small(model: Assumptions, *, by_arm: tuple[int, int] = (3, 3), clumsy: float = 1.0) -> Assumptions:
    """The same model with few people at two sites, whose habits are ``clumsy`` times as bad."""
    part = model.recruitment
    recruitment = part.model_copy(
        update={
            "by_arm": with_value(part.by_arm, by_arm),
            "sites": with_value(part.sites, 2),
            "site_shares": with_value(part.site_shares, (0.6, 0.4)),
        }
    )
    habits = {
        code: with_value(figure, min(0.7, clumsy * figure.number)) for code, figure in model.habits.items()
    }
    return model.model_copy(update={"recruitment": recruitment, "habits": habits})


def digest(rehearsal: Rehearsal) -> str:
    """One hash over every line and every refusal."""
    lines = b"\n".join(to_line(each) for each in rehearsal.sealed)
    return hashlib.sha256(lines + repr(rehearsal.refused).encode()).hexdigest()
