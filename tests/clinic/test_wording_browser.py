"""Brought words in a real browser: before and after, telephone and desk, light and dark, axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clinic.day import CHROMIUM, quiet, watched
from clinic.live_site import Site, fill
from clinic.scene import WHO, Scene
from clinic.test_wording import ALONE, GIVEN, STUDY, asks_alone
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
PICTURES = Path(os.environ["HOLDFAST_SCREENSHOTS"]) if os.environ.get("HOLDFAST_SCREENSHOTS") else None
CODES: dict[str, str] = {}


@pytest.fixture
def site(
    request: pytest.FixtureRequest, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """P-001 with the forms of week 4 open; words brought where the parameter says so."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = Scene(asks_alone()).open()
    made.ready("P-001").randomised("P-001")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    if request.param == "brought":
        made.do(act.BringWording(words=ALONE, permission=GIVEN), Role.SPONSOR)
    fill(made)
    CODES["P-001"] = links.make(STUDY, "P-001", by=WHO[Role.COORDINATOR], now=made.now)
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


def own(browser: Browser, site: Site, *, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{site.address}/my/link/{CODES['P-001']}")
    page.click("main form.panel button")
    page.wait_for_url("**/my/")
    return page


def staff(browser: Browser, site: Site, *, width: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{site.address}/sign-in")
    page.click("form:has(input[value='s01-coordinator']) button")
    return page


def in_both(page: Page, name: str) -> None:
    """Nothing for axe and nothing too wide, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if PICTURES is not None:
            page.screenshot(path=str(PICTURES / f"{name}-{scheme}.png"), full_page=True)


WIDTHS = (390, 1280)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("site", ["not brought"], indirect=True)
def test_before_words_are_brought_both_pages_say_who_asks_what(
    site: Site, browser: Browser, width: int
) -> None:
    page = own(browser, site, width=width)
    expect(page.locator("#waits ~ p")).to_contain_text("Somebody from your site asks you its questions")
    in_both(page, f"wording-home-{width}")
    page = staff(browser, site, width=width)
    for path, name in (("", "person"), ("visits/week-4/", "visit")):
        page.goto(f"{site.address}/s/{STUDY}/participants/P-001/{path}")
        expect(page.get_by_text("To be asked in person").first).to_be_visible()
        in_both(page, f"wording-{name}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("site", ["brought"], indirect=True)
def test_brought_words_are_answered_and_deeper_questions_come_only_after_a_yes(
    site: Site, browser: Browser, width: int
) -> None:
    page = own(browser, site, width=width)
    wrong = watched(page)
    page.click("a.own-form")
    page.wait_for_url("**/C-SSRS-SR")
    expect(page.locator("legend", has_text="Invented sentence 1 for practice")).to_be_visible()
    in_both(page, f"wording-form-{width}")
    deeper = page.locator("legend", has_text="Invented sentence 4 for practice")
    expect(deeper).to_be_hidden()
    page.check("input[name='a.q2'][value=true]", force=True)
    expect(deeper).to_be_visible()
    for code in ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts"):
        page.check(f"input[name='a.{code}'][value=false]", force=True)
    expect(deeper).to_be_hidden()
    page.click("main form.panel .send button")
    page.wait_for_url("**/my/sent/**")
    assert page.evaluate("localStorage.length") == 0  # others may use this browser
    page.goto(f"{site.address}/my/answers")
    page.click("main a[href*='/my/answers/']")
    expect(page.locator("dt", has_text="Invented sentence 1 for practice")).to_be_visible()
    in_both(page, f"wording-answer-{width}")
    page = staff(browser, site, width=width)
    page.goto(f"{site.address}/s/{STUDY}/study/")
    expect(page.locator("#words ~ ul")).to_contain_text("Shown by permission of The rights holder")
    in_both(page, f"wording-study-{width}")
    assert wrong == []
