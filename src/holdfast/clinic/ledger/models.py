"""Tables of the ledger. Envelopes, bodies and acts are only ever added to; the database holds it so.

``Head`` is kept apart from the chain: it shows where a stream was cut off. The rest are
read models: written in the transaction of the records they show, rebuilt from them by
``holdfast clinic rebuild``.
"""

from __future__ import annotations

from django.db import models


class Envelope(models.Model):
    """What a record says beside its fact. ``place`` is the order of writing."""

    place = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True)
    study = models.TextField()
    site = models.TextField()
    stream = models.TextField()
    sequence = models.IntegerField()
    kind = models.TextField()
    version = models.IntegerField()
    protocol_hash = models.TextField()
    happened_at = models.DateTimeField()
    happened_zone = models.TextField()
    happened_precision = models.TextField()
    recorded_at = models.DateTimeField()
    author = models.TextField()
    role = models.TextField()
    device = models.TextField()
    reason = models.TextField()
    corrects = models.UUIDField(null=True)
    because = models.UUIDField(null=True)
    skew_s = models.TextField(null=True)  # as written: 1 and 1.0 hash differently
    body_digest = models.TextField()
    previous = models.TextField()
    hash = models.TextField()

    class Meta:  # noqa: D106
        constraints = (
            models.UniqueConstraint(fields=["study", "stream", "sequence"], name="one_record_a_place"),
        )
        indexes = (models.Index(fields=["study", "kind"], name="envelope_kind"),)


class Body(models.Model):
    """A record's salt and encrypted canonical body; apart, so that it can go and the chain stays."""

    id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()
    key = models.TextField()
    content = models.BinaryField()


class Head(models.Model):
    """The last sequence and hash of a stream; locked by whoever writes to it."""

    study = models.TextField()
    stream = models.TextField()
    sequence = models.IntegerField()
    hash = models.TextField()

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["study", "stream"], name="one_head"),)


class Act(models.Model):
    """An action that was answered: its id, what it said, and the records it left."""

    id = models.UUIDField(primary_key=True)
    study = models.TextField()
    digest = models.TextField()
    recorded_at = models.DateTimeField()
    records = models.JSONField()


class StudyRow(models.Model):
    """Read model: a study."""

    study = models.TextField(primary_key=True)
    life = models.TextField()
    title = models.TextField()
    protocol_hash = models.TextField()
    locked_at = models.DateTimeField(null=True)
    unblinded_at = models.DateTimeField(null=True)


class ProtocolRow(models.Model):
    """Read model: the text of each protocol version a study adopted."""

    hash = models.TextField(primary_key=True)
    text = models.TextField()


class SiteRow(models.Model):
    """Read model: a site of a study."""

    study = models.TextField()
    site = models.TextField()
    name = models.TextField()
    country = models.TextField()
    zone = models.TextField()
    phone = models.TextField()

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["study", "site"], name="one_site"),)


class AppointmentRow(models.Model):
    """Read model: a role somebody holds at a site of a study now."""

    study = models.TextField()
    site = models.TextField()
    person = models.TextField()
    role = models.TextField()
    name = models.TextField()

    class Meta:  # noqa: D106
        constraints = (
            models.UniqueConstraint(fields=["study", "person", "site", "role"], name="one_appointment"),
        )


class DeviceRow(models.Model):
    """Read model: the session a monitor was last said to stand at, and when it was taken away."""

    study = models.TextField()
    device = models.TextField()
    participant = models.TextField()
    visit = models.TextField()
    said_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["study", "device"], name="one_device_place"),)


class ParticipantRow(models.Model):
    """Read model: where a participant stands. Dates are the site's local ones."""

    study = models.TextField()
    participant = models.TextField()
    site = models.TextField()
    status = models.TextField()
    randomised_on = models.DateField(null=True)
    next_visit = models.TextField()
    due_from = models.DateField(null=True)
    due_on = models.DateField(null=True)
    due_until = models.DateField(null=True)
    to_do = models.TextField(default="")
    to_do_about = models.TextField(default="")
    form_open_since = models.DateField(null=True)
    risks_open = models.IntegerField(default=0)
    recorded_at = models.DateTimeField()

    class Meta:  # noqa: D106
        constraints = (models.UniqueConstraint(fields=["study", "participant"], name="one_participant"),)
        indexes = (models.Index(fields=["study", "site"], name="participant_site"),)
