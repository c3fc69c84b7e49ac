"""What people have in hand, what warehouses sent back, what is late, and from when on exceptions are a person's matter."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import append_only, sellers_write, tenant_table

SELLER = ("seller_id", "tenancy_seller")
ORDER = ("order_id", "orders_order")
WAREHOUSE = ("warehouse_id", "inventory_warehouse")
ALL = "SELECT, INSERT, UPDATE, DELETE"


def _key(to: str, name: str) -> models.ForeignKey:
    """Return a key to a row of the same company; the composite constraint comes with the seal."""
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, verbose_name=name
    )


def _order_as_key() -> models.OneToOneField:
    return models.OneToOneField(
        db_constraint=False,
        on_delete=django.db.models.deletion.PROTECT,
        primary_key=True,
        related_name="+",
        serialize=False,
        to="orders.order",
        verbose_name="order",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0017_simulations"),
        ("inventory", "0002_seal"),
        ("orders", "0005_find_orders"),
        ("tenancy", "0004_every_tenant"),
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
                    (20, "held for review"),
                    (21, "review ended"),
                    (22, "manual allocation over a limit"),
                    (23, "address corrected"),
                    (24, "rejected by the warehouse"),
                ],
                verbose_name="decided by",
            ),
        ),
        migrations.CreateModel(
            name="ExceptionPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "most_rejections",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="After so many rejections of one order a person must decide.",
                        verbose_name="rejections by warehouses",
                    ),
                ),
                (
                    "overdue_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="An order that waits longer than this for a warehouse is overdue.",
                        verbose_name="hours until overdue",
                    ),
                ),
                (
                    "tenant",
                    _key("tenancy.tenant", "company"),
                ),
            ],
            options={
                "verbose_name": "exception settings",
                "verbose_name_plural": "exception settings",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="exception_policy_once_per_tenant"),
                    models.CheckConstraint(
                        condition=models.Q(("most_rejections__gt", 0), ("overdue_hours__gt", 0)), name="exception_policy_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderInHand",
            fields=[
                (
                    "order",
                    _order_as_key(),
                ),
                (
                    "kind",
                    models.SmallIntegerField(
                        choices=[(1, "warehouse chosen by hand"), (2, "held for review"), (3, "excluded from automation")],
                        verbose_name="why",
                    ),
                ),
                ("person", models.CharField(blank=True, max_length=120, verbose_name="person")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("since", models.DateTimeField(verbose_name="since")),
                (
                    "seller",
                    _key("tenancy.seller", "seller"),
                ),
                (
                    "tenant",
                    _key("tenancy.tenant", "company"),
                ),
            ],
            options={
                "verbose_name": "order in hand",
                "verbose_name_plural": "orders in hand",
                "indexes": [models.Index(fields=["tenant", "person", "since"], name="in_hand_by_person")],
            },
        ),
        migrations.CreateModel(
            name="OverdueOrder",
            fields=[
                (
                    "order",
                    _order_as_key(),
                ),
                ("promised_date", models.DateField(verbose_name="promised")),
                ("noted_at", models.DateTimeField(verbose_name="noted")),
                (
                    "seller",
                    _key("tenancy.seller", "seller"),
                ),
                (
                    "tenant",
                    _key("tenancy.tenant", "company"),
                ),
            ],
            options={
                "verbose_name": "overdue order",
                "verbose_name_plural": "overdue orders",
                "indexes": [models.Index(fields=["tenant", "promised_date"], name="overdue_by_promise")],
            },
        ),
        migrations.CreateModel(
            name="WarehouseRejection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("short_pick", "short pick: the units are not there"),
                            ("damaged", "the goods are damaged"),
                            ("other", "another cause"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("record_id", models.BigIntegerField()),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                ("rejected_at", models.DateTimeField(verbose_name="when")),
                (
                    "order",
                    _key("orders.order", "order"),
                ),
                (
                    "seller",
                    _key("tenancy.seller", "seller"),
                ),
                (
                    "tenant",
                    _key("tenancy.tenant", "company"),
                ),
                (
                    "warehouse",
                    _key("inventory.warehouse", "warehouse"),
                ),
            ],
            options={
                "verbose_name": "rejection by a warehouse",
                "verbose_name_plural": "rejections by warehouses",
                "indexes": [models.Index(fields=["tenant", "order"], name="rejection_by_order")],
            },
        ),
        migrations.CreateModel(
            name="AddressCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_id", models.BigIntegerField()),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("state_code", models.CharField(blank=True, max_length=40, verbose_name="state or province")),
                ("city", models.CharField(blank=True, max_length=80, verbose_name="city")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("postcode", models.CharField(blank=True, max_length=10, verbose_name="postcode")),
                ("recipient", models.CharField(blank=True, max_length=120, verbose_name="recipient")),
                ("lat", models.FloatField(null=True, verbose_name="latitude")),
                ("lon", models.FloatField(null=True, verbose_name="longitude")),
                ("residential", models.BooleanField(verbose_name="residential address")),
                ("actor", models.CharField(max_length=120, verbose_name="by")),
                ("corrected_at", models.DateTimeField(verbose_name="when")),
                (
                    "order",
                    _key("orders.order", "order"),
                ),
                (
                    "seller",
                    _key("tenancy.seller", "seller"),
                ),
                (
                    "tenant",
                    _key("tenancy.tenant", "company"),
                ),
            ],
            options={
                "verbose_name": "corrected address",
                "verbose_name_plural": "corrected addresses",
                "indexes": [models.Index(fields=["tenant", "order", "record_id"], name="correction_by_order")],
            },
        ),
        migrations.AddIndex("orderexception", models.Index(fields=["tenant", "since"], name="exception_by_age")),
        tenant_table("allocation_exceptionpolicy", grants="SELECT, INSERT, UPDATE"),
        tenant_table("allocation_addresscorrection", seller_column="seller_id", grants="SELECT, INSERT", references=[SELLER, ORDER]),
        sellers_write("allocation_addresscorrection"),
        append_only("allocation_addresscorrection"),
        tenant_table("allocation_orderinhand", key="order_id", grants=ALL, references=[SELLER, ORDER]),
        tenant_table("allocation_overdueorder", key="order_id", grants=ALL, references=[SELLER, ORDER]),
        tenant_table("allocation_warehouserejection", grants="SELECT, INSERT", references=[SELLER, ORDER, WAREHOUSE]),
    ]
