"""The pages of how one is reached, in a real browser: axe, light and dark, three sizes, the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clinic.cast import browser as signed
from clinic.day import CHROMIUM, quiet, watched
from clinic.live_site import Site, fill
from clinic.mail_scene import PERSON, STUDY, live
from clinic.mail_server import ADDRESS, SENDER, free_port, sends_through
from clinic.scene import Clock
from clinic.test_portal_browser import checked
from holdfast.clinic import edge
from holdfast.clinic.jobs import reminding, sending
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
SIZES = [((390, 844), "light"), ((820, 1180), "dark"), ((1280, 900), "light")]
NOON = datetime.fromisoformat("2026-03-02T12:00:00-07:00")
PERSONS = f"/s/{STUDY}/participants/{PERSON}"
KEPT: dict[str, str] = {}
"""The cookie of the coordinator and the code of a link, made before the site runs; and whether it sends."""


@pytest.fixture
def site(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """A live study, a site that sends (or does not), and a reminder that could not be sent."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    language, on = request.param
    made = live()
    if language != "en":
        items = tuple(item.code for item in made.protocol.consent)
        consent = act.GiveConsent(
            participant=PERSON, items=items, language=language, explained_by="s01-physician"
        )
        made.do(consent, Role.PHYSICIAN)
    fill(made)
    monkeypatch.setattr(edge, "now", Clock(NOON))
    if on:
        port = free_port()
        for name, value in (
            ("HOLDFAST_MAIL", f"smtp://127.0.0.1:{port}?tls=none"),
            ("HOLDFAST_MAIL_FROM", SENDER),
            ("HOLDFAST_ADDRESS", ADDRESS),
        ):
            monkeypatch.setenv(name, value)
        with sends_through(port):
            reminding.look(now=NOON)
            sending.send_due(now=edge.now)
    reachable.keep(STUDY, PERSON, Reached("somebody@mail.example", ""), by="s01-coordinator", now=NOON)
    KEPT["on"] = "on" if on else "off"
    KEPT["code"] = links.make(STUDY, PERSON, by="s01-coordinator", now=NOON)
    KEPT["cookie"] = signed(Role.COORDINATOR).cookies["sessionid"].value
    with quiet(tmp_path, at=NOON + timedelta(minutes=5)) as running:
        yield running


def page_of(browser: Browser, site: Site, *, size: tuple[int, int], scheme: str, staff: bool) -> Page:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    if staff:
        context.add_cookies([{"name": "sessionid", "value": KEPT["cookie"], "url": site.address}])
        return page
    page.goto(f"{site.address}/my/link/{KEPT['code']}")
    page.click("main form button")
    page.wait_for_url("**/my/**")
    return page


@pytest.mark.parametrize("site", [("en", True), ("es", False)], indirect=True, ids=["sends", "sends-nothing"])
@pytest.mark.parametrize(("size", "scheme"), SIZES)
def test_pages_of_staff_are_accessible_and_fit(
    site: Site, browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    page = page_of(browser, site, size=size, scheme=scheme, staff=True)
    wrong = watched(page)
    for name, path in (
        ("contact", f"{PERSONS}/reached"),
        ("link", f"{PERSONS}/link"),
        ("follow-up", f"/s/{STUDY}/follow-up/"),
        ("today", f"/s/{STUDY}/"),
        ("account", "/account"),
    ):
        page.goto(f"{site.address}{path}")
        checked(page, f"reached-{name}-{KEPT['on']}-{size[0]}-{scheme}", title=None)
    page.goto(f"{site.address}{PERSONS}/reached")
    page.fill("#f-email", "nobody")
    page.click("main form.panel .send button")
    expect(page.locator("#f-email")).to_have_value("nobody")
    checked(page, f"reached-contact-wrong-{size[0]}-{scheme}", title=None)
    assert wrong == []


@pytest.mark.parametrize("site", [("en", True), ("es", False)], indirect=True, ids=["en", "es"])
@pytest.mark.parametrize(("size", "scheme"), SIZES)
def test_their_own_page_is_accessible_and_fits_in_both_languages(
    site: Site, browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    page = page_of(browser, site, size=size, scheme=scheme, staff=False)
    wrong = watched(page)
    page.goto(f"{site.address}/my/reached")
    language = page.locator("html").get_attribute("lang")
    checked(page, f"own-reached-{language}-{size[0]}-{scheme}", title=None)
    page.fill("#f-email", "nobody")
    page.click("main form.panel .send button")
    expect(page.locator("#f-email")).to_have_value("nobody")
    checked(page, f"own-reached-wrong-{language}-{size[0]}-{scheme}", title=None)
    assert wrong == []


@pytest.mark.parametrize("site", [("en", True)], indirect=True, ids=["en"])
def test_saying_no_by_the_keyboard_alone(site: Site, browser: Browser) -> None:
    page = page_of(browser, site, size=(390, 844), scheme="light", staff=False)
    page.goto(f"{site.address}/my/reached")
    page.focus("#f-email")
    page.keyboard.press("Control+A")
    page.keyboard.type("mine@mail.example")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "true"  # as they said before
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/reached?saved=1")
    expect(page.locator("#f-email")).to_have_value("mine@mail.example")
    assert page.locator("input[name='a.wanted'][value=false]").is_checked()
    expect(page.locator("[role=status]")).to_have_text("Saved.")
