"""The public pages: every number traced to a source, readable, nothing kept, nothing to be entered."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client

from clinic.public_text import Seen, read
from clinic.reading import grade, syllables
from holdfast.clinic.public import how_making, warming
from holdfast.clinic.public.frame import places
from holdfast.clinic.public.help_pages import help_context
from holdfast.clinic.public.how_data import How, how
from holdfast.clinic.public.shown import ALLOWED, Shown, known_by
from holdfast.errors import TableError
from holdfast.evidence.expectations import expect
from holdfast.evidence.harms import harms
from holdfast.evidence.help import countries, help_for
from holdfast.evidence.registry.find import countries as lands
from holdfast.sourced import Figure, Status

PAGES = {each.name: each.address for each in places("public-home")}
GRADE = 7.5
"""Grade 7 is read at twelve or thirteen."""


def get(address: str, **headers: str) -> HttpResponse:
    """A page as a stranger gets it."""
    answer = Client(SERVER_NAME="127.0.0.1").get(address, headers=headers)
    assert answer.status_code == 200, answer.content[-500:]
    return answer  # type: ignore[return-value]


def seen(address: str) -> Seen:
    """A page taken apart."""
    return read(get(address).content.decode())


def figure(status: Status) -> Figure:
    """Some figure of a status."""
    return Figure(value=1, unit="1", source="a reason", status=status, date="2026")


CHECKED = (*PAGES.values(), *(f"{PAGES['public-help']}?country={each.country}" for each in countries()))
"""Every page, and the page of help with each country's numbers."""


@pytest.mark.parametrize("address", CHECKED)
def test_every_number_of_a_page_has_a_source_that_the_page_lists(address: str) -> None:
    page = seen(address)
    assert page.loose == []
    assert page.named <= set(page.sources)
    words = {status.value: known_by(status) for status in ALLOWED}
    for mark, (status, text) in page.sources.items():
        assert status in words, mark
        assert words[status] in text, mark
        assert re.search(r"\((\d{1,2} )?([A-Z][a-z]{2} )?\d{4}\)", text), mark
        assert not re.search(r"https?:|www\.", text), mark


def test_a_number_without_a_figure_is_found_wherever_it_hides() -> None:
    doctored = (
        '<main><p>It helps 9 people.</p><p>Seventy did well.</p><svg role="img" aria-label="67 of 100"></svg>'
        '<p data-figure="source-1">8 of ten</p><time>2024</time><p>PCL-5</p>'
        '<ol><li id="source-1" data-status="found">A work (2024)</li></ol></main>'
    )
    page = read(doctored)
    assert page.loose == ["It helps 9 people.", "Seventy did well.", "67 of 100"]
    assert (page.named, page.sources) == ({"source-1"}, {"source-1": ("found", "A work (2024)")})


@pytest.mark.parametrize("status", [Status.RECALLED_UNVERIFIED, Status.REHEARSAL])
def test_what_is_remembered_or_made_up_cannot_be_shown(status: Status) -> None:
    with pytest.raises(ValueError, match=status.value):
        Shown("1", figure(status))


@pytest.mark.parametrize("name", PAGES)
def test_a_twelve_year_old_can_read_it(name: str) -> None:
    found = grade(seen(PAGES[name]).prose)
    assert found <= GRADE, f"{name}: grade {found:.1f}"


def test_the_grade_is_that_of_the_published_formula() -> None:
    # 6 words, 6 syllables: 0.39 * 6 + 11.8 - 15.59.
    assert grade("The cat sat on the mat.") == pytest.approx(-1.45)
    assert [syllables(each) for each in ("therapy", "asked", "needed", "little", "MDMA")] == [3, 1, 2, 2, 4]
    assert grade("Pharmacological interventions necessitate comprehensive psychiatric evaluation.") > 20


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sets_no_cookie_and_is_the_same_for_everybody(name: str) -> None:
    answer = get(PAGES[name])
    assert dict(answer.cookies) == {}
    assert answer["Cache-Control"] == "no-store"
    assert get(PAGES[name], cookie="sessionid=somebody").content == answer.content


