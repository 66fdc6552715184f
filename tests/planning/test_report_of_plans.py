"""The page of a plan: what is read first, every number with its error, and a page anybody can use."""

from __future__ import annotations

import base64
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from holdfast.planning import pictures, report
from holdfast.planning.moments import Mean, Share
from holdfast.planning.outcome import BELIEF_WARNING, EXPECTANCY_WARNING, GUESS_WARNING, Outcome
from holdfast.planning.scenario import Ground, ground_of
from holdfast.planning.tornado import Tornado, apart, scanned, tornado
from holdfast.planning.wording import counted, design_name, percent, plain, points
from planned_outcomes import curves, outcome, share

SPACES = dict.fromkeys(map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"), " ")


class Page(HTMLParser):
    """Headings, tables and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.tables: list[dict[str, list[str]]] = []
        self.images: list[dict[str, str | None]] = []
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes |= set(found)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        elif tag == "table":
            self.tables.append({"caption": [""], "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append("")
        elif tag == "th":
            assert found.get("scope") in {"col", "row", "rowgroup"}, found
        elif tag == "img":
            self.images.append(found)
        if "aria-label" in found:
            self.names.append(str(found["aria-label"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in {"th", "td"} and self.tables[-1]["rows"]:
            self.tables[-1]["rows"][-1] += "|"

    def handle_data(self, data: str) -> None:
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)
        elif "caption" in self.open:
            self.tables[-1]["caption"][0] += data
        elif "tr" in self.open:
            self.tables[-1]["rows"][-1] += data.translate(SPACES)

    def row(self, label: str) -> list[str]:
        """The cells of the first row that begins so."""
        found = next(row for table in self.tables for row in table["rows"] if row.startswith(label + "|"))
        return found.split("|")[1:-1]


@pytest.fixture(scope="module")
def grounds() -> tuple[Ground, ...]:
    return ground_of("inactive-placebo"), ground_of("low-dose-control")


@pytest.fixture(scope="module")
def turned(grounds: tuple[Ground, ...]) -> Tornado:
    """Every assumption of the first study: its size of power falls with its place in the catalogue."""
    base = outcome(power=0.9)
    left_out = {each.parameter.name for each in apart(grounds[0], {})}
    moved = [each for each in scanned(grounds[0], {}) if each.name not in left_out]
    found = [
        (each, outcome(power=0.9 - 0.5 / place, bias=-3.0), outcome(power=0.9, bias=-4.3 - 1 / place))
        for place, each in enumerate(moved, 1)
    ]
    return tornado(base, found, apart(grounds[0], {}))


def page_of(
    outcomes: list[Outcome],
    *,
    along: dict[str, list[Outcome]] | None = None,
    turned: Tornado | None = None,
    grounds: tuple[Ground, ...] = (),
) -> str:
    return report.html(
        outcomes, curves=along or {}, tornado=turned, trials_per_second=8123.4, seconds=12.3,
        engine="here, 2 at once", version="1.2.3", grounds=grounds,
    )  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> list[Outcome]:
    return [
        outcome(durability=True),
        outcome(
            study="low-dose-control",
            n=200,
            power=0.748,
            bias=-2.15,
            values={"n": 200.0, "interim": 0.5},
            interim=True,
        ),
    ]


@pytest.fixture(scope="module")
def text(asked: list[Outcome], grounds: tuple[Ground, ...], turned: Tornado) -> str:
    return page_of(asked, along=curves(), turned=turned, grounds=grounds)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_numbers_are_written_with_their_monte_carlo_error() -> None:
    plus = "\N{PLUS-MINUS SIGN}"
    told = [
        percent(Share(estimate=0.904, se=0.003, lower=0.898, upper=0.910, n=10_000)),
        percent(Share(estimate=0.0021, se=0.0004, lower=0.0014, upper=0.0032, n=10_000)),
        percent(Share(estimate=1.0, se=0.0, lower=0.996, upper=1.0, n=1000)),
        percent(Share(estimate=0.0, se=0.0, lower=0.0, upper=0.004, n=1000)),
        percent(Share(estimate=float("nan"), se=float("nan"), lower=float("nan"), upper=float("nan"), n=0)),
        percent(None),
        points(Mean(estimate=-8.614, se=0.021, n=100)),
        points(Mean(estimate=-0.001, se=0.021, n=100)),
        points(Mean(estimate=2.5, se=0.0, n=100), 1),
        counted(Mean(estimate=26114.2, se=9.1, n=100)),
        plain(-0.35),
        design_name("low-dose-control"),
    ]
    assert [each.translate(SPACES) for each in told] == [
        f"90.4 % {plus} 0.3",
        f"0.2 % {plus} 0.04",
        "100 % (≥ 99.6)",
        "0 % (≤ 0.4)",
        "not known",
        "not asked",
        f"\N{MINUS SIGN}8.61 {plus} 0.02",
        f"0.00 {plus} 0.02",
        "2.5",
        f"26 114 {plus} 9",
        "\N{MINUS SIGN}0.35",
        "Low-dose control",
    ]


def test_the_page_opens_with_power_the_expectancy_it_holds_at_and_what_is_left(text: str) -> None:
    leads = [unescape(each).translate(SPACES) for each in re.findall('<p class="lead">(.*?)</p>', text)]
    assert leads[0] == (
        "Inactive placebo, 104 participants: power 90.4 % ± 0.9 if half of the published contrast is "
        "expectancy. If none of it is, 92 %; if all of it is, 89 %. The published contrast is drug plus "
        "expectancy, and the test cannot tell them apart: of the 8.9 points it finds, 4.6 remain at equal "
        "belief; with no pharmacology at all it would still reject in 35.6 % ± 1.5 of trials, by "
        "belief alone."
    )
    # Where the curve is of another design, the lead does not borrow its ends.
    assert leads[1].startswith("Low-dose control, 200 participants: power 74.8 % ± 1.4 if half of")
    assert "If none of it is" not in leads[1]


def test_belief_only_rejections_are_never_called_type_i_errors(text: str, page: Page) -> None:
    captions = " ".join(table["caption"][0] for table in page.tables)
    assert "Simulation: no real person" in text
    assert page.row("Rejections though pharmacology is zero and belief acts") == [
        "35.6 % ± 1.5",
        "35.6 % ± 1.5",
    ]
    assert page.row("Type I error (both arms get the comparator), Kenward-Roger") == [
        "4.9 % ± 0.7",
        "4.9 % ± 0.7",
    ]
    words = re.sub(r"base64,[^\"]*|<[^>]*>", " | ", text)
    for sentence in re.split(r"[.|]", f"{unescape(words)} | {captions}"):
        if "belief" not in sentence:
            continue
        assert "type I error" not in sentence or "no type I error" in sentence, sentence


def test_designs_stand_side_by_side_with_every_number(page: Page) -> None:
    rows = {
        "Participants randomised (n)": ["104", "200"],
        "Interim look at this share of participants (0: none)": ["0 (in the file)", "0.5"],
        "Power, Satterthwaite": ["90.6 % ± 0.9", "90.6 % ± 0.9"],
        "its 95 % Monte-Carlo interval": ["88.9 to 91.9 %", "73.3 to 76.3 %"],
        "Standard deviation of the estimates between trials, points": ["2.56 ± 0.06", "2.56 ± 0.06"],
        "Guess-adjusted difference, points": ["−5.60 ± 0.02", "−5.60 ± 0.02"],
        "Mistake that is possible, and its chance": ["wrong stop: 9.6 % ± 0.9", "wrong stop: 25.2 % ± 0.9"],
        "Stops at the interim look for futility": ["no interim look", "1.4 % ± 0.4"],
        "First contacts": ["203 ± 1", "203 ± 1"],
        "Cost per participant": ["17 993 ± 10", "17 993 ± 10"],
        "Months": ["12", "not known"],
        "An event that 1 in 100 people has": ["40.7 % (52 people)", "40.7 % (52 people)"],
        "Guessed right": ["74.8 % ± 0.190.1 % ± 0.1", "74.8 % ± 0.190.1 % ± 0.1"],
        "Mean score, Week 18 rating": ["20.5 ± 0.0220.5 ± 0.02", "20.5 ± 0.0220.5 ± 0.02"],
    }
    assert {label: page.row(label) for label in rows} == rows
    biases = [
        row.split("|")[1:-1]
        for table in page.tables
        for row in table["rows"]
        if row.startswith("Bias of the primary estimate, points|")
    ]
    assert biases == [
        ["0.10 ± 0.02", "0.10 ± 0.02"],
        ["−4.30 ± 0.02", "−2.15 ± 0.02"],
        ["0.20 ± 0.02", "0.20 ± 0.02"],
    ]


def test_the_guess_warning_stands_beside_the_guess_adjusted_number(text: str) -> None:
    behind = text[text.index("Guess-adjusted difference") :]
    assert unescape(behind[: behind.index("</tbody>")]).count(GUESS_WARNING) == 1


def test_warnings_are_told_in_full_and_once(text: str) -> None:
    said = [unescape(each) for each in re.findall('<p class="warn">(.*?)</p>', text)]
    assert said == [EXPECTANCY_WARNING, GUESS_WARNING, BELIEF_WARNING]


def test_many_scenarios_get_a_row_each_and_their_details_behind_it() -> None:
    many = [outcome(values={"n": float(n)}, n=n) for n in range(100, 145)]
    page = Page(page_of(many))
    assert page.tables[0]["rows"][45].split("|")[:3] == ["45. Inactive placebo", "\N{EN DASH}", "144"]
    assert len(page.tables) == 1 + 10
    assert "Of scenarios 41 to 45 this page has the table in brief only" in page_of(many)


def test_what_would_change_ones_mind_is_told_in_words_and_for_every_assumption(
    text: str, page: Page, turned: Tornado
) -> None:
    words = unescape(text).translate(SPACES)
    assert f"{len(turned.bars)} assumptions were moved, one at a time" in words
    assert "Power falls below 80 % with: share of the contrast that runs through belief at 0 (40 %)" in words
    for bar in turned.bars:
        assert page.row(f"{bar.parameter.label} ({bar.parameter.alias})")
    assert page.row("Share of the contrast that runs through belief (expectancy)") == [
        "0.5", "0 to 1", "40.0 % ± 1.5", "90.0 % ± 0.9", "50.0", "−3.00 ± 0.02", "−5.30 ± 0.02",
    ]  # fmt: skip
    assert page.row("Relapse after full dose (relapse-full)") == ["0", "0 to 0.08", "after the primary visit"]


def test_where_it_comes_from_is_told(text: str, grounds: tuple[Ground, ...]) -> None:
    said = dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", unescape(text).translate(SPACES)))
    assert all(ground.protocol.hash in text for ground in grounds)
    assert said["Seeds"] == "7"
    assert said["Trials of each scenario"] == "1 000"
    assert said["Engine"] == "here, 2 at once"
    assert said["Speed"] == "8 123 trials a second, 12.3 s in all"
    assert said["Version"] == "Holdfast 1.2.3"
    assert re.search(r"\d+ assumed; \d+ calibrated", said["Its assumptions"])


def test_the_page_is_self_contained_and_fit_for_a_strict_policy(text: str, page: Page) -> None:
    assert "style" not in page.attributes
    assert not {"onclick", "href"} & page.attributes
    assert "<script" not in text
    assert "http:" not in re.sub('doi:|base64,[^"]*', "", text)
    assert all(str(image["src"]).startswith("data:image/svg+xml;base64,") for image in page.images)


def test_headings_tables_and_pictures_can_be_told_by_ear(page: Page) -> None:
    levels = [level for level, _ in page.headings]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(table["caption"][0].strip() for table in page.tables)
    assert len(page.names) == len(set(page.names)) == len(page.tables)
    assert len(page.images) == 3
    assert "Low-dose control: at 0 % expectancy power 91 % and bias 0.0 points" in str(page.images[0]["alt"])
    assert "expectancy" in str(page.images[2]["alt"]).lower() or "runs through belief" in str(
        page.images[2]["alt"]
    )


def test_pictures_are_whole_and_the_same_each_time(page: Page, turned: Tornado) -> None:
    for image in page.images:
        data = base64.b64decode(str(image["src"]).split(",")[1])
        assert ElementTree.fromstring(data).tag.endswith("svg")
    assert pictures.over_expectancy(curves()) == pictures.over_expectancy(curves())
    assert pictures.tornado_bars(turned) == pictures.tornado_bars(turned)


def test_studies_differ_by_line_and_marker_not_by_colour_alone() -> None:
    looks = pictures.LOOKS
    assert len({marker for _, marker, _ in looks}) == len({line for *_, line in looks}) == len(looks)


def test_questions_that_were_not_asked_leave_no_hole_in_the_page() -> None:
    bare = outcome(belief_only=None, type_one_error=None)
    page = Page(page_of([bare], along={"inactive-placebo": [bare]}))
    assert page.row("Type I error, Satterthwaite") == ["not asked"]
    assert not any("Rejections though pharmacology" in row for row in page.tables[-1]["rows"])


def test_lines_for_a_terminal_are_few_and_aligned() -> None:
    told = [
        line.translate(SPACES) for line in report.lines([outcome(values={"expectancy": 0.5, "n": 104.0})])
    ]
    assert told == [
        "1. Inactive placebo, n = 104, 1 000 trials",
        "  set                   expectancy 0.5; n 104",
        "  power                 90.4 % ± 0.9 (95 % interval 88.9 to 91.9 %)",
        "  bias at equal belief  −4.30 ± 0.02 points",
        "  type I error          4.9 % ± 0.7 (identical arms)",
        "  by belief alone       35.6 % ± 1.5 reject though pharmacology is zero",
        "  time                  18.1 ± 0.1 months to the last primary visit",
        "  therapists            8 229 ± 6 hours, 79.1 ± 0.1 per participant",
        "  cost                  17 993 ± 10 per participant",
    ]


def test_each_scenario_has_its_lines_and_a_gap_between() -> None:
    told = report.lines([outcome(), outcome(study="low-dose-control", type_one_error=None)])
    assert [line for line in told if not line.startswith("  ")] == [
        "1. Inactive placebo, n = 104, 1\N{NARROW NO-BREAK SPACE}000 trials",
        "",
        "2. Low-dose control, n = 104, 1\N{NARROW NO-BREAK SPACE}000 trials",
    ]
    assert "  type I error          not asked" in told
    assert "  set                   nothing" in told
    assert percent(share(0.5)).translate(SPACES) == "50.0 % ± 1.6"
