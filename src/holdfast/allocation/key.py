"""The allocation key: slot or kit to arm and milligrams. A value of its own, never a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Who gets what: ``arm_of_slot``; per kit its arm, and mg per capsule.

    Only allocation/, simulation/, functions of tables/ and analysis/ that take it as an
    argument, and clinic/pharmacy/ may hold one (law 4).
    """

    arm_of_slot: Mapping[str, str]
    arm_of_kit: Mapping[str, str]
    mg_of_kit: Mapping[str, float]
