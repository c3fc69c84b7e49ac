"""A key may end by itself."""

from django.db import migrations, models

from wms.tenancy.rls import redefine_function

SEAT = "SELECT k.id, k.tenant_id, k.role::text, k.seller_id FROM tenancy_apikey k WHERE k.sha256 = $1 AND k.revoked_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0009_members_leave")]

    operations = [
        migrations.AddField("apikey", "expires_at", models.DateTimeField(null=True, verbose_name="expires")),
        redefine_function(
            "api_key_seat(text)",
            returns="TABLE (key_id bigint, tenant_id bigint, role text, seller_id bigint)",
            body=f"{SEAT} AND (k.expires_at IS NULL OR k.expires_at > now())",
            before=SEAT,
        ),
    ]
