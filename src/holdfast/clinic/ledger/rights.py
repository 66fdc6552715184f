"""What the role the site runs as may do in the database; set anew after every migration."""

from __future__ import annotations

from django.db import connections
from psycopg import sql

from holdfast.errors import Refusal

ADD_ONLY = (
    "ledger_envelope", "ledger_body", "ledger_act", "accounts_opened", "planner_design", "planner_withdrawal",
    "devices_received", "devices_taken",
    "clocks_moved", "practice_practice", "practice_chosen", "reaching_ending", "reaching_passkeytry",
)  # fmt: skip
"""Tables whose rows are never changed: not by right, and not by trigger even for the owner."""


def grant(role: str, *, alias: str = "owner") -> None:
    """Give a role what the site needs on every table, and only reading and adding on ``ADD_ONLY``.

    Refusal where the role owns the tables or is a superuser: no right could then be kept from it.
    """
    _check_apart(role, alias)
    name = sql.Identifier(role)
    add_only = sql.SQL(", ").join(sql.Identifier(table) for table in ADD_ONLY)
    statements = (
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(add_only, name),
        sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name),
        # Without its key a body is gone for good, as is a study without that of its arms.
        sql.SQL("REVOKE UPDATE, DELETE ON keys_datakey, pharmacy_sealedkey FROM {}").format(name),
        sql.SQL("REVOKE DELETE ON ledger_head, keys_identity, accounts_studyrole FROM {}").format(name),
        sql.SQL("REVOKE DELETE ON devices_device, jobs_outgoing FROM {}").format(name),
        sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON reaching_passkey FROM {}").format(name),
        sql.SQL("GRANT UPDATE (sign_count, ended_at, ended_by) ON reaching_passkey TO {}").format(name),
    )
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _check_apart(role: str, alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT r.rolsuper OR pg_has_role(r.oid, t.relowner, 'MEMBER') "
            "FROM pg_roles r, pg_class t WHERE r.rolname = %s AND t.oid = 'ledger_envelope'::regclass",
            [role],
        )
        row = cursor.fetchone()
    if row and row[0]:
        raise Refusal(
            f"The site would run as {role}, who may change records. Name a role in DATABASE_URL that is "
            "no superuser and does not own the tables."
        )
