"""The public pages in a real browser: quick exit, the hours of the dosing day, without a script, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Route

from clinic.databases import fresh_database
from clinic.day import CHROMIUM
from clinic.live_site import Site, serving
from clinic.public_walk import TOO_WIDE, browser
from clinic.scene import START
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.languages.choosing import address_in
from holdfast.clinic.public.frame import LEAVE, places

__all__ = ["browser"]

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
PAGES = [each.address for each in places("public-home")]
NAMED = [address_in(each.name, code) for code, _ in settings.LANGUAGES for each in places("public-home")]
FOCUSED = "(document.activeElement.textContent || '').trim()"
VISIBLE_HOURS = (
    "[...document.querySelectorAll('#hours > li')].filter((each) => each.checkVisibility()).length"
)


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests of a module: nobody signs in, so that no test leaves anything for another."""
    with pytest.MonkeyPatch.context() as patched, fresh_database(server):
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with serving(tmp_path_factory.mktemp("site"), at=START) as running:
            yield running


def neutral(route: Route) -> None:
    """The page that quick exit goes to; nothing leaves this machine."""
    route.fulfill(body="<title>Elsewhere</title>", content_type="text/html")


def test_quick_exit_by_button_or_escape_twice_replaces_the_page(site: Site, browser: Browser) -> None:
    for leave in ("button", "keys"):
        page = browser.new_page()
        page.route(f"{LEAVE}**", neutral)
        page.goto(f"{site.address}/health")
        page.goto(f"{site.address}{PAGES[0]}")
        if leave == "button":
            page.get_by_role("link", name="Leave quickly").click()
        else:
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        page.wait_for_url(f"{LEAVE}**")
        assert page.title() == "Elsewhere"
        page.go_back()
        assert page.url == f"{site.address}/health"
        page.close()


def test_escape_once_leaves_nobody(site: Site, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}{PAGES[0]}")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1200)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url == f"{site.address}{PAGES[0]}"


def test_by_keyboard_alone_one_skips_gets_help_leaves_and_walks_the_pages(
    site: Site, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site.address}/how-it-works/")
    order = []
    for _ in range(7):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED).split(" (")[0])
    assert order[:2] == ["Skip to the page", "Help now"]
    assert order[-3:] == ["Leave quickly", "Holdfast", "Home"]
    page.get_by_role("link", name="Next: Benefits and risks").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/benefits-and-risks/")


def test_the_hours_are_stepped_by_keyboard_and_by_a_touch_on_a_chart(site: Site, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site.address}/how-it-works/")
    assert page.evaluate(VISIBLE_HOURS) == 1
    page.get_by_role("button", name="An hour later").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.locator("#hours > li:visible h3").inner_text().startswith("2 h")
    box = page.locator("svg.hours").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
    assert page.locator("#hours > li:visible h3").inner_text().startswith("8 h")
    page.get_by_role("button", name="Show all hours").click()
    assert page.evaluate(VISIBLE_HOURS) == 9


DEAD = """[...document.querySelectorAll('button, input, select')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest('form'))
  .map((each) => each.id)"""


def test_without_a_script_nothing_is_offered_that_needs_one_and_all_of_it_can_be_read(
    site: Site, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for address in NAMED:
        page.goto(f"{site.address}{address}")
        assert page.locator("h1").is_visible()
        assert page.evaluate(DEAD) == [], address
        for summary in page.locator("summary:visible").all():
            summary.click()
        assert page.locator("details:not([open]) > summary:visible").count() == 0, address
    page.goto(f"{site.address}/how-it-works/")
    assert page.locator("#hours > li:visible").count() == 9
    page.goto(f"{site.address}{PAGES[-1]}")
    page.get_by_label("Country").select_option("NZ")
    page.get_by_role("button", name="Show the numbers").click()
    assert page.locator("a.call:visible").all_inner_texts() == ["111", "1737"]
    context.close()


COLOURS = "(() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]; })()"
FOLDED = "document.querySelectorAll('details:not([open])').length"


def test_on_paper_it_is_black_on_white_whole_and_without_what_needs_a_finger(
    site: Site, browser: Browser
) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 700, "height": 900})
    page = context.new_page()
    for address in NAMED:
        page.goto(f"{site.address}{address}")
        folded = page.evaluate(FOLDED)
        page.evaluate(f"addEventListener('beforeprint', () => {{ window.onPaper = {FOLDED}; }})")
        assert page.pdf(format="A4").startswith(b"%PDF")
        assert page.evaluate("window.onPaper") == 0, address
        assert page.evaluate(FOLDED) == folded, address
        page.emulate_media(media="print")
        assert page.evaluate(COLOURS) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert page.locator("button:visible, .help-line:visible, .next:visible").count() == 0, address
        assert page.evaluate(TOO_WIDE) is False, address
        page.emulate_media(media="screen")
    page.goto(f"{site.address}/how-it-works/")
    page.emulate_media(media="print")
    assert page.evaluate(VISIBLE_HOURS) == 9
    context.close()
