"""What the list of participants shows beside the next visit: what is to do, open forms and risks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_add_only")]
    operations = [
        migrations.AddField("participantrow", "to_do", models.TextField(default="")),
        migrations.AddField("participantrow", "to_do_about", models.TextField(default="")),
        migrations.AddField("participantrow", "form_open_since", models.DateField(null=True)),
        migrations.AddField("participantrow", "risks_open", models.IntegerField(default=0)),
    ]
