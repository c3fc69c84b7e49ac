"""What carriers said of orders that people have in hand."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table


def _key(to: str, name: str) -> models.ForeignKey:
    """Return a key to a row of the same company; the composite constraint comes with the seal."""
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, verbose_name=name
    )


class Migration(migrations.Migration):
    dependencies = [("allocation", "0023_pieces")]

    operations = [
        migrations.CreateModel(
            name="OrderQuotes",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                ("quotes", models.BinaryField()),
                ("seller", _key("tenancy.seller", "seller")),
                ("tenant", _key("tenancy.tenant", "company")),
            ],
            options={"verbose_name": "quotes of an order", "verbose_name_plural": "quotes of orders"},
        ),
        tenant_table(
            "allocation_orderquotes",
            key="order_id",
            grants="SELECT, INSERT, UPDATE, DELETE",
            references=[("seller_id", "tenancy_seller"), ("order_id", "orders_order")],
        ),
    ]
