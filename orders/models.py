"""What customers want: stores, orders, their lines, and the queue of orders that wait for a decision."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from orders.core.states import OrderState
from wms.tenancy.models import TenantModel, tenant_key

STATE_NAMES = [
    (OrderState.PENDING.value, _("waiting for allocation")),
    (OrderState.REVIEW.value, _("in review")),
    (OrderState.ALLOCATED.value, _("allocated")),
    (OrderState.EXCEPTION.value, _("exception")),
    (OrderState.RELEASED.value, _("with the warehouse")),
    (OrderState.SHIPPED.value, _("shipped")),
    (OrderState.CANCELLED.value, _("cancelled")),
]


class Store(TenantModel):
    """A seller's account on a sales platform."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    platform = models.CharField(_("platform"), max_length=32)
    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [UniqueConstraint(fields=("tenant", "seller", "code"), name="store_code_once_per_seller")]

    def __str__(self) -> str:
        return self.name


class Order(TenantModel):
    """One order of one customer. What it asks for never changes: a change is a cancellation and a new order.

    Its address may be corrected while no warehouse has it (allocation.services.fix_address, which keeps the one before).
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    store = tenant_key("orders.Store", _("store"))
    external_number = models.CharField(_("order number"), max_length=64)
    state = models.SmallIntegerField(_("state"), choices=STATE_NAMES, default=OrderState.PENDING.value)
    recipient = models.CharField(_("recipient"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2)
    state_code = models.CharField(_("state or province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    residential = models.BooleanField(_("residential address"), default=True)
    service_level = models.CharField(_("service level"), max_length=32, blank=True)
    value_minor = models.BigIntegerField(_("order value, in cents"), default=0)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    placed_at = models.DateTimeField(_("placed"))
    promised_date = models.DateField(_("promised"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            UniqueConstraint(fields=("tenant", "store", "external_number"), name="order_number_once_per_store"),
            CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="order_country_is_iso"),
            CheckConstraint(condition=Q(value_minor__gte=0), name="order_value_not_negative"),
        ]
        # None holds a column that a decision writes: that would cost every decision an entry in each index.
        indexes = [
            Index(fields=("tenant", "external_number"), name="order_by_number"),
            Index(fields=("tenant", "postcode", "id"), name="order_by_postcode"),
            Index(fields=("tenant", "seller", "placed_at", "id"), name="order_by_seller_and_day"),
            Index(fields=("tenant", "promised_date"), condition=Q(promised_date__isnull=False), name="order_by_promise"),
        ]

    def __str__(self) -> str:
        return self.external_number


class OrderLine(TenantModel):
    """So many units of one article. Two lines of one article are one need."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    order = tenant_key("orders.Order", _("order"), related_name="lines", on_delete=models.CASCADE)
    number = models.SmallIntegerField(_("line"))
    sku = tenant_key("inventory.Sku", _("SKU"))
    units = models.IntegerField(_("units"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            UniqueConstraint(fields=("tenant", "order", "number"), name="line_number_once_per_order"),
            CheckConstraint(condition=Q(units__gt=0, units__lte=1_000_000), name="line_units_within_a_million"),
        ]
        indexes = [Index(fields=("tenant", "sku", "order"), name="line_by_sku")]

    def __str__(self) -> str:
        return f"{self.units} × {self.sku_id}"


class QueuedOrder(TenantModel):
    """An order that waits for a decision, with what the decision needs packed by orders.core.packing.

    `ready` is false while live quotes are to be fetched, which a worker that holds the `lease` does; `quotes` is what was answered,
    packed by allocation.core.live.
    """

    order_id = models.BigIntegerField(_("order"), primary_key=True)
    seller = tenant_key("tenancy.Seller", _("seller"))
    ready = models.BooleanField(_("ready"), default=True)
    head = models.BinaryField()
    lines = models.BinaryField()
    queued_at = models.DateTimeField(_("queued"))
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    quotes = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("queued order")
        verbose_name_plural = _("queued orders")
        indexes = [
            Index(fields=("tenant", "order_id"), condition=Q(ready=True), name="queue_ready_by_tenant"),
            Index(fields=("tenant", "order_id"), condition=Q(ready=False), name="queue_to_quote_by_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.order_id)
