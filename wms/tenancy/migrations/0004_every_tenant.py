"""All tenants, for the checks and seals that run over each of them in its own scope."""

from django.db import migrations

from wms.tenancy.rls import definer_function


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_tenants_open_to")]

    operations = [
        definer_function(
            "every_tenant()",
            returns="TABLE (tenant_id bigint, code text)",
            body="SELECT t.id, t.code::text FROM tenancy_tenant t ORDER BY 1",
            reads=["tenancy_tenant"],
        ),
    ]
