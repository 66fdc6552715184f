"""The log of who opened what is only ever added to."""

from django.db import migrations

GUARD = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_opened
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("ledger", "0002_add_only")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
