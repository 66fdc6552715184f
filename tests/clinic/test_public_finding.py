"""Finding treatment: trials of the dated copy, lawful ways by country; nothing is taken from who asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, Page, Route

from clinic.day import CHROMIUM, asked
from clinic.public_text import read
from clinic.public_walk import browser
from holdfast.clinic.public import finding_pages
from holdfast.clinic.public.finding_cards import Trial
from holdfast.clinic.public.finding_pages import finding_context
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import known_by
from holdfast.evidence.registry.find import distance_km, search, wording
from holdfast.evidence.registry.shape import Point
from holdfast.evidence.routes import file as routes_file
from holdfast.sourced import Status

__all__ = ["browser"]

ADDRESS = "/finding-treatment/"
HOST = "http://127.0.0.1:9"
CHECKED = date(2026, 11, 26)
PLACES = [("47.37", "8.54"), ("-33,9", "151.2"), ("0", "−180")]


def page(**headers: str) -> str:
    return Client(SERVER_NAME="127.0.0.1").get(ADDRESS, headers=headers).content.decode()


def on(day: date, language: str = "en") -> str:
    return public_page(
        "public-finding", "finding.html", finding_context(language, today=day)
    ).content.decode()


def words(text: str) -> str:
    return re.sub(r" (?=[,.])", "", " ".join(re.sub(r"<[^>]+>", " ", text).split()))


def test_every_trial_of_the_copy_is_there_with_its_registry_number_and_where_that_was_read() -> None:
    found = search(None, None, today=CHECKED, status="all")
    text, seen = on(CHECKED), read(on(CHECKED))
    sources = " ".join(said for _, said in seen.sources.values())
    for card in found.cards:
        assert card.study.registry_id in text
        assert card.source in sources
    given = finding_context("en", today=CHECKED)
    assert len(given["open"]) + len(given["closed"]) == len(found.cards)  # type: ignore[arg-type]


def test_an_old_copy_says_its_age_and_a_way_past_its_day_says_that_it_was_so() -> None:
    assert "This list is old." not in on(CHECKED)
    later = on(CHECKED + timedelta(days=400))
    assert "This list is old." in later
    assert "Its age in days:" in later
    last = max(each.expires for each in routes_file().routes)
    gone = words(on(last + timedelta(days=1)))
    assert "It was so on 26 Nov 2026, when we last looked." in gone
    assert routes_file().past["en"] in gone


def test_what_other_trials_ask_is_never_guessed() -> None:
    text = words(on(CHECKED))
    assert text.count("Only the trial's own staff can tell.".replace("'", "&#x27;")) == 1
    assert "The registry does not show the approval of an ethics committee. Ask for it." in text
    # What our copy lacks of a trial stands on its card, with "ask".
    for each in finding_context("en", today=CHECKED)["open"]:  # type: ignore[attr-defined]
        assert f"{', '.join(each.not_known)}: ask" in text
    assert "eligible" not in text


def test_what_a_registry_says_is_shown_as_text_and_never_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    real = finding_pages.trial

    def lying(card: object, language: str) -> Trial:
        return replace(
            real(card, language), title="<img src=x onerror=alert(1)>", sponsor="<script>1</script>"
        )  # type: ignore[arg-type]

    monkeypatch.setattr(finding_pages, "trial", lying)
    text = on(CHECKED)
    assert "<img" not in text
    assert "<script>1" not in text
    assert "&lt;img src=x onerror=alert(" in text


def test_red_flags_and_the_unknown_country_are_said_in_both_languages() -> None:
    for language in ("en", "es"):
        text = words(on(CHECKED, language)).replace("&#x27;", "'")
        for flag in routes_file().red_flags:
            assert flag[language] in text


def test_the_server_takes_no_country_and_no_place() -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    plain = client.get(ADDRESS).content
    assert client.get(f"{ADDRESS}?near=47.4,8.5&country=CH").content == plain
    assert client.post(ADDRESS, {"country": "CH"}).status_code == 405
    tags = read(plain.decode()).tags
    assert [tag for tag, _ in tags if tag == "form"] == []
    assert [given for tag, given in tags if tag in ("input", "select") and "name" in given] == []


def test_the_terminal_says_how_a_figure_is_known_in_the_words_of_the_page() -> None:
    assert {each: known_by(Status(each)) for each in wording().known} == {
        each: words["en"] for each, words in wording().known.items()
    }


def test_the_link_to_our_own_studies_leads_to_the_comparison() -> None:
    assert 'href="/who-it-may-fit/"' in page()


def test_a_design_of_ours_is_said_to_be_one_beside_its_name_on_both_pages() -> None:
    said = "A trial planned with a low dose (a design of ours. No such trial takes people.)"
    fit = Client(SERVER_NAME="127.0.0.1").get("/who-it-may-fit/").content.decode()
    assert said in re.sub(r"\s+", " ", page())
    assert said in fit
    spanish = Client(SERVER_NAME="127.0.0.1").get("/es/who-it-may-fit/").content.decode()
    assert "Ningún ensayo así admite personas." in spanish


# --- in a browser --------------------------------------------------------------------------


@pytest.fixture
def answered() -> HttpResponse:
    """The page, asked for in a thread of its own: beside a browser's loop Django asks no database."""
    return asked(lambda: Client(SERVER_NAME="127.0.0.1").get(ADDRESS))


