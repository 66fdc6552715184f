"""The pictures of docs/ and README, made in a real browser: ``make screenshots``.

Those of the clinic come from a demonstration, those of plans from ``holdfast simulate``.
``python scripts/screenshots.py public`` makes those of the public pages (a clinic with nothing in it),
``python scripts/screenshots.py plans`` makes the pictures of plans alone (no site, a minute or two),
``python scripts/screenshots.py clinic`` those of the clinic alone, of these ``sessions`` the dosing day's,
``own`` those of a participant's own pages and ``programme`` those of a programme outside trials.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
UNDER_WAY, FINISHED = "mapp-under-way", "mapp-finished"
PROGRAMME = "programme-under-way"
FILLED = "The clinic holds"
PLANNED = ["low-dose-control", "inactive-placebo", "--trials", "2000", "--seed", "1"]
"""The run of docs/designing.md: the design that is planned first, since the tornado is of the first."""
SESSION = r"/s/[^/]+/sessions/[^/]+/[^/]+/"
FIGURES = ("plan-expectancy", "plan-rejections", "plan-tornado")
"""The figures of a plan's report, in its order."""


def free_port() -> int:
    """A port of the loopback address that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demonstration() -> Iterator[str]:
    """A clinic with its demonstration, filled; gives its address."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        site = subprocess.Popen(
            [Path(sys.executable).with_name("holdfast"), "clinic", "run", "--demo", "--port", str(port)],
            env={**os.environ, "HOLDFAST_DATA": f"{folder}/clinic"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for line in site.stdout or ():
                if line.startswith(FILLED):
                    break
            else:
                raise SystemExit("The demonstration stopped before it was filled.")
            yield f"http://127.0.0.1:{port}"
        finally:
            site.terminate()
            site.wait(timeout=60)


@contextmanager
def somebody(browser: Browser, address: str, role: str, **look: object) -> Iterator[Page]:
    """A page signed in as the demonstration's person of a role."""
    context = browser.new_context(**look)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=role).first.click()
    page.wait_for_load_state()
    yield page
    context.close()


def look(width: int, height: int, scheme: str) -> dict[str, object]:
    """Size and colour scheme of a browser window."""
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "locale": "en-GB"}


def first_link(page: Page, address: str, where: str, pattern: str) -> str:
    """The first link on a page whose address matches."""
    page.goto(address + where)
    for anchor in page.query_selector_all("main a"):
        target = anchor.get_attribute("href") or ""
        if re.fullmatch(pattern, target):
            return target
    raise SystemExit(f"{where} links to nothing like {pattern}")


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Write one picture, once what is on its way has come."""
    page.wait_for_timeout(700)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)
    print(f"docs/pictures/{name}.png")


def clinic() -> None:
    """The pictures of the clinic, from its demonstration."""
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for scheme in ("light", "dark"):
            with somebody(browser, address, "Coordinator", **look(1280, 1240, scheme)) as page:
                page.goto(f"{address}/s/{UNDER_WAY}/")
                picture(page, f"today-{scheme}")
                person = first_link(
                    page, address, f"/s/{UNDER_WAY}/participants/", r"/s/[^/]+/participants/[^/]+/"
                )
                page.goto(address + person)
                picture(page, f"participant-{scheme}")
            with somebody(browser, address, "Statistician", **look(1280, 1180, scheme)) as page:
                page.goto(f"{address}/s/{UNDER_WAY}/planner/")
                page.wait_for_selector("#found[data-more=no]", timeout=600_000)
                picture(page, f"planner-{scheme}")
        of_sessions(browser, address)
        of_own_pages(browser, address)
        of_programme(browser, address)
        with somebody(browser, address, "Statistician", **look(1000, 1300, "light")) as page:
            page.goto(f"{address}/s/{FINISHED}/report/", timeout=120_000)
            page.get_by_role("heading", name="Participant flow").wait_for(timeout=120_000)
            picture(page, "report")
        browser.close()


def sessions() -> None:
    """The pictures of the session page and of a practice, from a demonstration of their own."""
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        of_sessions(browser, address)
        browser.close()


def of_sessions(browser: Browser, address: str) -> None:
    """The page of a session under way: dark, bright, without a network, with an alarm, whole; a practice."""
    with somebody(browser, address, "Therapist", **look(1180, 900, "dark")) as page:
        session = first_link(page, address, f"/s/{UNDER_WAY}/sessions/", SESSION)
        page.goto(address + session)
        picture(page, "session-dark")
        page.click("#light")
        picture(page, "session-light")
        page.click("#light")
        page.context.set_offline(True)
        reading(page, "151", "92", "98", "37.3")
        page.wait_for_timeout(3000)
        picture(page, "session-offline")
        page.context.set_offline(False)
        page.goto(address + session)
        reading(page, "184", "98", "112", "37.4")
        page.locator("#alarms .alarm-high").first.wait_for()
        picture(page, "session-alarm")
    with somebody(browser, address, "Therapist", **look(820, 1180, "dark")) as page:
        page.goto(address + session)
        picture(page, "session-tablet", whole=True)
    practice(browser, address)


def own() -> None:
    """The pictures of a participant's own pages, from a demonstration of their own."""
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        of_own_pages(browser, address)
        browser.close()


