"""Finding a trial without a network: by distance, country and status; the copy says its age plainly."""

from __future__ import annotations

import json
import socket
from datetime import date, timedelta
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from evidence.registry_world import Reply, raw_study, registry
from holdfast.cli import app
from holdfast.errors import ImpossibleValue, TableError
from holdfast.evidence.help import countries as help_countries
from holdfast.evidence.registry.find import countries, country_code, distance_km, point_of, search, wording
from holdfast.evidence.registry.shape import Point
from holdfast.evidence.registry.snapshot import as_json, packaged, read_snapshot
from holdfast.evidence.routes import countries as route_countries
from holdfast.sourced import CITABLE

TODAY = date(2026, 11, 26)
HERE, ZURICH = Point(47.37, 8.54), Point(47.37, 8.55)


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path, request):
    """Nothing goes out, and no copy of this machine is read."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("HOLDFAST_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def refused(address, *args, **kwargs):
        raise AssertionError(f"something went out to {address}")

    if "refresh" not in request.node.name:
        monkeypatch.setattr(socket, "create_connection", refused)
        monkeypatch.setattr(socket.socket, "connect", refused)


def copy(tmp_path, *studies, made="2026-11-26", as_of="2026-10-01", **changes):
    """A copy of the registry in the user's folder."""
    entries = [
        {"read": made, "as_of": as_of, "source": "ClinicalTrials.gov", "known": "found", "study": each}
        for each in studies
    ]
    place = tmp_path / "holdfast" / "registry.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps({"format": 1, "made": made, "whole": True, "studies": entries} | changes))
    return place


def at(number, city, lat, lon, country="Switzerland", **changes):
    where = {"facility": "Clinic", "city": city, "country": country, "geoPoint": {"lat": lat, "lon": lon}}
    return raw_study(number, contactsLocationsModule={"locations": [where]}, **changes)


def said(found):
    return " ".join(each["en"] for each in found.notes)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        # A quarter of a meridian, and half the equator, of a sphere of 6371.0088 km.
        (Point(0, 10), Point(90, 10), 10007.557),
        (Point(0, -90), Point(0, 90), 20015.115),
        (Point(5, 179.5), Point(5, -179.5), 110.772),  # over the date line: 111.195 km x cos 5°
        (HERE, HERE, 0.0),
    ],
)
def test_a_distance_is_the_great_circle(one, other, km):
    assert distance_km(one, other) == pytest.approx(km, abs=0.01)


def test_the_nearest_comes_first_and_what_has_no_place_last(tmp_path):
    far, near = at(1, "Geneva", 46.2, 6.15), at(2, "Zurich", 47.37, 8.55)
    copy(tmp_path, far, near, raw_study(3, contactsLocationsModule={}))
    found = search(HERE, None, today=TODAY)
    assert [(card.study.registry_id, card.distance_km) for card in found.cards] == [
        ("NCT00000002", 1),
        ("NCT00000001", 224),
        ("NCT00000003", None),
    ]
    assert "Trials that name no place on the map, at the end of the list: 1." in said(found)


def test_of_many_sites_the_nearest_in_the_country_asked_for_counts(tmp_path):
    sites = [
        {"city": "Milan", "country": "Italy", "geoPoint": {"lat": 45.46, "lon": 9.19}},
        {"city": "Geneva", "country": "Switzerland", "geoPoint": {"lat": 46.2, "lon": 6.15}},
    ]
    copy(tmp_path, raw_study(1, contactsLocationsModule={"locations": sites}))
    lugano = Point(46.0, 8.95)
    assert search(lugano, None, today=TODAY).cards[0].site.city == "Milan"
    assert search(lugano, "ch", today=TODAY).cards[0].site.city == "Geneva"
    assert search(lugano, "Norway", today=TODAY).cards == ()


def test_a_country_nobody_knows_is_said_and_hides_nothing(tmp_path):
    copy(tmp_path, at(1, "Budapest", 47.5, 19.04, country="Hungary"), at(2, "Zurich", 47.37, 8.55))
    assert len(search(None, "Atlantis", today=TODAY).cards) == 2
    assert "not in our list" in said(search(None, "Atlantis", today=TODAY))
    # Not listed, but a study names it.
    assert [card.site.city for card in search(None, "hungary", today=TODAY).cards] == ["Budapest"]


def test_trials_that_name_no_country_come_last_and_are_counted_apart(tmp_path):
    nowhere = raw_study(1, contactsLocationsModule={}, statusModule={"overallStatus": "RECRUITING"})
    abroad = at(3, "Milan", 45.46, 9.19, country="Italy")
    copy(tmp_path, nowhere, at(2, "Zurich", 47.37, 8.55), abroad)
    swiss = search(None, "CH", today=TODAY)
    assert [(card.study.registry_id[-1], card.named) for card in swiss.cards] == [("2", True), ("1", False)]
    counts = "Trials that name this country: {}. Trials that name no country, so that you have to ask: 1."
    assert counts.format(1) in said(swiss)
    assert counts.format(0) in said(search(None, "AU", today=TODAY))
    assert "name this country" not in said(search(None, None, today=TODAY))
    assert "name this country" not in said(search(None, "Atlantis", today=TODAY))


