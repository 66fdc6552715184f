"""The command line at its edges: what the machine refuses is a sentence, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-m", "holdfast")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("check", "inactive-placebo"), ("show", "inactive-placebo")])
def test_a_full_disk_behind_the_output_is_a_sentence_and_exit_1(arguments: tuple[str, ...]):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120
        )
    assert (done.returncode, done.stderr) == (1, "This machine refused: No space left on device.\n")


def test_a_terminal_that_knows_only_ascii_gets_the_text_with_question_marks():
    done = run("show", "inactive-placebo", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "191 figures, each with its source" in done.stdout
    assert "?42 ?" in done.stdout


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 5000])
def test_a_name_no_file_can_have_is_no_study(name: str):
    done = run("check", name)
    assert done.returncode == 2
    assert done.stderr.startswith("There is no study ")


def test_a_seed_beyond_what_the_dice_tell_apart_is_refused(tmp_path: Path):
    done = run("rehearse", "inactive-placebo", "--seed", str(2**64), "--out", str(tmp_path / "o"))
    assert done.returncode == 2
    assert "--seed" in done.stderr
    assert not (tmp_path / "o").exists()


def test_ctrl_c_is_quiet_with_exit_130_and_leaves_nothing(tmp_path: Path):
    playing = subprocess.Popen(
        [*PROGRAM, "rehearse", "inactive-placebo", "--out", str(tmp_path / "o")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        playing.communicate(timeout=4)
    playing.send_signal(signal.SIGINT)
    out, told = playing.communicate(timeout=60)
    assert (playing.returncode, out, told.strip()) == (130, "", "")
    assert list(tmp_path.iterdir()) == []
