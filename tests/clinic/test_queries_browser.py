"""The pages of a query in a real browser: axe in both themes, a telephone, weight; answered by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from clinic.cast import bring
from clinic.day import asked, quiet, shot, signed_in, watched
from clinic.live_site import Site
from clinic.test_pages_browser import faults
from clinic.test_pages_browser import pytestmark as pytestmark
from clinic.test_queries import BASE, PERSON, contradicting, query
from clinic.test_session_day import PICTURES
from holdfast.clinic.ledger import read


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = contradicting()
    bring(made)
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield running


def test_a_query_is_found_on_today_read_and_answered(site: Site, browser: Browser) -> None:
    context = signed_in(browser, site, "s01-physician")
    page = context.new_page()
    wrong = watched(page)
    for name, address in (
        ("today", f"{BASE}/"),
        ("participant", f"{PERSON}/"),
        ("query", f"{PERSON}/queries/{asked(query)}"),
    ):
        assert faults(page, f"{site.address}{address}") == [], name
        for theme, width in (("light", 1280), ("dark", 1280), ("light", 390)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            shot(page, PICTURES, f"query-{name}-{theme}-{width}", whole=name == "query")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.address}{BASE}/")
    page.locator("#queries ~ ul a").first.click()
    page.get_by_label("Both stand: they mean different things").check()
    page.get_by_label("How the records are to be read").fill("Asked; a passing thought of last week.")
    page.get_by_role("button", name="Record my answer").click()
    page.wait_for_url(f"**{PERSON}/")
    assert page.get_by_text("Asked; a passing thought of last week.").is_visible()
    assert wrong == []
    standing = asked(lambda: read.participant_standing("inactive-placebo", "P-001"))
    (held,) = standing.queries.values()
    assert held.outcome == "both-stand"
