"""Every public page, in each language, light and dark, at three sizes, by keyboard alone, and by axe.

One load in an empty cache for each page of a language: weight, time to paint, what moved. Then the same page
is walked in each theme and size: Tab through every stop, axe, its width. Keys that a stop must answer do not
hang on size or theme, so they are tried once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from clinic import public_walk as walk
from clinic.live_site import Site
from clinic.public_walk import browser
from clinic.test_public_browser import neutral, pytestmark, site
from holdfast.clinic.languages.choosing import address_in
from holdfast.clinic.public.frame import LEAVE, places

__all__ = ["browser", "pytestmark", "site"]

LANGUAGES = [code for code, _ in settings.LANGUAGES]


def pages(code: str) -> list[str]:
    """Every page's address in a language; help also with a country's numbers."""
    named = [address_in(each.name, code) for each in places("public-home")]
    return [*named, f"{named[-1]}?country=GB"]


def arrived(browser: Browser, address: str) -> tuple[Page, walk.Arrived]:
    """A page in an empty cache; tried three times where something else on this machine held it up."""
    for _ in range(3):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
        context.route(f"{LEAVE}**", neutral)
        page = context.new_page()
        came = walk.arrive(page, address)
        if came.painted_ms <= walk.SHOWN_MS:
            break
    return page, came


def of_page(page: Page, came: walk.Arrived) -> Iterator[str]:
    """What is wrong with one page, in all themes and sizes."""
    yield from walk.first_faults(page, came)
    walk.ready(page)
    for width, height in walk.SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in walk.THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for fault in (*walk.look_faults(page), *walk.key_faults(page, back=theme == "light")):
                yield f"{theme}, {width} px: {fault}"
    yield from walk.answer_faults(page)
    yield from leaving(page)


def leaving(page: Page) -> Iterator[str]:
    """The skip link leads into the page, and Esc twice leads away."""
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "page":
        yield "the skip link leads nowhere"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{LEAVE}**")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_page_is_walked_by_keyboard_and_axe_finds_nothing(
    site: Site, browser: Browser, code: str
) -> None:
    browser.new_page().goto(f"{site.address}/welcome/")  # the server's first page loads the server
    found = []
    for address in pages(code):
        page, came = arrived(browser, site.address + address)
        found += [f"{address} {fault}" for fault in of_page(page, came)]
        page.context.close()
    assert not found, "\n".join(found)
