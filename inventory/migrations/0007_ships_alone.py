"""Articles of which each unit is a parcel of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0006_handling_per_tag")]

    operations = [
        migrations.AddField(
            model_name="sku",
            name="ships_alone",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Each unit is a parcel of its own.", verbose_name="ships alone"
            ),
        )
    ]
