"""The pages' queue (``sync.js``) run by the JavaScript engine that comes with Playwright."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import playwright

import holdfast.clinic

NODE = Path(playwright.__file__).parent / "driver" / "node"
SCRIPTS = Path(holdfast.clinic.__file__).parent / "static" / "holdfast" / "session"


class Engine:
    """Asks one question at a time and waits for the answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.steps = 0

    def ask(self, op: str, **given: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": op, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the queue threw: see the error above"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def step(self, page: str, event: dict[str, Any]) -> dict[str, Any]:
        self.steps += 1
        return self.ask("step", page=page, event=event)


@contextmanager
def engine() -> Iterator[Engine]:
    command = [str(NODE), str(Path(__file__).with_suffix(".mjs")), str(SCRIPTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Engine(process)
        finally:
            process.terminate()
