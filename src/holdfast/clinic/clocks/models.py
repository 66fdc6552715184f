"""How far the time of a practice was moved; rows are only ever added."""

from __future__ import annotations

from django.db import models


class Moved(models.Model):
    """The time of a practice was moved by so many seconds."""

    study = models.TextField()
    by_s = models.FloatField()
    at = models.DateTimeField()
    person = models.TextField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study"], name="clocks_moved_study"),)
        constraints = (
            # Held by the database too: no code of ours may move the time of anything else.
            models.CheckConstraint(
                condition=models.Q(study__startswith="practice-"), name="clocks_moved_of_practice"
            ),
        )
