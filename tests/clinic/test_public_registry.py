"""A registry that lies, is down or sends thousands: what the page on finding treatment makes of it."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from clinic.public_text import read
from evidence.registry_world import Asked, Reply, Script, line, raw_study, registry
from holdfast.clinic.public.finding_cards import MOST_LINES, MOST_PLACES
from holdfast.clinic.public.finding_pages import MOST_SHOWN, finding_context
from holdfast.clinic.public.frame import public_page
from holdfast.evidence.registry.refresh import refresh
from holdfast.evidence.registry.snapshot import packaged

TODAY = date(2026, 11, 26)
WEIGHT = 80_000
ROOM = 36_000
"""What the page's other files weigh, compressed, and some more."""


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this site keeps its copy of the registry."""
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "registry.json"


def fetched(script: Script, place: Path) -> tuple[str, ...]:
    """What a refresh from a registry on this machine says."""
    with registry(script) as world, line(world) as way:
        return refresh(way, today=TODAY, place=place)


def sent(*studies: dict[str, Any]) -> Script:
    """A registry that sends these, and knows no other."""
    return lambda asked: Reply({"studies": list(studies)} if asked.path.endswith("/studies") else {}, 200)


def page(language: str = "en") -> str:
    return public_page(
        "public-finding", "finding.html", finding_context(language, today=TODAY)
    ).content.decode()


def card(text: str, number: int) -> str:
    """The words of one trial's card."""
    start = text.index(f'data-known="NCT{number:08d}"')
    return " ".join(re.sub(r"<[^>]+>", " ", text[start : text.index("</article>", start)]).split())


def at(lat: object, lon: object, **also: str) -> dict[str, Any]:
    return {"locations": [{"city": "Basel", "geoPoint": {"lat": lat, "lon": lon}, **also}]}


def test_markup_in_a_title_is_words_and_nothing_else(copy: Path) -> None:
    lying = raw_study(1)
    lying["protocolSection"]["identificationModule"]["briefTitle"] = (
        "MDMA <b>in</b> PTSD<script>alert(1)</script> &lt;img src=x onerror=alert(1)&gt; \"quoted' & <3"
    )
    fetched(sent(lying), copy)
    text = page()
    assert "<script>alert" not in text
    assert "onerror" not in text
    assert "MDMA in PTSD &quot;quoted&#x27; &amp; &lt;3" in text
    assert read(text).loose == []


@pytest.mark.parametrize(("lat", "lon"), [(91, 8), (47, 181), (0, 0), ("47", "8"), (None, None)])
def test_a_place_off_the_map_gets_no_distance_and_a_calm_sentence(
    copy: Path, lat: object, lon: object
) -> None:
    fetched(sent(raw_study(1, contactsLocationsModule=at(lat, lon, country="Switzerland"))), copy)
    said = card(page(), 1)
    assert "Basel, Switzerland" in said
    assert "The registry gives no place on the map that can be true, so there is no distance." in said
    assert 'data-latitude="" data-longitude=""' in page()
    assert ">Basel</option>" not in page()


@pytest.mark.parametrize(
    ("written", "en", "es"),
    [
        ("2026-10", "Oct 2026", "octubre de 2026"),
        ("2026-10-03", "3 Oct 2026", "3 de octubre de 2026"),
    ],
)
def test_a_date_is_written_as_fine_as_it_is_known(copy: Path, written: str, en: str, es: str) -> None:
    fetched(sent(dated(written)), copy)
    assert f"takes people as of {en}" in card(page(), 1)
    with translation.override("es"):
        assert es in card(page("es"), 1)


@pytest.mark.parametrize("written", ["2031-01", "2026-13", "soon", 20261003])
def test_a_date_that_cannot_be_is_not_known(copy: Path, written: object) -> None:
    fetched(sent(dated(written)), copy)
    said = card(page(), 1)
    assert "as of" not in said
    assert "when its entry last changed: ask" in said
    assert "more than a year old, or of no known date. Ask before you travel." in said


def dated(written: object) -> dict[str, Any]:
    """A study last changed on a day."""
    return raw_study(
        1,
        statusModule={"overallStatus": "RECRUITING", "lastUpdatePostDateStruct": {"date": written}},
    )


