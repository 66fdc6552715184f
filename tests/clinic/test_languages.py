"""Languages: complete catalogues, one address for each, days and numbers, right to left, hard words."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.template.base import TextNode
from django.template.loader import get_template
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from ruamel.yaml import YAML

import holdfast
from clinic.public_text import read as taken_apart
from clinic.reading_spanish import ease, syllables
from holdfast.clinic.languages import catalogue, collecting, offered
from holdfast.clinic.languages.catalogue import Catalogue, Sentence
from holdfast.clinic.languages.choosing import address_in
from holdfast.clinic.languages.written import (
    day_said,
    moment_said,
    number_said,
    partial_said,
    plain_number,
    span_said,
)
from holdfast.clinic.public.day_drawn import chart
from holdfast.clinic.public.frame import places, site_map
from holdfast.clinic.public.how_data import Lane
from holdfast.errors import TableError
from holdfast.timing import Instant, PartialDate

OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
PAGES = [name for name, _ in site_map() if name in {each.name for each in places("public-home")}]
ROOT = Path(holdfast.__file__).parent
STATIC = ROOT / "clinic" / "static" / "holdfast"
EASY = 65
"""From here the INFLESZ scale says "rather easy": what a general reader of twelve to fourteen follows."""
RTL = "ar"


def get(address: str, **headers: str) -> HttpResponse:
    return Client(SERVER_NAME="127.0.0.1").get(address, headers=headers)  # type: ignore[return-value]


def get_in(name: str, code: str) -> str:
    return get(address_in(name, code)).content.decode()


# --- complete ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoken() -> set[Sentence]:
    return collecting.spoken()


def test_spanish_is_offered() -> None:
    assert settings.LANGUAGES == [("en", "English"), ("es", "Español")]


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_of_public_and_own_pages_is_translated(code: str, spoken: set[Sentence]) -> None:
    said = catalogue.read_file(offered.CATALOGUES / f"{code}.po")
    missing = sorted(each.text for each in said.missing(spoken))
    assert not missing, f"scripts/words.py {code} adds these to be translated: {missing}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_what_is_filled_in_and_its_marks(code: str) -> None:
    marks = re.compile(r"%\(\w+\)s|%s|%%|</?\w+|%\(\w+\)d")
    for sentence, forms in catalogue.read_file(offered.CATALOGUES / f"{code}.po").said.items():
        wanted = sorted(set(marks.findall(sentence.text + sentence.plural)))
        for form in forms:
            assert set(marks.findall(form)) <= set(wanted), sentence.text
            assert form[:1].isspace() == sentence.text[:1].isspace(), sentence.text
        assert sorted(set(marks.findall(" ".join(forms)))) == wanted, sentence.text


def test_a_sentence_that_is_not_translated_is_found() -> None:
    wanted = {Sentence("Here"), Sentence("There"), Sentence("%(n)s day", "%(n)s days")}
    said = Catalogue(said={Sentence("Here"): ("Aquí",), Sentence("%(n)s day", "%(n)s days"): ("día", "")})
    assert {each.text for each in said.missing(wanted)} == {"There", "%(n)s day"}


def test_sentences_are_collected_from_calls_and_from_what_templates_include() -> None:
    source = '_("One")\nngettext("%(n)s day", "%(n)s days", n)\npgettext("verb", "Fit")\nother("No")'
    wanted = {Sentence("One"), Sentence("%(n)s day", "%(n)s days"), Sentence("Fit", context="verb")}
    assert collecting.of_python(source) == wanted
    with pytest.raises(TypeError, match="line 1"):
        collecting.of_python('_(f"{n} days")')
    home = {each.text for each in collecting.of_templates(["public/home.html"])}
    assert {"I want to understand", "Leave quickly", "Range %(range)s.", "Skip to the page"} <= home


def maps(node: object) -> Iterator[dict[str, object]]:
    """Every text by language in a data file."""
    if isinstance(node, dict):
        if "en" in node:
            yield node
        for each in node.values():
            yield from maps(each)
    elif isinstance(node, list):
        for each in node:
            yield from maps(each)


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_a_data_file_has_the_language(code: str) -> None:
    files = [*(ROOT / "evidence").rglob("*.yaml"), *(ROOT / "clinic" / "public").glob("*.yaml")]
    found = [(path.name, each) for path in files for each in maps(YAML(typ="safe", pure=True).load(path))]
    assert len(found) > 150
    assert [(name, each["en"]) for name, each in found if not each.get(code)] == []


def templates() -> list[str]:
    folder = ROOT / "clinic" / "templates"
    found = [path for room in ("public", "portal") for path in (folder / room).rglob("*.html")]
    found.remove(folder / "portal" / "make.html")  # the staff's
    return sorted(str(path.relative_to(folder)) for path in found)


UNITS = re.compile(r"\bkm\b")


def own_words(name: str) -> list[str]:
    """Words that a template says in English whatever the language."""
    template = get_template(name).template  # type: ignore[attr-defined]
    # What is filled in stands as a mark that holds no letter, so that a tag with one in it stays one tag.
    text = "".join(
        node.s if isinstance(node, TextNode) else "\0" for node in collecting.nodes_of(template.nodelist)
    )
    labels = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', text)
    outside = re.sub(r"<[^>]*>", " ", text)
    return [
        each.strip()
        for each in (*labels, *outside.split("\n"))
        if re.search(r"[A-Za-z]{2}", UNITS.sub("", each))
    ]


@pytest.mark.parametrize("name", templates())
def test_a_page_says_nothing_outside_the_catalogues(name: str) -> None:
    assert own_words(name) == []


# --- catalogues -------------------------------------------------------------------------


def test_a_catalogue_is_read_written_and_compiled_as_gettext_reads_it() -> None:
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    said = {
        Sentence('It said "no".\n'): ("Dijo «no».\n",),
        Sentence("Fit", context="verb"): ("Encajar",),
        Sentence("%(n)s day", "%(n)s days"): ("%(n)s día", "%(n)s días"),
        Sentence("Not yet"): ("",),
    }
    text = catalogue.written(Catalogue(head, said))
    again = catalogue.read(text, name="x.po")
    assert (again.head, again.said) == (head, said)
    found = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(again)))  # type: ignore[arg-type]
    assert found.gettext('It said "no".\n') == "Dijo «no».\n"
    assert found.pgettext("verb", "Fit") == "Encajar"
    assert [found.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 2)] == ["%(n)s día", "%(n)s días"]
    assert found.gettext("Not yet") == "Not yet"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('msgid "a"\nmsgstr "b', "no closed text at line 2"),
        ('msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"', "twice"),
        ("sentence", "line 1"),
    ],
)
def test_a_broken_catalogue_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        catalogue.read(text, name="x.po")


def test_one_file_adds_a_language(tmp_path: Path) -> None:
    folder, data = tmp_path / "locale", tmp_path / "data"
    folder.mkdir(), data.mkdir()
    (folder / "fr.po").write_text('msgid ""\nmsgstr "Language: fr\\n"\n\nmsgid "Home"\nmsgstr "Accueil"\n')
    assert offered.offered(folder) == [("en", "English"), ("fr", "Français")]
    place = offered.ready(data, folder)
    assert gettext.translation("django", place, ["fr"]).gettext("Home") == "Accueil"
    assert offered.ready(data, folder) == place
    (folder / "fr.po").write_text('msgid "Home"\nmsgstr "Maison"\n')
    newer = offered.ready(data, folder)
    assert newer != place
    assert gettext.translation("django", newer, ["fr"]).gettext("Home") == "Maison"


def test_without_a_data_folder_the_process_keeps_its_own(tmp_path: Path) -> None:
    place = offered.ready(tmp_path / "none")
    assert (place / "es" / "LC_MESSAGES" / "django.mo").is_file()
    assert not (tmp_path / "none").exists()


# --- which language ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_an_address_names_its_language_and_its_links_keep_it(name: str) -> None:
    for code in ("en", *OTHERS):
        answer = get(address_in(name, code), accept_language="de")
        text = answer.content.decode()
        assert answer.status_code == 200
        assert answer["Content-Language"] == code
        assert f'<html lang="{code}" dir="ltr">' in text
        assert dict(answer.cookies) == {}
        shown = {each.name for each in places(name)}
        linked = set(re.findall(r'href="(/[^"#?]*)', text.partition("<body")[2])) & {
            address_in(page, tongue) for page in shown for tongue in ("en", *OTHERS)
        }
        others = {address_in(name, tongue) for tongue in ("en", *OTHERS)}
        assert {each for each in linked - others if not each.startswith(f"/{code}/")} == set()
        assert others <= linked


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("fr,es;q=0.8,en;q=0.7", "es"),
        ("en-GB,es;q=0.9", "en"),
        ("de-CH", "en"),
        ("*", "en"),
        ("", "en"),
        ("es;q=x,,;;\N{SNOWMAN}", "en"),
    ],
)
def test_an_address_without_a_language_follows_the_browser(asked: str, code: str) -> None:
    answer = get("/help/?country=CH", accept_language=asked)
    assert "Accept-Language" in answer["Vary"]
    if code == "en":
        assert (answer.status_code, answer["Content-Language"]) == (200, "en")
    else:
        assert (answer.status_code, answer["Location"]) == (302, f"/{code}/help/?country=CH")


def test_the_front_door_follows_the_browser_and_sets_no_cookie() -> None:
    answer = get("/", accept_language="es")
    assert answer["Content-Language"] == "es"
    assert answer.content == get("/", accept_language="es-AR").content
    assert dict(answer.cookies) == {}


def test_a_language_that_is_not_offered_is_no_address() -> None:
    assert get("/fr/help/").status_code == 404
    assert get("/es/no-such-page/").status_code == 404
    assert "No existe esa página." in get("/es/no-such-page/").content.decode()


def test_staff_pages_stay_english_and_nothing_is_left_for_the_next_request() -> None:
    assert get(reverse("sign-in"), accept_language="es")["Content-Language"] == "en"
    get("/es/help/")
    assert get("/help/")["Content-Language"] == "en"
    assert translation.get_language() == "en"
    assert reverse("public-help") == "/help/"


def test_where_a_link_opens_follows_the_browser() -> None:
    answer = get(reverse("own-link"), accept_language="es")
    assert '<html lang="es"' in answer.content.decode()


# --- days, numbers, words ---------------------------------------------------------------


def test_days_and_numbers_are_written_as_each_language_does() -> None:
    first, last = date(2026, 11, 3), date(2026, 11, 26)
    at = Instant(datetime(2026, 11, 26, 14, 5, tzinfo=UTC), "UTC")
    assert [day_said(last), span_said(first, last)] == ["26 Nov 2026", "3 Nov to 26 Nov 2026"]
    assert moment_said(at) == "26 Nov 2026, 14:05 UTC"
    partial = [PartialDate(2026, 11, 26), PartialDate(2026, 11), PartialDate(2026)]
    assert [partial_said(each) for each in partial] == ["26 Nov 2026", "Nov 2026", "2026"]
    assert [number_said(1.5), number_said(12345.5, ",.1f")] == ["1.5", "12,345.5"]
    with translation.override("es"):
        assert day_said(last) == "26 de noviembre de 2026"
        assert span_said(first, last) == "del 3 de noviembre de 2026 al 26 de noviembre de 2026"
        assert moment_said(at) == "26 de noviembre de 2026, 14:05 UTC"
        said = ["26 de noviembre de 2026", "noviembre de 2026", "2026"]
        assert [partial_said(each) for each in partial] == said
        assert number_said(1.5) == "1,5"
        assert plain_number(number_said(12345.5, ",.1f")) == "12345.5"


def test_the_marks_of_a_chart_are_written_as_the_language_does() -> None:
    values = (0.0, 0.7, 1.4)
    lane = Lane(low=values, first=values, middle=values, third=values, high=values)
    drawn = [chart(lane, (0.0, 1.0, 2.0), label="", from_zero=True, doses=())]
    with translation.override("es"):
        drawn.append(chart(lane, (0.0, 1.0, 2.0), label="", from_zero=True, doses=()))
    marks = [re.findall(r'text-anchor="end">([^<]*)<', each) for each in drawn]
    assert marks == [["0", "0.5", "1", "1.5"], ["0", "0,5", "1", "1,5"]]


@pytest.mark.parametrize("name", PAGES)
def test_no_number_of_a_spanish_page_has_the_english_mark_for_decimals(name: str) -> None:
    text = re.sub(
        r'<(script|style)\b.*?</\1>|<li id="source-.*?</li>', "", get_in(name, "es"), flags=re.DOTALL
    )
    labels = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', text)
    assert re.findall(r"\S*\d\.\d\S*", " ".join((re.sub(r"<[^>]*>", " ", text), *labels))) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_spanish_page_is_rather_easy_to_read(name: str) -> None:
    found = ease(taken_apart(get_in(name, "es")).prose)
    assert found >= EASY, f"{name}: {found:.1f}"


def test_the_ease_of_spanish_is_that_of_the_published_formula() -> None:
    # 5 words of 8 syllables: 206.835 - 62.3 * 8 / 5 - 5.
    assert ease("El gato duerme en casa.") == pytest.approx(206.835 - 62.3 * 8 / 5 - 5)
    words = ("terapia", "días", "también", "ensayo", "quien", "guerra", "leer", "MDMA", "muy")
    assert [syllables(each) for each in words] == [3, 2, 2, 3, 1, 2, 2, 4, 1]
    hard = (
        "Intervenciones farmacológicas multidisciplinarias requieren evaluaciones psiquiátricas exhaustivas."
    )
    assert ease(hard) < 0


@pytest.mark.parametrize("name", PAGES)
def test_every_number_of_a_spanish_page_has_a_source(name: str) -> None:
    page = taken_apart(get_in(name, "es"))
    assert page.loose == []
    assert page.named <= set(page.sources)


# --- right to left ----------------------------------------------------------------------


@pytest.fixture
def right_to_left(tmp_path: Path, spoken: set[Sentence]) -> Iterator[None]:
    """A language that runs from right to left, made from the English by marking every sentence."""
    folder, data = tmp_path / "locale", tmp_path / "data"
    folder.mkdir(), data.mkdir()
    said = {each: tuple(f"⟦{text}⟧" for text in filter(None, (each.text, each.plural))) for each in spoken}
    head = "Language: ar\nContent-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n!=1;\n"
    (folder / f"{RTL}.po").write_text(catalogue.written(Catalogue(head, said)), encoding="utf-8")
    place = offered.ready(data, folder)
    with override_settings(LANGUAGES=offered.offered(folder), LOCALE_PATHS=[place]):
        yield


@pytest.mark.parametrize("name", PAGES)
def test_a_language_from_right_to_left_turns_the_page(name: str, right_to_left: None) -> None:
    answer = get(address_in(name, RTL))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{RTL}" dir="rtl">' in text
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
    assert headings
    assert [each for each in headings if "⟦" not in each] == []


PHYSICAL = re.compile(
    r"(?<![\w-])(?:margin|padding|border)-(?:left|right)\b|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)"
    r"|float:\s*(?:left|right)"
)


@pytest.mark.parametrize(
    "path", [STATIC / "site.css", STATIC / "own.css", *sorted(STATIC.glob("public*.css"))]
)
def test_styles_name_start_and_end_and_not_left_and_right(path: Path) -> None:
    assert PHYSICAL.findall(path.read_text()) == []
