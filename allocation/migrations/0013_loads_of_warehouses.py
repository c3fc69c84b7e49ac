"""What a warehouse with a daily capacity has been given to ship, and when an exception is tried again for it."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table

WAREHOUSE = ("warehouse_id", "inventory_warehouse")


class Migration(migrations.Migration):
    dependencies = [("allocation", "0012_strategy_terms_and_versions")]

    operations = [
        migrations.CreateModel(
            name="WarehouseLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ship_date", models.DateField(verbose_name="ships on")),
                ("orders", models.IntegerField(verbose_name="orders")),
                ("lines", models.IntegerField(verbose_name="order lines")),
                ("freed_xid", models.BigIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                "verbose_name": "load of a warehouse",
                "verbose_name_plural": "loads of warehouses",
            },
        ),
        migrations.AddField(
            model_name="orderexception",
            name="retry_at",
            field=models.DateTimeField(null=True, verbose_name="tried again"),
        ),
        migrations.AddField(
            model_name="warehouseload",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
                verbose_name="company",
            ),
        ),
        migrations.AddField(
            model_name="warehouseload",
            name="warehouse",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddConstraint(
            model_name="warehouseload",
            constraint=models.UniqueConstraint(fields=("tenant", "warehouse", "ship_date"), name="load_once_per_warehouse_and_day"),
        ),
        migrations.AddConstraint(
            model_name="warehouseload",
            constraint=models.CheckConstraint(condition=models.Q(("lines__gte", 0), ("orders__gte", 0)), name="load_not_negative"),
        ),
        tenant_table("allocation_warehouseload", grants="SELECT, INSERT, UPDATE", references=[WAREHOUSE]),
    ]
