"""Tables of keys and identities: everything in them is encrypted under the master key or a data key."""

from __future__ import annotations

from django.db import models


class DataKey(models.Model):
    """The key of one participant's bodies (or of a study's others), wrapped by the master key."""

    id = models.TextField(primary_key=True)  # "<study>/<participant>" or "<study>/"
    wrapped = models.BinaryField()


class Identity(models.Model):
    """Who a participant is, apart from every record. ``sealed`` is encrypted JSON."""

    study = models.TextField()
    participant = models.TextField()
    sealed = models.BinaryField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["study", "participant"], name="one_identity"),)