def test_status_is_what_is_asked_for(tmp_path):
    states = ["RECRUITING", "NOT_YET_RECRUITING", "COMPLETED", "SUSPENDED"]
    copy(tmp_path, *(raw_study(k + 1, statusModule={"overallStatus": each}) for k, each in enumerate(states)))
    for status, count in (("recruiting", 1), ("open", 2), ("all", 4)):
        assert len(search(None, None, today=TODAY, status=status).cards) == count


def test_whether_somebody_fits_is_never_guessed(tmp_path):
    copy(tmp_path, raw_study(1))
    card = search(None, None, today=TODAY).cards[0]
    assert card.answer == "ask"
    assert "ask" in card.question["en"].lower()
    assert card.study.criteria.inclusion == ("Over 18 years old",)
    assert card.study.criteria.exclusion == ("Pregnant",)
    assert (card.study.board, card.study.contacts[0].phone) == (True, "555-0100")


def test_the_copy_says_its_age_and_an_old_one_that_it_is_old(tmp_path):
    copy(tmp_path, raw_study(1))
    for days, sentence in (
        (0, "read today, 26 November 2026"),
        (3, "Its age in days: 3."),
        (91, "This list is old."),
    ):
        assert sentence in said(search(None, None, today=TODAY + timedelta(days=days)))
    assert "old" not in said(search(None, None, today=TODAY + timedelta(days=90)))


def test_a_status_of_long_ago_or_of_no_date_is_doubted(tmp_path):
    for as_of, doubted in (
        ("2026-10-01", False),
        ("2025-11", False),
        ("2025-10-01", True),
        ("unknown", True),
    ):
        copy(tmp_path, raw_study(1), as_of=as_of)
        doubts = search(None, None, today=TODAY).cards[0].doubts
        assert (wording().doubts["stale"] in doubts) == doubted, as_of


def test_the_newer_copy_is_used_and_a_broken_one_is_said(tmp_path):
    place = copy(tmp_path, raw_study(1), made="2020-01-01")
    assert search(None, None, today=TODAY).snapshot_date == packaged().made
    for broken in (
        "{",
        '{"format": 9}',
        "[]",
        "x" * 100,
        '{"format": 1, "made": "2030-01-01", "studies": [{}]}',
    ):
        place.write_text(broken)
        found = search(None, None, today=TODAY)
        assert found.snapshot_date == packaged().made
        assert "cannot be read" in said(found)


def test_a_site_keeps_its_copy_in_its_own_folder(monkeypatch, tmp_path):
    place = copy(tmp_path, raw_study(1), made="2026-11-27")
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path / "site"))
    assert search(None, None, today=TODAY).snapshot_date == packaged().made
    monkeypatch.setenv("HOLDFAST_DATA", str(place.parent))
    assert search(None, None, today=TODAY).snapshot_date == date(2026, 11, 27)


def test_a_source_that_may_not_be_cited_is_refused():
    entry = {"read": "2026-11-26", "as_of": "unknown", "source": "memory", "known": "recalled_unverified"}
    text = json.dumps(
        {"format": 1, "made": "2026-11-26", "whole": False, "studies": [entry | {"study": raw_study(1)}]}
    )
    with pytest.raises(TableError, match="may not be cited"):
        read_snapshot(text, name="a.json")


def test_the_packaged_copy_is_small_on_topic_and_sourced():
    snapshot = packaged()
    names = [each.study.registry_id for each in snapshot.entries]
    assert len(set(names)) == len(names) >= 15
    assert {"NCT03537014", "NCT04077437", "NCT05066282"} <= set(names)
    for each in snapshot.entries:
        assert each.study.on_topic, each.study.registry_id
        assert (
            each.study.registry_id in each.source or "related trials" in each.source or "doi:" in each.source
        )
        assert "http" not in each.source
        assert each.read <= snapshot.made


def test_the_packaged_file_is_what_the_software_itself_writes():
    file = files("holdfast.evidence.registry").joinpath("snapshot.json")
    text = file.read_text(encoding="utf-8")
    assert json.dumps(as_json(packaged()), ensure_ascii=False, indent=1) + "\n" == text
    assert len(text.encode()) < 150_000


