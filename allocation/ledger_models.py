"""The savings ledger: what the decisions in force cost, day by day, added up once so that a page need not read every record."""

from __future__ import annotations

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class DayTotal(TenantModel):
    """The decisions in force that a day's records made, by seller, warehouse and mode (allocation.core.types.Mode).

    A record that supersedes another takes that one off the day on which it was made. Costs are landed costs in the tenant's minor
    units: of the warehouse chosen, of the nearest that could serve, and of the cheapest.
    """

    date = models.DateField(_("day"))
    seller = tenant_key("tenancy.Seller", _("seller"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    mode = models.SmallIntegerField(_("decided by"))
    orders = models.IntegerField(_("orders"))
    split_orders = models.IntegerField(_("split orders"))
    cost_minor = models.BigIntegerField(_("cost"))
    nearest_cost_minor = models.BigIntegerField(_("cost from the nearest"))
    cheapest_cost_minor = models.BigIntegerField(_("cost from the cheapest"))

    class Meta:
        verbose_name = _("day's total")
        verbose_name_plural = _("days' totals")
        constraints = [UniqueConstraint(fields=("tenant", "date", "seller", "warehouse", "mode"), name="day_total_once")]


class OrderCount(TenantModel):
    """How many orders were in a state (orders.core.states.OrderState) when the ledger was last kept."""

    state = models.SmallIntegerField(_("state"))
    orders = models.BigIntegerField(_("orders"))

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "state"), name="order_count_once_per_state")]


class LedgerMark(TenantModel):
    """Up to which record a tenant's ledger is kept, and when that was done."""

    last_record_id = models.BigIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant",), name="ledger_mark_once_per_tenant")]
