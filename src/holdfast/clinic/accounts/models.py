"""Accounts and the log of who opened what. Roles live in the ledger's read model, not here."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class People(BaseUserManager["Person"]):
    """Makes accounts."""

    def enter(self, person: str, *, name: str, password: str | None = None) -> Person:
        """Make an account; without a password nobody can sign in to it by one."""
        account = self.model(person=person, name=name)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Person(AbstractBaseUser):
    """An account: ``person`` is the id that records carry as author."""

    person = models.TextField(unique=True)
    name = models.TextField()
    # Where what is told is sent as well; empty: it only stands on the pages.
    email = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "person"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[People] = People()

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the account may sign in."""
        return self.ended_at is None


class StudyRole(models.Model):
    """A role of the study rather than of a site (statistician, data board …): rows are ended, not changed."""

    study = models.TextField()
    person = models.TextField()
    role = models.TextField()
    given_at = models.DateTimeField()
    given_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "person"], name="study_role_person"),)


class Opened(models.Model):
    """Somebody opened a page that shows a participant. Rows are only ever added."""

    at = models.DateTimeField()
    person = models.TextField()
    act = models.TextField()
    study = models.TextField()
    site = models.TextField()
    participant = models.TextField()
    path = models.TextField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "participant", "at"], name="opened_participant"),)
