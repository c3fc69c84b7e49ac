"""A record tells the cheapest cost and what decided, a shipment when it leaves and arrives."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("allocation", "0013_loads_of_warehouses")]

    operations = [
        migrations.AddField(
            model_name="record",
            name="cheapest_cost_minor",
            field=models.BigIntegerField(null=True, verbose_name="cost from the cheapest"),
        ),
        migrations.AddField(
            model_name="record",
            name="decided_by_id",
            field=models.BigIntegerField(null=True, verbose_name="strategy or rule"),
        ),
        migrations.AddField(
            model_name="shipment",
            name="arrival_date",
            field=models.DateField(null=True, verbose_name="arrives on"),
        ),
        migrations.AddField(
            model_name="shipment",
            name="ship_date",
            field=models.DateField(null=True, verbose_name="ships on"),
        ),
    ]
