"""What units are worth to the orders that are still to come."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import append_only, tenant_table

NUMBERS = django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("allocation", "0021_audit"), ("tenancy", "0012_stock_prices")]

    operations = [
        migrations.CreateModel(
            name="StockPriceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("solved_at", models.DateTimeField(verbose_name="found")),
                ("orders", models.IntegerField(verbose_name="orders looked at")),
                ("sku_ids", NUMBERS),
                ("warehouse_ids", NUMBERS),
                ("prices_minor", NUMBERS),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
            ],
            options={
                "verbose_name": "prices of stock",
                "verbose_name_plural": "prices of stock",
                "indexes": [models.Index(fields=["tenant", "-id"], name="stock_prices_newest_first")],
            },
        ),
        tenant_table("allocation_stockpriceversion", grants="SELECT, INSERT"),
        append_only("allocation_stockpriceversion"),
    ]
