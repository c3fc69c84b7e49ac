"""Workers tell each other what their turns drew; a record stores the cheapest cost only where it is not the cost itself."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table

NUMBERS = django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())


class Migration(migrations.Migration):
    dependencies = [("allocation", "0019_rules_decide"), ("tenancy", "0007_failed_sign_ins")]

    operations = [
        migrations.RenameField("record", "cheapest_cost_minor", "cheapest_otherwise_minor"),
        migrations.CreateModel(
            name="TurnDraws",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("sku_ids", NUMBERS),
                ("warehouse_ids", NUMBERS),
                ("units", NUMBERS),
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
            options={"constraints": [models.UniqueConstraint(fields=("tenant", "number"), name="draws_once_per_turn")]},
        ),
        migrations.RunSQL("ALTER TABLE allocation_turndraws SET UNLOGGED", "ALTER TABLE allocation_turndraws SET LOGGED"),
        tenant_table("allocation_turndraws", grants="SELECT, INSERT, DELETE"),
    ]
