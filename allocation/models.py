"""Where an order ships from: what the operator set, what was decided and why, and what still waits."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from allocation.core.types import Mode
from allocation.hand_models import AddressCorrection as AddressCorrection  # noqa: PLC0414
from allocation.hand_models import ExceptionPolicy as ExceptionPolicy  # noqa: PLC0414
from allocation.hand_models import Hand as Hand  # noqa: PLC0414
from allocation.hand_models import OrderInHand as OrderInHand  # noqa: PLC0414
from allocation.hand_models import OrderQuotes as OrderQuotes  # noqa: PLC0414
from allocation.hand_models import OverdueOrder as OverdueOrder  # noqa: PLC0414
from allocation.hand_models import WarehouseRejection as WarehouseRejection  # noqa: PLC0414
from allocation.ledger_models import DayTotal as DayTotal  # noqa: PLC0414
from allocation.ledger_models import LedgerMark as LedgerMark  # noqa: PLC0414
from allocation.ledger_models import OrderCount as OrderCount  # noqa: PLC0414
from allocation.rule_models import Rule as Rule  # noqa: PLC0414
from allocation.rule_models import RuleSetVersion as RuleSetVersion  # noqa: PLC0414
from allocation.simulation_models import SimulationDifference as SimulationDifference  # noqa: PLC0414
from allocation.simulation_models import SimulationRun as SimulationRun  # noqa: PLC0414
from allocation.simulation_models import SimulationState as SimulationState  # noqa: PLC0414
from allocation.simulation_models import StockBasis as StockBasis  # noqa: PLC0414
from allocation.stock_price_models import StockPriceVersion as StockPriceVersion  # noqa: PLC0414
from allocation.strategy_models import Strategy as Strategy  # noqa: PLC0414
from allocation.strategy_models import StrategyBan as StrategyBan  # noqa: PLC0414
from allocation.strategy_models import StrategyChannel as StrategyChannel  # noqa: PLC0414
from allocation.strategy_models import StrategySeller as StrategySeller  # noqa: PLC0414
from allocation.strategy_models import StrategyStore as StrategyStore  # noqa: PLC0414
from allocation.strategy_models import StrategyVersion as StrategyVersion  # noqa: PLC0414
from allocation.strategy_models import StrategyWarehouse as StrategyWarehouse  # noqa: PLC0414
from wms.tenancy.models import TenantModel, tenant_key

MODE_NAMES = [
    (Mode.SMART.value, _("smart allocation")),
    (Mode.DEFAULT.value, _("default warehouse")),
    (Mode.EXCEPTION.value, _("exception")),
    (Mode.MANUAL.value, _("manual allocation")),
    (Mode.UNDO.value, _("undone")),
    (Mode.CANCEL.value, _("cancelled")),
    (Mode.COUNT.value, _("released by a stock count")),
    (Mode.RULE.value, _("allocation rule")),
    (Mode.REVIEW.value, _("sent to review")),
    (Mode.HOLD.value, _("held for review")),
    (Mode.RESUME.value, _("review ended")),
    (Mode.FORCED.value, _("manual allocation over a limit")),
    (Mode.ADDRESS.value, _("address corrected")),
    (Mode.REJECTED.value, _("rejected by the warehouse")),
]


class Lane(TenantModel):
    """That a warehouse ships by a channel."""

    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    channel = tenant_key("carriers.Channel", _("channel"))

    class Meta:
        verbose_name = _("channel of a warehouse")
        verbose_name_plural = _("channels of warehouses")
        constraints = [UniqueConstraint(fields=("tenant", "warehouse", "channel"), name="lane_once")]

    def __str__(self) -> str:
        return f"{self.warehouse_id}–{self.channel_id}"


class DefaultWarehouse(TenantModel):
    """The warehouse that serves a seller's orders when nothing else decides (默认仓库)."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))

    class Meta:
        verbose_name = _("default warehouse")
        verbose_name_plural = _("default warehouses")
        constraints = [UniqueConstraint(fields=("tenant", "seller"), name="default_warehouse_once_per_seller")]

    def __str__(self) -> str:
        return f"{self.seller_id}: {self.warehouse_id}"


