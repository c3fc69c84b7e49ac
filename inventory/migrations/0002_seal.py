"""Seal this app's tables, and lay stock out so that changing a count stays within its page."""

from django.db import migrations

from wms.tenancy.rls import append_only, bumps_settings_revision, tenant_table

SELLER = ("seller_id", "tenancy_seller")
WAREHOUSE = ("warehouse_id", "inventory_warehouse")
SKU = ("sku_id", "inventory_sku")


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("tenancy", "0002_seal")]

    operations = [
        tenant_table("inventory_warehouse", sellers_read=True, grants="SELECT, INSERT, UPDATE, DELETE"),
        tenant_table("inventory_sku", seller_column="seller_id", grants="SELECT, INSERT, UPDATE, DELETE", references=[SELLER]),
        tenant_table("inventory_stock", seller_column="seller_id", grants="SELECT, INSERT, UPDATE", references=[SELLER, WAREHOUSE, SKU]),
        tenant_table("inventory_reservation", seller_column="seller_id", grants="SELECT, INSERT, UPDATE"),
        tenant_table("inventory_stockmovement", seller_column="seller_id", grants="SELECT, INSERT", references=[SELLER, WAREHOUSE, SKU]),
        append_only("inventory_stockmovement"),
        bumps_settings_revision("inventory_warehouse"),
        migrations.RunSQL(
            "ALTER TABLE inventory_stock SET (fillfactor = 70)",
            "ALTER TABLE inventory_stock RESET (fillfactor)",
        ),
    ]
