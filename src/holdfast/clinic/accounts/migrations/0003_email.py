"""Accounts may have an e-mail address, to which what they are told is sent as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_add_only")]
    operations = [migrations.AddField(model_name="person", name="email", field=models.TextField(default=""))]
