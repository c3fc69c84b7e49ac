"""What-if runs, and the orders that each would decide otherwise."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from wms.tenancy.rls import definer_function, tenant_table

STATES = [("waiting", "waiting"), ("running", "running"), ("done", "done"), ("cancelled", "cancelled"), ("failed", "failed")]
BASES = [("now", "stock as it is"), ("before", "stock as it was before these orders")]
TENANTS_WITH_SIMULATIONS = "SELECT DISTINCT tenant_id FROM allocation_simulationrun WHERE state IN ('waiting', 'running') ORDER BY 1"
RUN = ("run_id", "allocation_simulationrun")
ORDER = ("order_id", "orders_order")
CHOICES = [
    (f"{side}_{thing}_id", table)
    for side in ("before", "after")
    for thing, table in (("warehouse", "inventory_warehouse"), ("channel", "carriers_channel"))
]


def key() -> tuple[str, models.Field]:
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def to(name: str, target: str, verbose_name: str, **options: object) -> tuple[str, models.Field]:
    options.setdefault("on_delete", django.db.models.deletion.PROTECT)
    return (name, models.ForeignKey(db_constraint=False, db_index=False, related_name="+", to=target, verbose_name=verbose_name, **options))


class Migration(migrations.Migration):
    dependencies = [("allocation", "0016_ledger")]

    operations = [
        migrations.CreateModel(
            name="SimulationRun",
            fields=[
                key(),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("author", models.CharField(max_length=150, verbose_name="by")),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=10, verbose_name="state")),
                ("since", models.DateField(null=True, verbose_name="orders from")),
                ("until", models.DateField(null=True, verbose_name="to")),
                ("stock_basis", models.CharField(choices=BASES, max_length=8, verbose_name="stock")),
                ("scenario", models.JSONField(verbose_name="draft")),
                ("orders", models.IntegerField(default=0, verbose_name="orders")),
                ("orders_done", models.IntegerField(default=0, verbose_name="orders done")),
                ("result", models.JSONField(null=True, verbose_name="result")),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("touched_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                to("tenant", "tenancy.tenant", "company"),
            ],
            options={
                "verbose_name": "simulation",
                "verbose_name_plural": "simulations",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(since__isnull=True, until__isnull=True) | Q(until__gte=F("since")),
                        name="simulation_ends_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SimulationDifference",
            fields=[
                key(),
                ("before_cost_minor", models.BigIntegerField(null=True, verbose_name="cost in force")),
                ("after_cost_minor", models.BigIntegerField(null=True, verbose_name="cost of the draft")),
                to("after_channel", "carriers.channel", "channel of the draft", null=True),
                to("after_warehouse", "inventory.warehouse", "warehouse of the draft", null=True),
                to("before_channel", "carriers.channel", "channel in force", null=True),
                to("before_warehouse", "inventory.warehouse", "warehouse in force", null=True),
                to("order", "orders.order", "order"),
                to("run", "allocation.simulationrun", "simulation", on_delete=django.db.models.deletion.CASCADE),
                to("tenant", "tenancy.tenant", "company"),
            ],
            options={
                "verbose_name": "difference",
                "verbose_name_plural": "differences",
                "indexes": [models.Index(fields=["tenant", "run", "id"], name="difference_by_run")],
            },
        ),
        tenant_table("allocation_simulationrun", grants="SELECT, INSERT, UPDATE, DELETE"),
        tenant_table("allocation_simulationdifference", grants="SELECT, INSERT, DELETE", references=[RUN, ORDER, *CHOICES]),
        definer_function(
            "tenants_with_simulations()", returns="SETOF bigint", body=TENANTS_WITH_SIMULATIONS, reads=["allocation_simulationrun"]
        ),
    ]
