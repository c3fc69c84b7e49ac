"""Migration operations that seal a table to its tenant.

Hand-written, since the libraries for it were found wanting on Django 6.1. Each operation is one RunSQL, so `sqlmigrate`
shows exactly what the database will hold.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations import RunSQL

RUNTIME_ROLE = "fencang_app"
DEFINER_ROLE = "fencang_definer"
OWNER_ROLE = "fencang_owner"

_TENANT = "tenant_id = (SELECT app_tenant())"
# A boolean, since the planner takes an unknown one for half of the rows, but `(SELECT app_scope()) = 'tenant'` for one in 200,
# and then sorts a whole queue rather than walk its index.
_STAFF = "(SELECT app_is_staff())"
_SEALED = f"TO {RUNTIME_ROLE}, {OWNER_ROLE}"


def tenant_table(
    table: str,
    *,
    grants: str,
    seller_column: str | None = None,
    sellers_read: bool = False,
    references: Sequence[tuple[str, str]] = (),
    key: str = "id",
    tenant_column: str = "tenant_id",
) -> RunSQL:
    """Return the operation that puts row security on `table`.

    `grants` are the verbs of the runtime role. `seller_column` opens the rows to the seller that they belong to;
    `sellers_read` lets every seller of the tenant read them; with neither, sellers see nothing. `references` are
    (column, table) pairs that become composite foreign keys (tenant_id, column) -> (tenant_id, id): PostgreSQL checks
    foreign keys without row security, so a plain one would accept another tenant's id. The primary key becomes
    (tenant_id, `key`): one index serves look-ups under row security and such foreign keys, and the table could be
    distributed by tenant.
    """
    tenant = _TENANT.replace("tenant_id", tenant_column)
    forward = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_isolation ON {table} {_SEALED} USING ({tenant}) WITH CHECK ({tenant})",
        *_persona_policies(table, seller_column=seller_column, sellers_read=sellers_read),
        f"GRANT {grants} ON {table} TO {RUNTIME_ROLE}",
    ]
    if tenant_column == "tenant_id":
        forward += [
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (tenant_id, {key})",
        ]
    forward += [_composite_key(table, column, target) for column, target in references]
    return RunSQL(sql=_script(forward), reverse_sql=RunSQL.noop)


def _persona_policies(table: str, *, seller_column: str | None, sellers_read: bool) -> list[str]:
    if seller_column is not None:
        own = f"({_STAFF} OR {seller_column} = (SELECT app_seller()))"
        return [f"CREATE POLICY persona ON {table} AS RESTRICTIVE {_SEALED} USING {own} WITH CHECK {own}"]
    if not sellers_read:
        return [f"CREATE POLICY persona ON {table} AS RESTRICTIVE {_SEALED} USING ({_STAFF}) WITH CHECK ({_STAFF})"]
    return [
        f"CREATE POLICY persona_insert ON {table} AS RESTRICTIVE FOR INSERT {_SEALED} WITH CHECK ({_STAFF})",
        f"CREATE POLICY persona_update ON {table} AS RESTRICTIVE FOR UPDATE {_SEALED} USING ({_STAFF})",
        f"CREATE POLICY persona_delete ON {table} AS RESTRICTIVE FOR DELETE {_SEALED} USING ({_STAFF})",
    ]


def sellers_write(table: str, *verbs: str, seller_column: str = "seller_id") -> RunSQL:
    """Return the operation after which sellers write their own rows by these verbs only; they read them as before.

    What a table is sealed with at first lets them write by whatever verb the runtime role is granted.
    """
    own = f"({_STAFF} OR {seller_column} = (SELECT app_seller()))"
    forward = [
        f"DROP POLICY persona ON {table}",
        f"CREATE POLICY persona_select ON {table} AS RESTRICTIVE FOR SELECT {_SEALED} USING {own}",
    ]
    for verb in ("INSERT", "UPDATE", "DELETE"):
        check = own if verb in verbs else f"({_STAFF})"
        clause = "WITH CHECK" if verb == "INSERT" else "USING"
        forward.append(f"CREATE POLICY persona_{verb.lower()} ON {table} AS RESTRICTIVE FOR {verb} {_SEALED} {clause} {check}")
    backward = [f"DROP POLICY persona_{verb} ON {table}" for verb in ("select", "insert", "update", "delete")]
    backward.append(f"CREATE POLICY persona ON {table} AS RESTRICTIVE {_SEALED} USING {own} WITH CHECK {own}")
    return RunSQL(sql=_script(forward), reverse_sql=_script(backward))


def _composite_key(table: str, column: str, target: str) -> str:
    name = f"{table}_{column}_within_tenant"
    return f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)"


def append_only(table: str) -> RunSQL:
    """Return the operation that refuses UPDATE and DELETE on `table` to everyone, by trigger."""
    return RunSQL(
        sql=f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        reverse_sql=f"DROP TRIGGER append_only ON {table}",
    )


def bumps_settings_revision(*tables: str) -> RunSQL:
    """Return the operation that moves the tenant's settings revision whenever a statement changes one of `tables`."""
    create = [
        f"CREATE TRIGGER settings_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION bump_settings_revision()"
        for table in tables
    ]
    drop = [f"DROP TRIGGER settings_changed ON {table}" for table in tables]
    return RunSQL(sql=_script(create), reverse_sql=_script(drop))