def of_own_pages(browser: Browser, address: str) -> None:
    """What a participant sees first, light and dark and on a telephone, each opened by a link of its own."""
    for name, width, height, scheme in (
        ("own-light", 1000, 1100, "light"),
        ("own-dark", 1000, 1100, "dark"),
        ("own-telephone", 390, 844, "light"),
    ):
        with somebody(browser, address, "Coordinator", **look(1280, 900, "light")) as page:
            person = first_link(
                page, address, f"/s/{UNDER_WAY}/participants/", r"/s/[^/]+/participants/[^/]+/"
            )
            page.goto(f"{address}{person}link")
            page.get_by_role("button", name="Make a link", exact=True).click()
            code = page.locator("main strong.number").first.inner_text()
        page = browser.new_context(**look(width, height, scheme)).new_page()  # type: ignore[arg-type]
        page.goto(f"{address}/my/link/{code}")
        page.click("main form.panel button")
        page.wait_for_url("**/my/")
        picture(page, name)
        few_colours(name)
        page.context.close()


def programme() -> None:
    """The pictures of a programme outside trials, from a demonstration of their own."""
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        of_programme(browser, address)
        browser.close()


def of_programme(browser: Browser, address: str) -> None:
    """What is due and the approvals in both looks; outcomes, fair access, whom to reach and what to say."""
    base = f"{address}/s/{PROGRAMME}"
    for scheme in ("light", "dark"):
        with somebody(browser, address, "Physician", **look(1280, 1000, scheme)) as page:
            page.goto(f"{base}/programme/")
            picture(page, f"programme-{scheme}")
            few_colours(f"programme-{scheme}")
    for role, name, where, height in (
        ("Sponsor", "programme-outcomes", "programme/outcomes", 1400),
        ("Coordinator", "programme-access", "fair-access/", 1200),
        ("Coordinator", "programme-follow-up", "follow-up/", 1200),
    ):
        with somebody(browser, address, role, **look(1180, height, "light")) as page:
            page.goto(f"{base}/{where}")
            picture(page, name)
            few_colours(name)


def reading(page: Page, *values: str) -> None:
    """Type a reading and save it."""
    for name, value in zip(("systolic", "diastolic", "heart_rate", "temperature"), values, strict=True):
        page.fill(f"#in-{name}", value)
    page.click("#reading button.wide")


def practice(browser: Browser, address: str) -> None:
    """A practice that has just been made."""
    with somebody(browser, address, "Therapist", **look(1180, 900, "dark")) as page:
        page.goto(f"{address}/s/{UNDER_WAY}/sessions/")
        page.get_by_role("button", name="Practise a session").click(timeout=180_000)
        page.wait_for_url("**/practice-*/**", timeout=180_000)
        picture(page, "practice")


