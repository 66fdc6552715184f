"""Passkeys in a real browser with an authenticator of its own: made, used another day, ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from clinic.day import CHROMIUM, asked, quiet, watched
from clinic.live_site import Site, fill
from clinic.scene import WHO, Scene, protocol
from clinic.test_portal_browser import LARGEST, STUDY, checked
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
CODES: list[str] = []
"""Codes of the links that the fixture made: one for each participant."""
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ONE = "P-001"
SPANISH = "P-002"


@pytest.fixture
def site(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site at the name ``localhost``: no browser keeps a passkey for an address of numbers."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = Scene(protocol()).open().ready(ONE).randomised(ONE).ready(SPANISH)
    items = tuple(item.code for item in made.protocol.consent)
    made.do(
        act.GiveConsent(participant=SPANISH, items=items, language="es", explained_by=WHO[Role.PHYSICIAN]),
        Role.PHYSICIAN,
    )
    made.do(act.HoldVisit(participant=ONE, visit="week-4"), Role.COORDINATOR)
    for form in ("GUESS", "PCL-5"):
        made.do(made.filled(ONE, "week-4", form), Role.PARTICIPANT, author=ONE)
    fill(made)
    # Before the site runs: this process lets go of the database then.
    CODES[:] = [links.make(STUDY, each, by="s01-coordinator", now=made.now) for each in (ONE, SPANISH)]
    with quiet(tmp_path, at=made.now + timedelta(minutes=5)) as running:
        yield replace(running, address=running.address.replace("127.0.0.1", "localhost"))


def window(
    browser: Browser, *, size: tuple[int, int] = (390, 844), scheme: str = "light", locale: str = "en-US"
) -> Page:
    """A new browser, as it is after everything was closed."""
    viewport = {"width": size[0], "height": size[1]}
    return browser.new_context(viewport=viewport, color_scheme=scheme, locale=locale).new_page()  # type: ignore[arg-type]


def device(page: Page, keys: list[dict[str, Any]] | None = None, **other: Any) -> tuple[CDPSession, str]:
    """Give the page's device an authenticator that holds these keys."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    found = talk.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **other}})
    for each in keys or []:
        talk.send("WebAuthn.addCredential", {"authenticatorId": found["authenticatorId"], "credential": each})
    return talk, found["authenticatorId"]


