"""In how many parcels a shipment goes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("allocation", "0022_stock_prices")]

    operations = [
        migrations.AddField(model_name="shipment", name="pieces", field=models.SmallIntegerField(null=True, verbose_name="parcels"))
    ]