def test_ages_are_told_with_their_unit_and_contradictions_are_said(copy: Path) -> None:
    ages = {"minimumAge": "6 Months", "maximumAge": "18 Years", "sex": "FEMALE"}
    wrong = {"minimumAge": "65 Years", "maximumAge": "18 Years"}
    fetched(
        sent(
            raw_study(1, eligibilityModule=ages),
            raw_study(2, eligibilityModule=wrong),
            raw_study(3, eligibilityModule={"minimumAge": "1 Month", "maximumAge": "N/A"}),
            raw_study(4, eligibilityModule={"minimumAge": "3 Days", "maximumAge": "1 Year"}),
        ),
        copy,
    )
    text = page()
    assert "Whom it takes from 6 months, up to 18 years, women only" in card(text, 1)
    assert "The ages that the registry gives contradict each other. Ask." in card(text, 2)
    assert "Whom it takes from 1 month Run by" in card(text, 3)
    assert "from less than a month, up to 1 year" in card(text, 4)


def test_what_the_registry_changed_or_left_out_is_named_with_ask(copy: Path) -> None:
    bare = raw_study(
        1,
        statusModule={"overallStatus": "OPEN!"},
        sponsorCollaboratorsModule=["moved"],
        oversightModule={"oversightHasDmc": "yes"},
        designModule={},
        eligibilityModule=7,
        contactsLocationsModule=None,
    )
    bare["protocolSection"]["identificationModule"]["briefTitle"] = ""
    bare["protocolSection"]["identificationModule"]["officialTitle"] = "MDMA in PTSD, officially"
    fetched(sent(bare), copy)
    said = card(page(), 1)
    assert said.startswith('data-known="NCT00000001"')
    assert "MDMA in PTSD, officially not known" in said
    wanted = (
        "where it is, what it asks, who runs it, its phase, whether a board watches the data, "
        "when its entry last changed, whom to write to: ask"
    )
    assert wanted in said


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply({}, 503), "does not answer as it should"),
        (Reply(b"<html>down</html>"), "cannot be read"),
        (Reply({}, 429, {"Retry-After": "86400"}), "is busy"),
        (Reply({"studies": []}), "no study at all"),
    ],
)
def test_a_registry_that_is_down_leaves_the_page_as_it_was(copy: Path, reply: Reply, why: str) -> None:
    before = page()
    (told,) = fetched(lambda _: reply, copy)
    assert why in told
    assert "The list of before is shown." in told
    assert page() == before
    assert packaged().entries[0].study.registry_id in before


def test_a_copy_that_cannot_be_read_is_said_and_the_packaged_one_is_shown(copy: Path) -> None:
    copy.write_text('{"format": 1, "made": "2026-11-26"')
    text = page()
    assert "A copy of the registry on this machine cannot be read." in text
    assert packaged().entries[0].study.registry_id in text


def large(number: int) -> dict[str, Any]:
    """A study with all that a registry may send."""
    criteria = "Inclusion Criteria:\n" + "\n".join(f"* point {k} of study {number}" for k in range(300))
    places = [
        {
            "facility": f"Clinic {k}",
            "city": "Town " + chr(97 + k % 26) * (1 + k // 26),
            "country": "Norway",
            "geoPoint": {"lat": 60 + k / 100, "lon": 10},
        }
        for k in range(300)
    ]
    return raw_study(
        number,
        eligibilityModule={"eligibilityCriteria": criteria},
        contactsLocationsModule={"locations": places},
    )


def test_a_hundred_thousand_studies_make_a_page_of_some_that_says_there_are_more(copy: Path) -> None:
    def endless(asked: Asked) -> Reply:
        first = int(asked.params.get("pageToken", "1"))
        studies = [large(first + k) if first == 1 and k < 3 else raw_study(first + k) for k in range(100)]
        return Reply({"studies": studies, "nextPageToken": str(first + 100), "totalCount": 100_000})

    told = fetched(endless, copy)
    assert "The registry sent more than we look at; the rest is left out." in told
    assert len(json.loads(copy.read_text())["studies"]) > 2000
    text = page()
    assert text.count("<article") == MOST_SHOWN
    assert "There are more in this copy than this page shows." in text
    assert len(gzip.compress(text.encode())) < WEIGHT - ROOM
    assert read(text).loose == []


def test_a_trial_with_hundreds_of_places_and_points_stays_a_card(copy: Path) -> None:
    fetched(sent(large(1)), copy)
    text = page()
    start = text.index('data-known="NCT00000001"')
    own = text[start : text.index("</article>", start)]
    assert own.count('class="place"') == MOST_PLACES
    assert "and more: see the registry" in own
    assert own.count(" of study 1</span>") == MOST_LINES
    assert own.count("…") == 1
    assert len(gzip.compress(text.encode())) < WEIGHT - ROOM
