"""Seal this app's tables; records, seals and settings versions are written once."""

from django.db import migrations

from wms.tenancy.rls import append_only, bumps_settings_revision, definer_function, tenant_table

SELLER = ("seller_id", "tenancy_seller")
ORDER = ("order_id", "orders_order")
WAREHOUSE = ("warehouse_id", "inventory_warehouse")
CHANNEL = ("channel_id", "carriers_channel")
STRATEGY = ("strategy_id", "allocation_strategy")
ALL = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [("allocation", "0001_initial"), ("orders", "0002_seal"), ("carriers", "0002_seal")]

    operations = [
        tenant_table("allocation_lane", grants=ALL, references=[WAREHOUSE, CHANNEL]),
        tenant_table("allocation_strategy", grants=ALL),
        tenant_table("allocation_strategywarehouse", grants=ALL, references=[STRATEGY, WAREHOUSE]),
        tenant_table("allocation_strategychannel", grants=ALL, references=[STRATEGY, CHANNEL]),
        tenant_table("allocation_strategyseller", grants=ALL, references=[STRATEGY, SELLER]),
        tenant_table("allocation_defaultwarehouse", grants=ALL, references=[SELLER, WAREHOUSE]),
        tenant_table("allocation_settingsversion", grants="SELECT, INSERT"),
        append_only("allocation_settingsversion"),
        tenant_table("allocation_record", seller_column="seller_id", grants="SELECT, INSERT", references=[ORDER]),
        append_only("allocation_record"),
        tenant_table("allocation_shipment", seller_column="seller_id", grants="SELECT, INSERT, UPDATE"),
        tenant_table("allocation_orderexception", key="order_id", seller_column="seller_id", grants=ALL, references=[ORDER]),
        tenant_table("allocation_outboxbatch", grants="SELECT, INSERT, UPDATE, DELETE"),
        tenant_table("allocation_recordseal", grants="SELECT, INSERT"),
        append_only("allocation_recordseal"),
        bumps_settings_revision(
            "allocation_lane",
            "allocation_strategy",
            "allocation_strategywarehouse",
            "allocation_strategychannel",
            "allocation_strategyseller",
            "allocation_defaultwarehouse",
        ),
        definer_function(
            "tenants_with_exceptions()",
            returns="SETOF bigint",
            body="SELECT DISTINCT tenant_id FROM allocation_orderexception",
            reads=["allocation_orderexception"],
        ),
    ]
