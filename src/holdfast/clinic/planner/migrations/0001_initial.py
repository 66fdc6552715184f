"""Saved designs and their withdrawals; rows of both are only ever added."""

import django.db.models.deletion
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
            name="Design",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("study", models.TextField()),
                ("name", models.TextField()),
                ("version", models.IntegerField()),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.TextField()),
                ("protocol_hash", models.TextField()),
                ("assumptions", models.TextField()),
                ("values", models.JSONField()),
                ("beside", models.TextField()),
                ("n_beside", models.IntegerField(null=True)),
                ("seed", models.BigIntegerField()),
                ("trials", models.IntegerField()),
                ("result", models.JSONField()),
                ("software", models.TextField()),
                ("code", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["study", "name", "version"], name="planner_design_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                (
                    "design",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="planner.design",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("reason", models.TextField()),
            ],
        ),
        migrations.RunSQL(GUARD.format(table="planner_design"), migrations.RunSQL.noop),
        migrations.RunSQL(GUARD.format(table="planner_withdrawal"), migrations.RunSQL.noop),
    ]
