"""A dosing day for browser tests: a scene ready for it, and the taps that people make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from clinic.live_site import Site, serving
from clinic.scene import START, Scene, protocol
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

T = TypeVar("T")
CHROMIUM = "/usr/bin/chromium"
NO = ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts")
CONFIRM = {
    "identity_confirmed": "yes", "kit_matches": "yes", "mao_inhibitor_or_lithium": "no",
    "physician_reachable": "yes", "fasted": "yes", "escort_arranged": "yes",
    "eligibility_rechecked": "yes", "touch_agreement_read": "yes",
}  # fmt: skip


def morning(*, begin: datetime = START) -> Scene:
    """A randomised participant with kits set aside, the C-SSRS of the day filled, no session yet."""
    made = Scene(protocol(), now=begin).open().ready("P-001").randomised("P-001")
    made.now += timedelta(days=7)
    made.tested("P-001")
    plan = made.protocol.session("dosing-1")
    for step in (plan.first, plan.supplemental):
        assert step is not None
        kit = {"s1-first": "K104207", "s1-supplemental": "K588310"}[step.step]
        arrived = act.ReceiveKit(kit=kit, step=step.step, capsules=1, expires="2030-01-01", lot="L1")
        made.do(arrived, Role.PHARMACIST)
        made.do(act.ReleaseKit(kit=kit), Role.PHARMACIST)
        assign = act.AssignKit(kit=kit, participant="P-001", visit="dosing-1", step=step.step)
        made.do(assign, Role.PHARMACIST)
    answers = dict.fromkeys(NO, False)
    made.do(
        act.FillForm(participant="P-001", visit="dosing-1", form="C-SSRS", answers=answers), Role.THERAPIST
    )
    return made


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as player:
        yield launched(player)


def launched(player: Playwright) -> Browser:
    return player.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    )


def signed_in(
    browser: Browser, site: Site, person: str, *, size: tuple[int, int] = (1280, 900)
) -> BrowserContext:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{site.address}/sign-in")
    page.locator(f"form:has(input[value='{person}']) button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    page.close()
    return context


def watched(page: Page) -> list[str]:
    """What goes wrong in the page's own scripts, and what the content policy stopped."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    return wrong


@contextmanager
def quiet(folder: Path, *, at: datetime) -> Iterator[Site]:
    """A served site whose log holds no traceback when it stops."""
    with serving(folder, at=at) as running:
        yield running
        log = (folder / "uvicorn.log").read_text(encoding="utf-8")
        assert "Traceback" not in log, log


SESSION = "/s/inactive-placebo/sessions/P-001/dosing-1/"


def opened(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(f"{site.address}{SESSION}")
    return page


def saved(page: Page, what: str) -> None:
    """Wait until the diary shows it."""
    page.locator("#diary .line-words", has_text=what).first.wait_for(timeout=5000)


def read(page: Page, systolic: str, diastolic: str, rate: str, temperature: str) -> None:
    """Type a reading and save it."""
    for name, value in zip(
        ("systolic", "diastolic", "heart_rate", "temperature"),
        (systolic, diastolic, rate, temperature),
        strict=True,
    ):
        page.fill(f"#in-{name}", value)
    page.click("#reading button.wide")


def confirm(page: Page, gate: str) -> None:
    """Tap an answer to every question of a gate."""
    for name, word in CONFIRM.items():
        box = page.locator(f"#{gate} input[name='confirm-{name}'][value='{word}']")
        if box.count():
            box.check()


def shot(page: Page, folder: Path | None, name: str, *, whole: bool = False) -> None:
    if folder is not None:
        page.screenshot(path=str(folder / f"{name}.png"), full_page=whole)


def asked(question: Callable[[], T]) -> T:
    """Ask the database in a thread of its own: the browser's driver has an event loop in this one."""

    def ask() -> T:
        try:
            return question()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ask).result()


KEPT = """async here => {
  const worker = await navigator.serviceWorker.getRegistration(here);
  return worker?.active?.state === 'activated' && Boolean(await caches.match(here));
}"""


def kept(page: Page) -> None:
    """Wait until the tablet has kept the page, so that it opens without a network."""
    for _ in range(100):
        if page.evaluate(KEPT, SESSION):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page was not kept")
