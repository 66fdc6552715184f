"""kill -9 while vitals are being entered over HTTP: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic.folders import new_folder
from clinic.scene import Scene, protocol
from holdfast.records import ndjson
from scale import scaled

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
HERE = Path(__file__).parent
COMMAND = [sys.executable, "-c", "from holdfast.cli import main; main()", "clinic"]
PATH = "/s/inactive-placebo/sessions/P-001/dosing-1/reading"
TABLETS = 3

PEOPLE = """
from holdfast.clinic.preparing import ready
with ready():
    from holdfast.clinic.accounts import demo_people
    demo_people.enter({"s01-therapist-1": "A therapist"})
"""
READINGS = """
import json
from holdfast.clinic.preparing import ready
with ready():
    from holdfast.clinic.ledger import read
    for record in read.records("inactive-placebo", kinds=["vitals-read"]):
        fact = record.fact
        print(json.dumps([str(record.id), fact.systolic, fact.diastolic, fact.heart_rate]))
"""


class Clinic:
    """A clinic run as its users run it, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.parent: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        return {**kept, "HOLDFAST_DATA": str(self.folder)}

    def do(self, *words: str) -> str:
        ran = subprocess.run(
            [*COMMAND, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
        return ran.stdout

    def python(self, program: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def start(self) -> None:
        self.launch("--demo")
        self.wait_for_an_answer()

    def launch(self, *options: str) -> None:
        with (self.folder / "run.log").open("ab") as log:
            self.parent = subprocess.Popen(
                [*COMMAND, "run", *options, "--port", str(self.port)],
                env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def wait_for_an_answer(self) -> None:
        assert self.parent is not None
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self.parent.poll() is None, self.log()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.address}/health", timeout=5).close()
                return
            time.sleep(0.1)
        pytest.fail(f"the clinic does not answer: {self.log()}")

    def log(self) -> str:
        return (self.folder / "run.log").read_text(errors="replace")[-3000:]

    def kill_everything(self) -> None:
        assert self.parent is not None
        for pid in [self.parent.pid, *descendants(self.parent.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.parent.wait()

    def kill_the_database(self) -> None:
        lines = (self.folder / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(lines[0]), signal.SIGKILL)

    def stop(self) -> None:
        if self.parent is not None and self.parent.poll() is None:
            self.parent.terminate()
            assert self.parent.wait(60) == 0, self.log()
        self.parent = None


def descendants(pid: int) -> list[int]:
    """Children and theirs, by what Linux tells."""
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in children for each in (child, *descendants(child))]


@pytest.fixture
def empty() -> Iterator[Clinic]:
    """A clinic without a study, not started."""
    one = Clinic(new_folder("hf-kill-"))
    yield one
    if one.parent is not None and one.parent.poll() is None:
        one.kill_everything()
    shutil.rmtree(one.folder, ignore_errors=True)


@pytest.fixture
def clinic(empty: Clinic) -> Clinic:
    """A clinic with a session under way, not started."""
    one, folder = empty, empty.folder
    began = datetime.now(UTC) - timedelta(hours=2)
    scene = Scene(protocol(), now=began).open().ready("P-001").randomised("P-001").in_session("P-001")
    ndjson.write_file(folder / "records.ndjson", scene.book.sealed)
    one.do("import", str(folder / "records.ndjson"))
    one.python(PEOPLE)
    return one


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes to kill in /proc")
def test_killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_doubled(clinic: Clinic) -> None:
    rounds, dice = scaled(50), random.Random(20261123)
    clinic.start()
    lists = [clinic.folder / f"tablet-{number}.ndjson" for number in range(TABLETS)]
    tablets = [
        subprocess.Popen(
            [sys.executable, str(HERE / "tablet.py"), clinic.address, PATH, str(kept), str(number)],
            env=clinic.environment,
        )
        for number, kept in enumerate(lists)
    ]
    try:
        for number in range(rounds):
            wait_for_more(lists, tablets)
            time.sleep(dice.uniform(0.0, 1.0))
            if number % 2:
                clinic.kill_the_database()
            else:
                clinic.kill_everything()
                clinic.start()
        wait_for_more(lists, tablets)
    finally:
        for tablet in tablets:
            tablet.terminate()
        ends = [tablet.wait(120) for tablet in tablets]
    assert ends == [0] * TABLETS
    clinic.stop()
    noted = [json.loads(line) for kept in lists for line in kept.read_text().splitlines()]
    acknowledged = [each["acknowledged"] for each in noted if "acknowledged" in each]
    sent = {each["sent"] for each in noted if "sent" in each}
    recorded = [json.loads(line) for line in clinic.python(READINGS).splitlines()]
    print(f"{rounds} rounds, {len(acknowledged)} acknowledged, {len(recorded)} recorded")
    wanted = sorted(
        [each["id"], float(each["systolic"]), float(each["diastolic"]), float(each["heart_rate"])]
        for each in acknowledged
    )
    assert len(wanted) >= rounds
    assert {each["id"] for each in acknowledged} == sent
    assert sorted(recorded) == wanted
    assert len({tuple(each[1:]) for each in recorded}) == len(recorded)
    assert "Everything verifies" in clinic.do("verify")
    assert "none differed" in clinic.do("rebuild")


def wait_for_more(lists: list[Path], tablets: list[subprocess.Popen[bytes]]) -> None:
    """Until every tablet had another entry acknowledged."""
    before = [count(kept) for kept in lists]
    deadline = time.monotonic() + 120
    while any(count(kept) <= known for kept, known in zip(lists, before, strict=True)):
        assert all(tablet.poll() is None for tablet in tablets), "a tablet gave up"
        assert time.monotonic() < deadline, "no entry is acknowledged any more"
        time.sleep(0.05)


def count(kept: Path) -> int:
    return kept.read_text().count('"acknowledged"') if kept.exists() else 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes to kill in /proc")
def test_the_server_says_so_when_it_is_there_already_and_stops_when_told(clinic: Clinic) -> None:
    clinic.start()
    again = subprocess.run(
        [*COMMAND, "run", "--port", str(clinic.port)],
        env=clinic.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert again.returncode == 2
    assert "cannot be used" in again.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    again = subprocess.run(
        [*COMMAND, "run", "--port", str(free)],
        env=clinic.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert again.returncode == 2
    assert "already serves" in again.stderr
    # Commands work beside a running clinic.
    assert "Everything verifies" in clinic.do("verify")
    assert clinic.parent is not None
    children = descendants(clinic.parent.pid)
    assert children
    clinic.stop()
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not (clinic.folder / "postgres" / "cluster" / "postmaster.pid").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes to kill in /proc")
def test_while_the_database_cannot_start_the_site_says_503_and_recovers_by_itself(clinic: Clinic) -> None:
    clinic.start()
    cluster = clinic.folder / "postgres" / "cluster"
    settings = cluster / "postgresql.conf"
    whole = settings.read_text()
    settings.write_text(whole + "\nthis is no setting\n")
    clinic.kill_the_database()
    deadline = time.monotonic() + 60
    while "tried again every" not in clinic.log():
        assert time.monotonic() < deadline, clinic.log()
        time.sleep(0.1)
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"{clinic.address}/health", timeout=30)
    assert answer.value.code == 503
    answer.value.close()
    settings.write_text(whole)
    back = time.monotonic()
    while time.monotonic() < back + 60:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{clinic.address}/health", timeout=30).close()
            break
        time.sleep(0.1)
    else:
        pytest.fail(clinic.log())
    print(f"back {time.monotonic() - back:.1f} s after the database could start again")
    clinic.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes to kill in /proc")
def test_a_database_that_dies_while_the_site_starts_is_started_again(empty: Clinic) -> None:
    empty.launch()
    assert empty.parent is not None
    deadline = time.monotonic() + 120
    while not any(b"uvicorn" in words(pid) for pid in descendants(empty.parent.pid)):
        assert empty.parent.poll() is None, empty.log()
        assert time.monotonic() < deadline, empty.log()
        time.sleep(0.02)
    # The parent is held before it has seen the site answer, the moment in which the database dies.
    empty.parent.send_signal(signal.SIGSTOP)
    empty.wait_for_an_answer()
    empty.kill_the_database()
    empty.parent.send_signal(signal.SIGCONT)
    empty.wait_for_an_answer()
    assert "Nothing recorded is lost" in empty.log()
    empty.stop()


def words(pid: int) -> bytes:
    """What a process was started with; nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
