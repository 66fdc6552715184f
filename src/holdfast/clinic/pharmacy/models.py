"""The sealed allocation key of a study: encrypted at rest, never read by another room."""

from __future__ import annotations

from django.db import models


class SealedKey(models.Model):
    """One stratum's or study's part of the key, encrypted under the master key.

    ``commitment`` is the one in the ledger's ``list-sealed`` record.
    """

    study = models.TextField(primary_key=True)
    sealed = models.BinaryField()
    kept_at = models.DateTimeField()
