"""The groups an analysis compares: arms where the key was given, otherwise everybody together."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from holdfast.analysis.results import ALL
from holdfast.protocol.model import Protocol


def group_of(adsl: pl.DataFrame) -> Mapping[str, str]:
    """The group of each randomised person, by USUBJID."""
    people = adsl.filter(pl.col("RANDFL") == "Y")
    return {
        person: ALL if arm is None else arm for person, arm in people.select("USUBJID", "TRT01P").iter_rows()
    }


def dosed_group_of(adsl: pl.DataFrame) -> Mapping[str, str]:
    """The group of each person randomised and given a dose, by USUBJID."""
    return group_of(adsl.filter(pl.col("MITTFL") == "Y"))


def group_names(adsl: pl.DataFrame, protocol: Protocol) -> tuple[str, ...]:
    """Arm codes in the protocol's order, or the one pooled group."""
    if adsl["TRT01P"].null_count() < len(adsl):
        return tuple(arm.code for arm in protocol.arms)
    return (ALL,)


def count(people: list[str], groups: Mapping[str, str], names: tuple[str, ...]) -> dict[str, int]:
    """How many of the people are in each group."""
    counts = dict.fromkeys(names, 0)
    for person in people:
        if person in groups:
            counts[groups[person]] += 1
    return counts
