"""A public page as somebody with a keyboard meets it: each stop, whether it is seen, whether it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from clinic.day import chromium

THEMES = ("light", "dark")
SIZES = ((390, 844), (768, 1024), (1280, 900))
WEIGHT, SHOWN_MS, MOST_SHIFT = 80_000, 1000, 0.0

WATCH = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts.push(each.value);
  }).observe({ type: "layout-shift", buffered: true });
  // While it is dry, a key's click is written down and goes no further.
  window.dry = false;
  window.keyed = [];
  for (const kind of ["click", "change"]) addEventListener(kind, (event) => {
    if (!window.dry) return;
    window.keyed.push(event.target);
    if (kind === "change") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
"""

STOPS = """
  window.stops = () => {
    const named = new Set();
    const able = (each) => each.tabIndex >= 0 && !each.disabled
      && each.checkVisibility({ visibilityProperty: true });
    const first = (each) => {  // of radio buttons that share a name and are not ticked, one is a stop
      if (each.type !== "radio") return true;
      const fresh = !named.has(each.name);
      named.add(each.name);
      return fresh;
    };
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
      .filter((each) => able(each) && first(each));
  };
  window.told = (each) => each
    ? `${each.tagName.toLowerCase()} “${(each.textContent || each.id).trim().slice(0, 40)}”` : "nothing";
"""

HERE = """() => {
  const each = document.activeElement, box = each.getBoundingClientRect();
  const drawn = getComputedStyle(each.closest(".choice") ?? each);
  const x = Math.min(box.left + Math.min(box.width, 8) / 2, innerWidth - 1), y = box.top + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  return {
    place: window.stops().indexOf(each),
    name: window.told(each),
    outlined: drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) >= 2,
    seen: Boolean(hit) && (each.contains(hit) || hit.contains(each)),
  };
}"""

TRIED = """(key) => {
  const each = document.activeElement;
  const found = window.keyed.includes(each);
  window.keyed = [];
  return found ? "" : `${window.told(each)} does not answer ${key}`;
}"""

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
KEPT = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
AXE = """async () => {
  const found = await axe.run({ resultTypes: ["violations"] });
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" ")}`);
}"""
KEYS = {"select": "ArrowDown", "checkbox": "Space", "radio": "Space"}
KIND = "document.activeElement.type?.startsWith('select') ? 'select' : document.activeElement.type ?? ''"
TYPED = ("text", "number", "search")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module: each opens a window that has nothing of another's."""
    with chromium() as one:
        yield one


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came with a page: bytes of all files, when it was painted, and what the browser's console said."""

    bytes: int
    painted_ms: float
    said: tuple[str, ...]


def arrive(page: Page, address: str) -> Arrived:
    """Open a page in a browser that has nothing of it yet."""
    sizes: list[int] = []
    said: list[str] = []
    page.on("requestfinished", lambda asked: sizes.append(asked.sizes()["responseBodySize"]))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return Arrived(sum(sizes), page.evaluate(PAINTED), tuple(said))


def first_faults(page: Page, arrived: Arrived) -> Iterator[str]:
    """Too heavy, too slow, anything that moved by itself, anything kept or said."""
    if arrived.bytes > WEIGHT:
        yield f"{arrived.bytes} bytes transferred"
    if arrived.painted_ms > SHOWN_MS:
        yield f"shown after {arrived.painted_ms:.0f} ms"
    if (moved := sum(page.evaluate("window.shifts"))) > MOST_SHIFT:
        yield f"layout shift {moved:.3f}"
    if page.context.cookies():
        yield f"cookies: {page.context.cookies()}"
    yield from page.evaluate(KEPT)
    yield from arrived.said


def look_faults(page: Page) -> Iterator[str]:
    """What axe finds, and whether the page is wider than its window."""
    if page.evaluate(TOO_WIDE):
        yield "wider than its window"
    yield from page.evaluate(AXE)


def ready(page: Page) -> None:
    """Give the page what the checks need."""
    page.evaluate(AXE_SCRIPT)
    page.evaluate(STOPS)


def key_faults(page: Page, *, back: bool) -> Iterator[str]:
    """Tab through the page, and back: every stop in its order, outlined and not covered, and no trap."""
    count = int(page.evaluate("window.stops().length"))
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.locator("a.skip").focus()
    order = list(range(count))
    for key, places in (("Tab", order[1:]), ("Shift+Tab", order[-2::-1] if back else [])):
        for place in places:
            page.keyboard.press(key)
            here = page.evaluate(HERE)
            if here["place"] != place:
                yield f"{key} led to {here['name']}, stop {here['place']} and not {place} of {count}"
                return
            if not here["outlined"]:
                yield f"{here['name']} has focus and no outline"
            if not here["seen"]:
                yield f"{here['name']} has focus and is covered or out of sight after {key}"


def answer_faults(page: Page) -> Iterator[str]:
    """Each stop answers its key: links and buttons Enter, boxes Space, choices an arrow, fields letters."""
    count = int(page.evaluate("window.stops().length"))
    page.evaluate("window.dry = true; window.stops()[0].focus()")
    for place in range(count):
        if place:
            page.keyboard.press("Tab")
        kind = page.evaluate(KIND)
        if kind in TYPED:
            page.keyboard.type("1")
            page.keyboard.press("Backspace")
            continue
        key = KEYS.get(kind, "Enter")
        page.keyboard.press(key)
        if wrong := page.evaluate(TRIED, key):
            yield wrong
        if key == "ArrowDown":
            page.keyboard.press("ArrowUp")
    page.evaluate("window.dry = false")
