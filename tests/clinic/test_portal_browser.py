"""A participant's own pages in a real browser: axe, light and dark, three sizes, the keyboard, quick exit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, Page, expect

from clinic.day import CHROMIUM, quiet, watched
from clinic.english_left import COLLECT, SAID_ALOUD, english
from clinic.live_site import Site, fill
from clinic.scene import WHO, Scene, protocol
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
PEOPLE = {"en": "P-001", "es": "P-002"}
"""Who consented in which language."""
CODES: dict[str, str] = {}
"""The code of the link that the fixture made last for each, and the record of a form they filled."""
FORMS: dict[str, str] = {}


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = Scene(protocol()).open()
    for language, person in PEOPLE.items():
        made.ready(person).randomised(person)
        made.do(act.HoldVisit(participant=person, visit="week-4"), Role.COORDINATOR)
        done = made.do(made.filled(person, "week-4", "GUESS"), Role.PARTICIPANT, author=person)
        FORMS[language] = str(done[0].id)
    items = tuple(item.code for item in made.protocol.consent)
    for language in PEOPLE:
        consent = act.GiveConsent(
            participant=PEOPLE[language], items=items, language=language, explained_by=WHO[Role.PHYSICIAN]
        )
        made.do(consent, Role.PHYSICIAN)
    fill(made)
    # Before the site runs: this process lets go of the database then.
    for language, person in PEOPLE.items():
        CODES[language] = links.make(STUDY, person, by="s01-coordinator", now=made.now)
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


def own(
    browser: Browser, site: Site, *, size: tuple[int, int], scheme: str = "light", language: str = "en"
) -> Page:
    """A page in which a followed link was opened."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site.address}/my/link/{CODES[language]}")
    page.click("main form.panel button")
    page.wait_for_url("**/my/")
    return page


def said(text: str, page: Page) -> str:
    """A sentence of the pages in the language of a page."""
    with translation.override(page.evaluate("document.documentElement.lang")):
        return gettext(text)


def checked(page: Page, name: str, *, title: str | None = "My pages") -> None:
    """Nothing for axe, nothing too wide, buttons and answers large enough, a neutral title (None: any),
    and on a page in another language no English that is not marked as such.
    """
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    small = page.evaluate(
        "[...document.querySelectorAll('main .choice, main button, .leave')]"
        ".filter(e => e.offsetParent)"
        f".filter(e => e.getBoundingClientRect().height < {SMALLEST_TARGET}).map(e => e.outerHTML)"
    )
    assert small == [], name
    assert title is None or page.title() == said(title, page)
    language = page.evaluate("document.documentElement.lang")
    if language != "en":
        left = english(page.evaluate(COLLECT, SAID_ALOUD), code=language, protocol=protocol())
        assert left == [], name
    if PICTURES is not None:
        page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


PATHS = ("", "agreed", "answers", "looked", "tell", "told", "stop", "passkeys", "device", "reached")
SIZES = [(390, 844), (768, 1024), (1280, 900)]


@pytest.mark.parametrize("language", PEOPLE)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_every_page_is_accessible_and_fits(
    site: Site, browser: Browser, size: tuple[int, int], language: str
) -> None:
    page = own(browser, site, size=size, language=language)
    wrong = watched(page)
    answered = f"answers/{FORMS[language]}"
    for path in (*PATHS, answered, "fill/week-4/PCL-5", "fill/none/none", "link"):
        page.goto(f"{site.address}/my/{path}")
        in_schemes(page, f"own-{path.partition('/')[0] or 'home'}-{size[0]}-{language}")
    page.goto(f"{site.address}/my/stop")
    page.check("[name=part][value=treatment]")
    page.click("main form.panel .send button")
    expect(page.locator("#ends")).to_have_text(said("This ends", page))
    in_schemes(page, f"own-sure-{size[0]}-{language}")
    nav = page.locator(".own .head-row").bounding_box()
    assert nav is not None
    assert nav["height"] <= 2 * SMALLEST_TARGET + 24, "more than two rows of navigation"
    page.goto(f"{site.address}/my/link")
    page.fill("#code", "AAAA-BBBB-CCCC")
    page.click("form:has(#code) button")
    expect(page.locator("h1")).to_have_text(said("This link does not open any more", page))
    in_schemes(page, f"own-closed-{size[0]}-{language}")
    assert wrong == []


def in_schemes(page: Page, name: str) -> None:
    """Checked in light, and at one width in dark: colours do not change with the width."""
    middle = (page.viewport_size or {}).get("width") == SIZES[1][0]
    for scheme in ("light", "dark") if middle else ("light",):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        checked(page, f"{name}-{scheme}")


@pytest.mark.parametrize("language", PEOPLE)
def test_a_form_is_filled_by_the_keyboard_alone_and_help_is_shown(
    site: Site, browser: Browser, language: str
) -> None:
    page = own(browser, site, size=(390, 844), language=language)
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
    expect(page.locator("h1")).to_have_text(said("Please talk to somebody now", page))
    assert page.locator("a.call[href='tel:988']").is_visible()
    assert page.locator("a.call[href='tel:911']").bounding_box()["y"] < 844  # type: ignore[index]
    checked(page, f"own-help-390-{language}-light")


@pytest.mark.parametrize("language", PEOPLE)
def test_what_is_wrong_in_a_form_is_said_in_the_language_of_the_page(
    site: Site, browser: Browser, language: str
) -> None:
    page = own(browser, site, size=(390, 844), language=language)
    page.goto(f"{site.address}/my/fill/week-4/PCL-5")
    page.click("main form.panel .send button")
    expect(page.locator("#problems li")).to_have_count(20)
    checked(page, f"own-open-390-{language}")
    page.goto(f"{site.address}/my/tell")
    page.fill("[name='a.term']", "…")
    page.fill("[name='a.onset']", "2099")
    for name, value in (("severity", "mild"), ("hospital", "false"), ("danger", "false")):
        page.check(f"[name='a.{name}'][value='{value}']")
    page.click("main form.panel .send button")
    expect(page.locator("#problems")).to_contain_text("2099")
    checked(page, f"own-wrong-390-{language}")


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
