"""``holdfast simulate`` as its users meet it: what it prints, writes, resumes and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holdfast.planning.outcome import BELIEF_WARNING, EXPECTANCY_WARNING

PROGRAM = (sys.executable, "-m", "holdfast", "simulate")
SMALL = ("--set", "n=40", "--trials", "250", "--workers", "1")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_json_has_scenarios_and_trials_per_second():
    done = run("inactive-placebo", *SMALL, "--grid", "expectancy=0,1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["set"] for each in found["scenarios"]] == [
        {"n": 40.0, "expectancy": 0.0},
        {"n": 40.0, "expectancy": 1.0},
    ]
    assert found["trials_per_second"] > 0
    for each in found["scenarios"]:
        assert each["trials"] == each["power"]["n"] == 250
        assert set(each["against"]) == {"total", "equal-belief", "all-complete"}


def test_without_json_a_summary_for_people_is_printed():
    done = run("low-dose-control", *SMALL)
    assert done.returncode == 0, done.stderr
    for words in (
        "power",
        "bias at equal belief",
        "type I error",
        "by belief alone",
        "months",
        "trials a second",
        f"Note: {EXPECTANCY_WARNING}",
        f"Note: {BELIEF_WARNING}",
    ):
        assert words in done.stdout
    # Its number is not shown here, so its warning would warn of nothing.
    assert "guess-adjusted" not in done.stdout


def test_a_folder_gets_json_and_report_and_the_same_again_costs_nothing(tmp_path: Path):
    out = tmp_path / "plan"
    done = run("inactive-placebo", "--set", "n=24", "--trials", "40", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert {each.name for each in out.iterdir()} == {"simulation.json", "report.html", "batches.ndjson"}
    first = json.loads((out / "simulation.json").read_text())["scenarios"]
    page = (out / "report.html").read_text()
    assert "What this plan would find" in page
    assert "no real person" in page
    again = run("inactive-placebo", "--set", "n=24", "--trials", "40", "--out", str(out))
    assert again.returncode == 0, again.stderr
    kept = json.loads((out / "simulation.json").read_text())
    assert kept["scenarios"] == first
    assert "trials a second" not in again.stdout


def test_an_interrupted_run_goes_on_from_what_it_had(tmp_path: Path):
    command = ["inactive-placebo", "--set", "n=40", "--trials", "20000", "--workers", "1", "--yes"]
    out = tmp_path / "long"
    started = subprocess.Popen([*PROGRAM, *command, "--out", str(out)], stderr=subprocess.PIPE, text=True)
    kept = out / "batches.ndjson"
    for _ in range(1200):
        if kept.exists() and kept.stat().st_size > 6_000:
            break
        time.sleep(0.1)
    started.send_signal(signal.SIGINT)
    _, told = started.communicate(timeout=60)
    assert started.returncode == 130, told
    assert "Traceback" not in told
    before = kept.read_text().count('"batch"')
    assert before >= 2
    done = run("inactive-placebo", "--set", "n=40", "--trials", "500", "--workers", "1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert kept.read_text().count('"batch"') >= before


def test_the_smallest_n_is_found_with_its_interval():
    asked = ("inactive-placebo", "--find", "n", "--power", "0.8", "--set", "expectancy=0", "--trials", "2000")
    done = run(*asked)
    assert done.returncode == 0, done.stderr
    assert "reaches a power of 0.8" in done.stdout
    assert EXPECTANCY_WARNING in done.stdout
    as_json = run(*asked, "--json")
    (found,) = json.loads(as_json.stdout)["found"]
    assert found["power"]["lower"] >= 0.8
    assert found["lowest"] <= found["n"]
    # A t test of 8.8 points with an SD between trials of 2.57 at n = 104 needs about 70.
    assert 60 <= found["n"] <= 84


REFUSED = {
    ("--set", "expectency=0.5"): "expectancy",
    ("--set", "expectancy=2"): "expectancy",
    ("--set", "interm=0.5"): "interim",
    ("--set", "n=2"): "n (Participants randomised)",
    ("--set", "n"): "--set takes name=value",
    ("--grid", "n=40,many"): "n is a number",
    ("--set", "futility=0.2"): "A futility bound needs an interim look",
    ("--trials", "5"): "At least 20 trials are needed",
    ("--workers", "0"): "At least one worker is needed",
    ("--engine", "spark://a:1"): "dask://HOST:PORT",
    ("--assume", "/nowhere/a.yaml"): "There is no file /nowhere/a.yaml",
    ("--find", "power"): "--find looks for n",
    ("--find", "n", "--set", "n=40"): "n is what --find looks for",
    ("--find", "n", "--power", "1.5"): "lies between 0 and 1",
    ("--find", "n", "--out", "x"): "--find writes no folder",
    ("--json", "--out", "x"): "Give --json or --out",
}


@pytest.mark.parametrize("options", REFUSED, ids=" ".join)
def test_what_cannot_be_done_is_a_sentence_and_exit_2(options: tuple[str, ...]):
    done = run("inactive-placebo", "--trials", "20", *options)
    assert done.returncode == 2
    assert REFUSED[options] in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_study_is_a_sentence():
    done = run("no-such-study")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no study 'no-such-study'" in done.stderr


def test_a_grid_of_days_says_how_long_and_asks_for_yes():
    values = ",".join(f"{k / 100:g}" for k in range(101))
    done = run("inactive-placebo", "--grid", f"expectancy={values}", "--trials", "10000000", "--workers", "1")
    assert done.returncode == 2
    assert "This would take about" in done.stderr
    assert "days" in done.stderr
    assert "--yes" in done.stderr


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    done = run("inactive-placebo", *SMALL, "--out", str(tmp_path))
    assert done.returncode == 2
    assert "holds no simulation" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_cluster_that_is_not_there_is_exit_1():
    done = run("inactive-placebo", *SMALL, "--engine", "dask://127.0.0.1:1")
    assert done.returncode == 1
    assert "No Dask scheduler answers at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_names_that_may_be_set_are_listed_with_value_and_range():
    done = run("low-dose-control", "--names")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert lines["expectancy"].split()[1:5] == ["0.5", "0", "to", "1"]
    assert lines["n"].split()[1] == "200"
    assert "Therapist pairs by arm, standard deviation" in lines["pair-by-arm-sd"]
