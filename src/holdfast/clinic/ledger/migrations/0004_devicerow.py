"""Where monitors stand that send their readings by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_to_do")]
    operations = [
        migrations.CreateModel(
            name="DeviceRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("study", models.TextField()),
                ("device", models.TextField()),
                ("participant", models.TextField()),
                ("visit", models.TextField()),
                ("said_at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("study", "device"), name="one_device_place")],
            },
        ),
    ]
