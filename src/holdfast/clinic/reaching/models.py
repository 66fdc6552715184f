"""Ways in to a participant's own pages, one-time links and passkeys, and what waits to be told to people."""

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


class Passkey(models.Model):
    """A device that opens a participant's own pages: the public half of a key that never leaves it.

    ``credential`` and ``handle`` (base64url) are what the device knows it by; the handle is random, one for
    each participant. ``link_by`` made the link in whose pages it was made. But for ``sign_count``, which
    only grows, a row changes once: when it is ended.
    """

    id = models.UUIDField(primary_key=True)
    study = models.TextField()
    participant = models.TextField()
    credential = models.TextField(unique=True)
    handle = models.TextField()
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    transports = models.TextField()
    made_at = models.DateTimeField()
    link_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="")

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "participant"], name="passkey_participant"),)


class PasskeyTry(models.Model):
    """That a passkey opened the pages, or signed something that was refused. Only ever added."""

    id = models.UUIDField(primary_key=True)
    passkey = models.ForeignKey(Passkey, on_delete=models.PROTECT, related_name="tries")
    at = models.DateTimeField()
    outcome = models.TextField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["passkey", "at"], name="passkey_tried"),)


class Ending(models.Model):
    """Every way in of a participant was ended at once: by whom and why. Only ever added."""

    id = models.UUIDField(primary_key=True)
    study = models.TextField()
    participant = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    why = models.TextField()

    class Meta:  # noqa: D106
        indexes = (models.Index(fields=["study", "participant"], name="ending_participant"),)


class Challenge(models.Model):
    """What a device is asked to sign: by one browser, for one purpose, once, within minutes.

    ``handle`` is the one a passkey is being made for. Rows go when they were taken or are too old.
    """

    browser = models.TextField()
    purpose = models.TextField()
    value = models.BinaryField()
    handle = models.TextField()
    ends_at = models.DateTimeField()

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["browser", "purpose"], name="one_challenge"),)


class Message(models.Model):
    """Something to be told about a participant to the site, such as that they ask for a new link.

    ``text`` names no illness, no medicine and no study: it may be read over a shoulder. Rows are only
    ever added; Today shows them. Who was told of a risk is a record, and not here.
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
