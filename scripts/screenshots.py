"""The pictures of docs/ and README, made from a demonstration in a real browser: ``make screenshots``."""

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

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
UNDER_WAY, FINISHED = "mapp-under-way", "mapp-finished"
FILLED = "The clinic holds"


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


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(exist_ok=True)
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for scheme in ("light", "dark"):
            with somebody(browser, address, "Therapist", **look(1280, 900, scheme)) as page:
                session = first_link(page, address, f"/s/{UNDER_WAY}/sessions/", r"/s/[^/]+/sessions/.+/")
                page.goto(address + session)
                picture(page, f"session-{scheme}")
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
        with somebody(browser, address, "Therapist", **look(820, 1180, "dark")) as page:
            page.goto(address + session)
            picture(page, "session-tablet", whole=True)
        with somebody(browser, address, "Statistician", **look(1000, 1300, "light")) as page:
            page.goto(f"{address}/s/{FINISHED}/report/", timeout=120_000)
            page.get_by_role("heading", name="Participant flow").wait_for(timeout=120_000)
            picture(page, "report")
        browser.close()


if __name__ == "__main__":
    main()
