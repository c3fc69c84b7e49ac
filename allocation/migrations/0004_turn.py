"""Batches of one tenant take turns between their look at the stock and their commit."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("allocation", "0003_retries_and_seals"), ("tenancy", "0004_every_tenant")]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("tenant",), name="turn_once_per_tenant")]},
        ),
        migrations.RunSQL("ALTER TABLE allocation_turn SET (fillfactor = 10)", migrations.RunSQL.noop),
        tenant_table("allocation_turn", grants="SELECT, INSERT, UPDATE"),
    ]
