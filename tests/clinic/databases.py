"""Databases of the tests: each a copy of the template, and Django pointed at it while it lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from holdfast.clinic import preparing
from holdfast.clinic.embedded.server import DATABASE, Server
from holdfast.clinic.keys import data_keys
from holdfast.clinic.ledger.standings import kept
from holdfast.clinic.public.own_studies import SILENCE

_count = iter(range(1_000_000))


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """A database of its own that the site's role works in; its name."""
    name = f"test_{os.getpid()}_{next(_count)}"
    point_at(DATABASE)
    with server.connect() as owner:
        owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}" STRATEGY FILE_COPY')
        owner.execute(f'GRANT CONNECT ON DATABASE "{name}" TO holdfast_site')
    point_at(name)
    yield name
    point_at(DATABASE)
    with server.connect() as owner:
        owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def point_at(name: str) -> None:
    """Make both of Django's connections use that database, and forget what was read from another."""
    preparing.close()
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    kept.clear()
    data_keys.forget()
    SILENCE.end()
