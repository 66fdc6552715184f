"""``holdfast clinic run``: the parent of database and web server, which starts, watches and stops them."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from holdfast.clinic import filling
from holdfast.clinic.embedded.server import Say, Server
from holdfast.clinic.preparing import check_messages, gather_static, ready
from holdfast.errors import Refusal, Unavailable

START_PATIENCE_SECONDS = 60.0
ANSWER_PATIENCE_SECONDS = 10.0  # a page without a database answers after the pool's five
QUICK_DEATH_SECONDS = 5.0
RETRY_DATABASE_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 15.0
OPEN_FILES = 65_536
COMMAND = "from holdfast.cli import main; main()"


@dataclass(slots=True)
class Running:
    """One clinic while it runs."""

    host: str
    port: int
    demo: bool
    say: Say
    stopping: bool = False
    web: subprocess.Popen[bytes] | None = None
    seeding: subprocess.Popen[bytes] | None = None
    looking: subprocess.Popen[bytes] | None = None
    look_at: float = 0.0
    quick_deaths: int = 0
    web_since: float = 0.0
    try_database_at: float = 0.0

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://{self.host}:{self.port}"

    def run(self) -> None:
        """Start everything, watch until told to stop, stop everything."""
        _check_port(self.host, self.port)
        allow_many_connections()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        self.say("Starting the database ...")
        with ready(say=self.say) as server:
            if server is None and not os.environ.get("DATABASE_URL"):
                raise Refusal("Another `holdfast clinic run` already serves this data folder; stop it first.")
            check_messages()
            gather_static()
            filling.done()
            try:
                self._start_web()
                self._wait_for_web(server)
                self.say(f"Holdfast is at {self.address}")
                if self.demo:
                    self.seeding = _spawn(
                        [sys.executable, "-P", "-c", COMMAND, "clinic", "seed"], env=_environment()
                    )
                self._watch(server)
            finally:
                self._stop_children()
                self.say("Stopped.")

    def _stop(self, *_: object) -> None:
        if self.stopping:  # told twice: do not wait for a long recovery either
            raise KeyboardInterrupt
        self.stopping = True

    def _start_web(self) -> None:
        command = web_command(self.host, self.port)
        self.web = _spawn(command, env=_environment_of_the_web(demo=self.demo))
        self.web_since = time.monotonic()

    def _wait_for_web(self, server: Server | None) -> None:
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not self.stopping:
            self._tend_database(server)
            if self.web is not None and self.web.poll() is not None:
                raise Unavailable("The web server stopped while starting; the lines above say why.")
            try:
                urllib.request.urlopen(
                    f"{_reachable(self.address)}/health", timeout=ANSWER_PATIENCE_SECONDS
                ).close()
                return
            except urllib.error.HTTPError as answered:
                # 503: the web server is there, the database is not, and that is tended to.
                answered.close()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"The web server does not answer at {self.address} after a minute."
                    ) from None
                time.sleep(0.1)

    def _watch(self, server: Server | None) -> None:
        while not self.stopping:
            self._tend_database(server)
            self._tend_looking()
            if self.web is not None and self.web.poll() is not None:
                self._restart_web()
            if self.seeding is not None and self.seeding.poll() is not None:
                if self.seeding.returncode:
                    self.say("The demonstration's studies could not be made; the lines above say why.")
                    filling.done()
                self.seeding = None
            time.sleep(0.1)

    def _tend_database(self, server: Server | None) -> None:
        if server is not None and not server.running() and time.monotonic() >= self.try_database_at:
            self._restart_database(server)

    def _tend_looking(self) -> None:
        """Keep the process that records what is overdue; one that stopped is started again, not at once."""
        stopped = self.looking is None or self.looking.poll() is not None
        if stopped and time.monotonic() >= self.look_at:
            # It needs no more rights than the site.
            command = [sys.executable, "-P", "-c", COMMAND, "clinic", "watch"]
            self.looking = _spawn(command, env=_environment_of_the_web(demo=False))
            self.look_at = time.monotonic() + LOOK_AGAIN_SECONDS

    def _restart_database(self, server: Server) -> None:
        self.say("The database stopped; it is being started again. Nothing recorded is lost.")
        try:
            server.start(say=self.say)
        except Unavailable as error:
            # A full disk, most likely. The site stays up and says 503 until there is room again.
            self.say(f"{error} It is tried again every {RETRY_DATABASE_SECONDS:g} seconds.")
            self.try_database_at = time.monotonic() + RETRY_DATABASE_SECONDS

    def _restart_web(self) -> None:
        quick = time.monotonic() - self.web_since < QUICK_DEATH_SECONDS
        self.quick_deaths = self.quick_deaths + 1 if quick else 0
        if self.quick_deaths > 3:
            raise Unavailable("The web server stops as soon as it is started; the lines above say why.")
        self.say("The web server stopped; it is being started again.")
        self._start_web()

    def _stop_children(self) -> None:
        children = [each for each in (self.seeding, self.looking, self.web) if each is not None]
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def web_command(host: str, port: int) -> list[str]:
    """How the web server is started: one process, which paints a session once for all who follow it."""
    # -P: what lies in the folder somebody happens to be in is no part of the program.
    command = [sys.executable, "-P", "-m", "uvicorn", "holdfast.clinic.asgi:application"]
    options = ["--host", host, "--port", str(port), "--lifespan", "off", "--log-level", "warning"]
    # Proxy headers are not believed: a demo sign-in asks where a request really comes from.
    more = ["--no-proxy-headers", "--no-server-header", "--no-access-log"]
    return [*command, *options, *more, "--timeout-graceful-shutdown", "3"]


def allow_many_connections() -> None:
    """Every open page is an open file; many systems allow 1,024 where nobody asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"Port {port} of {host} cannot be used ({error.strerror}). "
                "Choose another with --port or PORT, or stop what uses it."
            ) from None


def _reachable(address: str) -> str:
    return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("HOLDFAST_AS", "HOLDFAST_DEMO")}


def _environment_of_the_web(*, demo: bool) -> dict[str, str]:
    # The web server has no use for the owner's rights, hence none for the owner's password.
    kept = _environment()
    kept.pop("HOLDFAST_DATABASE_OWNER_URL", None)
    return {**kept, "HOLDFAST_DEMO": "1"} if demo else kept


def _spawn(command: list[str], *, env: dict[str, str]) -> subprocess.Popen[bytes]:
    # Own process group: Ctrl-C reaches us alone, and we stop the web before the database.
    return subprocess.Popen(command, env=env, process_group=0, preexec_fn=_die_with_parent)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG
