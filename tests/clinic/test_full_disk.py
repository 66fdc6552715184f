"""A disk that fills up while readings come in: told in a sentence, nothing half-written, nothing lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from clinic.scene import Scene, protocol, reading
from holdfast.clinic import place, preparing
from holdfast.clinic.embedded.cluster import furnish
from holdfast.clinic.embedded.layout import lay_out
from holdfast.clinic.embedded.server import Server
from holdfast.clinic.keys import data_keys
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.standings import kept
from holdfast.clinic.ledger.verify import verify
from holdfast.errors import Unavailable
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
SIZE_MB = 160


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, small enough to fill."""
    folder = Path(tempfile.mkdtemp(prefix="hf-full-", dir="/tmp"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=711", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("no file system can be mounted here (it takes root)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def server_on_it(small_disk: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose cluster lies there, with the clinic's tables, and Django pointed at it."""
    layout = lay_out(small_disk)
    owner_password = place.secret("database-owner")
    one = Server(layout, owner_password, {"min_wal_size": "32MB", "max_wal_size": "48MB"})
    one.start()
    preparing.close()
    for alias in ("default", "owner"):
        monkeypatch.setitem(connections[alias].settings_dict, "HOST", str(layout.socket))
        monkeypatch.setitem(connections[alias].settings_dict, "NAME", "holdfast")
    furnish(one, site_password=place.secret("database-site"))
    preparing.set_up(migrate=True)
    kept.clear()
    data_keys.forget()
    yield one
    preparing.close()
    one.stop()
    kept.clear()
    data_keys.forget()


def test_a_full_disk_loses_nothing_that_was_acknowledged(server_on_it: Server, small_disk: Path) -> None:
    scene = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(scene.book.sealed)
    before = verify().records
    ballast = small_disk / "ballast"
    acknowledged = []
    fill(ballast, leave=256 * 1024)
    refused = None
    for number in range(4000):
        action = scene.action(reading("P-001", "dosing-1", 110.0 + number % 40), Role.THERAPIST)
        try:
            acknowledged.append(write.perform(action, now=scene.now).records)
        except Unavailable as told:
            refused = (action, str(told))
            break
    assert refused is not None, "the disk did not fill up"
    assert "database" in refused[1]
    assert "Sending twice does no harm" in refused[1]
    ballast.unlink()
    if not server_on_it.running():  # a log that cannot be written stops it; `run` starts it again
        server_on_it.start()
    connection.close()
    again = write.perform(refused[0], now=scene.now)
    assert not again.replay
    acknowledged.append(again.records)
    records = {record.id for record in read.records(scene.study)}
    assert {record.id for left in acknowledged for record in left} <= records
    assert verify().records == before + sum(len(left) for left in acknowledged)


def fill(ballast: Path, *, leave: int) -> None:
    free = shutil.disk_usage(ballast.parent).free
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(1, free - leave))
