"""The outbox: one row for each message that is to be sent, was sent, or could not be."""

from __future__ import annotations

from django.db import models


class Outgoing(models.Model):
    """A message to a participant or an account, named by reference: no row holds an address.

    The id is worked out of what it is about, so that two workers make one row. ``sealed`` is what
    only the reader may see (the code of a link), encrypted, and emptied when the row ends.
    ``ended_at`` without ``sent_at``: it was not sent, and ``why`` says why.
    """

    id = models.UUIDField(primary_key=True)
    made_at = models.DateTimeField()
    study = models.TextField()
    site = models.TextField()
    participant = models.TextField()
    person = models.TextField()
    matter = models.TextField()
    about = models.TextField()
    text = models.TextField()
    language = models.TextField()
    sealed = models.BinaryField()
    due_at = models.DateTimeField()
    try_at = models.DateTimeField()
    tried = models.IntegerField(default=0)
    taken_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.TextField(default="")

    class Meta:  # noqa: D106
        indexes = (
            models.Index(fields=["try_at"], name="outgoing_open", condition=models.Q(ended_at=None)),
            models.Index(fields=["study", "ended_at"], name="outgoing_study"),
        )
