"""A participant's own pages in a real browser: axe, light and dark, three sizes, the keyboard, quick exit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clinic.day import CHROMIUM, quiet, watched
from clinic.live_site import Site, fill
from clinic.scene import Scene, protocol
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
PICTURES = Path(os.environ["HOLDFAST_SCREENSHOTS"]) if os.environ.get("HOLDFAST_SCREENSHOTS") else None
STUDY = "inactive-placebo"
SMALLEST_TARGET = 44
LARGEST = 80_000
"""Bytes of a page with all its files, as they came over the wire."""
CODE: list[str] = []
"""The code of the link that the fixture made last."""


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = Scene(protocol()).open().ready("P-001").randomised("P-001")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    made.do(made.filled("P-001", "week-4", "GUESS"), Role.PARTICIPANT, author="P-001")
    fill(made)
    # Before the site runs: this process lets go of the database then.
    CODE.append(links.make(STUDY, "P-001", by="s01-coordinator", now=made.now))
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


def own(browser: Browser, site: Site, *, size: tuple[int, int], scheme: str = "light") -> Page:
    """A page in which a followed link was opened."""
    viewport = {"width": size[0], "height": size[1]}
    page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.goto(f"{site.address}/my/link/{CODE[-1]}")
    page.click("main button:has-text('Open')")
    page.wait_for_url("**/my/")
    return page


def checked(page: Page, name: str, *, title: str | None = "My pages") -> None:
    """Nothing for axe, nothing too wide, buttons and answers large enough, a neutral title (None: any)."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    small = page.evaluate(
        "[...document.querySelectorAll('main .choice, main button, .leave')]"
        ".filter(e => e.offsetParent)"
        f".filter(e => e.getBoundingClientRect().height < {SMALLEST_TARGET}).map(e => e.outerHTML)"
    )
    assert small == [], name
    assert title in (page.title(), None)
    if PICTURES is not None:
        page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(
    ("size", "scheme"), [((390, 844), "light"), ((820, 1180), "dark"), ((1280, 900), "light")]
)
def test_every_page_is_accessible_and_fits(
    site: Site, browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    page = own(browser, site, size=size, scheme=scheme)
    wrong = watched(page)
    for path in ("", "agreed", "answers", "looked", "tell", "told", "stop", "fill/week-4/PCL-5", "link"):
        page.goto(f"{site.address}/my/{path}")
        checked(page, f"own-{path.replace('/', '-') or 'home'}-{size[0]}-{scheme}")
    page.fill("#code", "AAAA-BBBB-CCCC")
    page.click("form:has(#code) button")
    expect(page.locator("h1")).to_have_text("This link does not open any more")
    checked(page, f"own-closed-{size[0]}-{scheme}")
    assert wrong == []


def test_a_form_is_filled_by_the_keyboard_alone_and_help_is_shown(site: Site, browser: Browser) -> None:
    page = own(browser, site, size=(390, 844))
    for name in ("PCL-5", "PHQ-9"):
        page.focus("#waits ~ ul a.own-form")
        assert name in (page.evaluate("document.activeElement.href"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{name}")
        page.focus("main form.panel input[type=radio]")
        for line in range(page.locator("main form.panel fieldset").count()):
            page.keyboard.press("Space")
            if name == "PHQ-9" and line == 8:
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")  # over what says why there is no answer
        page.focus("main form.panel .send button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/my/sent/**")
        if name == "PHQ-9":
            break
        page.goto(f"{site.address}/my/")
    expect(page.locator("h1")).to_have_text("Please talk to somebody now")
    assert page.locator("a.call[href='tel:988']").is_visible()
    assert page.locator("a.call[href='tel:911']").bounding_box()["y"] < 844  # type: ignore[index]
    checked(page, "own-help-390-light")


def test_escape_twice_leaves_and_closes_the_pages(site: Site, browser: Browser) -> None:
    page = own(browser, site, size=(1280, 900))
    gone: list[str] = []
    page.route(re.compile("wikipedia"), lambda route: (gone.append(route.request.url), route.abort())[1])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_function("document.documentElement.hidden || !location.href.includes('/my/')")
    page.wait_for_timeout(500)
    assert any(each.endswith("/my/away") for each in asked)
    other = page.context.new_page()
    other.goto(f"{site.address}/my/")
    assert other.url.endswith("/my/link")


def test_the_first_page_is_small_on_the_wire(site: Site, browser: Browser) -> None:
    page = own(browser, site, size=(390, 844))
    talk = page.context.new_cdp_session(page)
    talk.send("Network.enable")
    talk.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    talk.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    page.goto(f"{site.address}/my/", wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) <= LARGEST
