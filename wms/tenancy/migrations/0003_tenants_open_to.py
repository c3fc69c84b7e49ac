"""The names of the tenants that a person may choose from, before any scope is open."""

from django.db import migrations

from wms.tenancy.rls import DEFINER_ROLE, definer_function

OPEN_TO = """
    SELECT t.id, t.code::text, t.name::text FROM tenancy_tenant t
    WHERE EXISTS (SELECT FROM tenancy_membership m WHERE m.tenant_id = t.id AND m.user_id = $1)
       OR EXISTS (SELECT FROM auth_user u WHERE u.id = $1 AND u.is_superuser AND u.is_active)
    ORDER BY 3, 1
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_seal")]

    operations = [
        migrations.RunSQL(
            f"GRANT SELECT (id, is_superuser, is_active) ON auth_user TO {DEFINER_ROLE}",
            f"REVOKE SELECT (id, is_superuser, is_active) ON auth_user FROM {DEFINER_ROLE}",
        ),
        definer_function(
            "tenants_open_to(bigint)",
            returns="TABLE (tenant_id bigint, code text, name text)",
            body=OPEN_TO,
            reads=["tenancy_tenant", "tenancy_membership"],
        ),
    ]
