"""Practices and what was made to go wrong in them; rows are only ever added."""

from __future__ import annotations

from django.db import models


class Practice(models.Model):
    """One practice: a rehearsal's ledger of its own, made for one person out of a study.

    ``seed`` draws the virtual participant, the arm among it: no page shows it. ``design`` names
    the shipped assumptions it was played by.
    """

    study = models.TextField(primary_key=True)
    of = models.TextField()
    person = models.TextField()
    participant = models.TextField()
    visit = models.TextField()
    design = models.TextField()
    seed = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["of", "person"], name="practice_of_person"),)


class Chosen(models.Model):
    """Something was made to go wrong. ``at`` is the practice's time, ``really_at`` the server's."""

    study = models.TextField()
    what = models.TextField()
    at = models.DateTimeField()
    really_at = models.DateTimeField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study"], name="practice_chosen_study"),)
