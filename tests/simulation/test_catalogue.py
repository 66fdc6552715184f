"""The catalogue of parameters: complete, checked, and the only door to a changed value."""

from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.catalogue import parameters, with_values
from holdfast.simulation.model import model_of
from holdfast.simulation.scenarios import Scanned
from holdfast.sourced import Status
from trial_drawing import SHIPPED

KNOWN = parameters(SHIPPED)


def test_names_and_aliases_are_unique() -> None:
    names = [each.name for each in KNOWN] + [each.alias for each in KNOWN]
    assert len(names) == len(set(names))
    assert len(KNOWN) == 55


def test_every_scanned_value_of_the_model_is_a_parameter() -> None:
    def scanned(part: object, path: str) -> list[str]:
        if isinstance(part, Scanned):
            return [path]
        fields = getattr(type(part), "model_fields", {})
        return [
            name
            for field in fields
            for name in scanned(getattr(part, field), f"{path}.{field}" if path else field)
        ]

    assert set(scanned(SHIPPED, "")) | set(SHIPPED.scans) <= {each.name for each in KNOWN}


def test_values_and_scans_lie_in_what_is_allowed() -> None:
    for each in KNOWN:
        low, high = each.allowed
        assert low <= each.value <= high, each.name
        if each.scan is not None:
            assert low <= each.scan[0] <= each.value <= each.scan[1] <= high, each.name
        assert each.source
        assert each.unit


def test_what_is_set_is_told_to_be_so() -> None:
    changed = with_values(SHIPPED, {"expectancy": 1, "events.missed-session": 0.07, "pairs": 26})
    assert changed.latent.share.number == 1
    assert changed.latent.share.scan == SHIPPED.latent.share.scan
    assert changed.events["missed-session"].number == 0.07
    assert changed.scenarios.clusters.pairs.number == 26
    found = changed.events["missed-session"]
    assert (found.status, found.unit) == (Status.ASSUMED, "per period")
    assert found.source.startswith("Set for this run; the file has 0.02: Nothing published")
    assert changed.baseline is SHIPPED.baseline


@pytest.mark.parametrize("end", [0, 1])
def test_every_end_of_a_scan_makes_a_model(end: int) -> None:
    for each in KNOWN:
        if each.scan is not None:
            changed = with_values(SHIPPED, {each.alias: each.scan[end]})
            assert isinstance(changed, Assumptions)
            model_of(changed)


def test_a_value_set_to_what_it_is_leaves_the_model_as_it_is() -> None:
    def numbers(model: object) -> list[object]:
        return [
            each.tolist() if hasattr(each, "tolist") else numbers(each) if isinstance(each, tuple) else each
            for each in model  # type: ignore[attr-defined]
        ]

    before = numbers(model_of(SHIPPED))
    assert numbers(model_of(with_values(SHIPPED, {each.alias: each.value for each in KNOWN}))) == before


# Recruitment belongs to the funnel and pairs to the design: their tests are those of the two.
OF_THE_MODEL = [each for each in KNOWN if not each.name.startswith("recruitment.") and each.alias != "pairs"]


@pytest.mark.parametrize("each", OF_THE_MODEL, ids=lambda each: each.alias)
def test_every_parameter_of_the_model_changes_it(each) -> None:
    other = each.scan[1] if each.scan is not None and each.scan[1] != each.value else each.allowed[0]

    def flat(model: object) -> list[float]:
        found: list[float] = []
        for part in model:  # type: ignore[attr-defined]
            found += (
                part.ravel().tolist()
                if hasattr(part, "ravel")
                else flat(part)
                if isinstance(part, tuple)
                else [part]
            )
        return found

    assert flat(model_of(SHIPPED)) != flat(model_of(with_values(SHIPPED, {each.alias: other})))


@pytest.mark.parametrize(
    ("given", "near"),
    [("expectency", "expectancy"), ("rater-unblind", "rater-unblinded"), ("relapse", "relapse-full")],
)
def test_an_unknown_name_is_told_with_the_nearest(given: str, near: str) -> None:
    with pytest.raises(UnknownName, match=f"There is no parameter '{given}'") as refused:
        with_values(SHIPPED, {given: 0.5})
    assert near in str(refused.value)


@pytest.mark.parametrize(
    ("given", "value", "words"),
    [
        ("expectancy", 1.5, "lies between 0 and 1"),
        ("expectancy", float("nan"), "lies between 0 and 1"),
        ("low-felt", -1, "lies between 0 and 10"),
        ("pairs", 8.5, "is a whole number; found 8.5"),
    ],
)
def test_an_impossible_value_is_told_with_its_range(given: str, value: float, words: str) -> None:
    with pytest.raises(ImpossibleValue, match=words) as refused:
        with_values(SHIPPED, {given: value})
    assert refused.value.field == given
