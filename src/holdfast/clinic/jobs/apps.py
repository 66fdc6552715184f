"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The room under its own label."""

    name = "holdfast.clinic.jobs"
    label = "jobs"
