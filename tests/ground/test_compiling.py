"""Compiled loops: the cache is where it may be written and never returns old numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import holdfast

SHOW = "import os, holdfast.compiling; print(os.environ['NUMBA_CACHE_DIR'])"


def shown(code: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**clean, **environment}
    )
    return ran.stdout.strip()


def test_the_cache_lies_in_the_named_place(tmp_path: Path):
    assert Path(shown(SHOW, HOLDFAST_CACHE=str(tmp_path))).parent == tmp_path


def test_without_a_home_or_a_place_that_can_be_made_it_lies_in_a_temporary_folder():
    place = shown(SHOW, HOLDFAST_CACHE="/dev/null/x", HOME="/dev/null", XDG_CACHE_HOME="/dev/null/y")
    assert Path(place).name.startswith("holdfast-compiled-")
    Path(place).rmdir()


def test_a_changed_callee_in_another_file_gives_its_new_numbers(tmp_path: Path):
    package = tmp_path / "holdfast"
    package.mkdir()
    original = Path(holdfast.__file__).parent
    for name in ("__init__.py", "compiling.py"):
        shutil.copy(original / name, package / name)
    head = "from holdfast.compiling import compiled\n"
    caller = "from holdfast.inner import inner\n@compiled\ndef outer(x):\n    return inner(x) + 1\n"
    (package / "outer.py").write_text(head + caller)
    found = []
    for factor in (2, 3):
        (package / "inner.py").write_text(head + f"@compiled\ndef inner(x):\n    return {factor} * x\n")
        code = "from holdfast.outer import outer; print(outer(10))"
        # Python's own cache tells sources apart by seconds and size, which this test does not wait for.
        place = {"HOLDFAST_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
        found.append(shown(code, PYTHONDONTWRITEBYTECODE="1", **place))
    assert found == ["21", "31"]
