"""Sellers bring in orders and change none; their list is walked by the day on which orders were placed."""

from django.db import migrations, models

from wms.tenancy.rls import sellers_write


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_quotes_on_the_queue")]

    operations = [
        sellers_write("orders_store"),
        sellers_write("orders_order", "INSERT"),
        sellers_write("orders_orderline", "INSERT"),
        sellers_write("orders_queuedorder", "INSERT"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=("tenant", "seller", "placed_at", "id"), name="order_by_seller_and_day"),
        ),
    ]
