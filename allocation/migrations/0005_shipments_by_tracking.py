"""Find shipments by the number that their carrier knows them by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("allocation", "0004_turn")]

    operations = [
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                fields=["tenant", "tracking_number"], name="shipment_by_tracking", condition=models.Q(tracking_number__isnull=False)
            ),
        ),
    ]