def keys_of(held: tuple[CDPSession, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = held[0].send("WebAuthn.getCredentials", {"authenticatorId": held[1]})[
        "credentials"
    ]
    return found


def follow(page: Page, site: Site, code: str) -> None:
    """Open a followed link."""
    page.goto(f"{site.address}/my/link/{code}")
    page.wait_for_function("!document.querySelector('input[name=can]') || document.readyState === 'complete'")
    page.click("main form.panel button")


def made(browser: Browser, site: Site) -> list[dict[str, Any]]:
    """Keep a passkey in pages that a link opened; what the device holds."""
    page = window(browser)
    held = device(page)
    follow(page, site, CODES[0])
    page.wait_for_url("**/my/device")
    page.get_by_role("button", name="Use this device").click()
    page.wait_for_url("**/my/passkeys?made=1")
    expect(page.get_by_role("status")).to_have_text("Done. This device opens your pages next time.")
    keys = keys_of(held)
    page.context.close()
    return keys


def opened(browser: Browser, site: Site, keys: list[dict[str, Any]]) -> Page:
    """Another day, the same device: only the passkey."""
    page = window(browser)
    device(page, keys)
    page.goto(f"{site.address}/my/link")
    page.get_by_role("button", name="Open with your passkey").click()
    return page


def test_a_passkey_made_after_a_link_opens_the_pages_again_and_is_named_in_the_record(
    site: Site, browser: Browser
) -> None:
    keys = made(browser, site)
    (key,) = keys
    assert (key["rpId"], key["isResidentCredential"]) == ("localhost", True)
    assert (key["userName"], key["userDisplayName"]) == ("My pages", "My pages")
    page = opened(browser, site, keys)
    wrong = watched(page)
    page.wait_for_url("**/my/")
    page.click("#waits ~ ul a.own-form")
    page.wait_for_url("**/PHQ-9")
    for line in page.locator("main form.panel fieldset").all():
        line.locator("input[type=radio]").first.check()
    page.click("main form.panel .send button")
    page.wait_for_url("**/my/sent/**")
    person = asked(lambda: read.participant_standing(STUDY, ONE))
    done = person.form_at("week-4", "PHQ-9")
    assert done is not None
    (said,) = [each.device for each in person.history if each.id == done.root]
    assert said.startswith("own pages, passkey made 20")
    assert said.endswith(", link made by s01-coordinator")
    page.goto(f"{site.address}/my/looked")
    expect(page.get_by_role("heading", name="Passkeys to these pages")).to_be_visible()
    assert wrong == []


def test_an_ended_passkey_is_refused_calmly_and_a_code_still_opens(site: Site, browser: Browser) -> None:
    keys = made(browser, site)
    page = opened(browser, site, keys)
    page.wait_for_url("**/my/")
    page.goto(f"{site.address}/my/passkeys")
    page.get_by_role("button", name="End the one made on").click()
    page.wait_for_url("**/my/link")
    page.get_by_role("button", name="Open with your passkey").click()
    expect(page.locator("h1")).to_have_text("This did not open your pages")
    checked(page, "own-refused-390-light")
    page.fill("#code", CODES[1])
    page.click("form:has(#code) button")
    page.wait_for_url("**/my/device")  # the browser can; the offer is the other participant's


def test_a_device_without_the_key_says_so_in_place(site: Site, browser: Browser) -> None:
    page = opened(browser, site, [])
    said = page.get_by_role("status")
    expect(said).to_have_text("Nothing was opened. You can try again, or use a code.")
    assert page.evaluate("document.activeElement.textContent") == "Open with your passkey"
    assert page.url.endswith("/my/link")
    checked(page, "own-link-stopped-390-light")


def test_a_device_whose_owner_is_not_recognised_makes_none(site: Site, browser: Browser) -> None:
    page = window(browser)
    held = device(page, isUserVerified=False)
    follow(page, site, CODES[0])
    page.goto(f"{site.address}/my/device")
    page.get_by_role("button", name="Use this device").click()
    expect(page.get_by_role("status")).to_have_text("Nothing was kept. You can try again, or go on without.")
    assert keys_of(held) == []


def test_a_device_that_has_one_makes_no_second(site: Site, browser: Browser) -> None:
    page = window(browser)
    held = device(page)
    follow(page, site, CODES[0])
    for _each in range(2):
        page.goto(f"{site.address}/my/device")
        page.get_by_role("button", name="Use this device").click()
        if _each == 0:
            page.wait_for_url("**/my/passkeys?made=1")
    expect(page.get_by_role("status")).to_have_text("This device has a passkey for your pages already.")
    assert len(keys_of(held)) == 1


@pytest.mark.parametrize("without", ["script", "support"])
def test_without_script_or_support_links_work_and_nothing_of_passkeys_is_shown(
    site: Site, browser: Browser, without: str
) -> None:
    context = browser.new_context(java_script_enabled=without != "script")
    if without == "support":
        context.add_init_script("delete self.PublicKeyCredential")
    page = context.new_page()
    page.goto(f"{site.address}/my/link")
    assert page.get_by_text("passkey").filter(visible=True).count() == 0
    page.fill("#code", CODES[0])
    page.click("form:has(#code) button")
    page.wait_for_url("**/my/")
    page.goto(f"{site.address}/my/device")
    expect(page.get_by_text("This browser cannot keep a passkey here")).to_be_visible()
    assert page.get_by_role("button", name="Use this device").filter(visible=True).count() == 0


def test_by_the_keyboard_alone(site: Site, browser: Browser) -> None:
    page = window(browser, size=(1280, 900))
    held = device(page)
    page.goto(f"{site.address}/my/link/{CODES[0]}")
    tab_to(page, "Open")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/device")
    tab_to(page, "Use this device")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/passkeys?made=1")
    tab_to(page, "Close my pages")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/close")
    page.goto(f"{site.address}/my/link")
    tab_to(page, "Open with your passkey")
    page.keyboard.press("Space")
    page.wait_for_url("**/my/")
    assert len(keys_of(held)) == 1


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the button of that text has the focus; it shows where the focus is."""
    for _each in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == text:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"no Tab reaches {text}")


LOOKS = (((390, 844), "light"), ((390, 844), "dark"), ((1280, 900), "light"))


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_every_page_of_it_is_accessible_in_both_languages(site: Site, browser: Browser, locale: str) -> None:
    spanish = locale.startswith("es")
    page = window(browser, locale=locale)
    wrong, title = watched(page), "Mis páginas" if spanish else "My pages"
    device(page)

    def looked_at(name: str) -> None:
        for (width, height), scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            checked(page, f"own-{name}-{locale[:2]}-{width}-{scheme}", title=title)

    page.goto(f"{site.address}/my/link")
    expect(page.locator(".with-passkey button")).to_be_visible()
    looked_at("door")
    follow(page, site, CODES[int(spanish)])
    page.wait_for_url("**/my/device")
    looked_at("device")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/my/passkeys?made=1")
    looked_at("passkeys")
    page.locator(".own-nav ~ form button").click()
    page.goto(f"{site.address}/my/link")
    page.locator(".with-passkey button").click()
    page.wait_for_url("**/my/")
    looked_at("home-by-passkey")
    for path in ("looked", "device"):
        page.goto(f"{site.address}/my/{path}")
        looked_at(f"{path}-by-passkey")
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert wrong == []


def test_the_staffs_page_ends_every_way_in(site: Site, browser: Browser) -> None:
    keys = made(browser, site)
    own = opened(browser, site, keys)
    own.wait_for_url("**/my/")
    page = window(browser, size=(1280, 900))
    page.goto(f"{site.address}/sign-in")
    page.locator("form:has(input[value='s01-coordinator']) button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    page.goto(f"{site.address}/s/{STUDY}/participants/{ONE}/link")
    checked(page, "staff-link", title=None)
    page.fill("#why", "The telephone was lost on a train.")
    page.get_by_role("button", name="End every way in").click()
    expect(page.get_by_role("status")).to_contain_text("Every way in is ended")
    checked(page, "staff-link-ended", title=None)
    own.reload()
    assert own.url.endswith("/my/link")


def test_door_and_offer_are_small_on_the_wire(site: Site, browser: Browser) -> None:
    page = window(browser)
    talk, _id = device(page)
    follow(page, site, CODES[0])
    page.wait_for_url("**/my/device")
    talk.send("Network.enable")
    talk.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    talk.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    for path in ("device", "link"):
        sizes.clear()
        page.goto(f"{site.address}/my/{path}", wait_until="networkidle")
        assert len(sizes) >= 5
        assert sum(sizes) <= LARGEST
        print(f"\n/my/{path}: {sum(sizes) / 1000:.1f} kB")
