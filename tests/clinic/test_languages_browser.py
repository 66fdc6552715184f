"""The language of the public pages in a real browser: chosen, and kept from page to page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from clinic.live_site import Site
from clinic.public_walk import browser
from clinic.test_public_browser import pytestmark, site

__all__ = ["browser", "pytestmark", "site"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_language_is_chosen_and_kept_from_page_to_page(site: Site, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.address}/help/")
    page.get_by_role("link", name="Español").click()
    page.wait_for_url("**/es/help/")
    page.locator("#pages").get_by_role("link", name="Inicio").click()
    page.wait_for_url("**/es/welcome/")
    assert page.locator("html").get_attribute("lang") == "es"
    assert context.cookies() == []
    context.close()
