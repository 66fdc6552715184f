"""Who it may fit in a real browser: no answer leaves, nothing is kept, and it says what Python says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route

from clinic.day import CHROMIUM
from clinic.public_walk import browser
from holdfast.clinic.public.fit_data import Question, fit, questions
from holdfast.instruments import pcl5, pcptsd5
from holdfast.protocol.rules import evaluate, from_json

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt install chromium"),
]
HOST = "http://127.0.0.1:9"
ADDRESS = f"{HOST}/who-it-may-fit/"
SIZES = [(390, 844), (820, 1180), (1280, 900)]
QUESTIONS = {each.code: each for each in questions().questions}


class Asked:
    """A context whose every request is answered here and written down: no network stands behind it."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[str] = []
        page = Client(SERVER_NAME="127.0.0.1").get("/who-it-may-fit/")
        self.html, self.policy = page.content, page["Content-Security-Policy"]
        context.route("**/*", self._answer)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: pytest.fail(str(error)))
        self.page.goto(ADDRESS)

    def _answer(self, route: Route) -> None:
        address = route.request.url
        self.requests.append(f"{route.request.method} {address}")
        static = finders.find(address.split("/static/")[1]) if "/static/" in address else None
        if static:
            route.fulfill(path=str(static))
        elif address.split("#")[0] == ADDRESS:
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": self.policy}
            route.fulfill(body=self.html, headers=headers)
        else:
            route.fulfill(body="elsewhere")


@pytest.fixture
def asked(browser: Browser) -> Iterator[Asked]:
    context = browser.new_context()
    yield Asked(context)
    context.close()


def go(page: Page, to: str) -> None:
    page.locator(f".fit-step:not([hidden]) [data-go='{to}']").first.click()


def tick(page: Page, code: str, *choices: str) -> None:
    for choice in choices:
        page.locator(f"[data-question='{code}'] input[value='{choice}']").check()


def states(page: Page, group: str = "inactive-placebo") -> dict[str, str]:
    found: dict[str, str] = page.evaluate(
        "g => Object.fromEntries([...document.querySelectorAll(`[data-group='${g}'] [data-state]`)].flatMap("
        "p => [...p.querySelectorAll('[data-criterion]')].map(c => [c.dataset.criterion, p.dataset.state])))",
        group,
    )
    return found


def said(page: Page) -> str:
    return page.locator("#fit-end").inner_text()


def walk(page: Page, answers: dict[str, tuple[str, ...]]) -> None:
    go(page, "next")
    for code in QUESTIONS:
        tick(page, code, *answers.get(code, ()))
        go(page, "next")


def facts_of(question: Question, ticked: tuple[str, ...]) -> dict[str, object]:
    """What the file says of some ticked choices: theirs, then those of "none" unless something is unsure."""
    chosen = [each for each in question.choices if each.code in ticked]
    none = next((each for each in question.choices if each.none), None)
    if not chosen or (len(chosen) > 1 and none in chosen):
        return {}
    facts: dict[str, object] = {}
    if none and not any(each.unsure for each in chosen):
        facts |= none.facts
    own: dict[str, object] = {}
    for each in chosen:
        own |= {name: value for name, value in each.facts.items() if own.get(name) is None}
    return facts | own


def test_no_request_leaves_after_loading_and_nothing_is_kept(asked: Asked) -> None:
    page = asked.page
    page.wait_for_load_state("networkidle")
    loaded = len(asked.requests)
    assert all(each.startswith(f"GET {HOST}/") for each in asked.requests)
    walk(page, {"age": ("adult",), "heart": ("rhythm",), "mind": ("none",), "pregnancy": ("could",)})
    go(page, "next")  # PC-PTSD-5
    page.keyboard.press("Tab")
    for _ in range(len(pcptsd5.INSTRUMENT.items)):
        page.locator(".fit-step:not([hidden]) input").first.check()
        go(page, "next")
    go(page, "skip")
    assert states(page)["arrhythmia"] == "fails"
    assert "Your sum: 5" in said(page)
    page.wait_for_timeout(300)
    assert asked.requests[loaded:] == []
    kept = "[localStorage.length, sessionStorage.length, document.cookie, location.href, history.state]"
    assert page.evaluate(kept) == [0, 0, "", ADDRESS, None]
    assert page.evaluate("indexedDB.databases()") == []
    page.reload()
    assert page.locator("#fit input:checked").count() == 0
    assert states(page) == {}


