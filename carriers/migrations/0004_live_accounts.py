"""Accounts with providers of live quotes: closed to sellers, their credentials encrypted before they get here."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import bumps_settings_revision, definer_function, tenant_table

ALL = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [
        ("carriers", "0003_area_lists_and_holidays"),
        ("tenancy", "0003_tenants_open_to"),
    ]

    operations = [
        migrations.CreateModel(
            name="LiveAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=32, verbose_name="provider")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("base_url", models.CharField(max_length=200, verbose_name="address")),
                ("sealed", models.TextField(editable=False, verbose_name="credentials")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("cache_seconds", models.IntegerField(default=600, verbose_name="seconds that a quote stays good")),
                ("rate_per_second", models.IntegerField(default=10, verbose_name="most requests per second")),
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
                "verbose_name": "live quote account",
                "verbose_name_plural": "live quote accounts",
            },
        ),
        migrations.CreateModel(
            name="LiveService",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("carrier", models.CharField(blank=True, max_length=64, verbose_name="carrier at the provider")),
                ("service", models.CharField(max_length=64, verbose_name="service at the provider")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="carriers.liveaccount",
                        verbose_name="live quote account",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="carriers.channel",
                        verbose_name="channel",
                    ),
                ),
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
                "verbose_name": "live service",
                "verbose_name_plural": "live services",
            },
        ),
        migrations.AddConstraint(
            model_name="liveaccount",
            constraint=models.UniqueConstraint(fields=("tenant", "name"), name="live_account_name_once_per_tenant"),
        ),
        migrations.AddConstraint(
            model_name="liveaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("cache_seconds__gte", 0), ("cache_seconds__lte", 86400)), name="live_account_caches_at_most_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="liveaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate_per_second__gte", 1), ("rate_per_second__lte", 1000)), name="live_account_rate_within_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="liveservice",
            constraint=models.UniqueConstraint(fields=("tenant", "channel"), name="channel_priced_by_one_live_service"),
        ),
        tenant_table("carriers_liveaccount", grants=ALL),
        tenant_table(
            "carriers_liveservice",
            grants=ALL,
            references=[("channel_id", "carriers_channel"), ("account_id", "carriers_liveaccount")],
        ),
        bumps_settings_revision("carriers_liveaccount", "carriers_liveservice"),
        definer_function(
            "tenants_with_live_accounts()",
            returns="SETOF bigint",
            body="SELECT DISTINCT tenant_id FROM carriers_liveaccount",
            reads=["carriers_liveaccount"],
        ),
    ]
