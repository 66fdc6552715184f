"""check, show and diff: exit codes, sentences, headings, and how little is imported."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from holdfast.cli import app
from holdfast.errors import StudyFileError, Unavailable
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.outline import Outline, outline
from holdfast.protocol.page import html
from holdfast.studies import path_of

PATH = path_of("inactive-placebo")
SHIPPED = PATH.read_text(encoding="utf-8")
HEADINGS = [
    "Arms and doses",
    "Schedule of activities",
    "Forms by visit",
    "Eligibility",
    "Consent items",
    "Randomisation",
    "Blinding, and who may read what",
    "Gates",
    "What the records must show before a dose",
    "Vital signs in a session",
    "Limits",
    "Adverse events",
    "Estimands",
    "Analyses",
    "Follow-up",
    "What leaves the study",
    "Settings",
    "Figures and their sources",
]


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compile_text(SHIPPED, name="s")


@pytest.fixture(scope="module")
def words(protocol: Protocol) -> Outline:
    return outline(protocol)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from holdfast.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def changed(*pairs: tuple[str, str]) -> str:
    text = SHIPPED
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def differences(protocol: Protocol, *pairs: tuple[str, str]) -> list[str]:
    return [str(change) for change in changes(protocol, compile_text(changed(*pairs), name="n"))]


# --- check ---------------------------------------------------------------------------


def test_check_says_in_one_line_that_a_study_compiles(protocol: Protocol):
    result = CliRunner().invoke(app, ["check", "inactive-placebo"])
    assert result.exit_code == 0
    assert result.output == (
        "inactive-placebo 1.0 compiles: 2 arms, 37 visits, 13 forms, 34 criteria, 191 figures, "
        f"131 of them to be signed in a live study. Hash {protocol.hash[:16]}.\n"
    )


def test_check_of_a_broken_file_exits_2_with_a_line_for_each_problem(tmp_path: Path):
    broken = tmp_path / "mine.yaml"
    broken.write_text(changed(("    week: 4\n", "    weak: 4\n"), ("  excludes: []", "  excludes: [joy]")))
    result = run("check", str(broken))
    assert result.returncode == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    for line in lines:
        place, number, _ = line.split(":", 2)
        assert place == str(broken)
        assert int(number) > 1


def test_check_of_nothing_exits_2_and_says_what_there_is(tmp_path: Path):
    result = run("check", str(tmp_path / "none"))
    assert result.returncode == 2
    assert "a shipped study (authorised-prescriber, inactive-placebo, low-dose-control)" in result.stderr


def test_check_imports_nothing_heavy_and_starts_at_once():
    # 3.2 s of statsmodels for a spelling mistake would be a reason not to check
    program = (
        "import json, sys\n"
        "sys.argv = ['holdfast', 'check', 'inactive-placebo']\n"
        "from holdfast.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    started = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    took = time.perf_counter() - started
    modules = set(json.loads(result.stdout.splitlines()[-1]))
    assert "holdfast.protocol.compiler" in modules
    heavy = {
        "numpy", "scipy", "scipy.stats", "statsmodels", "lifelines", "matplotlib.pyplot", "numba", "polars", "django",  # noqa: E501
    }  # fmt: skip
    assert modules & heavy == set()
    print(f"\nholdfast check took {took:.2f} s")


# --- show ----------------------------------------------------------------------------


def test_show_has_its_headings_in_order(words: Outline):
    assert [section.title for section in words.sections] == HEADINGS
    result = CliRunner().invoke(app, ["show", "inactive-placebo"], env={"COLUMNS": "140"})
    assert result.exit_code == 0
    printed = [line.strip() for line in result.output.splitlines()]
    assert [line for line in printed if line in HEADINGS] == HEADINGS


def test_every_row_is_as_wide_as_its_columns_and_no_visit_is_left_out(words: Outline, protocol: Protocol):
    for section in words.sections:
        assert {len(row) for row in section.rows} == {len(section.columns)}, section.title
    schedule = words.sections[1]
    assert sorted(row[0] for row in schedule.rows) == sorted(visit.code for visit in protocol.visits)
    days = [int(row[2].split()[0].replace("−", "-")) for row in schedule.rows]
    assert days == sorted(days)


def test_show_says_the_first_rows_in_these_words(words: Outline):
    by_title = {section.title: section.rows for section in words.sections}
    assert by_title["Arms and doses"][1] == (
        "dosing-1", "s1-supplemental", "1.5 to 2 hours after the first", "0 mg", "40 mg",
    )  # fmt: skip
    assert by_title["Schedule of activities"][4] == (
        "baseline", "Baseline rating", "−1 (prep-3 + 6) †", "−5 / +7 †", "",
        "CAPS-5 (R), SDS (R), C-SSRS (Ph), BASELINE-CHECK (Ph), PCL-5 (P), PHQ-9 (P), DERS-16 (P)",
    )  # fmt: skip
    assert by_title["Eligibility"][0][4] == "Age is at least 18 years"
    assert by_title["Limits"][0][1] == "systolic at or above 180 mmHg †"
    assert by_title["Estimands"][-1] == (
        "Death", "while-on-treatment", "while-on-treatment", "composite", "composite", "composite",
    )  # fmt: skip


def test_every_figure_is_shown_with_its_source_and_status(words: Outline, protocol: Protocol):
    rows = words.sections[-1].rows
    assert len(rows) == 191
    first = rows[0]
    assert first == (
        "study.planned_n", "104", "sourced_primary",
        "Mitchell et al. 2023, Nat Med 29:2473-2480, doi:10.1038/s41591-023-02565-4", "2023",
    )  # fmt: skip
    for row in rows:
        assert row[2] != "rehearsal" or row[1].endswith("†"), row


def test_what_is_only_recalled_is_not_shown_as_a_citation(words: Outline):
    rows = {row[0]: row for row in words.sections[3].rows}
    assert rows["adult"][6].endswith(
        "doi:10.1038/s41591-023-02565-4 (Methods, read in a copy) [sourced_secondary]"
    )
    assert rows["weight"][6].startswith("assumed: recalled from the trial's criteria")
    assert rows["weight"][6].endswith("[assumed]")


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_nothing_is_cut_off_on_a_terminal_of_any_width(width: int, protocol: Protocol):
    result = CliRunner().invoke(app, ["show", "inactive-placebo"], env={"COLUMNS": str(width)})
    assert max(len(line) for line in result.output.splitlines()) <= width
    if width >= 80:
        for visit in protocol.visits:
            assert visit.code in result.output
    assert "…" not in result.output
    assert "10.1038/s41591-023-02565-4" in result.output or width == 40


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_stands_alone_and_is_escaped(tmp_path: Path):
    hostile = compile_text(
        changed(('title: {en: "MDMA', 'title: {en: "<script>alert(1)</script> & \\"MDMA')), name="s"
    )
    page = html(outline(hostile))
    parsed = _Page()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert {tag for tag in parsed.tags if tag in {"script", "link", "img", "iframe"}} == set()
    assert [name for name, _ in parsed.attributes if name in {"style", "src"} or name.startswith("on")] == []
    assert [value for name, value in parsed.attributes if name == "href" and value and value[0] != "#"] == []
    assert parsed.tags.count("h2") == len(HEADINGS)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_show_writes_the_page_and_a_place_that_cannot_be_written_exits_1(tmp_path: Path):
    page = tmp_path / "page.html"
    assert CliRunner().invoke(app, ["show", "inactive-placebo", "--html", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    result = run("show", "inactive-placebo", "--html", str(tmp_path / "no" / "page.html"))
    assert result.returncode == 1
    assert "could not be written" in result.stderr


# --- diff ----------------------------------------------------------------------------


def test_a_file_and_itself_are_the_same_text(protocol: Protocol):
    result = CliRunner().invoke(app, ["diff", "inactive-placebo", str(PATH)])
    assert result.exit_code == 0
    assert result.output == f"The same text. Hash {protocol.hash[:16]} → {protocol.hash[:16]}.\n"


def test_comments_order_and_spacing_of_rules_are_no_difference_in_meaning(tmp_path: Path):
    first = "  - code: ecg-age\n"
    start, end = SHIPPED.index(first), SHIPPED.index("  - code: pregnancy-test-age\n")
    moved = SHIPPED[:start] + SHIPPED[end:] + SHIPPED[start:end]
    moved = moved.replace("rule: 'age >= 18'", "rule: 'age>=18'") + "# a remark\n"
    other = tmp_path / "study.yaml"
    other.write_text(moved, encoding="utf-8")
    result = CliRunner().invoke(app, ["diff", "inactive-placebo", str(other)])
    assert result.exit_code == 0
    assert result.output.startswith("No difference in meaning; the texts differ")


def test_a_figure_is_told_old_and_new_with_its_status(protocol: Protocol):
    assert differences(
        protocol,
        (
            "{value: 180, unit: mmHg, source: vital-limit}",
            '{value: 170, unit: mmHg, source: "our physician", status: assumed, date: 2026-11-24}',
        ),
    ) == ["~ limits.systolic-stop.value: 180 mmHg † [rehearsal] → 170 mmHg * [assumed]"]


def test_a_rule_is_told_in_words(protocol: Protocol):
    assert differences(protocol, ("rule: 'age >= 18'", "rule: 'age >= 21 && weight >= 50'")) == [
        "~ eligibility.adult.rule: Was: Age is at least 18 years. Now: Age is at least 21 years.",
        "~ eligibility.adult.rule: Added: Body weight is at least 50 kg.",
    ]


def test_visits_and_forms_come_go_and_change(protocol: Protocol):
    call = SHIPPED[SHIPPED.index("  - code: call-1-7\n") : SHIPPED.index("  - code: week-4\n")]
    new = call.replace("call-1-7", "call-1-6").replace("day 7", "day 6").replace("{value: 7,", "{value: 6,")
    assert differences(protocol, (call, new), ("      - {form: AUDIT, by: participant}\n", "")) == [
        "- visits.screening.forms.AUDIT by participant",
        "- visits.call-1-7: Call on day 7 after dosing session 1",
        "+ visits.call-1-6: Call on day 6 after dosing session 1",
    ]


def test_a_citation_is_told_once_however_many_figures_name_it(protocol: Protocol):
    citation = "doi:10.1038/s41591-023-02565-4 (Methods, read in a copy)"
    found = differences(protocol, (citation, citation.replace("read in a copy", "read")))
    assert found == [
        f"~ sources.mapp2-methods.cite: Mitchell et al. 2023, Nat Med 29:2473-2480, {citation} → "
        "Mitchell et al. 2023, Nat Med 29:2473-2480, doi:10.1038/s41591-023-02565-4 (Methods, read)"
    ]
    found = differences(protocol, ("vital-sign schedule is not public", "vital-sign schedule is unknown"))
    assert found == [
        "~ sources.vitals-schedule.cite: rehearsal: the phase 3 vital-sign schedule is not public → "
        "rehearsal: the phase 3 vital-sign schedule is unknown"
    ]


def test_readers_arms_texts_and_strategies_are_told(protocol: Protocol):
    found = differences(
        protocol,
        ("unblinded: [pharmacist]", "unblinded: [pharmacist, data_board]"),
        ("      no-supplemental-dose: treatment-policy", "      no-supplemental-dose: hypothetical"),
        ('name: {en: "MDMA with therapy"}', 'name: {en: "MDMA and therapy"}'),
    )
    assert found == [
        "~ arms.mdma.name.en: MDMA with therapy → MDMA and therapy",
        "~ blinding.unblinded: pharmacist → pharmacist, data_board",
        "~ estimands.caps5-week-18.strategies.no-supplemental-dose: treatment-policy → hypothetical",
    ]


def test_diff_is_told_backwards_with_added_and_removed_swapped(protocol: Protocol):
    other = compile_text(changed(("      - {form: AUDIT, by: participant}\n", "")), name="n")
    forwards, backwards = changes(protocol, other), changes(other, protocol)
    assert [(one.what, one.path) for one in forwards] == [
        ("removed", "visits.screening.forms.AUDIT by participant")
    ]
    assert [(one.what, one.path) for one in backwards] == [
        ("added", "visits.screening.forms.AUDIT by participant")
    ]


def test_diff_of_a_broken_file_is_refused(tmp_path: Path):
    broken = tmp_path / "study.yaml"
    broken.write_text("holdfast: 1\n")
    result = CliRunner().invoke(app, ["diff", "inactive-placebo", str(broken)])
    assert isinstance(result.exception, StudyFileError)
    assert run("diff", "inactive-placebo", str(broken)).returncode == 2


def test_diff_of_two_broken_files_tells_the_problems_of_both(tmp_path: Path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(changed(("    week: 4\n", "    weak: 4\n")), encoding="utf-8")
    second.write_text(changed(("  excludes: []", "  excludes: [joy]")), encoding="utf-8")
    told = run("diff", str(first), str(second)).stderr.splitlines()
    assert [line.split(":")[0] for line in told] == [str(first), str(second)]


def test_a_full_disk_keeps_the_page_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = tmp_path / "page.html"
    page.write_text("what was there", encoding="utf-8")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = CliRunner().invoke(app, ["show", "inactive-placebo", "--html", str(page)])
    assert isinstance(result.exception, Unavailable)
    assert str(result.exception) == (
        f"{page} could not be written: No space left on device. Nothing was changed."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert page.read_text(encoding="utf-8") == "what was there"


def test_a_misspelt_word_does_not_hide_what_else_is_wrong(tmp_path: Path):
    broken = tmp_path / "mine.yaml"
    broken.write_text(
        changed(
            ("  design: parallel", "  design: parallell"), ("    after: prep-1\n", "    after: prep-9\n")
        ),
        encoding="utf-8",
    )
    told = run("check", str(broken)).stderr
    assert "found 'parallell'; expected one of 'parallel' or 'single-arm'. Did you mean 'parallel'?" in told
    assert "found the visit 'prep-9', which this file does not have" in told


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- a\n", "1: found a list; expected a mapping with 'holdfast: 1'. Start from a shipped study."),
        ("hello\n", "1: found bare text; expected a mapping with 'holdfast: 1'. Start from a shipped study."),
        ("holdfast: 1\nstudy: \x00\n", "2: found text that is not YAML (special characters are not allowed)"),
    ],
)
def test_what_is_no_study_file_at_all_is_told_in_words_at_its_line(tmp_path: Path, text: str, line: str):
    broken = tmp_path / "mine.yaml"
    broken.write_text(text, encoding="utf-8")
    assert run("check", str(broken)).stderr.startswith(f"{broken}:{line}")