def test_a_stranger_at_the_front_door_sees_the_home_page_and_gets_no_cookie() -> None:
    answer = get("/")
    assert answer.content == get(PAGES["public-home"]).content
    assert dict(answer.cookies) == {}


@pytest.mark.parametrize("name", ["public-home", "public-how", "public-benefits", "public-unknown"])
def test_nothing_can_be_entered(name: str) -> None:
    page = seen(PAGES[name])
    assert [tag for tag, _ in page.tags if tag in ("input", "select", "textarea", "form")] == []
    asked = f"{PAGES[name]}?dose=200&weight=80&genotype=poor&medicine=lithium"
    assert get(asked).content == get(PAGES[name]).content


def test_help_takes_a_country_by_a_plain_form_and_nothing_else() -> None:
    page = seen(PAGES["public-help"])
    fields = [given.get("name") for tag, given in page.tags if tag in ("input", "select", "textarea")]
    forms = [given.get("method") for tag, given in page.tags if tag == "form"]
    assert (fields, forms) == (["country"], ["get"])


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_the_help_line_and_the_honest_sentence(name: str) -> None:
    text = get(PAGES[name]).content.decode()
    order = [text.index(each) for each in ('class="help-line"', "<header", 'class="honest"', "<h1")]
    assert order == sorted(order)
    assert "MDMA is an approved medicine nowhere." in text
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_no_country_is_guessed_and_the_chosen_one_is_shown() -> None:
    plain = get(PAGES["public-help"], accept_language="de-CH").content.decode()
    assert "tel:" not in plain
    chosen = get(f"{PAGES['public-help']}?country=CH").content.decode()
    assert re.findall(r'href="tel:(\d+)"', chosen) == ["144", "143"]


def test_a_number_with_a_star_is_dialled_with_it() -> None:
    chosen = get(f"{PAGES['public-help']}?country=CL").content.decode()
    assert re.findall(r'href="tel:([^"]+)"', chosen) == ["131", "*4141"]


def test_every_country_of_the_finding_page_can_be_chosen_on_help() -> None:
    """Somebody of a country of the Union without an entry chooses "Another country of the European Union"."""
    assert set(lands()) - {each.country for each in countries()} == {"CZ"}
    names = [label for _, label in help_context("", date(2026, 11, 26), "es")["choices"]]  # type: ignore[attr-defined]
    assert names[:-1] == sorted(names[:-1])
    assert names[-1] == "Otro país de la Unión Europea"


@pytest.mark.parametrize("asked", ["OTHER", "ZZ", "<script>", "🙂"])
def test_an_unknown_country_gets_a_calm_sentence(asked: str) -> None:
    text = get(f"{PAGES['public-help']}?country={asked}").content.decode()
    assert "Call your local emergency number, or ask a doctor" in text
    assert "<script>" not in text


def test_a_line_past_its_day_falls_back_to_the_emergency_number_and_that_to_words() -> None:
    us = next(each for each in countries() if each.country == "US")
    line, general = us.lines[0].expires, us.emergency.expires
    assert [each.number for each in help_for("US", line).lines] == ["988"]
    after = help_context("us", date(line.year, line.month, line.day + 1), "en")
    assert (after["lines"], after["expired"], after["emergency"].dialled) == ([], True, "911")  # type: ignore[attr-defined]
    assert help_context("US", date(general.year + 1, 1, 1), "en")["emergency"] is None


def test_every_number_to_call_may_be_cited_and_expires_within_a_year() -> None:
    for country in countries():
        for each in (country.emergency, *country.lines):
            assert each.figure().citable
            assert 0 < (each.expires - each.checked).days <= 366