def audited(table: str, *, use_case: str, most: int = 20) -> RunSQL:
    """Return the operation after which every change of `table` is in the audit log, as an act of `use_case`.

    A statement that touches more than `most` rows has one entry, with their number.
    """
    says = f"EXECUTE FUNCTION audit_rows('{use_case}', '{most}')"
    old, new = "OLD TABLE AS before_rows", "NEW TABLE AS after_rows"
    tables = {"INSERT": new, "UPDATE": f"{old} {new}", "DELETE": old}
    create = [
        f"CREATE TRIGGER audited_{verb.lower()} AFTER {verb} ON {table} REFERENCING {seen} FOR EACH STATEMENT {says}"
        for verb, seen in tables.items()
    ]
    return RunSQL(sql=_script(create), reverse_sql=_script([f"DROP TRIGGER audited_{verb.lower()} ON {table}" for verb in tables]))


def definer_function(signature: str, *, returns: str, body: str, reads: Sequence[str]) -> RunSQL:
    """Return the operation that creates a function that looks across tenants, owned by the role that may.

    `reads` are the tables that it may read; nothing else is open to that role.
    """
    name = signature.split("(", maxsplit=1)[0]
    forward = [
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $body$ {body} $body$",
    ]
    for table in reads:
        forward += [
            f"DROP POLICY IF EXISTS {name}_reads ON {table}",
            f"CREATE POLICY {name}_reads ON {table} FOR SELECT TO {DEFINER_ROLE} USING (true)",
            f"GRANT SELECT ON {table} TO {DEFINER_ROLE}",
        ]
    # Handed over last: the owner, who does not inherit from the definer, could not grant on it afterwards.
    forward += [
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {RUNTIME_ROLE}",
        f"ALTER FUNCTION {signature} OWNER TO {DEFINER_ROLE}",
    ]
    return RunSQL(sql=_script(forward), reverse_sql=f"DROP FUNCTION {signature}")


def redefine_function(signature: str, *, returns: str, body: str, before: str) -> RunSQL:
    """Return the operation that gives a definer function another body, in the role that owns it; `before` is the body to go back to."""

    def defined(text: str) -> str:
        create = (
            f"CREATE OR REPLACE FUNCTION {signature} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER "
            f"SET search_path = public, pg_temp AS $body$ {text} $body$"
        )
        return _script([f"SET LOCAL ROLE {DEFINER_ROLE}", create, "RESET ROLE"])

    return RunSQL(sql=defined(body), reverse_sql=defined(before))


def retype_function(signature: str, *, returns: str, body: str, before_returns: str, before: str) -> RunSQL:
    """Return the operation that gives a definer function another result and body; the tables that it reads must be open to its role."""
    name = f"FUNCTION {signature}"

    def defined(result: str, text: str) -> str:
        create = (
            f"CREATE {name} RETURNS {result} LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $body$ {text} $body$"
        )
        rights = [f"REVOKE ALL ON {name} FROM PUBLIC", f"GRANT EXECUTE ON {name} TO {RUNTIME_ROLE}"]
        return _script([f"SET LOCAL ROLE {DEFINER_ROLE}", f"DROP {name}", create, *rights, "RESET ROLE"])

    return RunSQL(sql=defined(returns, body), reverse_sql=defined(before_returns, before))


def _script(statements: Sequence[str]) -> str:
    return ";\n".join(statements) + ";"
