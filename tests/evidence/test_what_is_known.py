"""What is said of benefits, harms, certainty and regulators: counted as written, sourced, never retracted."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from holdfast.cli import app
from holdfast.errors import TableError
from holdfast.evidence.certainty import certainty, decisions, elsewhere
from holdfast.evidence.expectations import EXPECTED, expect
from holdfast.evidence.harms import Harms, harms
from holdfast.evidence.reading import read_part

PACKAGE = files("holdfast.evidence")


def test_people_of_a_hundred_are_the_counts_of_both_large_trials():
    found = expect("remission")
    # 14 of 42 and 24 of 52; 2 of 37 and 9 of 42 (Metapsy 26.0.1).
    assert (found.mdma.events, found.mdma.assessed, found.mdma.began) == (38, 94, 99)
    assert (found.placebo.events, found.placebo.assessed, found.placebo.began) == (11, 79, 95)
    assert (found.mdma.of_hundred, found.mdma.not_of_hundred) == (40, 60)
    assert (found.placebo.of_hundred, found.placebo.not_of_hundred) == (14, 86)


def test_the_range_holds_what_was_found_and_those_who_were_not_assessed():
    for outcome in EXPECTED:
        for share in (expect(outcome).mdma, expect(outcome).placebo):
            as_failures = 100 * share.events / share.began
            assert share.low < as_failures <= share.of_hundred + 0.5 < share.high


def test_harms_have_one_denominator_in_both_frames():
    jaw = next(each for each in harms().events if each.code == "muscle-tightness")
    assert (jaw.events, jaw.n, jaw.of_hundred(0), jaw.of_hundred(1)) == ((29, 5), (46, 44), 63, 11)


def test_a_harm_from_memory_is_refused():
    text = PACKAGE.joinpath("harms.yaml").read_text(encoding="utf-8")
    remembered = text.replace(
        "status: sourced_primary, date: 2023}", "status: recalled_unverified, date: 2023}"
    )
    with pytest.raises(TableError, match="may not be cited"):
        read_part(Harms, "harms.yaml", remembered)


def test_approved_nowhere_and_declined_in_the_united_states():
    assert decisions().approved.countries == ()
    declined = [each for each in decisions().decisions if each.kind == "declined"]
    assert [(each.country, each.date) for each in declined] == [("US", "2024-08-08")]
    # What was said or ordered later is told as such: it decided nothing on MDMA.
    said = {each.date: each for each in decisions().decisions if each.kind == "statement"}
    assert {"2025-09-04", "2026-04-18", "2026-04-24"} <= set(said)
    assert "MDMA itself is not among them" in said["2026-04-24"].what["en"]


def test_certainty_gives_its_reasons_and_what_is_not_known_is_said():
    assert certainty().overall in certainty().levels
    assert all(each.reason["en"] for each in certainty().domains)
    assert {each.outcome for each in elsewhere().not_measured} >= {
        "emotional-regulation",
        "social-connection",
    }


def test_the_command_prints_writes_and_refuses(tmp_path):
    run = CliRunner()
    told = run.invoke(app, ["evidence"])
    assert told.exit_code == 0
    assert "−0.7119" in told.stdout
    parsed = json.loads(run.invoke(app, ["evidence", "--json"]).stdout)
    assert round(parsed["synthesis"]["response"]["effect"], 4) == 1.3494
    page = tmp_path / "evidence.html"
    assert run.invoke(app, ["evidence", "--out", str(page)]).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert "retracted 2024" in html
    assert "http" not in html
    assert run.invoke(app, ["evidence", "--out", "evidence.docx"]).exit_code != 0