def test_the_dosing_day_is_what_the_study_file_and_the_model_give() -> None:
    made = How.model_validate(how_making.made())
    kept = how()
    assert (made.figures, made.hours, made.orders) == (kept.figures, kept.hours, kept.orders)
    for code, lane in made.lanes.items():
        for curve in ("low", "first", "middle", "third", "high"):
            # Another processor may round the last digit printed otherwise.
            assert getattr(kept.lanes[code], curve) == pytest.approx(getattr(lane, curve), abs=0.1001)


def test_the_page_tells_the_study_files_course_and_every_hour_without_a_script() -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", get(PAGES["public-how"]).content.decode()).split())
    assert "3 talks of 1.5 hours. You get to know" in text
    assert "3 days of about 8 hours, a month apart" in text
    assert "3 talks of 1.5 hours after each dosing day, 9 in all" in text
    hours = re.findall(r'data-hour="(\d)"', get(PAGES["public-how"]).content.decode())
    assert hours == [str(hour) for hour in range(9)]


def test_benefits_and_risks_show_both_arms_both_frames_and_the_counts() -> None:
    text = get(PAGES["public-benefits"]).content.decode()
    for outcome in ("response", "remission", "no-diagnosis"):
        found = expect(outcome)
        for share in (found.mdma, found.placebo):
            frames = f"{share.of_hundred} of 100 yes, {share.not_of_hundred} no"
            assert f"{frames}; the true number is probably from {share.low} to {share.high}" in text
    for event in harms().events:
        if event.code in (
            "muscle-tightness",
            "nausea",
            "suicidality",
            "suicide-attempt",
            "severe",
            "serious",
        ):
            for place in (0, 1):
                assert f"{event.events[place]} of {event.n[place]} people" in text
    # Three of each side by side, three risks more: the icon arrays have one denominator and a range, all.
    assert text.count('class="side"') == 9
    assert text.count('class="people"') == text.count('class="range"') == 18
    assert "not helped" not in text


def test_no_number_is_called_what_the_drug_does() -> None:
    for name in PAGES:
        # What others call themselves or their trials is theirs, and marked as English.
        ours = re.sub(r'<(\w+) lang="en".*?</\1>', "", get(PAGES[name]).content.decode(), flags=re.DOTALL)
        text = " ".join(re.sub(r"<[^>]+>", " ", ours).split()).lower()
        assert not re.search(r"effects? of (the drug|mdma) (is|are|was|were)|drug effect", text), name
        assert not re.search(r"\b(cures?|heals|breakthrough|miracle|safe and effective|proven)\b", text), name
    told = " ".join(get(PAGES["public-benefits"]).content.decode().split())
    assert "None of these numbers is what the drug alone does." in told


def test_pressure_is_shown_as_expected_and_as_measured_and_its_doubt_is_said() -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", get(PAGES["public-how"]).content.decode()).split())
    measured = {each.code: each for each in harms().body}
    for code in ("systolic-above-160", "rate-above-100"):
        each = measured[code]
        assert f"{each.percent:g} of 100 healthy people went above {each.mark:g}." in text
    assert "our curve is lower than what studies measured" in text
    assert "No study has tested whether that keeps pressure down." in text
    # The bound without tolerance is a display of safety for staff: here nothing lies above nine of ten.
    assert "bound" not in how_making.made()["lanes"]["systolic"]


def test_evidence_that_cannot_be_read_does_not_keep_the_site_from_starting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise TableError("The evidence file harms.yaml cannot be used.")

    monkeypatch.setattr(warming, "helped", broken)
    warming.warm()
    assert "no evidence to show: The evidence file harms.yaml" in caplog.text


def test_medicines_begin_with_not_to_stop_any() -> None:
    text = get(PAGES["public-benefits"]).content.decode()
    words = re.sub(r"<[^>]+>", " ", text[text.index('id="medicines">') + len('id="medicines">') :]).split()
    assert " ".join(words[:10]) == "Medicines Do not stop a medicine because of this page."
