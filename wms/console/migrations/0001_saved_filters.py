"""Filters of the allocation records that people keep."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0004_every_tenant")]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.CharField(max_length=150, verbose_name="owner")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("shared", models.BooleanField(default=False, verbose_name="shared")),
                ("document", models.JSONField(verbose_name="content")),
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
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "constraints": [models.UniqueConstraint(fields=("tenant", "owner", "name"), name="saved_filter_name_once_per_owner")],
            },
        ),
        tenant_table("console_savedfilter", grants="SELECT, INSERT, UPDATE, DELETE"),
    ]
