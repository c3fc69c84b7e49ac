"""What people change of carriers, channels, prices and live accounts is in the audit log."""

from django.db import migrations

from wms.tenancy.rls import audited

TABLES = (
    "carriers_carrier",
    "carriers_channel",
    "carriers_zonechart",
    "carriers_ratecard",
    "carriers_fuelrate",
    "carriers_fxrate",
    "carriers_arealist",
    "carriers_holiday",
    "carriers_liveaccount",
    "carriers_liveservice",
)


class Migration(migrations.Migration):
    dependencies = [("carriers", "0004_live_accounts"), ("tenancy", "0008_audit")]

    operations = [audited(table, use_case="configure") for table in TABLES]
