"""What a strategy wishes for, which stores it covers, what it bans, and every version that was saved of it."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import append_only, bumps_settings_revision, tenant_table

WAREHOUSE = ("warehouse_id", "inventory_warehouse")
CHANNEL = ("channel_id", "carriers_channel")
STRATEGY = ("strategy_id", "allocation_strategy")
ALL = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0011_shipments_at_live_prices"),
        ("carriers", "0004_live_accounts"),
        ("inventory", "0003_daily_lines_and_weekdays"),
        ("orders", "0002_seal"),
    ]

    operations = [
        migrations.CreateModel(
            name="StrategyBan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tag", models.CharField(max_length=24, verbose_name="tag")),
            ],
        ),
        migrations.CreateModel(
            name="StrategyStore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="StrategyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField(verbose_name="version")),
                ("document", models.JSONField(verbose_name="content")),
                ("author", models.CharField(max_length=120, verbose_name="by")),
                ("comment", models.CharField(blank=True, max_length=200, verbose_name="comment")),
                ("saved_at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "version of a smart allocation setting",
                "verbose_name_plural": "versions of smart allocation settings",
            },
        ),
        migrations.AddField(
            model_name="strategy",
            name="fallbacks",
            field=models.JSONField(
                blank=True,
                db_default=models.Value(["default_warehouse"], models.JSONField()),
                verbose_name="when nothing serves",
            ),
        ),
        migrations.AddField(
            model_name="strategy",
            name="keep_back_units",
            field=models.IntegerField(db_default=0, default=0, verbose_name="units kept back beyond the safety stock"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="late_day_price_minor",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="price of a day late, in cents"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="least_split_value_minor",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="least value of each half of a split, in cents"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="most_distance_m",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="most distance, in metres"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="most_over_cheapest_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="most over the cheapest, in cents"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="most_shipments",
            field=models.SmallIntegerField(db_default=1, default=1, verbose_name="most shipments of an order"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="objective",
            field=models.CharField(
                choices=[
                    ("cost", "lowest cost"),
                    ("nearest", "nearest warehouse"),
                    ("fastest", "fastest"),
                    ("weighted", "cost with a price on days and splits"),
                ],
                db_default="cost",
                default="cost",
                max_length=16,
                verbose_name="objective",
            ),
        ),
        migrations.AddField(
            model_name="strategy",
            name="promise_is_hard",
            field=models.BooleanField(db_default=False, default=False, verbose_name="never later than promised"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="live_fallback",
            field=models.BooleanField(db_default=True, default=True, verbose_name="the rate card where a live price is missing"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="same_day",
            field=models.BooleanField(db_default=False, default=False, verbose_name="only what still ships today"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="split_price_minor",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="price of a split, in cents"),
        ),
        migrations.AddField(
            model_name="strategy",
            name="version",
            field=models.IntegerField(db_default=0, default=0, editable=False, verbose_name="version"),
        ),
        migrations.AddConstraint(
            model_name="strategy",
            constraint=models.CheckConstraint(
                condition=models.Q(("most_shipments__gte", 1)), name="strategy_ships_an_order_in_one_or_more"
            ),
        ),
        migrations.AddField(
            model_name="strategyban",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="carriers.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddField(
            model_name="strategyban",
            name="strategy",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="bans",
                to="allocation.strategy",
                verbose_name="strategy",
            ),
        ),
        migrations.AddField(
            model_name="strategyban",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
                verbose_name="company",
            ),
        ),
        migrations.AddField(
            model_name="strategyban",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="strategystore",
            name="store",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.store",
                verbose_name="store",
            ),
        ),
        migrations.AddField(
            model_name="strategystore",
            name="strategy",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stores",
                to="allocation.strategy",
                verbose_name="strategy",
            ),
        ),
        migrations.AddField(
            model_name="strategystore",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
                verbose_name="company",
            ),
        ),
        migrations.AddField(
            model_name="strategyversion",
            name="strategy",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="allocation.strategy",
                verbose_name="strategy",
            ),
        ),
        migrations.AddField(
            model_name="strategyversion",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
                verbose_name="company",
            ),
        ),
        migrations.AddConstraint(
            model_name="strategyban",
            constraint=models.UniqueConstraint(
                fields=("tenant", "strategy", "tag", "warehouse", "channel"), name="strategy_bans_a_tag_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="strategyban",
            constraint=models.CheckConstraint(
                condition=models.Q(("warehouse__isnull", False), ("channel__isnull", False), _connector="OR"),
                name="strategy_bans_a_tag_from_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="strategystore",
            constraint=models.UniqueConstraint(fields=("tenant", "strategy", "store"), name="strategy_names_a_store_once"),
        ),
        migrations.AddConstraint(
            model_name="strategyversion",
            constraint=models.UniqueConstraint(fields=("tenant", "strategy", "number"), name="strategy_version_once_per_number"),
        ),
        tenant_table("allocation_strategystore", grants=ALL, references=[STRATEGY, ("store_id", "orders_store")]),
        tenant_table("allocation_strategyban", grants=ALL, references=[STRATEGY, WAREHOUSE, CHANNEL]),
        tenant_table("allocation_strategyversion", grants="SELECT, INSERT", references=[STRATEGY]),
        append_only("allocation_strategyversion"),
        bumps_settings_revision("allocation_strategystore", "allocation_strategyban"),
    ]
