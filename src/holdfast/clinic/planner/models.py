"""Saved designs. No records of a study: ordinary tables, though rows are only ever added."""

from __future__ import annotations

from django.db import models


class Design(models.Model):
    """A design as it was saved; a change is a new version.

    ``values`` are all of the design's numbers by alias, ``result`` what the simulation had
    found then (``simulating.Found.as_json``), ``code`` the digest of what computed it.
    """

    id = models.UUIDField(primary_key=True)
    study = models.TextField()
    name = models.TextField()
    version = models.IntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField()
    protocol_hash = models.TextField()
    assumptions = models.TextField()
    values = models.JSONField()
    beside = models.TextField()
    n_beside = models.IntegerField(null=True)
    seed = models.BigIntegerField()
    trials = models.IntegerField()
    result = models.JSONField()
    software = models.TextField()
    code = models.TextField()

    class Meta:  # noqa: D106
        constraints = (
            models.UniqueConstraint(fields=["study", "name", "version"], name="planner_design_version"),
        )


class Withdrawal(models.Model):
    """That somebody withdrew a saved design, and why. The design stays to be read."""

    design = models.OneToOneField(Design, models.PROTECT, primary_key=True)
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()