def test_the_browser_judges_random_answers_as_python_does(asked: Asked) -> None:
    dice = Random(20261126)
    for _ in range(12):
        answers = {
            code: tuple(
                each.code for each in question.choices if dice.random() < (0.3 if question.several else 0.5)
            )[: None if question.several else 1]
            for code, question in QUESTIONS.items()
        }
        walk(asked.page, answers)
        go(asked.page, "skip")
        go(asked.page, "skip")
        facts: dict[str, object] = {}
        for code, question in QUESTIONS.items():
            facts |= facts_of(question, answers[code])
        given = {name: value for name, value in facts.items() if value is not None}
        for group in fit().groups:
            want = {each.code: evaluate(from_json(each.rule), given).truth.value for each in group.criteria}
            assert states(asked.page, group.studies[0]) == want, answers
        go(asked.page, "forget")
        assert states(asked.page) == {}


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_instruments(asked: Asked, seed: int) -> None:
    dice = Random(seed)
    page = asked.page
    walk(page, {})
    go(page, "next")
    short: dict[str, object] = {"exposure": True}
    long: dict[str, object] = {}
    for item in pcptsd5.INSTRUMENT.items:
        short.setdefault(item.code, dice.random() < 0.5)
        page.locator(f"input[name='pcptsd-{item.code}'][value='{json.dumps(short[item.code])}']").check()
        go(page, "next")
    go(page, "next")
    for item in pcl5.INSTRUMENT.items:
        long[item.code] = dice.randrange(5)
        page.locator(f"input[name='pcl-{item.code}'][value='{long[item.code]}']").check()
        go(page, "next")
    want = [pcptsd5.INSTRUMENT.score(short).values["total"], pcl5.INSTRUMENT.score(long).values["total"]]  # type: ignore[arg-type]
    assert page.locator("#fit-end output").all_inner_texts() == [str(each) for each in want]
    page.locator("#fit-end [data-go='first']").click()
    page.evaluate("document.querySelector(\"input[name='pcl-q1']:checked\").checked = false")
    page.locator(".fit-step:not([hidden]) [data-go='next']").click()
    go(page, "end")
    assert "You left some of these questions empty, so there is no sum." in said(page)


def test_help_is_shown_whatever_was_answered_and_contradictions_get_a_calm_sentence(asked: Asked) -> None:
    page = asked.page
    go(page, "next")
    go(page, "end")
    assert "call for help now" in said(page)
    assert page.locator("#fit-end a[href='/help/']").is_visible()
    assert "In one question you ticked" not in said(page)
    go(page, "forget")
    walk(page, {"time": ("long",), "heart": ("rhythm", "none")})
    go(page, "next")
    page.locator("input[name='pcptsd-exposure'][value='false']").check()
    go(page, "next")
    # The five about the event are not asked of somebody who had none.
    assert page.locator(".fit-step:not([hidden])").inner_text().startswith("About your symptoms: PCL-5")
    go(page, "skip")
    text = said(page)
    assert "In one question you ticked “none of these” and also something else." in text
    assert "Both can be true." in text
    assert "call for help now" in text
    assert states(page)["arrhythmia"] == "unknown"


def test_every_question_has_a_way_out(asked: Asked) -> None:
    asking = asked.page.locator("[data-question], [data-item]")
    assert asking.count() == len(QUESTIONS) + len(pcptsd5.INSTRUMENT.items) + len(pcl5.INSTRUMENT.items)
    for step in asking.all():
        assert step.locator("[data-go='end']").count() == 1
    assert asked.page.locator("#leave").is_visible()


AT = """(() => {
  const each = document.activeElement, step = each.closest(".fit-step"), choice = each.closest(".choice");
  return [
    each.dataset.go ?? each.type ?? each.tagName,
    step?.id === "fit-end" ? "end" : step?.dataset.question ?? step?.dataset.item ?? "",
    Boolean(choice) && getComputedStyle(choice).outlineStyle !== "none",
  ];
})()"""
"""What has focus, in which step, and whether its choice is outlined."""


