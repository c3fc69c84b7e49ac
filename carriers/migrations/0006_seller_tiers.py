"""Price tiers of sellers, and who is in which."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact

from wms.tenancy.rls import audited, bumps_settings_revision, tenant_table


def key(to: str, verbose_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        verbose_name=verbose_name,
    )


class Migration(migrations.Migration):
    dependencies = [("carriers", "0005_audit"), ("tenancy", "0008_audit")]

    operations = [
        migrations.CreateModel(
            name="SellerTier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", key("tenancy.tenant", "company")),
                ("code", models.CharField(max_length=32, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=3,
                        default=0,
                        help_text="Of a channel's price; below zero it is a discount.",
                        max_digits=7,
                        verbose_name="markup in per cent",
                    ),
                ),
                (
                    "channel_percents",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        verbose_name="other per cents by channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "seller tier",
                "verbose_name_plural": "seller tiers",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "code"), name="seller_tier_code_once_per_tenant"),
                    models.CheckConstraint(condition=Q(percent__gte=-100, percent__lte=1000), name="seller_tier_within_bounds"),
                    models.CheckConstraint(
                        condition=Exact(Func(F("channel_percents"), function="jsonb_typeof", output_field=models.TextField()), "object"),
                        name="seller_tier_percents_by_channel",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SellerInTier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", key("tenancy.tenant", "company")),
                ("seller", key("tenancy.seller", "seller")),
                ("tier", key("carriers.sellertier", "seller tier")),
            ],
            options={
                "verbose_name": "seller in a tier",
                "verbose_name_plural": "sellers in tiers",
                "constraints": [models.UniqueConstraint(fields=("tenant", "seller"), name="seller_in_one_tier")],
            },
        ),
        tenant_table("carriers_sellertier", grants="SELECT, INSERT, UPDATE"),
        tenant_table(
            "carriers_sellerintier",
            grants="SELECT, INSERT, UPDATE, DELETE",
            references=[("seller_id", "tenancy_seller"), ("tier_id", "carriers_sellertier")],
        ),
        bumps_settings_revision("carriers_sellertier", "carriers_sellerintier"),
        audited("carriers_sellertier", use_case="configure"),
        audited("carriers_sellerintier", use_case="configure"),
    ]