@pytest.fixture
def opened(answered: HttpResponse, browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt install chromium")
    context, requests = browser.new_context(viewport={"width": 390, "height": 844}), []
    answer = answered

    def served(route: Route) -> None:
        address = route.request.url
        requests.append(address)
        static = finders.find(address.split("/static/")[1]) if "/static/" in address else None
        policy = {"Content-Security-Policy": answer["Content-Security-Policy"], "Content-Type": "text/html"}
        if static:
            route.fulfill(path=str(static))
        else:
            route.fulfill(body=answer.content, headers=policy)

    context.route("**/*", served)
    shown = context.new_page()
    shown.goto(HOST + ADDRESS)
    yield shown, requests
    context.close()


def distances(shown: Page) -> dict[str, str]:
    """Each trial's distance as the page says it, in the page's order."""
    found: dict[str, str] = shown.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.trial')].map("
        "t => [t.dataset.known, t.querySelector('output').textContent]))"
    )
    return found


def worked_out(here: Point) -> dict[str, str]:
    """The same, worked out by Python."""
    want = {}
    for card in search(here, None, today=CHECKED, status="open").cards:
        far = [distance_km(here, each.point) for each in card.study.sites if each.point]
        want[card.study.registry_id] = str(round(min(far))) if far else ""
    return want


@pytest.mark.browser
@pytest.mark.parametrize("place", PLACES)
def test_the_distance_is_worked_out_in_the_browser_as_in_python_and_nothing_leaves(
    opened: tuple[Page, list[str]], place: tuple[str, str]
) -> None:
    shown, asked = opened
    shown.wait_for_load_state("networkidle")
    before = len(asked)
    shown.click(".typed summary")
    shown.fill("#latitude", place[0])
    shown.fill("#longitude", place[1])
    shown.click("#measure")
    here = Point(*(float(each.replace(",", ".").replace("−", "-")) for each in place))
    assert distances(shown) == worked_out(here)
    numbers = [int(each) for each in distances(shown).values() if each]
    assert numbers == sorted(numbers)
    assert len(numbers) >= 3
    assert asked[before:] == []
    assert shown.url == HOST + ADDRESS


@pytest.mark.browser
@pytest.mark.parametrize("wrong", [("91", "0"), ("0", "181"), ("north", "8"), ("", "8"), ("1e9", "1")])
def test_a_place_that_is_none_gets_a_calm_sentence(
    opened: tuple[Page, list[str]], wrong: tuple[str, str]
) -> None:
    shown, _ = opened
    shown.click(".typed summary")
    shown.fill("#latitude", wrong[0])
    shown.fill("#longitude", wrong[1])
    shown.click("#measure")
    assert "These are not the degrees of a place." in shown.locator("#near-wrong").inner_text()
    assert shown.locator(".distance:visible").count() == 0


