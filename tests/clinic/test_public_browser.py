"""The public pages in a real browser: axe, three sizes, both themes, weight, the keyboard, quick exit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from clinic.day import CHROMIUM
from clinic.live_site import Site, serving
from clinic.scene import START
from holdfast.clinic.public.frame import LEAVE, places

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
PAGES = [each.address for each in places("public-home")]
WEIGHT, SHOWN_MS = 80_000, 1000
SIZES = ((390, 844), (820, 1180), (1280, 900))
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
FOCUSED = "(document.activeElement.textContent || '').trim()"
VISIBLE_HOURS = (
    "[...document.querySelectorAll('#hours > li')].filter((each) => each.checkVisibility()).length"
)


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with serving(tmp_path, at=START) as running:
        yield running


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with a page: weight, time to show, widths, axe in light and dark, cookies, errors."""
    sizes: list[int] = []
    said: list[str] = []
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    found = [f"{sum(sizes)} bytes transferred"] if sum(sizes) > WEIGHT else []
    painted = page.evaluate(PAINTED)
    found += [f"shown after {painted:.0f} ms"] if painted > SHOWN_MS else []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"wider than {width} px"] if page.evaluate(TOO_WIDE) else []
    results = [Axe().run(page)]
    page.set_viewport_size({"width": 390, "height": 844})
    results.append(Axe().run(page))
    page.emulate_media(color_scheme="dark")
    results.append(Axe().run(page, options=CONTRAST))
    found += [f"cookies: {page.context.cookies()}"] if page.context.cookies() else []
    found += page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    return found + said + [each.generate_report() for each in results if each.violations_count]


def test_pages_are_light_quick_fit_three_sizes_and_axe_finds_nothing(site: Site, browser: Browser) -> None:
    found = {}
    browser.new_page().goto(f"{site.address}{PAGES[0]}")  # the server's first page loads the server
    for address in (*PAGES, f"{PAGES[-1]}?country=GB"):
        context = browser.new_context(color_scheme="light")  # an empty cache
        wrong = faults(context.new_page(), f"{site.address}{address}")
        context.close()
        if wrong:
            found[address] = wrong
    assert not found, "\n".join(f"{address}: {wrong}" for address, each in found.items() for wrong in each)


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


def test_without_a_script_every_hour_is_listed_and_nothing_is_offered_that_needs_one(
    site: Site, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/how-it-works/")
    assert page.locator("#hours > li:visible").count() == 9
    assert page.locator("button:visible").count() == 0
    page.goto(f"{site.address}{PAGES[-1]}")
    page.get_by_label("Country").select_option("NZ")
    page.get_by_role("button", name="Show the numbers").click()
    assert page.locator("a.call:visible").all_inner_texts() == ["111", "1737"]
