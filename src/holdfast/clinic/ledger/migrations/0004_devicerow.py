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
                ("here", models.BooleanField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("study", "device"), name="one_device_place")
                ],
            },
        ),
    ]
