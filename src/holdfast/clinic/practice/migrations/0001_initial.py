"""Practices and what was made to go wrong in them; rows of both are only ever added."""

from django.db import migrations, models

GUARD = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("ledger", "0002_add_only")]
    operations = [
        migrations.CreateModel(
            name="Practice",
            fields=[
                ("study", models.TextField(primary_key=True, serialize=False)),
                ("of", models.TextField()),
                ("person", models.TextField()),
                ("participant", models.TextField()),
                ("visit", models.TextField()),
                ("design", models.TextField()),
                ("seed", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["of", "person"], name="practice_of_person")]},
        ),
        migrations.CreateModel(
            name="Chosen",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("study", models.TextField()),
                ("what", models.TextField()),
                ("at", models.DateTimeField()),
                ("really_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["study"], name="practice_chosen_study")]},
        ),
        migrations.RunSQL(GUARD.format(table="practice_practice"), migrations.RunSQL.noop),
        migrations.RunSQL(GUARD.format(table="practice_chosen"), migrations.RunSQL.noop),
    ]
