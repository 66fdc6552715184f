"""The participants' pages in a real browser: axe in light and dark, the keyboard, weight, drafts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from clinic.cast import STUDY, bring, small_study
from clinic.day import CHROMIUM, quiet, signed_in, watched
from clinic.live_site import Site
from holdfast.clinic.ledger import read

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
BASE = f"/s/{STUDY}"
PERSON = f"{BASE}/participants/P-001"
STAFF = (
    "/", f"{BASE}/", f"{BASE}/participants/", f"{BASE}/newcomer", f"{BASE}/study/",
    f"{BASE}/study/schedule-of-activities/", f"{PERSON}/", f"{BASE}/participants/P-004/", f"{PERSON}/changes",
    f"{PERSON}/visits/screening/", f"{PERSON}/visits/screening/C-SSRS/physician",
    f"{PERSON}/visits/prep-1/C-SSRS/therapist", f"{PERSON}/do/adverse-event", f"{PERSON}/do/give-consent",
    f"{BASE}/participants/P-004/visits/screening/SCREENING/physician", f"{PERSON}/visits/nowhere/",
    f"{BASE}/sessions/readiness", f"{BASE}/sessions/P-001/dosing-1/move?to=2026-03-09",
    f"{PERSON}/do/judge-washout",
)  # fmt: skip
WEIGHT = 80_000
CSSRS = f"{BASE}/participants/P-004/visits/screening/C-SSRS/physician"
BLANK = f"{PERSON}/visits/prep-1/C-SSRS/therapist"
PLAIN_NO = ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts")


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = small_study()
    bring(made)
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, .button, .choice, .phase a, .do a, select, .nav a, .fold > summary')]
    .filter((each) => each.checkVisibility())
    .map((each) => [each.textContent.trim().slice(0, 30), each.getBoundingClientRect().height])
    .filter(([, height]) => height < 44)"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with a page: weight, width on a telephone, targets, axe in light and dark."""
    sizes: list[int] = []
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    found = [f"{sum(sizes)} bytes transferred"] if sum(sizes) > WEIGHT else []
    found += ["wider than a telephone"] if page.evaluate(TOO_WIDE) else []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found += [f"small target: {each}" for each in page.evaluate(SMALL_TARGETS)]
    light = Axe().run(page)
    page.emulate_media(color_scheme="dark")
    dark = Axe().run(page, options=CONTRAST)
    return found + [each.generate_report() for each in (light, dark) if each.violations_count]


def test_pages_are_light_fit_a_telephone_and_axe_finds_nothing(site: Site, browser: Browser) -> None:
    found = {}
    rater, task = f"{BASE}/tasks/", "a task"
    for person, addresses in (("s01-physician", STAFF), ("rater-1", (rater, task)), ("", ("/", "/sign-in"))):
        signed = signed_in(browser, site, person) if person else browser.new_context()
        state = signed.storage_state()
        if person == "rater-1":
            page = signed.new_page()
            page.goto(f"{site.address}{rater}")
            link = page.get_by_role("link", name="Rate").first.get_attribute("href") or ""
            addresses = (rater, link)
        for address in addresses:
            context = browser.new_context(storage_state=state)  # an empty cache
            page = context.new_page()
            wrong = watched(page)
            found[person, address] = faults(page, f"{site.address}{address}") + wrong
            context.close()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_the_participant_page_is_walked_by_keyboard_alone(site: Site, browser: Browser) -> None:
    context = signed_in(browser, site, "s01-physician")
    page = context.new_page()
    page.goto(f"{site.address}{BASE}/participants/P-004/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page"
    reached: list[str] = []
    for _press in range(120):
        page.keyboard.press("Tab")
        text, visible = page.evaluate(
            """() => { const at = document.activeElement, box = at.getBoundingClientRect();
            const style = getComputedStyle(at);
            return [at.textContent.trim(), box.height > 0 && style.outlineStyle !== 'none']; }"""
        )
        if page.evaluate("document.activeElement === document.body"):
            break
        assert visible, f"the focus cannot be seen on {text[:60]!r}"
        reached.append(text)
    everything = " | ".join(reached)
    for wanted in (
        "Participants",
        "Screening",
        "Dosing session 1",
        "Visits",
        "Record a visit",
        "Safety and medicines",
    ):
        assert wanted in everything
    page.locator("summary", has_text="Safety and medicines").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Report an adverse event").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/do/adverse-event")


def answer_no(page: Page) -> None:
    for code in PLAIN_NO:
        page.check(f'input[name="a.{code}"][value="false"]')


def test_a_form_by_hand(site: Site, browser: Browser) -> None:
    signed = signed_in(browser, site, "s01-physician")
    skip_logic_and_reasons(signed.new_page(), site)
    draft_after_a_lost_connection(signed, site)
    plain = browser.new_context(java_script_enabled=False, storage_state=signed.storage_state())
    without_javascript(plain.new_page(), site)


def draft_after_a_lost_connection(context: BrowserContext, site: Site) -> None:
    """What was typed is offered back, and recorded once."""
    page = context.new_page()
    page.goto(f"{site.address}{CSSRS}")
    answer_no(page)
    context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    page.wait_for_timeout(300)
    context.set_offline(False)
    page.goto(f"{site.address}{CSSRS}")
    page.get_by_role("button", name="Take it back").click()
    assert page.is_checked('input[name="a.q1"][value="false"]')
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**saved=**")
    assert page.evaluate("Object.keys(localStorage)") == []
    assert len(read.participant_standing(STUDY, "P-004").forms["C-SSRS"]) == 1


def skip_logic_and_reasons(page: Page, site: Site) -> None:
    """A yes shows what it asks for; a reason for no answer clears the answer, and the other way round."""
    page.goto(f"{site.address}{CSSRS}")
    assert not page.is_visible('[data-item="q3"]')
    page.check('input[name="a.q2"][value="true"]')
    assert page.is_visible('[data-item="q3"]')
    page.check('input[name="a.q1"][value="true"]')
    page.locator('[data-item="q1"] summary').click()
    page.select_option('[name="absent.q1"]', "refused")
    assert not page.is_checked('input[name="a.q1"][value="true"]')
    page.check('input[name="a.q1"][value="true"]')
    assert page.input_value('[name="absent.q1"]') == ""
    page.evaluate("localStorage.clear()")


def without_javascript(page: Page, site: Site) -> None:
    """A form is filled, sent and read back by a browser without scripts."""
    page.goto(f"{site.address}{BLANK}")
    answer_no(page)
    page.get_by_role("button", name="Save").click()
    assert "saved=" in page.url
    assert page.get_by_text("Severest ideation").first.is_visible()
