"""The outbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("study", models.TextField()),
                ("site", models.TextField()),
                ("participant", models.TextField()),
                ("person", models.TextField()),
                ("matter", models.TextField()),
                ("about", models.TextField()),
                ("text", models.TextField()),
                ("language", models.TextField()),
                ("sealed", models.BinaryField()),
                ("due_at", models.DateTimeField()),
                ("try_at", models.DateTimeField()),
                ("tried", models.IntegerField(default=0)),
                ("taken_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("why", models.TextField(default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["try_at"], name="outgoing_open"
                    ),
                    models.Index(fields=["study", "ended_at"], name="outgoing_study"),
                ]
            },
        ),
    ]
