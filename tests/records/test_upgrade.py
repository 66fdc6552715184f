from types import MappingProxyType

import pytest
from hypothesis import given

from holdfast.errors import BrokenRecord, UnknownName
from holdfast.records import upgrade
from holdfast.records.chain import verify_stream
from holdfast.records.fact import KINDS, Fact, kind, to_body
from holdfast.records.ndjson import from_line, to_line
from holdfast.records.session import VitalsRead
from holdfast.records.upgrade import fact_from
from record_building import chained, facts, reading

BODY = MappingProxyType(to_body(reading(1).fact))


@given(fact=facts())
def test_every_kind_of_fact_comes_back_from_its_body(fact):
    back = fact_from(fact.KIND, fact.VERSION, to_body(fact))
    assert back == fact
    assert repr(back) == repr(fact)  # also the types of numbers and the order of keys


@pytest.fixture
def weights(monkeypatch):
    """A kind that has had three versions: pounds, then kilograms, then a position as well."""
    monkeypatch.setattr(upgrade, "UPGRADES", dict(upgrade.UPGRADES))

    class Weighed(Fact):
        """A weight."""

        kilograms: float
        clothed: bool

    made = kind("weighed-in-tests", version=3)(Weighed)
    upgrade.upgrade("weighed-in-tests", version=1)(lambda body: {"kilograms": body["pounds"] * 0.5})
    upgrade.upgrade("weighed-in-tests", version=2)(lambda body: {**body, "clothed": True})
    yield made
    del KINDS["weighed-in-tests"]


def test_a_body_of_the_first_release_passes_through_every_upgrade(weights):
    assert fact_from("weighed-in-tests", 1, {"pounds": 140.0}) == weights(kilograms=70.0, clothed=True)
    assert fact_from("weighed-in-tests", 2, {"kilograms": 70.0}) == weights(kilograms=70.0, clothed=True)


def test_the_chain_of_an_upgraded_record_still_verifies_and_is_written_as_it_was(monkeypatch):
    monkeypatch.setattr(upgrade, "UPGRADES", dict(upgrade.UPGRADES))

    class Old(Fact):
        """The first shape."""

        pounds: float

    class New(Fact):
        """The second."""

        kilograms: float

    old = kind("weighed-once")(Old)
    try:
        sealed = chained([reading(1), reading(2, fact=old(pounds=140.0)), reading(3)])
        lines = [to_line(each) for each in sealed]
        del KINDS["weighed-once"]
        new = kind("weighed-once", version=2)(New)
        upgrade.upgrade("weighed-once", version=1)(lambda body: {"kilograms": body["pounds"] * 0.5})
        back = [from_line(line) for line in lines]
        assert back[1].record.fact == new(kilograms=70.0)
        verify_stream(back)
        assert [to_line(each) for each in back] == lines
    finally:
        del KINDS["weighed-once"]


def test_a_field_added_later_with_a_default_leaves_old_lines_as_they_were():
    def register(name, body):
        return kind(name)(type("Noted", (Fact,), body))

    one = register("noted-once", {"__annotations__": {"a": "int"}, "__module__": __name__})
    try:
        lines = [to_line(each) for each in chained([reading(1, fact=one(a=1))])]
        del KINDS["noted-once"]
        two = register(
            "noted-once", {"__annotations__": {"a": "int", "b": "str"}, "b": "", "__module__": __name__}
        )
        back = [from_line(line) for line in lines]
        assert back[0].record.fact == two(a=1, b="")
        verify_stream(back)
        assert [to_line(each) for each in back] == lines
    finally:
        del KINDS["noted-once"]


def test_two_upgrades_from_one_version_are_an_error_of_the_programmer(weights):
    with pytest.raises(ValueError, match="two upgrades"):
        upgrade.upgrade("weighed-in-tests", version=1)(dict)


def test_unknown_kinds_and_later_versions_are_said_in_a_sentence():
    with pytest.raises(UnknownName, match="no kind of record called 'weather'"):
        fact_from("weather", 1, {})
    with pytest.raises(UnknownName, match="is of version 3; this release knows versions up to 2"):
        fact_from("vitals-read", 3, BODY)
    with pytest.raises(BrokenRecord, match="No upgrade leads from version 0"):
        fact_from("vitals-read", 0, BODY)


def test_bodies_that_lack_a_field_or_have_another_are_broken():
    short = {name: value for name, value in BODY.items() if name != "systolic"}
    with pytest.raises(BrokenRecord, match="lacks systolic"):
        fact_from("vitals-read", 1, short)
    with pytest.raises(BrokenRecord, match="has unknown arm"):
        fact_from("vitals-read", 1, {**BODY, "arm": "mdma"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("systolic", "120"),
        ("systolic", True),
        ("due_minute", 1.5),
        ("due_minute", False),
        ("position", None),
        ("repeat", 1),
        ("position", ["sitting"]),
    ],
)
def test_values_of_the_wrong_type_are_broken(field, value):
    with pytest.raises(BrokenRecord, match=f"has {field} = "):
        fact_from("vitals-read", 1, {**BODY, field: value})


def test_a_decimal_may_be_a_whole_number():
    fact = fact_from("vitals-read", 1, {**BODY, "systolic": 120})
    assert isinstance(fact, VitalsRead)
    assert fact.systolic == 120


def test_lists_and_maps_of_the_wrong_content_are_broken():
    with pytest.raises(BrokenRecord, match="has items = "):
        fact_from("consent-withdrawn", 1, {"items": ["a", 1]})
    with pytest.raises(BrokenRecord, match="has ratings = "):
        fact_from("prompts-rated", 1, {"at_hour": 1.0, "rated_by": "observer", "ratings": [1]})


def test_a_reading_of_before_it_was_kept_what_was_typed_is_read_as_typed_nothing_else():
    before = {name: value for name, value in BODY.items() if name != "typed"}
    fact = fact_from("vitals-read", 1, before)
    assert (fact.VERSION, fact.typed) == (2, "")
    assert to_body(fact) == {**BODY, "typed": ""}
