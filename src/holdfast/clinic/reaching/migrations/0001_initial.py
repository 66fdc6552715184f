"""One-time links, and messages; messages are only ever added."""

from django.db import migrations, models

GUARD = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reaching_message
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("ledger", "0002_add_only")]
    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", KEY.clone()),
                ("study", models.TextField()),
                ("participant", models.TextField()),
                ("digest", models.TextField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.TextField()),
                ("ends_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["study", "participant"], name="link_participant")]},
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", KEY.clone()),
                ("at", models.DateTimeField()),
                ("matter", models.TextField()),
                ("study", models.TextField()),
                ("site", models.TextField()),
                ("participant", models.TextField()),
                ("person", models.TextField()),
                ("about", models.TextField()),
                ("text", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["study", "matter", "at"], name="message_matter")],
                "constraints": [
                    models.UniqueConstraint(fields=["study", "matter", "about", "person"], name="one_message")
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