@contextmanager
def plan() -> Iterator[Path]:
    """The report of a simulated plan; gives its file."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        out = Path(folder) / "plan"
        holdfast = Path(sys.executable).with_name("holdfast")
        subprocess.run([holdfast, "simulate", *PLANNED, "--out", out], check=True)
        yield out / "report.html"


def plans() -> None:
    """The pictures of a plan: its figures, and the top of its report. Figures are white in the dark too."""
    with plan() as report, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        context = browser.new_context(**look(1000, 1310, "light"), device_scale_factor=1.6)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(report.as_uri())
        page.screenshot(path=PICTURES / "plan-report.png")
        few_colours("plan-report")
        figures = page.locator("figure")
        if figures.count() != len(FIGURES):
            raise SystemExit(f"The report has {figures.count()} figures; {len(FIGURES)} were expected.")
        for place, name in enumerate(FIGURES):
            figures.nth(place).screenshot(path=PICTURES / f"{name}.png")
            few_colours(name)
        browser.close()


def few_colours(name: str) -> None:
    """Keep 64 colours of a picture of lines and text: a third of its size, no difference to the eye."""
    file = PICTURES / f"{name}.png"
    with Image.open(file) as full:
        full.convert("RGB").quantize(64).save(file, optimize=True)
    print(f"docs/pictures/{name}.png")


PUBLIC = {
    "home": "/",
    "how": "/how-it-works/",
    "benefits": "/benefits-and-risks/",
    "fit": "/who-it-may-fit/",
    "finding": "/finding-treatment/",
    "cost": "/cost-and-fairness/",
    "unknown": "/what-we-do-not-know/",
    "help": "/help/?country=GB",
}
"""The public pages that have a picture."""


@contextmanager
def empty_clinic() -> Iterator[str]:
    """A clinic with nothing in it, which is all that public pages need; gives its address."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        site = subprocess.Popen(
            [Path(sys.executable).with_name("holdfast"), "clinic", "run", "--port", str(port)],
            env={**os.environ, "HOLDFAST_DATA": f"{folder}/clinic"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for line in site.stdout or ():
                if str(port) in line:
                    break
            else:
                raise SystemExit("The clinic stopped before it was there.")
            yield f"http://127.0.0.1:{port}"
        finally:
            site.terminate()
            site.wait(timeout=60)


def public() -> None:
    """The pictures of the public pages, light and dark, and the home page on a telephone."""
    with empty_clinic() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for scheme in ("light", "dark"):
            page = browser.new_context(**look(1280, 1100, scheme)).new_page()  # type: ignore[arg-type]
            for name, where in PUBLIC.items():
                answer = page.goto(address + where)
                if answer is None or not answer.ok:
                    raise SystemExit(f"{where} was not shown; its picture would be of an error.")
                set_up(page, name)
                picture(page, f"public-{name}-{scheme}")
                few_colours(f"public-{name}-{scheme}")
        page = browser.new_context(**look(390, 844, "light")).new_page()  # type: ignore[arg-type]
        page.goto(address + "/")
        picture(page, "public-home-telephone")
        few_colours("public-home-telephone")
        browser.close()


def set_up(page: Page, name: str) -> None:
    """Bring a public page to what its picture is to show: an hour, a question, a country, who took part."""
    if name == "how":
        page.evaluate("document.getElementById('day').scrollIntoView()")
        page.get_by_role("button", name="An hour later").click()
    elif name == "benefits":
        page.evaluate("document.getElementById('pictures').scrollIntoView()")
    elif name == "fit":
        for _ in range(3):
            page.locator(".fit-step:not([hidden]) [data-go='next']").click()
    elif name == "finding":
        page.get_by_label("Country").select_option("AU")
    elif name == "cost":
        page.evaluate("document.getElementById('who').scrollIntoView()")


PARTS = {
    "public": public,
    "plans": plans,
    "clinic": clinic,
    "sessions": sessions,
    "own": own,
    "programme": programme,
}


def main() -> None:
    """Make every picture, or those of the parts that are named."""
    asked = sys.argv[1:] or ["public", "plans", "clinic"]  # the clinic's hold those of sessions
    if unknown := [part for part in asked if part not in PARTS]:
        raise SystemExit(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
    PICTURES.mkdir(exist_ok=True)
    for part in asked:
        PARTS[part]()


if __name__ == "__main__":
    main()