@pytest.mark.browser
def test_a_country_shows_its_ways_and_keeps_trials_that_name_none(opened: tuple[Page, list[str]]) -> None:
    shown, asked = opened
    shown.wait_for_load_state("networkidle")
    before = len(asked)
    shown.select_option("#land", "CH")
    assert shown.locator(".land:visible").count() == 1
    assert "Federal Office of Public Health" in shown.locator(".land:visible").inner_text()
    assert shown.locator(".trial:visible[data-lands='US']").count() == 0
    assert shown.locator(".trial:visible[data-lands='']").count() > 0
    shown.select_option("#land", "FR")
    assert "We do not know of a lawful route" in shown.locator("#near-none").inner_text()
    assert asked[before:] == []
    found = Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_a_town_of_a_trial_is_a_place_to_measure_from_and_nothing_leaves(
    opened: tuple[Page, list[str]],
) -> None:
    shown, asked = opened
    shown.wait_for_load_state("networkidle")
    before = len(asked)
    first = list(distances(shown))
    shown.select_option("#town", label="Atlanta")
    assert distances(shown) == worked_out(Point(33.7, -84.4))
    assert next(iter(distances(shown).values())) == "0"
    assert "The nearest come first" in shown.locator("#near-said").inner_text()
    shown.select_option("#land", "US")
    there, nowhere = (shown.locator(f".trial:visible[data-lands='{each}']").count() for each in ("US", ""))
    told = shown.locator("#near-said").inner_text()
    assert f"Trials that name this country: {there}." in told
    assert f"Trials that name no country, so that you have to ask: {nowhere}." in told
    assert "Trials shown" not in told
    cards = search(None, None, today=CHECKED, status="all").cards
    known = {site.city for card in cards for site in card.study.sites if site.point and site.city}
    offered = shown.locator("#town option").all_inner_texts()
    assert (offered[0], set(offered[1:])) == ("No town", known)
    shown.select_option("#land", "")
    shown.select_option("#town", label="No town")
    assert shown.locator("#near-said").inner_text() == f"Trials shown: {len(first)}."
    assert shown.locator(".distance:visible").count() == 0
    assert list(distances(shown)) == first
    assert asked[before:] == []
    assert shown.url == HOST + ADDRESS


ASKED = """
  window.asked = 0;
  const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
  navigator.geolocation.getCurrentPosition = (...given) => { window.asked += 1; real(...given); };
"""


@pytest.mark.browser
@pytest.mark.parametrize("allowed", [True, False])
def test_the_browser_is_asked_for_a_place_by_the_button_alone_and_nothing_leaves(
    opened: tuple[Page, list[str]], allowed: bool
) -> None:
    shown, asked = opened
    shown.add_init_script(ASKED)
    shown.reload()
    shown.wait_for_load_state("networkidle")
    before = len(asked)
    assert shown.evaluate("window.asked") == 0
    if allowed:
        shown.context.grant_permissions(["geolocation"])
        shown.context.set_geolocation({"latitude": 33.74832, "longitude": -84.39111})
    shown.get_by_role("button", name="Use my place").focus()
    shown.keyboard.press("Enter")
    if allowed:
        shown.locator("#near-sorted:not([hidden])").wait_for(state="attached")
        # Rounded to a tenth of a degree: enough for a distance, and no address on the screen.
        assert [shown.input_value(each) for each in ("#latitude", "#longitude")] == ["33.7", "-84.4"]
        assert distances(shown) == worked_out(Point(33.7, -84.4))
    else:
        shown.locator("#here-none").wait_for()
        assert "Your browser did not tell where you are." in shown.locator("#here-none").inner_text()
        assert shown.locator(".distance:visible").count() == 0
    assert shown.evaluate("window.asked") == 1
    assert asked[before:] == []
    kept = "[localStorage.length, sessionStorage.length, document.cookie, location.href]"
    assert shown.evaluate(kept) == [0, 0, "", HOST + ADDRESS]
