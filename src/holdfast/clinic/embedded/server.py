"""Start, watch and stop one PostgreSQL server.

What is different from the usual wrappers: every connection gives a password (scram),
the socket lies in a private folder and there is no TCP; a pid in a file is never
believed (a reused pid is not a server); readiness is a connection that works;
recovery after a crash may take as long as it takes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from holdfast.clinic.embedded.layout import Layout
from holdfast.errors import Unavailable

OWNER = "holdfast_owner"
SITE = "holdfast_site"
DATABASE = "holdfast"

# After kill -9 the old server's children hold its shared memory for a moment.
RETRY = ("pre-existing shared memory block", "is another postmaster", "lock file")
RETRY_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "160",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # A statement that failed, and the row it was about, hold what somebody typed: the log tells neither.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "idle_in_transaction_session_timeout": "60s",
}

Say = Callable[[str], None]


@dataclass(slots=True)
class Server:
    """A server of one layout. ``password`` is the owner's; ``settings`` add to ours."""

    layout: Layout
    password: str
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *, say: Say = lambda _: None) -> None:
        """Make the cluster where there is none, start, and wait until a connection works."""
        if not (self.layout.cluster / "PG_VERSION").exists():
            say("Making the database ...")
            self._make_cluster()
        self._clear_the_way(say)
        deadline = time.monotonic() + RETRY_SECONDS
        while not self._start_once(say):
            if time.monotonic() > deadline:
                raise Unavailable(f"PostgreSQL does not start. Its log ends: {self.last_words()}")
            time.sleep(0.3)

    def connect(self, database: str = "postgres", *, timeout: int = 5) -> psycopg.Connection:
        """A connection as the owner, each statement its own transaction."""
        return psycopg.connect(
            host=str(self.layout.socket),
            user=OWNER,
            password=self.password,
            dbname=database,
            connect_timeout=timeout,
            autocommit=True,
        )

    def running(self) -> bool:
        """Whether the process this object started is alive."""
        return self.process is not None and self.process.poll() is None

    def stop(self, *, patience: float = 60.0) -> None:
        """Stop by SIGINT (fast shutdown: sessions end, everything is flushed)."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)  # recovery at next start; nothing is lost
                self.process.wait()
        self.process = None

    def last_words(self) -> str:
        """The last lines of the server's log."""
        try:
            lines = self.layout.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "(no log)"
        return " / ".join(lines[-4:])

    # --- making -----------------------------------------------------------------

    def _make_cluster(self) -> None:
        # Made aside and renamed: a cluster half made by a killed initdb is never started.
        aside = self.layout.home / f".initdb-{os.getpid()}"
        password_file = self.layout.home / f".password-{os.getpid()}"
        try:
            self._write_private(password_file, self.password)
            ran = subprocess.run(
                [
                    self.layout.program("initdb"),
                    *("--pgdata", str(aside), "--username", OWNER, "--pwfile", str(password_file)),
                    *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256"),
                    *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                    *("--locale=C", "--no-instructions"),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=_environment(),
                user=self.layout.uid,
                group=self.layout.gid,
                extra_groups=None if self.layout.uid is None else [],
            )
        finally:
            password_file.unlink(missing_ok=True)
        if ran.returncode != 0:
            raise Unavailable(f"The database cannot be made in {self.layout.home}: {ran.stderr.strip()}")
        aside.rename(self.layout.cluster)

    def _write_private(self, path: Path, text: str) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        if self.layout.uid is not None and self.layout.gid is not None:
            os.chown(path, self.layout.uid, self.layout.gid)

    # --- starting ---------------------------------------------------------------

    def _clear_the_way(self, say: Say) -> None:
        """Deal with what an earlier run left: a live server is stopped, a stale pid file removed."""
        pid_file = self.layout.cluster / "postmaster.pid"
        told = False
        while (pid := _pid_in(pid_file)) is not None:
            if not _is_server_of(pid, self.layout.cluster):
                pid_file.unlink(missing_ok=True)
                return
            if not told:
                say(f"An earlier server of this folder (process {pid}) is still there; it is being stopped.")
                told = True
                os.kill(pid, signal.SIGINT)
            time.sleep(0.2)

    def _start_once(self, say: Say) -> bool:
        seen = self.layout.log.stat().st_size if self.layout.log.exists() else 0
        self.process = self._spawn()
        since, told = time.monotonic(), False
        while self.process.poll() is None:
            try:
                self.connect(timeout=2).close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
            if not told and time.monotonic() - since > 5:
                say("The database is recovering; this may take a while. Nothing needs to be done.")
                told = True
        words = self._log_since(seen)
        if not any(sign in words for sign in RETRY):
            raise Unavailable(f"PostgreSQL stopped while starting: {words.strip() or self.last_words()}")
        return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {**SETTINGS, "unix_socket_directories": str(self.layout.socket), **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.layout.log.open("ab") as log:
            return subprocess.Popen(
                [self.layout.program("postgres"), "-D", str(self.layout.cluster), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                user=self.layout.uid,
                group=self.layout.gid,
                extra_groups=None if self.layout.uid is None else [],
                # Its own group: Ctrl-C in a terminal reaches us, and we decide the order of stopping.
                process_group=0,
                preexec_fn=_die_with_parent,
            )

    def _log_since(self, offset: int) -> str:
        with self.layout.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode("utf-8", errors="replace")


def _environment() -> dict[str, str]:
    # PG* variables of the person's shell would change the server's mind about folders and ports.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _die_with_parent() -> None:
    # Linux: a server whose parent is killed gets a fast shutdown instead of living on unwatched.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # 1 is PR_SET_PDEATHSIG


def _pid_in(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii", errors="replace").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Whether a live process is a PostgreSQL server of that cluster, not a reused pid."""
    if sys.platform == "linux":
        try:
            # The server makes its cluster its working folder; a zombie has none.
            return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
        except OSError:
            return False
    listed = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f"-D {cluster}" in listed.stdout
