"""The public pages in every other language in a real browser: the same demands as in English."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from clinic.live_site import Site
from clinic.test_public_browser import faults, pytestmark, site
from holdfast.clinic.languages.choosing import address_in
from holdfast.clinic.public.frame import places

__all__ = ["pytestmark", "site"]

PAGES = [
    address_in(each.name, code)
    for code, _ in settings.LANGUAGES
    if code != "en"
    for each in places("public-home")
]


def test_every_page_holds_in_every_language(site: Site, browser: Browser) -> None:
    found = {}
    for address in PAGES:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        found[address] = faults(context.new_page(), site.address + address)
        context.close()
    assert {address: each for address, each in found.items() if each} == {}


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