def test_the_packaged_copy_names_a_place_for_most_open_trials_and_no_private_address():
    open_now = search(None, None, today=TODAY, status="open").cards
    placed = [card for card in open_now if card.site and card.site.point]
    assert len(placed) >= len(open_now) - 1
    assert {card.study.registry_id for card in placed} >= {"NCT07118839", "NCT05837845", "NCT06044675"}
    people = [each for card in open_now for each in card.study.contacts]
    assert people
    # A role, never somebody's name; an address only where it is an office's.
    assert all(each.name.startswith(("Study contact, ", "Research office, ")) for each in people)
    assert {each.email for each in people} <= {"", "research@remedyinstitute.ca"}


def test_criteria_in_part_and_a_plan_that_is_over_are_said(tmp_path):
    state = {"overallStatus": "RECRUITING", "completionDateStruct": {"date": "2026-10"}}
    place = copy(tmp_path, raw_study(1, statusModule=state), raw_study(2))
    entries = json.loads(place.read_text())
    entries["studies"][1]["partial"] = True
    place.write_text(json.dumps(entries))
    doubts = {card.study.registry_id: card.doubts for card in search(None, None, today=TODAY).cards}
    words = wording().doubts
    assert doubts == {"NCT00000001": (words["ended"],), "NCT00000002": (words["part"],)}
    finished = raw_study(1, statusModule=state | {"overallStatus": "COMPLETED"})
    copy(tmp_path, finished, raw_study(2, statusModule=state | {"completionDateStruct": {"date": "2026-11"}}))
    # A finished trial is no surprise, and a month that is not over leaves the plan open.
    assert [card.doubts for card in search(None, None, today=TODAY, status="all").cards] == [(), ()]


@pytest.mark.parametrize("given", ["", "47", "47,8,9", "north,east", "nan,1", "91,0", "0,181", "1e400,0"])
def test_a_place_that_is_none_is_refused_in_a_sentence(given):
    with pytest.raises(ImpossibleValue, match="is no place"):
        point_of(given)


def test_every_country_of_help_and_routes_can_be_asked_for():
    codes = {each.country for each in help_countries()} - {"EU"} | set(route_countries())
    assert {code for code in codes if country_code(code) != code} == set()
    assert (country_code("uk"), country_code("alemania"), country_code("Germany")) == ("GB", "DE", "DE")
    assert all(set(names) == {"en", "es"} for names in countries().values())


def test_all_words_are_there_in_both_languages():
    words = wording()
    for part in (words.statuses, words.phases, words.classes, words.doubts, words.notes, words.known):
        assert all(set(each) == {"en", "es"} for each in part.values())
    assert all(len(months) == 12 for months in words.months.values())
    assert set(words.known) == {each.value for each in CITABLE}


def test_the_command_prints_cards_and_routes_and_refuses_a_place_that_is_none():
    run = CliRunner()
    told = run.invoke(app, ["find", "--near", "-33.87,151.21", "--country", "au"])
    assert told.exit_code == 0, told.output
    assert "NCT" in told.stdout
    assert "authorised prescriber" in told.stdout
    assert "Keep away where" in told.stdout
    assert "Trials that name this country: 0." in told.stdout
    assert "(read in a copy of the work" in told.stdout
    everywhere = run.invoke(app, ["find", "--status", "all"]).stdout
    assert "(read in another work that reports it, on " in everywhere
    assert "(found" not in told.stdout + everywhere
    parsed = json.loads(run.invoke(app, ["find", "--json", "--country", "XX"]).stdout)
    assert parsed["routes"]["standing"] == []
    swiss = json.loads(run.invoke(app, ["find", "--json", "--country", "Switzerland"]).stdout)["routes"]
    assert (swiss["country"], swiss["standing"][0]["since"]) == ("CH", "2014")
    assert "health authority" in parsed["routes"]["said"]["en"]
    assert {each["fits"] for each in parsed["trials"]} == {"ask"}
    assert isinstance(run.invoke(app, ["find", "--near", "95,1"]).exception, ImpossibleValue)


def test_the_command_asks_for_a_refresh_without_saying_where_one_is(monkeypatch, tmp_path):
    known = [int(each.study.registry_id[3:]) for each in packaged().entries]
    with registry(lambda _: Reply({"studies": [raw_study(each) for each in [*known, 1]]})) as world:
        monkeypatch.setenv("HOLDFAST_REGISTRY", world.address)
        told = CliRunner().invoke(app, ["find", "--refresh", "--near", "47.37,8.54", "--country", "CH"])
    assert told.exit_code == 0, told.output
    assert f"Read {len(known) + 1} studies" in told.stdout
    assert "about 1 km" in told.stdout
    assert len(world.asked) == 1
    for private in ("47.37", "8.54", "CH", "Switzerland"):
        assert private not in json.dumps(world.asked[0].params)
    assert (tmp_path / "holdfast" / "registry.json").exists()
