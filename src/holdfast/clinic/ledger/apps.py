"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room under its own label."""

    name = "holdfast.clinic.ledger"
    label = "ledger"
