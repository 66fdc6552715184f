"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """The room under its own label; it has no tables."""

    name = "holdfast.clinic.public"
    label = "public"
