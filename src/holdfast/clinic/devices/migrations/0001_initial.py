"""Monitors, what they sent and what of it became a record; the last two are only ever added to."""

from django.db import migrations, models

GUARD = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON devices_received
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON devices_taken
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    initial = True
    dependencies = [("ledger", "0002_add_only")]
    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ID,
                ("study", models.TextField()),
                ("site", models.TextField()),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("serial", models.TextField()),
                ("token_digest", models.TextField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.TextField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(default="")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("study", "code"), name="one_device")],
            },
        ),
        migrations.CreateModel(
            name="Received",
            fields=[
                ID,
                ("study", models.TextField()),
                ("device", models.TextField()),
                ("client_id", models.TextField()),
                ("says", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("sealed", models.BinaryField()),
                ("problem", models.TextField(default="")),
            ],
            options={
                "indexes": [models.Index(fields=["study", "device", "received_at"], name="received_when")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("study", "device", "client_id", "says"), name="received_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Taken",
            fields=[
                ID,
                ("study", models.TextField()),
                ("device", models.TextField()),
                ("client_id", models.TextField()),
                ("says", models.TextField()),
                ("record", models.UUIDField()),
                ("participant", models.TextField()),
                ("visit", models.TextField()),
                ("taken_at", models.DateTimeField()),
                ("assigned_by", models.TextField(default="")),
            ],
            options={
                "indexes": [models.Index(fields=["study", "device", "taken_at"], name="taken_when")],
                "constraints": [
                    models.UniqueConstraint(fields=("study", "device", "client_id"), name="taken_once")
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
