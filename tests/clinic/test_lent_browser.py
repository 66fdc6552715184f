"""The participant's page on a handed-over tablet in a real browser: phone and tablet, keyboard, axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from clinic.day import CHROMIUM, SESSION, quiet, shot, signed_in, watched
from clinic.live_site import Site, fill
from clinic.scene import Scene, protocol
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
PICTURES = Path(os.environ["HOLDFAST_SCREENSHOTS"]) if os.environ.get("HOLDFAST_SCREENSHOTS") else None
PHONE, TABLET = (360, 780), (1024, 768)
SMALLEST_TARGET = 48


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    dose = act.GiveDose(
        participant="P-001", visit="dosing-1", step="s1-first", kit="K-P-001-s1-first",
        witness="s01-therapist-2",
    )  # fmt: skip
    made.do(dose, Role.THERAPIST)
    fill(made)
    with quiet(tmp_path, at=made.now + timedelta(hours=8, minutes=2)) as running:
        yield running


def handed_over(browser: Browser, site: Site, size: tuple[int, int]) -> Page:
    page = signed_in(browser, site, "s01-therapist-1", size=size).new_page()
    page.goto(f"{site.address}{SESSION}")
    page.click("#fold-effects > summary")
    if PICTURES is not None:
        page.locator("#fold-effects").screenshot(path=str(PICTURES / f"effects-{size[0]}.png"))
    page.click("#fold-effects [data-round='8'] button")
    page.wait_for_url("**/lent")
    return page


@pytest.mark.parametrize("size", [PHONE, TABLET])
def test_the_page_fits_is_accessible_and_its_targets_are_large(
    site: Site, browser: Browser, size: tuple[int, int]
) -> None:
    page = handed_over(browser, site, size)
    wrong = watched(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        f"[...document.querySelectorAll('main .choice, main button')]"
        f".filter(e => e.getBoundingClientRect().height < {SMALLEST_TARGET}).length"
    )
    assert small == 0
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    shot(page, PICTURES, f"lent-{size[0]}")
    page.click("text=Done; I would rather not say the rest")
    page.locator("text=Please give the tablet back").wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert wrong == []


def test_it_is_answered_by_the_keyboard_alone_and_given_back_by_signing_in(
    site: Site, browser: Browser
) -> None:
    page = handed_over(browser, site, TABLET)
    page.focus("main h1 ~ form input[type=radio]")
    count = page.locator("fieldset").count()
    for _line in range(count):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    chosen = page.locator("input[type=radio]:checked").evaluate_all("all => all.map(e => e.value)")
    assert chosen == ["1"] * count == ["1"] * 24
    page.keyboard.press("Enter")
    page.locator("text=Please give the tablet back").wait_for()
    page.goto(f"{site.address}{SESSION}")
    assert "/sign-in" in page.url
    page.goto(f"{site.address}/lent")
    page.click("text=Staff: sign in to go on")
    page.locator("form:has(input[value='s01-therapist-1']) button").click()
    page.wait_for_url(f"**{SESSION}")
    page.locator("#diary .line-words", has_text="Effects at hour 8 (participant)").first.wait_for()
