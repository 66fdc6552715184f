"""One embedded PostgreSQL for each process of the tests of the clinic, a database each from a template.

With ``-n 2`` every worker is a clinic of its own: folder, secrets, server, sockets. The process
that only hands out tests makes none, and leaves nothing in the environment that a worker would
inherit: a worker whose settings were read with another's folder would share its server.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from clinic.folders import new_folder

if TYPE_CHECKING:
    from holdfast.clinic.embedded.server import Server

if os.environ.get("HOLDFAST_NO_DJANGO"):
    collect_ignore_glob = ["*"]

_folders: list[Path] = []


def pytest_configure(config: pytest.Config) -> None:
    """Set up this process's clinic before anything imports the settings: they read the environment."""
    config.addinivalue_line("markers", "alone: measures time, so nothing else may run beside it")
    if os.environ.get("HOLDFAST_NO_DJANGO") or _only_hands_out(config):
        return
    _folders.append(new_folder("hf-test-"))
    os.environ["HOLDFAST_DATA"] = str(_folders[0])
    os.environ["HOLDFAST_AS"] = "owner"
    os.environ["DJANGO_SETTINGS_MODULE"] = "holdfast.clinic.settings"
    os.environ.pop("DATABASE_URL", None)
    from holdfast.clinic import place

    for name in ("session", "master", "database-owner", "database-site"):
        place.secret(name, make=True)
    import django

    django.setup()


def pytest_unconfigure() -> None:
    """Nothing of this process's clinic stays."""
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


def _only_hands_out(config: pytest.Config) -> bool:
    return bool(config.getoption("numprocesses", None)) and "PYTEST_XDIST_WORKER" not in os.environ


@pytest.fixture(scope="session", autouse=True)
def _database_is_allowed(django_db_blocker: object) -> Iterator[None]:
    # pytest-django forbids databases it did not make; ours come from a template.
    if django_db_blocker is None:
        yield
        return
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this process. Nothing in it outlives the run, so it need not reach the disk."""
    from holdfast.clinic import preparing
    from holdfast.clinic.embedded.cluster import supervised

    with supervised(settings={"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}) as one:
        assert one is not None
        preparing.set_up(migrate=True)
        preparing.close()
        yield one


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """A fresh database that the site's role works in; its name."""
    from clinic.databases import fresh_database  # Django must be set up first

    with fresh_database(server) as name:
        yield name


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    from clinic.day import chromium

    with chromium() as one:
        yield one
