"""Making a database ready for the site: Django, tables, rights, static files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.clinic import place
from holdfast.clinic.embedded.cluster import supervised
from holdfast.clinic.embedded.server import Say, Server
from holdfast.errors import Refusal, Unavailable


@contextmanager
def ready(*, say: Say = lambda _: None) -> Iterator[Server | None]:
    """The clinic's database, reachable and up to date, with Django set up as the owner.

    Starts the embedded server unless another process keeps it or DATABASE_URL names one.
    """
    for name in ("session", "master"):
        place.secret(name, make=True)
    if os.environ.get("DATABASE_URL"):
        if not os.environ.get("HOLDFAST_DATABASE_OWNER_URL"):
            raise Refusal(
                "DATABASE_URL names the connection the site uses. Set HOLDFAST_DATABASE_OWNER_URL as well: "
                "the role that owns the tables, which must be another."
            )
        place.make_data_folder()
        set_up(migrate=True)
        yield None
        return
    with supervised(say=say) as server:
        try:
            set_up(migrate=server is not None)
            yield server
        finally:
            close()


def set_up(*, migrate: bool) -> None:
    """Set Django up as the owner; with ``migrate`` bring tables and rights up to date."""
    os.environ["HOLDFAST_AS"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.clinic.settings")
    import django

    django.setup()
    if migrate:
        from django.conf import settings
        from django.core.management import call_command
        from django.db import DatabaseError

        from holdfast.clinic.ledger import rights

        try:
            call_command("migrate", database="owner", verbosity=0, interactive=False)
            rights.grant(str(settings.DATABASES["default"]["USER"]))
        except DatabaseError as error:
            raise Unavailable(f"The clinic's tables cannot be made or brought up to date: {error}") from error


def check_messages() -> None:
    """Refusal with what is wrong where the settings name a mail server and cannot be followed."""
    from holdfast.clinic.jobs import transport

    transport.server()


def gather_static() -> None:
    """Gather, name by content and compress the static files."""
    from django.conf import settings
    from django.core.management import call_command

    # Before the storage is first used: until there is a manifest, settings name one that needs none.
    settings.STORAGES["staticfiles"]["BACKEND"] = settings.GATHERING
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)


def close() -> None:
    """Close every connection of this process."""
    from django.db import connections

    for each in connections.all(initialized_only=True):
        each.close()
        if each.settings_dict["OPTIONS"].get("pool"):
            each.close_pool()  # type: ignore[attr-defined]
