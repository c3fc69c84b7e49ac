"""Sellers read their stock and change none of it; their articles are theirs to describe."""

from django.db import migrations

from wms.tenancy.rls import sellers_write


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_daily_lines_and_weekdays")]

    operations = [
        sellers_write("inventory_sku", "INSERT", "UPDATE"),
        sellers_write("inventory_stock"),
        sellers_write("inventory_reservation"),
        sellers_write("inventory_stockmovement"),
    ]
