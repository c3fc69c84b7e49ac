"""The savings ledger: totals of a day, orders by state, and up to which record it is kept."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import definer_function, tenant_table

TENANTS_WITH_LEDGER_TO_KEEP = """
    SELECT t.id FROM tenancy_tenant t LEFT JOIN allocation_ledgermark m ON m.tenant_id = t.id
    WHERE coalesce((SELECT max(r.id) FROM allocation_record r WHERE r.tenant_id = t.id), 0) > coalesce(m.last_record_id, 0)
      OR m.kept_at < now() - interval '15 minutes'
    ORDER BY 1
"""
WRITTEN = "SELECT, INSERT, UPDATE"


def key() -> tuple[str, models.Field]:
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(name: str, target: str, verbose_name: str) -> tuple[str, models.Field]:
    return (
        name,
        models.ForeignKey(
            db_constraint=False,
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to=target,
            verbose_name=verbose_name,
        ),
    )


TENANT = ("tenant", "tenancy.tenant", "company")


class Migration(migrations.Migration):
    dependencies = [("allocation", "0015_sellers_read"), ("tenancy", "0004_every_tenant")]

    operations = [
        migrations.CreateModel(
            name="DayTotal",
            fields=[
                key(),
                ("date", models.DateField(verbose_name="day")),
                ("mode", models.SmallIntegerField(verbose_name="decided by")),
                ("orders", models.IntegerField(verbose_name="orders")),
                ("split_orders", models.IntegerField(verbose_name="split orders")),
                ("cost_minor", models.BigIntegerField(verbose_name="cost")),
                ("nearest_cost_minor", models.BigIntegerField(verbose_name="cost from the nearest")),
                ("cheapest_cost_minor", models.BigIntegerField(verbose_name="cost from the cheapest")),
                to("seller", "tenancy.seller", "seller"),
                to(*TENANT),
                to("warehouse", "inventory.warehouse", "warehouse"),
            ],
            options={
                "verbose_name": "day's total",
                "verbose_name_plural": "days' totals",
                "constraints": [models.UniqueConstraint(fields=("tenant", "date", "seller", "warehouse", "mode"), name="day_total_once")],
            },
        ),
        migrations.CreateModel(
            name="OrderCount",
            fields=[
                key(),
                ("state", models.SmallIntegerField(verbose_name="state")),
                ("orders", models.BigIntegerField(verbose_name="orders")),
                to(*TENANT),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("tenant", "state"), name="order_count_once_per_state")]},
        ),
        migrations.CreateModel(
            name="LedgerMark",
            fields=[key(), ("last_record_id", models.BigIntegerField()), ("kept_at", models.DateTimeField()), to(*TENANT)],
            options={"constraints": [models.UniqueConstraint(fields=("tenant",), name="ledger_mark_once_per_tenant")]},
        ),
        tenant_table(
            "allocation_daytotal",
            grants=WRITTEN,
            references=[("seller_id", "tenancy_seller"), ("warehouse_id", "inventory_warehouse")],
        ),
        tenant_table("allocation_ordercount", grants="SELECT, INSERT, DELETE"),
        tenant_table("allocation_ledgermark", grants=WRITTEN),
        definer_function(
            "tenants_with_ledger_to_keep()",
            returns="SETOF bigint",
            body=TENANTS_WITH_LEDGER_TO_KEEP,
            reads=["tenancy_tenant", "allocation_record", "allocation_ledgermark"],
        ),
    ]
