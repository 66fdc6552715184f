"""Passkeys, what they opened, their ending, and what a device is asked to sign."""

import django.db.models.deletion
from django.db import migrations, models

ADD_ONLY = """
CREATE TRIGGER add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""
# The owner, too, cannot give a passkey another participant, nor open again what was ended.
KEPT = """
CREATE FUNCTION reaching_passkey_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.sign_count < OLD.sign_count
        OR (NEW.id, NEW.study, NEW.participant, NEW.credential, NEW.handle, NEW.public_key, NEW.transports,
            NEW.made_at, NEW.link_by)
        IS DISTINCT FROM (OLD.id, OLD.study, OLD.participant, OLD.credential, OLD.handle, OLD.public_key,
            OLD.transports, OLD.made_at, OLD.link_by)
    THEN
        RAISE EXCEPTION 'a passkey is ended once and is not changed otherwise'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE ON reaching_passkey
FOR EACH ROW EXECUTE FUNCTION reaching_passkey_kept();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON reaching_passkey
FOR EACH STATEMENT EXECUTE FUNCTION holdfast_add_only();
"""
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("reaching", "0001_initial"), ("ledger", "0002_add_only")]
    operations = [
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("study", models.TextField()),
                ("participant", models.TextField()),
                ("credential", models.TextField(unique=True)),
                ("handle", models.TextField()),
                ("public_key", models.BinaryField()),
                ("sign_count", models.BigIntegerField()),
                ("transports", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("link_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(default="")),
            ],
            options={"indexes": [models.Index(fields=["study", "participant"], name="passkey_participant")]},
        ),
        migrations.CreateModel(
            name="PasskeyTry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("outcome", models.TextField()),
                (
                    "passkey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tries",
                        to="reaching.passkey",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["passkey", "at"], name="passkey_tried")]},
        ),
        migrations.CreateModel(
            name="Ending",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("study", models.TextField()),
                ("participant", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("why", models.TextField()),
            ],
            options={"indexes": [models.Index(fields=["study", "participant"], name="ending_participant")]},
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                ("id", KEY.clone()),
                ("browser", models.TextField()),
                ("purpose", models.TextField()),
                ("value", models.BinaryField()),
                ("handle", models.TextField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["browser", "purpose"], name="one_challenge")],
            },
        ),
        migrations.RunSQL(ADD_ONLY.format(table="reaching_passkeytry"), migrations.RunSQL.noop),
        migrations.RunSQL(ADD_ONLY.format(table="reaching_ending"), migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
