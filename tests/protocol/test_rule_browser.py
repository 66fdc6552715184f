"""The browser's evaluator gives what Python gives, in a real browser under a strict policy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from holdfast.protocol.rules import JAVASCRIPT, evaluate, parse, to_json
from rule_drawing import Drawer, draw_facts
from scale import scaled

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or ""
TABLE = json.loads(Path(__file__).with_name("rule_cases.json").read_text(encoding="utf-8"))
POLICY = "default-src 'none'; script-src 'self'"
PAGE = "<!doctype html><meta charset=utf-8><title>Rules</title><script src=/rules.js></script>"
# JSON goes in and out, as it does in the clinic: what the wire cannot carry must not be needed.
RUN = (
    """text => JSON.stringify(JSON.parse(text).map(({rule, facts}) => HoldfastRules.evaluate(rule, facts)))"""
)


@pytest.fixture(scope="module")
def in_browser():
    """A function that evaluates many (rule, facts) in one page."""
    if not CHROMIUM:
        pytest.skip("Chromium is missing, so the browser's evaluator was not compared with Python's.")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.route("**/*", _serve)
        page.goto("http://rules.test/")
        yield lambda pairs: json.loads(page.evaluate(RUN, json.dumps(pairs)))
        browser.close()


def _serve(route):
    if route.request.url.endswith("/rules.js"):
        route.fulfill(path=JAVASCRIPT, content_type="text/javascript; charset=utf-8")
    else:
        route.fulfill(body=PAGE, content_type="text/html", headers={"Content-Security-Policy": POLICY})


def test_table_of_cases(in_browser):
    cases = [case for cases in TABLE.values() for case in cases]
    pairs = [{"rule": to_json(parse(case["rule"])), "facts": case["facts"]} for case in cases]
    expected = [{key: case[key] for key in ("truth", "missing", "reasons")} for case in cases]
    for case, want, came in zip(cases, expected, in_browser(pairs), strict=True):
        assert came == want, case


def test_random_rules_and_facts(in_browser):
    dice = Random(20261103)
    drawn = [
        (
            Drawer(dice).rule(5),
            draw_facts(dice, given=dice.choice((0.3, 0.8, 1)), wrong=dice.choice((0, 0.1))),
        )
        for _ in range(scaled(20_000))
    ]
    came = in_browser([{"rule": to_json(rule), "facts": facts} for rule, facts in drawn])
    counts = dict.fromkeys(("holds", "fails", "unknown"), 0)
    for (rule, facts), result in zip(drawn, came, strict=True):
        verdict = evaluate(rule, facts)
        counts[verdict.truth.value] += 1
        assert result == {
            "truth": verdict.truth.value,
            "missing": sorted(verdict.missing),
            "reasons": sorted(verdict.reasons),
        }, (rule.text, facts)
    print(counts)
    assert min(counts.values()) > len(drawn) / 20, "the draw is too one-sided to prove much"


def test_the_script_makes_no_code_from_text():
    script = JAVASCRIPT.read_text(encoding="utf-8")
    assert not [word for word in ("eval(", "new Function", "import(", "innerHTML") if word in script]
