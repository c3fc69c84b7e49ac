"""Seal this app's tables; one look across tenants tells the workers who has orders waiting."""

from django.db import migrations

from wms.tenancy.rls import definer_function, tenant_table

SELLER = ("seller_id", "tenancy_seller")
ORDER = ("order_id", "orders_order")

# A loose index scan: one probe per tenant, however many orders wait.
TENANTS_WITH_ORDERS_READY = """
    WITH RECURSIVE waiting AS (
      (SELECT tenant_id FROM orders_queuedorder WHERE ready ORDER BY tenant_id LIMIT 1)
      UNION ALL
      SELECT (SELECT q.tenant_id FROM orders_queuedorder q WHERE q.ready AND q.tenant_id > w.tenant_id ORDER BY q.tenant_id LIMIT 1)
      FROM waiting w WHERE w.tenant_id IS NOT NULL
    ) SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("inventory", "0002_seal")]

    operations = [
        tenant_table("orders_store", seller_column="seller_id", grants="SELECT, INSERT, UPDATE, DELETE", references=[SELLER]),
        tenant_table(
            "orders_order",
            seller_column="seller_id",
            grants="SELECT, INSERT, UPDATE",
            references=[SELLER, ("store_id", "orders_store")],
        ),
        tenant_table(
            "orders_orderline",
            seller_column="seller_id",
            grants="SELECT, INSERT",
            references=[ORDER, ("sku_id", "inventory_sku")],
        ),
        tenant_table(
            "orders_queuedorder", key="order_id", seller_column="seller_id", grants="SELECT, INSERT, UPDATE, DELETE", references=[ORDER]
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_order SET (fillfactor = 50)",
            "ALTER TABLE orders_order RESET (fillfactor)",
        ),
        definer_function(
            "tenants_with_orders_ready()",
            returns="SETOF bigint",
            body=TENANTS_WITH_ORDERS_READY,
            reads=["orders_queuedorder"],
        ),
    ]
