"""The settings of smart allocation (智能分仓设置), and every version that was saved of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint, Value
from django.utils.translation import gettext_lazy as _

from allocation.core.strategies import DEFAULT_WAREHOUSE, Objective
from wms.tenancy.models import TenantModel, tenant_key

OBJECTIVE_NAMES = [
    (Objective.COST.value, _("lowest cost")),
    (Objective.NEAREST.value, _("nearest warehouse")),
    (Objective.FASTEST.value, _("fastest")),
    (Objective.WEIGHTED.value, _("cost with a price on days and splits")),
]


class Strategy(TenantModel):
    """A setting of smart allocation (智能分仓) as it is in force: which orders, which warehouses and channels, what is wished.

    Without a row in StrategySeller or StrategyStore it covers every seller and store; without platforms or countries, every one of
    them. Of the strategies that cover an order the most specific one decides, then the one with the smallest priority. The terms
    are those of allocation.core.strategies; money is in the tenant's minor units. `version` is the number of the newest
    StrategyVersion, 0 where it was never saved by a person.
    """

    name = models.CharField(_("name"), max_length=120)
    priority = models.PositiveIntegerField(_("priority"), default=100)
    active = models.BooleanField(_("active"), default=True)
    platforms = ArrayField(models.CharField(max_length=32), verbose_name=_("platforms"), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=2), verbose_name=_("countries"), default=list, blank=True)
    objective = models.CharField(_("objective"), max_length=16, choices=OBJECTIVE_NAMES, default="cost", db_default="cost")
    late_day_price_minor = models.BigIntegerField(_("price of a day late, in cents"), default=0, db_default=0)
    split_price_minor = models.BigIntegerField(_("price of a split, in cents"), default=0, db_default=0)
    most_shipments = models.SmallIntegerField(_("most shipments of an order"), default=1, db_default=1)
    least_split_value_minor = models.BigIntegerField(_("least value of each half of a split, in cents"), default=0, db_default=0)
    most_distance_m = models.BigIntegerField(_("most distance, in metres"), null=True, blank=True)
    most_over_cheapest_minor = models.BigIntegerField(_("most over the cheapest, in cents"), null=True, blank=True)
    promise_is_hard = models.BooleanField(_("never later than promised"), default=False, db_default=False)
    same_day = models.BooleanField(_("only what still ships today"), default=False, db_default=False)
    live_fallback = models.BooleanField(_("the rate card where a live price is missing"), default=True, db_default=True)
    keep_back_units = models.IntegerField(_("units kept back beyond the safety stock"), default=0, db_default=0)
    fallbacks = models.JSONField(
        _("when nothing serves"),
        db_default=Value([DEFAULT_WAREHOUSE], models.JSONField()),
        blank=True,
    )
    version = models.IntegerField(_("version"), default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("smart allocation setting")
        verbose_name_plural = _("smart allocation settings")
        constraints = [
            UniqueConstraint(fields=("tenant", "name"), name="strategy_name_once_per_tenant"),
            CheckConstraint(condition=Q(most_shipments__gte=1), name="strategy_ships_an_order_in_one_or_more"),
        ]

    def __str__(self) -> str:
        return self.name


class StrategyWarehouse(TenantModel):
    """That a strategy may ship from a warehouse."""

    strategy = tenant_key("allocation.Strategy", _("strategy"), on_delete=models.CASCADE, related_name="warehouses")
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "strategy", "warehouse"), name="strategy_names_a_warehouse_once")]


class StrategyChannel(TenantModel):
    """That a strategy may ship by a channel."""

    strategy = tenant_key("allocation.Strategy", _("strategy"), on_delete=models.CASCADE, related_name="channels")
    channel = tenant_key("carriers.Channel", _("channel"))

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "strategy", "channel"), name="strategy_names_a_channel_once")]


class StrategySeller(TenantModel):
    """That a strategy covers a seller's orders."""

    strategy = tenant_key("allocation.Strategy", _("strategy"), on_delete=models.CASCADE, related_name="sellers")
    seller = tenant_key("tenancy.Seller", _("seller"))

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "strategy", "seller"), name="strategy_names_a_seller_once")]


class StrategyStore(TenantModel):
    """That a strategy covers a store's orders."""

    strategy = tenant_key("allocation.Strategy", _("strategy"), on_delete=models.CASCADE, related_name="stores")
    store = tenant_key("orders.Store", _("store"))

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "strategy", "store"), name="strategy_names_a_store_once")]


class StrategyBan(TenantModel):
    """That goods with a tag may not ship from a warehouse, or by a channel, or from that warehouse by that channel."""

    strategy = tenant_key("allocation.Strategy", _("strategy"), on_delete=models.CASCADE, related_name="bans")
    tag = models.CharField(_("tag"), max_length=24)
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"), null=True, blank=True)
    channel = tenant_key("carriers.Channel", _("channel"), null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=("tenant", "strategy", "tag", "warehouse", "channel"), name="strategy_bans_a_tag_once", nulls_distinct=False
            ),
            CheckConstraint(condition=Q(warehouse__isnull=False) | Q(channel__isnull=False), name="strategy_bans_a_tag_from_somewhere"),
        ]


class StrategyVersion(TenantModel):
    """One saved state of a strategy, with who saved it and why. Written once, never changed.

    `document` is what allocation.core.strategies reads as a StrategyDraft.
    """

    strategy = tenant_key("allocation.Strategy", _("strategy"))
    number = models.IntegerField(_("version"))
    document = models.JSONField(_("content"))
    author = models.CharField(_("by"), max_length=120)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    saved_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("version of a smart allocation setting")
        verbose_name_plural = _("versions of smart allocation settings")
        constraints = [UniqueConstraint(fields=("tenant", "strategy", "number"), name="strategy_version_once_per_number")]

    def __str__(self) -> str:
        return f"{self.strategy_id} v{self.number}"
