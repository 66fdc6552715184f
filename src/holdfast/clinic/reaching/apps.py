"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class ReachingConfig(AppConfig):
    """The room under its own label."""

    name = "holdfast.clinic.reaching"
    label = "reaching"
