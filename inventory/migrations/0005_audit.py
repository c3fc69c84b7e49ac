"""What people change of warehouses is in the audit log."""

from django.db import migrations

from wms.tenancy.rls import audited


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_sellers_read"), ("tenancy", "0008_audit")]

    operations = [audited("inventory_warehouse", use_case="configure")]
