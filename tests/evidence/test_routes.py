"""Lawful routes are dated and sourced; what is past its day or not known is said."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

from holdfast.errors import TableError
from holdfast.evidence.reading import read_part
from holdfast.evidence.routes import File, countries, file, routes

TODAY = date(2026, 11, 26)
TEXT = files("holdfast.evidence").joinpath("routes.yaml").read_text(encoding="utf-8")


def test_a_known_country_has_what_stands_with_source_and_dates():
    found = routes("au", TODAY)
    assert [each.kind for each in found.standing] == ["authorised-prescriber"]
    assert (found.past, found.said) == ((), None)
    assert found.standing[0].checked <= TODAY < found.standing[0].expires


def test_past_its_day_a_route_was_so():
    last = routes("CH", TODAY).standing[0].expires
    assert routes("CH", last).said is None
    found = routes("CH", date(last.year + 1, 1, 1))
    assert found.standing == ()
    assert len(found.past) == 1
    assert found.said == file().past


def test_an_unknown_country_is_said_to_be_unknown():
    for country in ("FR", "", "Atlantis", "a\nb"):
        found = routes(country, TODAY)
        assert (found.standing, found.past, found.said) == ((), (), file().unknown)
        assert found.red_flags


def test_both_codes_of_the_united_kingdom_mean_it():
    assert routes("UK", TODAY).standing == routes("GB", TODAY).standing != ()


def test_routes_are_sourced_in_both_languages_without_addresses():
    assert set(countries()) >= {"AU", "CH", "CA", "US", "GB", "DE", "NL", "IL", "NZ"}
    for each in file().routes:
        assert each.source
        for words in (each.title, each.say, each.ask):
            assert set(words) == {"en", "es"}
    assert not re.search(r"https?:|www\.", TEXT)


def test_red_flags_name_what_to_keep_away_from():
    flags = " ".join(each["en"] for each in file().red_flags)
    for word in (
        "money for the trial drug",
        "ethics committee",
        "registry number",
        "not registered",
        "retreat",
    ):
        assert word in flags


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("status: found_secondary", "status: recalled_unverified", "may not be cited"),
        ("expires: 2027-05-26", "expires: 2026-11-26", "expires before it was checked"),
        ("kind: authorised-prescriber", "kind: retreat", "authorised-prescriber"),
        ("country: AU", "country: Australia", "match pattern"),
    ],
)
def test_a_route_that_cannot_stand_does_not_load(old, new, fault):
    with pytest.raises(TableError, match=fault):
        read_part(File, "routes.yaml", TEXT.replace(old, new))
