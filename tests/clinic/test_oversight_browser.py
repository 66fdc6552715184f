"""Report, limits, supply and the list of sessions in a real browser: axe in both themes, telephones too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from clinic.databases import fresh_database
from clinic.day import quiet, shot, signed_in, watched
from clinic.live_site import Site, fill
from clinic.test_oversight import small
from clinic.test_session_day import PICTURES, accessible
from clinic.test_session_day import pytestmark as pytestmark
from holdfast.allocation.key import Key
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.pharmacy import key_store

PAGES = {
    "sessions": ("s01-therapist-1", "sessions/"),
    "limits": ("s01-therapist-1", "limits/"),
    "report": ("demo-sponsor", "report/"),
    "supply": ("s01-pharmacist", "supply/"),
    "kit": ("s01-pharmacist", "supply/kits/K-P-001-s1-first/"),
}
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all the pages: they are looked at only."""
    with fresh_database(server), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        made = small()
        fill(made)
        kits = ("K-P-001-s1-first", "K-P-001-s1-supplemental")
        key = Key(
            arm_of_slot={f"S01-{number:03d}": "placebo" for number in range(1, 9)},
            arm_of_kit=dict.fromkeys(kits, "placebo"),
            mg_of_kit=dict.fromkeys(kits, 0.0),
            step_of_kit={kit: kit[8:] for kit in kits},
        )
        key_store.keep(made.study, key, secret=b"s" * 32, now=made.now)
        with quiet(tmp_path_factory.mktemp("oversight"), at=made.now + timedelta(minutes=3)) as running:
            yield running


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_page_fits(site: Site, browser: Browser, name: str) -> None:
    person, place = PAGES[name]
    page: Page = signed_in(browser, site, person).new_page()
    wrong = watched(page)
    page.goto(f"{site.address}/s/inactive-placebo/{place}")
    if name == "report":
        page.locator(".report figure img").first.wait_for(timeout=60_000)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        accessible(page, f"{name}, {theme}")
        shot(page, PICTURES, f"{name}-{theme}", whole=name in ("supply", "kit"))
    page.set_viewport_size({"width": 390, "height": 844})
    assert not page.evaluate(TOO_WIDE), "wider than a telephone"
    shot(page, PICTURES, f"{name}-phone")
    assert wrong == []
