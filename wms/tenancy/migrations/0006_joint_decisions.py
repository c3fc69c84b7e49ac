"""From how many contended orders on a company's batches are decided together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_api_keys")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="joint_from_orders",
            field=models.PositiveIntegerField(
                blank=True, db_default=5, default=5, null=True, verbose_name="decide together from so many contended orders"
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(condition=models.Q(("joint_from_orders__gte", 1)), name="tenant_joint_from_one_order_on"),
        ),
    ]
