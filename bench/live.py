"""The dosing day under load: from the sending of a reading to the pages of all who follow the session.

Everything runs on this machine at once: the embedded PostgreSQL, the web server as
`holdfast clinic run` starts it, and the load (bench/live_load.py) in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SITES, SESSIONS_EACH = 20, 10
LISTENING = ("therapist-1", "therapist-2", "physician", "attendant")
"""Of each site; the fifth listener of every session is the study's safety monitor."""


def live() -> None:
    """Print what was measured; Django is set up in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.live"], check=True, capture_output=True, text=True)
    print(done.stdout, end="")


def main() -> None:
    """Make a clinic, serve it, load it, take it away again."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
    folder.chmod(0o711)  # the database's own user walks through it
    try:
        _clinic(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clinic(folder: Path) -> None:
    os.environ["HOLDFAST_DATA"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    from holdfast.clinic.preparing import gather_static, ready
    from holdfast.clinic.running import allow_many_connections

    allow_many_connections()
    with ready() as server:
        if server is None or server.process is None:
            raise RuntimeError("the new clinic's own database did not start")
        plan = _fill()
        gather_static()
        with _served() as (address, web):
            plan |= {"address": address, "web": web, "database": server.process.pid}
            (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
            command = [sys.executable, "-m", "bench.live_load", str(folder / "plan.json")]
            subprocess.run(command, check=True)


def _fill() -> dict[str, Any]:
    """Two hundred sessions under way, and a browser session for everybody who follows them."""
    from bench.ward import VISIT, ward
    from holdfast.clinic.accounts import demo_people
    from holdfast.clinic.ledger import read, write

    now = datetime.now(UTC)
    made = ward(sites=SITES, sessions_each=SESSIONS_EACH, now=now)
    write.take_in(made.book.sealed)
    demo_people.enter({each.person: each.name for each in read.appointments(study=made.study)})
    demo_people.give_study_roles(made.study, now=now)
    people = {f"s{site:02d}-{name}" for site in range(1, SITES + 1) for name in LISTENING}
    cookies = {person: _signed_in(person) for person in sorted({*people, "demo-safety-monitor"})}
    sessions = [
        {
            "page": f"/s/{made.study}/sessions/{participant}/{VISIT}/",
            "listeners": [
                *(cookies[f"{site.lower()}-{name}"] for name in LISTENING),
                cookies["demo-safety-monitor"],
            ],
        }
        for site, participant in made.sessions
    ]
    return {"sessions": sessions, "records": len(made.book.sealed)}


def _signed_in(person: str) -> str:
    """The cookie of somebody who has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from holdfast.clinic.accounts.models import Person

    account = Person.objects.get(person=person)
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.save()
    return f"sessionid={store.session_key}"


@contextmanager
def _served() -> Iterator[tuple[str, int]]:
    """The web server as the clinic runs it; its address and process."""
    from holdfast.clinic.running import web_command

    port = _free_port()
    env = {name: value for name, value in os.environ.items() if name != "HOLDFAST_AS"}
    process = subprocess.Popen(web_command("127.0.0.1", port), env=env)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web server did not start") from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
