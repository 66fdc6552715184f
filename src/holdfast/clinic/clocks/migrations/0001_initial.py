"""How far the time of a practice was moved; rows are only ever added."""

from django.db import migrations, models

GUARD = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON clocks_moved
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("ledger", "0002_add_only")]
    operations = [
        migrations.CreateModel(
            name="Moved",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("study", models.TextField()),
                ("by_s", models.FloatField()),
                ("at", models.DateTimeField()),
                ("person", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["study"], name="clocks_moved_study")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(study__startswith="practice-"), name="clocks_moved_of_practice"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
