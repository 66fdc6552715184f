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


_count = iter(range(1_000_000))


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """A fresh database that the site's role works in; its name."""
    from holdfast.clinic.embedded.server import DATABASE

    name = f"test_{os.getpid()}_{next(_count)}"
    _point_at(DATABASE)
    with server.connect() as owner:
        owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}" STRATEGY FILE_COPY')
        owner.execute(f'GRANT CONNECT ON DATABASE "{name}" TO holdfast_site')
    _point_at(name)
    yield name
    _point_at(DATABASE)
    with server.connect() as owner:
        owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _point_at(name: str) -> None:
    from django.db import connections

    from holdfast.clinic import preparing
    from holdfast.clinic.keys import data_keys
    from holdfast.clinic.ledger.standings import kept

    preparing.close()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    kept.clear()
    data_keys.forget()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    from clinic.day import chromium  # Django must be set up first

    with chromium() as one:
        yield one
