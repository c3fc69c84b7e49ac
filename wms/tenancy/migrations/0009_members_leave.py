"""A seat that is taken back stays in the list of people, and opens nothing."""

from django.db import migrations, models

from wms.tenancy.rls import definer_function, redefine_function

SEATS = "SELECT m.tenant_id, m.role, m.seller_id FROM tenancy_membership m WHERE m.user_id = $1{} ORDER BY 1"
OPEN_TO = """
    SELECT t.id, t.code::text, t.name::text FROM tenancy_tenant t
    WHERE EXISTS (SELECT FROM tenancy_membership m WHERE m.tenant_id = t.id AND m.user_id = $1{})
       OR EXISTS (SELECT FROM auth_user u WHERE u.id = $1 AND u.is_superuser AND u.is_active)
    ORDER BY 3, 1
"""
IN_FORCE = " AND m.active"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0008_audit")]

    operations = [
        migrations.AddField("membership", "active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
        redefine_function(
            "memberships_of(bigint)",
            returns="TABLE (tenant_id bigint, role text, seller_id bigint)",
            body=SEATS.format(IN_FORCE),
            before=SEATS.format(""),
        ),
        redefine_function(
            "tenants_open_to(bigint)",
            returns="TABLE (tenant_id bigint, code text, name text)",
            body=OPEN_TO.format(IN_FORCE),
            before=OPEN_TO.format(""),
        ),
        definer_function(
            "is_member_elsewhere(bigint)",
            returns="boolean",
            body="SELECT EXISTS (SELECT FROM tenancy_membership m WHERE m.user_id = $1 AND m.tenant_id <> app_tenant())",
            reads=["tenancy_membership"],
        ),
    ]
