"""The programme's pages in a real browser, filled by a small rehearsal: axe, widths, keyboard, looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from clinic.databases import fresh_database
from clinic.day import CHROMIUM, quiet, watched
from clinic.live_site import Site
from clinic.test_pages_browser import SMALL_TARGETS, TOO_WIDE
from clinic.test_session_day import accessible
from holdfast.clinic import demo
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MADE = demo.STUDIES[2]
BASE = f"/s/{MADE.code}"
COORDINATOR, PHYSICIAN, THERAPIST, SPONSOR = (
    "s01-coordinator",
    "s01-physician",
    "s01-therapist-1",
    "demo-sponsor",
)
PAGES = {
    "programme": (COORDINATOR, "/programme/"),
    "approval": (COORDINATOR, "/programme/approval"),
    "end": (COORDINATOR, "/programme/approval/end"),
    "outcomes": (SPONSOR, "/programme/outcomes"),
    "fair-access": (COORDINATOR, "/fair-access/"),
    "follow-up": (COORDINATOR, "/follow-up/"),
    "today-coordinator": (COORDINATOR, "/"),
    "today-physician": (PHYSICIAN, "/"),
    "today-therapist": (THERAPIST, "/"),
}


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all the pages: a programme of three sites in full swing."""
    with fresh_database(server), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        patch.setattr(demo, "FEWER", {"by_arm": 18, "per_month": 1})
        demo.enter(MADE, now=NOW)
        with quiet(tmp_path_factory.mktemp("programme"), at=NOW) as running:
            yield running


@pytest.fixture(scope="module")
def suspended(site: Site) -> Site:
    """The same, once the newest approval of its first site is suspended: for the tests that come last."""
    code = max(read.site_standing(MADE.code, "S01").authorities)
    zone = next(each.zone for each in read.sites(MADE.code) if each.site == "S01")
    stamp = act.Stamp(
        id=uuid4(), study=MADE.code, site="S01", author=COORDINATOR, role=Role.COORDINATOR.value,
        device="test", happened_at=Instant(site.now, zone), reason="",
    )  # fmt: skip
    what = act.EndAuthority(approval=code, why="Suspended by the regulator.")
    assert write.perform(act.Action(stamp=stamp, what=what), now=site.now).refused is None
    return site


def opened(browser: Browser, site: Site, person: str, place: str) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong = watched(page)
    page.goto(f"{site.address}/sign-in")
    # The page offers one person for each role; the others of the demonstration may enter as well.
    button = page.locator("form:has(input[type='hidden'][name='person']) button").first
    button.evaluate("(each, who) => { each.form.elements.person.value = who; }", person)
    button.click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    answer = page.goto(f"{site.address}{BASE}{place}")
    assert answer is not None
    assert answer.ok
    return page, wrong


def in_order(page: Page) -> None:
    """Nothing wider than the window at three sizes, targets large enough, nothing for axe in either look."""
    for width in (1280, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(TOO_WIDE), f"wider than {width}"
    assert page.evaluate(SMALL_TARGETS) == []
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        accessible(page, f"{page.url}, {look}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_three_windows_and_axe_finds_nothing(site: Site, browser: Browser, name: str) -> None:
    page, wrong = opened(browser, site, *PAGES[name])
    in_order(page)
    assert wrong == []


def test_the_funnel_is_seen_in_the_dark(site: Site, browser: Browser) -> None:
    """The picture is drawn for paper: it stands on paper in both looks."""
    page, _ = opened(browser, site, SPONSOR, "/programme/outcomes")
    page.emulate_media(color_scheme="dark")
    ground = page.locator(".report figure").evaluate("(each) => getComputedStyle(each).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert page.locator(".report figure img").evaluate("(each) => each.naturalWidth > 300")


def test_what_is_said_is_there_in_the_languages_of_the_study(site: Site, browser: Browser) -> None:
    page, _ = opened(browser, site, COORDINATOR, "/follow-up/")
    assert "somewhere you can speak" in page.locator("[lang=en] >> text=Hello").first.inner_text()
    page.locator("summary", has_text="español").click()
    assert "un lugar donde pueda hablar" in page.locator("p[lang=es]").first.inner_text()
    assert "ni el tratamiento" in page.locator("span[lang=es]").first.inner_text()


def test_an_approval_ends_by_keyboard_alone(site: Site, browser: Browser) -> None:
    page, wrong = opened(browser, site, "s02-coordinator", "/programme/")
    link = page.get_by_role("link", name="Record its end").first
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Record that an approval ended").wait_for()
    assert page.locator("input[name='a.approval']:checked").count() == 1, "the one that was chosen"
    page.locator("#f-why").focus()
    page.keyboard.type("The prescriber gave it up.")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.grave')"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Recorded.").wait_for()
    assert "The prescriber gave it up." in page.locator("#approvals").locator("xpath=../..").inner_text()
    assert wrong == []


@pytest.mark.parametrize("person", [COORDINATOR, PHYSICIAN, THERAPIST])
def test_what_an_end_holds_up_stands_above_everything(suspended: Site, browser: Browser, person: str) -> None:
    page, wrong = opened(browser, suspended, person, "/")
    page.get_by_role("heading", name="Prescribing and authorities").wait_for()
    held = page.locator("tr", has_text="nobody at the site may prescribe it").first
    assert "Suspended by the regulator." in held.inner_text()
    in_order(page)
    held.locator("th a").click()
    assert "nobody at the site may prescribe it" in page.locator("main .note").first.inner_text()
    in_order(page)
    assert wrong == []


def test_the_page_of_the_programme_begins_with_it(suspended: Site, browser: Browser) -> None:
    page, wrong = opened(browser, suspended, COORDINATOR, "/programme/")
    first = page.locator("main section").first.inner_text()
    assert "Held up" in first
    assert "Care, therapy, calls and follow-up go on for everybody." in first
    in_order(page)
    assert wrong == []
