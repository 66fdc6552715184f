"""Whose turn it is with a data folder's server, and the roles and database in it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from holdfast.clinic.embedded.layout import lay_out, socket_folder
from holdfast.clinic.embedded.server import DATABASE, OWNER, SITE, Say, Server
from holdfast.clinic.place import make_data_folder, secret
from holdfast.errors import Unavailable

PATIENCE_SECONDS = 120.0


@contextmanager
def supervised(
    *, say: Say = lambda _: None, settings: dict[str, str] | None = None
) -> Iterator[Server | None]:
    """The data folder's server, started and at the end stopped by us.

    None where another process of this clinic supervises it already; it then is waited
    for until it answers.
    """
    data = make_data_folder()
    password = secret("database-owner", make=True)
    with _turn(data) as ours:
        if not ours:
            _wait_for(socket_folder(data), password)
            yield None
            return
        server = Server(lay_out(data), password, settings or {})
        try:
            server.start(say=say)
            furnish(server, site_password=secret("database-site", make=True))
            yield server
        finally:
            server.stop()


def furnish(server: Server, *, site_password: str, database: str = DATABASE) -> None:
    """Make the database and the role the site runs as, where they are missing."""
    with server.connect() as connection:
        hashed = connection.pgconn.encrypt_password(site_password.encode(), SITE.encode(), b"scram-sha-256")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SITE]).fetchone()
        word = "ALTER" if known else "CREATE"
        # Hashed here: the password itself never enters a statement, hence no log.
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.SQL(word), sql.Identifier(SITE), sql.Literal(hashed.decode())
            )
        )
        name = sql.Identifier(database)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(SITE)))


@contextmanager
def _turn(data: Path) -> Iterator[bool]:
    """Whether we are the one to supervise; held by a lock that dies with the process."""
    handle = os.open(data / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _wait_for(socket: Path, password: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(
                host=str(socket), user=OWNER, password=password, dbname=DATABASE, connect_timeout=5
            ).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"Another process keeps this clinic's database, but it does not answer: {error}"
                ) from error
            time.sleep(0.2)
