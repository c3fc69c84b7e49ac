"""Keys by which programs sign in; one look across tenants tells whose key it is."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import definer_function, sellers_write, tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_every_tenant"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("admin", "company administrator"),
                            ("operator", "operator"),
                            ("operations", "operations staff"),
                            ("seller", "seller"),
                            ("read_only", "read-only"),
                        ],
                        max_length=16,
                        verbose_name="role",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("prefix", models.CharField(max_length=16, verbose_name="beginning")),
                ("sha256", models.CharField(max_length=64)),
                ("created_by", models.CharField(max_length=150, verbose_name="created by")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.seller",
                        verbose_name="seller",
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
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "constraints": [
                    models.UniqueConstraint(fields=("sha256",), name="api_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", "seller"), ("seller__isnull", False)),
                            models.Q(models.Q(("role", "seller"), _negated=True), ("seller__isnull", True)),
                            _connector="OR",
                        ),
                        name="api_key_names_a_seller_only_for_sellers",
                    ),
                ],
            },
        ),
        tenant_table(
            "tenancy_apikey",
            seller_column="seller_id",
            grants="SELECT, INSERT, UPDATE (last_used_at, revoked_at)",
            references=[("seller_id", "tenancy_seller")],
        ),
        sellers_write("tenancy_apikey", "INSERT", "UPDATE"),
        sellers_write("tenancy_seller", seller_column="id"),
        definer_function(
            "api_key_seat(text)",
            returns="TABLE (key_id bigint, tenant_id bigint, role text, seller_id bigint)",
            body="SELECT k.id, k.tenant_id, k.role::text, k.seller_id FROM tenancy_apikey k WHERE k.sha256 = $1 AND k.revoked_at IS NULL",
            reads=["tenancy_apikey"],
        ),
    ]
