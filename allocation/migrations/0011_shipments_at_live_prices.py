"""Let a shipment have no rate card: its price is what the carrier answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("allocation", "0006_rules"), ("orders", "0003_quotes_on_the_queue")]

    operations = [
        migrations.AlterField(
            "shipment",
            "rate_card",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="carriers.ratecard",
                verbose_name="rate card",
            ),
        ),
    ]
