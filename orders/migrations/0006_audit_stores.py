"""What people change of stores is in the audit log."""

from django.db import migrations

from wms.tenancy.rls import audited


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_find_orders"), ("tenancy", "0008_audit")]

    operations = [audited("orders_store", use_case="manage_people")]
