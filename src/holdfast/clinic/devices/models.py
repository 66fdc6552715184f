"""Monitors of a site, everything they sent, and what of it became a record.

Rows are added and never changed, but that a device is ended once.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Device(models.Model):
    """A monitor of a site and the digest of its token; ended rows stay."""

    study = models.TextField()
    site = models.TextField()
    code = models.TextField()
    name = models.TextField()
    serial = models.TextField()
    token_digest = models.TextField(unique=True)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="")

    class Meta:  # noqa: D106
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "code"], name="one_device")]

    @property
    def words(self) -> str:
        """As people and records call it."""
        return f"{self.name} ({self.serial})" if self.serial else self.name


class Received(models.Model):
    """What a device sent, as it came, encrypted. ``says`` is a keyed digest of what it means.

    ``problem`` is the sentence it was answered with where it could not be read as a reading.
    """

    study = models.TextField()
    device = models.TextField()
    client_id = models.TextField()
    says = models.TextField()
    received_at = models.DateTimeField()
    sealed = models.BinaryField()
    problem = models.TextField(default="")

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "device", "client_id", "says"], name="received_once")
        ]
        indexes: ClassVar = [models.Index(fields=["study", "device", "received_at"], name="received_when")]


class Taken(models.Model):
    """A reading that became a record: which, of which session, and who assigned it where a person did."""

    study = models.TextField()
    device = models.TextField()
    client_id = models.TextField()
    says = models.TextField()
    record = models.UUIDField()
    participant = models.TextField()
    visit = models.TextField()
    taken_at = models.DateTimeField()
    assigned_by = models.TextField(default="")

    class Meta:  # noqa: D106
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "device", "client_id"], name="taken_once")
        ]
        indexes: ClassVar = [models.Index(fields=["study", "device", "taken_at"], name="taken_when")]
