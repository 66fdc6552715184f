"""A whole site for browser tests: uvicorn on a database of its own, and a clock the test may turn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connections

from clinic.scene import PEOPLE, Scene
from holdfast.clinic.accounts import demo_people
from holdfast.clinic.ledger import write

TESTS = Path(__file__).resolve().parents[1]
GATHER = "import django; django.setup(); from holdfast.clinic.preparing import gather_static; gather_static()"


@dataclass
class Site:
    """A running site; ``stop`` and ``start`` are a server that goes and comes back at the same address."""

    address: str
    clock: Path
    folder: Path
    command: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def turn_to(self, at: datetime) -> None:
        """Make it that time now; the clock runs on from there."""
        aside = self.clock.with_suffix(".new")
        aside.write_text(str((at - datetime.now(UTC)).total_seconds()), encoding="ascii")
        aside.replace(self.clock)  # the site never reads half a number

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.clock.read_text(encoding="ascii")))

    def start(self) -> None:
        with (self.folder / "uvicorn.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdout=log, stderr=log)
        _wait(self.address, self.process, self.folder)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fill(made: Scene) -> None:
    """Bring a study and the accounts of its people into the clinic."""
    write.take_in(made.book.sealed)
    demo_people.enter({person: person.replace("-", " ").title() for person in PEOPLE})
    demo_people.give_study_roles(made.study, now=made.now)


@contextmanager
def serving(folder: Path, *, at: datetime) -> Iterator[Site]:
    """Serve the database the tests are connected to."""
    if not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        # As `holdfast clinic run` does: compressed, named by content. In a process of its own, for it
        # changes the settings that the pages asked for in this process go by.
        subprocess.run([sys.executable, "-c", GATHER], env={**os.environ, "PYTHONPATH": ""}, check=True)
    known = connections["default"].settings_dict
    connections["default"].close()
    site = Site(f"http://127.0.0.1:{_free_port()}", folder / "clock", folder)
    site.turn_to(at)
    url = f"postgresql://{known['USER']}:{quote(known['PASSWORD'])}@/{known['NAME']}?host={quote(known['HOST'])}"
    site.env = {
        **{name: value for name, value in os.environ.items() if name != "HOLDFAST_AS"},
        "DATABASE_URL": url,
        "HOLDFAST_DEMO": "1",
        "HOLDFAST_TEST_CLOCK": str(site.clock),
        "PYTHONPATH": str(TESTS),
    }
    options = ["--port", site.address.rpartition(":")[2], "--log-level", "warning", "--lifespan", "off"]
    site.command = [sys.executable, "-m", "uvicorn", "clinic.clocked:application", *options]
    try:
        site.start()
        yield site
    finally:
        site.stop()


def _wait(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "uvicorn.log").read_text(encoding="utf-8")) from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
