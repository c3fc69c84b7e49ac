"""What-if runs (模拟): drafts of strategies and rules tried on orders, changing nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class SimulationState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class StockBasis(models.TextChoices):
    NOW = "now", _("stock as it is")
    BEFORE = "before", _("stock as it was before these orders")


class SimulationRun(TenantModel):
    """One run: which orders, on which stock, what differs from what is in force, and what came out.

    `scenario` and `result` are what allocation.simulation reads and writes. `touched_at` tells a run whose worker died.
    """

    name = models.CharField(_("name"), max_length=120)
    author = models.CharField(_("by"), max_length=150)
    state = models.CharField(_("state"), max_length=10, choices=SimulationState, default=SimulationState.WAITING)
    since = models.DateField(_("orders from"), null=True)
    until = models.DateField(_("to"), null=True)
    stock_basis = models.CharField(_("stock"), max_length=8, choices=StockBasis)
    scenario = models.JSONField(_("draft"))
    orders = models.IntegerField(_("orders"), default=0)
    orders_done = models.IntegerField(_("orders done"), default=0)
    result = models.JSONField(_("result"), null=True)
    requested_at = models.DateTimeField(_("requested"))
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        constraints = [
            CheckConstraint(
                condition=Q(since__isnull=True, until__isnull=True) | Q(until__gte=F("since")), name="simulation_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SimulationDifference(TenantModel):
    """An order that the draft decides otherwise; no warehouse is an exception. Costs in the tenant's minor units."""

    run = tenant_key("allocation.SimulationRun", _("simulation"), on_delete=models.CASCADE)
    order = tenant_key("orders.Order", _("order"))
    before_warehouse = tenant_key("inventory.Warehouse", _("warehouse in force"), null=True)
    before_channel = tenant_key("carriers.Channel", _("channel in force"), null=True)
    before_cost_minor = models.BigIntegerField(_("cost in force"), null=True)
    after_warehouse = tenant_key("inventory.Warehouse", _("warehouse of the draft"), null=True)
    after_channel = tenant_key("carriers.Channel", _("channel of the draft"), null=True)
    after_cost_minor = models.BigIntegerField(_("cost of the draft"), null=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        indexes = [Index(fields=("tenant", "run", "id"), name="difference_by_run")]