class SettingsVersion(TenantModel):
    """All that a decision reads besides the order and the stock, on one ship date. Written once, never changed.

    Found by the fingerprint of its content, so that equal settings are stored once and a record needs one number to name
    them. `document` is what allocation.core.world reads.
    """

    ship_date = models.DateField(_("ship date"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    document = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("settings version")
        verbose_name_plural = _("settings versions")
        constraints = [UniqueConstraint(fields=("tenant", "sha256"), name="settings_version_once_per_content")]

    def __str__(self) -> str:
        return self.sha256[:12]


class Record(TenantModel):
    """One decision about one order (分仓记录). Written once, never changed; a later one names it in `supersedes`.

    `candidates` holds what can't be computed again, packed by allocation.core.packing: the parcel, the units that each
    warehouse had, and each warehouse's best channel with its landed cost, or its rejection. Costs are landed costs in the
    tenant's currency; `nearest_cost_minor` and `cheapest_cost_minor` are what the nearest and the cheapest warehouse would have cost
    that had the goods and a price, whatever else was wished; the latter is stored only where it is not the cost itself.
    `decided_by_id` is the strategy or, by mode, the rule that decided.
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    order = tenant_key("orders.Order", _("order"))
    settings_version = tenant_key("allocation.SettingsVersion", _("settings version"))
    mode = models.SmallIntegerField(_("decided by"), choices=MODE_NAMES)
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"), null=True)
    channel = tenant_key("carriers.Channel", _("channel"), null=True)
    cost_minor = models.BigIntegerField(_("cost"), null=True)
    nearest_cost_minor = models.BigIntegerField(_("cost from the nearest"), null=True)
    cheapest_otherwise_minor = models.BigIntegerField(_("cost from the cheapest"), null=True)
    decided_by_id = models.BigIntegerField(_("strategy or rule"), null=True)
    candidates = models.BinaryField()
    supersedes = models.BigIntegerField(_("supersedes"), null=True)
    actor = models.CharField(_("by"), max_length=120, null=True)  # noqa: DJ001 - null costs no byte in the millions of rows without one
    reason = models.CharField(_("reason"), max_length=200, null=True)  # noqa: DJ001
    decided_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("allocation record")
        verbose_name_plural = _("allocation records")
        indexes = [Index(fields=("tenant", "order"), name="record_by_order")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def cheapest_cost_minor(self) -> int | None:
        """Return what the cheapest warehouse would have cost; None where nothing had a price."""
        return self.cost_minor if self.cheapest_otherwise_minor is None else self.cheapest_otherwise_minor


class ShipmentState(models.IntegerChoices):
    PLANNED = 1, _("planned")
    RELEASED = 2, _("with the warehouse")
    SHIPPED = 3, _("shipped")
    CANCELLED = 4, _("cancelled")


class Shipment(TenantModel):
    """What one warehouse ships for one order, by which channel, at which estimated cost.

    `cost_lines[i]` is the amount of the i-th cost line of the rate card's version, in the card's currency, followed by the
    handling in the warehouse's; allocation.explain names them. Without a rate card the first line is the price that the carrier
    gave, in its currency: the record has it. `pieces` is in how many parcels it ships, where it is not one. `ship_date`
    and `arrival_date` are what was expected when it was decided.
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    order = tenant_key("orders.Order", _("order"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    channel = tenant_key("carriers.Channel", _("channel"))
    rate_card = tenant_key("carriers.RateCard", _("rate card"), null=True)
    state = models.SmallIntegerField(_("state"), choices=ShipmentState, default=ShipmentState.PLANNED)
    cost_minor = models.BigIntegerField(_("estimated cost"))
    cost_lines = ArrayField(models.BigIntegerField(), verbose_name=_("cost lines"))
    pieces = models.SmallIntegerField(_("parcels"), null=True)
    ship_date = models.DateField(_("ships on"), null=True)
    arrival_date = models.DateField(_("arrives on"), null=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, null=True)  # noqa: DJ001
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        indexes = [
            Index(fields=("tenant", "order"), name="shipment_by_order"),
            # Shipments get their number from the warehouse: until then they are no part of this index.
            Index(fields=("tenant", "tracking_number"), name="shipment_by_tracking", condition=Q(tracking_number__isnull=False)),
            BrinIndex(fields=("created_at",), name="shipment_by_day", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class WarehouseLoad(TenantModel):
    """What a warehouse with a daily capacity was given to ship on one of its days.

    `freed_xid` is the transaction that last took something off again: orders that found no capacity are tried again when it is
    younger than what they had seen.
    """

    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    ship_date = models.DateField(_("ships on"))
    orders = models.IntegerField(_("orders"))
    lines = models.IntegerField(_("order lines"))
    freed_xid = models.BigIntegerField(editable=False, default=0, db_default=0)

    class Meta:
        verbose_name = _("load of a warehouse")
        verbose_name_plural = _("loads of warehouses")
        constraints = [
            UniqueConstraint(fields=("tenant", "warehouse", "ship_date"), name="load_once_per_warehouse_and_day"),
            CheckConstraint(condition=Q(orders__gte=0, lines__gte=0), name="load_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.warehouse_id} {self.ship_date}: {self.orders}"


class OrderException(TenantModel):
    """An order that nothing could serve (异常订单): why, and what it waits for.

    It is tried again when one of `sku_ids` arrived in a transaction that `seen_snapshot`, PostgreSQL's snapshot at the last look at
    the stock, did not show, or when settings have moved or a new ship date has begun that can help it: those up to
    `settings_revision` and `ship_date` have been looked at. Where a capacity or a cut-off stood in the way, it is tried again at
    `retry_at`, when some warehouse's ship day changes. One that is `held` waits for a person.
    """

    order = models.OneToOneField(
        "orders.Order", models.PROTECT, primary_key=True, db_constraint=False, related_name="+", verbose_name=_("order")
    )
    seller = tenant_key("tenancy.Seller", _("seller"))
    reasons = ArrayField(models.SmallIntegerField(), verbose_name=_("reasons"))
    sku_ids = ArrayField(models.BigIntegerField(), verbose_name=_("SKUs"))
    settings_revision = models.BigIntegerField()
    ship_date = models.DateField()
    retry_at = models.DateTimeField(_("tried again"), null=True)
    held = models.BooleanField(_("held for a person"), default=False, db_default=False)
    seen_snapshot = models.TextField()
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("exception order")
        verbose_name_plural = _("exception orders")
        indexes = [Index(fields=("tenant", "since"), name="exception_by_age")]

    def __str__(self) -> str:
        return str(self.order_id)


class OutboxBatch(TenantModel):
    """The decisions of one transaction that the warehouses and sellers are yet to be told of."""

    record_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)


class Turn(TenantModel):
    """Whose turn it is to draw on a tenant's stock: a batch holds the row from its look at the stock until its commit.

    Two batches of one tenant that looked at the same stock would lose races to each other; what needs no stock, the prices, is
    worked out before. `number` counts the turns, so that a worker knows whether another had one since its own.
    """

    number = models.BigIntegerField()

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant",), name="turn_once_per_tenant")]


class TurnDraws(TenantModel):
    """What a turn drew, each SKU and warehouse once: the worker that comes next takes it off what it remembers of the stock.

    Left where several workers take turns, and for a few turns only. The table is unlogged: after a crash the stock is read again.
    """

    number = models.BigIntegerField()
    sku_ids = ArrayField(models.BigIntegerField())
    warehouse_ids = ArrayField(models.BigIntegerField())
    units = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "number"), name="draws_once_per_turn")]


class RecordSeal(TenantModel):
    """One link of the hash chain over a tenant's records: what they were when sealed can be proven later.

    `sha256` covers the previous link and the records with ids in (previous last_record_id, last_record_id].
    """

    last_record_id = models.BigIntegerField()
    record_count = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "last_record_id"), name="seal_once_per_record")]
