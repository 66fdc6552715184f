"""A second look in a real browser: said first, with the way to each answer, and kept by one tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from clinic.cast import bring, small_study
from clinic.day import quiet, shot, signed_in, watched
from clinic.live_site import Site
from clinic.test_pages_browser import BASE, CSSRS, answer_no
from clinic.test_pages_browser import pytestmark as pytestmark
from clinic.test_session_day import PICTURES, accessible
from holdfast.clinic.ledger import read

STUDY = "inactive-placebo"


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = small_study()
    bring(made)
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


def test_two_answers_are_looked_at_again_and_kept(site: Site, browser: Browser) -> None:
    signed = signed_in(browser, site, "s01-physician")
    # With scripts the third question is not there after a no to the second.
    context = browser.new_context(java_script_enabled=False, storage_state=signed.storage_state())
    page = context.new_page()
    page.goto(f"{site.address}{CSSRS}")
    answer_no(page)
    page.check('input[name="a.q3"][value="true"]')
    page.get_by_role("button", name="Save").click()
    assert page.locator("#second-look a").all_inner_texts() == [
        "Non-specific active suicidal thoughts",
        "Active ideation with a method, without intent",
    ]
    assert page.is_checked('input[name="a.q3"][value="true"]')
    page.check('input[name="keep"]')
    page.get_by_role("button", name="Save").click()
    assert "saved=" in page.url
    assert len(read.participant_standing(STUDY, "P-004").forms["C-SSRS"]) == 1


def test_it_is_said_first_and_axe_finds_nothing(site: Site, browser: Browser) -> None:
    page = signed_in(browser, site, "s01-physician").new_page()
    wrong = watched(page)
    page.goto(f"{site.address}{BASE}/participants/P-004/visits/screening/VITALS/physician")
    said = {"systolic": "232", "diastolic": "90", "heart_rate": "64", "temperature": "36.7"}
    for name, value in said.items():
        page.fill(f'input[name="a.{name}"]', value)
    page.get_by_role("button", name="Save").click()
    page.locator("#second-look").wait_for()
    assert page.evaluate("document.activeElement.id") == "second-look"
    for theme, width in (("light", 1280), ("dark", 1280), ("light", 390)):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900})
        accessible(page, f"second look, {theme}, {width}")
        shot(page, PICTURES, f"second-look-{theme}-{width}")
    assert wrong == []
