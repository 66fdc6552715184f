"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """The room under its own label."""

    name = "holdfast.clinic.clocks"
    label = "clocks"
