"""One-time links to a participant's own pages, and what waits to be told to people."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """A way in that opens once. Only the digest of its code is kept."""

    study = models.TextField()
    participant = models.TextField()
    digest = models.TextField(unique=True)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "participant"], name="link_participant"),)


class Message(models.Model):
    """Something to be told: to a member of staff, or (``person`` empty) about a participant to the site.

    ``text`` names no illness, no medicine and no study: it may be read over a shoulder. Rows are
    only ever added, and nothing sends them: the pages of the clinic show them.
    """

    at = models.DateTimeField()
    matter = models.TextField()
    study = models.TextField()
    site = models.TextField()
    participant = models.TextField()
    person = models.TextField()
    about = models.TextField()
    text = models.TextField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "matter", "at"], name="message_matter"),)
        constraints = (
            models.UniqueConstraint(fields=["study", "matter", "about", "person"], name="one_message"),
        )