def test_all_of_it_is_answered_by_the_keyboard_alone(asked: Asked) -> None:
    page = asked.page
    page.locator(".fit-step:not([hidden]) [data-go='next']").focus()
    met = []
    for _ in range(60):
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        kind, step, outlined = page.evaluate(AT)
        if step == "end":
            break
        if kind in ("radio", "checkbox"):
            met.append(step)
            assert outlined, step
            page.keyboard.press("Space")
            if kind == "radio":
                page.keyboard.press("ArrowDown")
        while page.evaluate(AT)[0] != "next":
            page.keyboard.press("Tab")
    # An arrow took the second choice: no terrible event, so that five items are not asked.
    assert met == [*QUESTIONS, "exposure", *(item.code for item in pcl5.INSTRUMENT.items)]
    assert "Your sum: 20" in said(page)
    page.locator("#fit-end [data-go='first']").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**wikipedia.org/**")
    assert page.inner_text("body") == "elsewhere"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_axe_finds_nothing(browser: Browser, size: tuple[int, int], scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = Asked(context).page
    for step in ("", "next", "end"):
        if step:
            go(page, step)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_without_a_script_the_table_says_what_each_answer_means(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = Asked(context).page
    assert not page.locator("#fit").is_visible()
    assert "The table at the end says the same." in page.locator("noscript").inner_text()
    page.locator("#plain summary").click()
    row = page.locator("#plain tr", has_text="A heart that beat out of rhythm")
    assert row.is_visible()
    assert "Does not fit: You have never had a disturbance of heart rhythm." in row.inner_text()
    context.close()


SEVERAL = [code for code, question in QUESTIONS.items() if question.several]


@pytest.mark.parametrize("code", SEVERAL)
def test_none_of_these_beside_another_tick_leaves_the_question_open_and_says_so(
    asked: Asked, code: str
) -> None:
    page = asked.page
    other = next(each.code for each in QUESTIONS[code].choices if not each.none and not each.unsure)
    walk(page, {code: (other, "none")})
    for _ in range(2):
        go(page, "skip")
    said_now = page.locator("[data-both-none]")
    assert "So we left it open" in said_now.inner_text()
    assert said_now.inner_text().endswith("You can go back and look, or ask.")
    about = {each.code for each in fit().groups[0].about(QUESTIONS[code].names)}
    assert {state for criterion, state in states(page).items() if criterion in about} == {"unknown"}
    page.locator("#fit-end [data-go='forget']").click()


def test_the_two_questions_with_one_answer_each_cannot_contradict_themselves(asked: Asked) -> None:
    for code in set(QUESTIONS) - set(SEVERAL):
        kinds = asked.page.locator(f"[data-question='{code}'] input")
        assert {each.get_attribute("type") for each in kinds.all()} == {"radio"}


def answer(page: Page, *, exposure: bool, short: bool, long: int) -> None:
    """Both lists of symptoms, from the page that begins the first."""
    go(page, "next")
    page.locator(f"input[name='pcptsd-exposure'][value='{json.dumps(exposure)}']").check()
    go(page, "next")
    for code in pcptsd5.CODES if exposure else ():
        page.locator(f"input[name='pcptsd-{code}'][value='{json.dumps(short)}']").check()
        go(page, "next")
    go(page, "next")
    for item in pcl5.INSTRUMENT.items:
        page.locator(f"input[name='pcl-{item.code}'][value='{long}']").check()
        go(page, "next")


@pytest.mark.parametrize(
    ("time", "exposure", "short", "long", "rules"),
    [
        ("long", False, False, 0, {0}),
        ("short", False, False, 4, {1}),
        ("long", False, False, 4, {0, 1}),
        ("long", True, False, 4, {2}),
        ("short", True, True, 0, {3}),
        ("long", True, True, 4, set()),
        ("short", True, False, 0, set()),
    ],
)
def test_answers_that_seem_to_say_two_things_get_a_calm_sentence_and_somebody_to_ask(
    asked: Asked, time: str, exposure: bool, short: bool, long: int, rules: set[int]
) -> None:
    page = asked.page
    walk(page, {"time": (time,)})
    answer(page, exposure=exposure, short=short, long=long)
    sentences = [each.say["en"] for each in questions().contradictions]
    assert len(sentences) == 4
    shown = page.locator("#fit-end > [data-about]:visible").all_inner_texts()
    assert shown == [sentences[place] for place in sorted(rules)]
    assert all("doctor" in each for each in shown)
    assert "call for help now" in said(page)


def test_what_to_ask_stands_once_under_what_it_belongs_to_and_it_can_be_printed(asked: Asked) -> None:
    page = asked.page
    page.evaluate("window.print = () => { window.printed = true; }")
    assert page.locator("[data-group][open]").count() == 0
    walk(page, {"mind": ("psychosis", "bipolar"), "heart": ("rhythm",)})
    for _ in range(2):
        go(page, "skip")
    first = page.locator("[data-group]").first
    assert first.get_attribute("open") is not None
    assert first.locator("[data-state='fails'] .asks li").all_inner_texts() == [
        "Could this treatment make it worse?",
        "Would it harm my heart if my pressure and pulse went up for hours?",
    ]
    assert first.locator("[data-state='holds'] .asks").count() == 0
    page.locator("#fit-end [data-go='print']").click()
    assert page.evaluate("window.printed") is True
