"""Records say that a rule decided, or sent an order to review."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0018_orders_in_hand"),
    ]

    operations = [
        migrations.AlterField(
            model_name="record",
            name="mode",
            field=models.SmallIntegerField(
                choices=[
                    (1, "smart allocation"),
                    (2, "default warehouse"),
                    (3, "exception"),
                    (4, "manual allocation"),
                    (5, "undone"),
                    (6, "cancelled"),
                    (7, "released by a stock count"),
                    (8, "allocation rule"),
                    (9, "sent to review"),
                    (20, "held for review"),
                    (21, "review ended"),
                    (22, "manual allocation over a limit"),
                    (23, "address corrected"),
                    (24, "rejected by the warehouse"),
                ],
                verbose_name="decided by",
            ),
        ),
    ]
