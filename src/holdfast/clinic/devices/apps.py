"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The room under its own label."""

    name = "holdfast.clinic.devices"
    label = "devices"
