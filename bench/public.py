"""The public pages in a real browser with an empty cache: what is transferred, and when it is shown.

An empty clinic as `holdfast clinic run` serves it, Debian's Chromium, one window a load. The time is the
browser's own: from asking for the address to the first paint of content.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PAGES = {
    "home": "welcome/",
    "how it works": "how-it-works/",
    "benefits and risks": "benefits-and-risks/",
    "who it may fit": "who-it-may-fit/",
    "finding treatment": "finding-treatment/",
    "cost and fairness": "cost-and-fairness/",
    "what we do not know": "what-we-do-not-know/",
    "help now": "help/?country=GB",
}
LANGUAGES = ("en", "es")
LOADS = 5
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page in a language: bytes of all its files as sent, and the median time to its first paint."""

    page: str
    language: str
    bytes: int
    milliseconds: float
    slowest: float


def public() -> None:
    """Print what each page weighs and when it is shown."""
    for each in rows():
        shown = f"shown after {each.milliseconds:.0f} ms (median of {LOADS}; slowest {each.slowest:.0f} ms)"
        print(f"{each.page}, {each.language}: {each.bytes / 1000:.1f} kB, {shown}")


@cache
def rows() -> tuple[Loaded, ...]:
    """Every page in both languages."""
    with _clinic() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        _load(browser, f"{address}/welcome/")  # the server's first page loads the server
        found = [_measured(browser, address, page, language) for page in PAGES for language in LANGUAGES]
        browser.close()
    return tuple(found)


def _measured(browser: Browser, address: str, page: str, language: str) -> Loaded:
    loads = [_load(browser, f"{address}/{language}/{PAGES[page]}") for _ in range(LOADS)]
    shown = [milliseconds for _bytes, milliseconds in loads]
    return Loaded(page, language, loads[0][0], statistics.median(shown), max(shown))


def _load(browser: Browser, address: str) -> tuple[int, float]:
    """One load in a window that has nothing of it yet: bytes as sent, and the first paint."""
    sizes: list[int] = []
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    painted = float(page.evaluate(PAINTED))
    context.close()
    return sum(sizes), painted


@contextmanager
def _clinic() -> Iterator[str]:
    """A clinic with nothing in it; its address."""
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)  # the database's own user walks through it
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        command = [str(Path(sys.executable).with_name("holdfast")), "clinic", "run", "--port", port]
        env = {**os.environ, "HOLDFAST_DATA": f"{folder}/clinic"}
        site = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        try:
            if not any(port in line for line in site.stdout or ()):
                raise RuntimeError("the clinic stopped before it was there")
            yield f"http://127.0.0.1:{port}"
        finally:
            site.terminate()
            site.wait(timeout=60)
