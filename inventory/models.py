"""What is where: warehouses, the sellers' goods, how many units lie in which warehouse, and who holds them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class Warehouse(TenantModel):
    """An overseas warehouse (海外仓), and what it charges for handling a parcel."""

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)
    country = models.CharField(_("country"), max_length=2)
    state = models.CharField(_("state"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    priority = models.PositiveIntegerField(_("priority"), default=100, help_text=_("The smaller number wins between equals."))
    daily_capacity = models.PositiveIntegerField(_("orders a day"), null=True, blank=True)
    daily_lines = models.PositiveIntegerField(_("order lines a day"), null=True, blank=True)
    weekdays = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("working days"),
        default=list,
        db_default=Value([], ArrayField(models.SmallIntegerField())),
        blank=True,
        help_text=_("1 for Monday to 7 for Sunday; none are those of the country."),
    )
    cutoff_time = models.TimeField(_("cut-off time"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    handling_currency = models.CharField(_("handling currency"), max_length=3, default="USD")
    handling_per_order_minor = models.PositiveIntegerField(_("handling per order, in cents"), default=0)
    handling_per_piece_minor = models.PositiveIntegerField(_("handling per piece, in cents"), default=0)
    handling_per_kg_minor = models.PositiveIntegerField(_("handling per kilogram, in cents"), default=0)
    handling_per_tag_minor = models.JSONField(
        _("handling per tag, in cents"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("For each order with such an article, once."),
    )

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints = [
            UniqueConstraint(fields=("tenant", "code"), name="warehouse_code_once_per_tenant"),
            CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True) | Q(lat__range=(-90, 90), lon__range=(-180, 180)),
                name="warehouse_lies_on_earth",
            ),
            CheckConstraint(condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="warehouse_works_on_weekdays"),
            CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="warehouse_country_is_iso"),
            CheckConstraint(
                condition=Exact(Func(F("handling_per_tag_minor"), function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="warehouse_tag_fees_by_tag",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Sku(TenantModel):
    """A seller's article, with the weight and size of one packed unit."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    code = models.CharField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    mass_mg = models.BigIntegerField(_("weight, mg"))
    length_um = models.BigIntegerField(_("length, µm"))
    width_um = models.BigIntegerField(_("width, µm"))
    height_um = models.BigIntegerField(_("height, µm"))
    tags = ArrayField(models.CharField(max_length=24), verbose_name=_("tags"), default=list, blank=True)
    category = models.CharField(_("category"), max_length=64, blank=True)
    ships_alone = models.BooleanField(_("ships alone"), default=False, db_default=False, help_text=_("Each unit is a parcel of its own."))

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            UniqueConstraint(fields=("tenant", "seller", "code"), name="sku_code_once_per_seller"),
            CheckConstraint(condition=Q(mass_mg__gt=0, mass_mg__lte=10_000_000_000), name="sku_mass_within_ten_tonnes"),
            CheckConstraint(
                condition=Q(
                    length_um__gt=0,
                    width_um__gt=0,
                    height_um__gt=0,
                    length_um__lte=10_000_000,
                    width_um__lte=10_000_000,
                    height_um__lte=10_000_000,
                ),
                name="sku_sides_within_ten_metres",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Stock(TenantModel):
    """How many units of an article one warehouse holds, has promised, and keeps back.

    `arrived_xid` is the transaction that last made units available here (a receipt, a count, a release): orders that found
    nothing are tried again when it is younger than what they had seen.
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    sku = tenant_key("inventory.Sku", _("SKU"))
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    safety = models.IntegerField(_("safety stock"), default=0)
    arrived_xid = models.BigIntegerField(editable=False, default=0)

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            UniqueConstraint(fields=("tenant", "sku", "warehouse"), name="stock_once_per_sku_and_warehouse"),
            CheckConstraint(condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="stock_reserved_within_on_hand"),
            CheckConstraint(condition=Q(safety__gte=0), name="stock_safety_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}: {self.on_hand - self.reserved}"


class ReservationState(models.IntegerChoices):
    ACTIVE = 1, _("active")
    RELEASED = 2, _("released")
    SHIPPED = 3, _("shipped")


class Reservation(TenantModel):
    """The units that one warehouse holds for one order: `units[i]` of `sku_ids[i]`.

    `order_id` is a plain number: orders is a room above this one.
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    order_id = models.BigIntegerField(_("order"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    sku_ids = ArrayField(models.BigIntegerField(), verbose_name=_("SKUs"))
    units = ArrayField(models.IntegerField(), verbose_name=_("units"))
    state = models.SmallIntegerField(_("state"), choices=ReservationState, default=ReservationState.ACTIVE)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        indexes = [Index(fields=("tenant", "order_id"), name="reservation_by_order")]

    def __str__(self) -> str:
        return f"{self.order_id}@{self.warehouse_id}"


class MovementKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    COUNT = "count", _("stock count")
    SHIPMENT = "shipment", _("shipment")


class StockMovement(TenantModel):
    """One change of a warehouse's units on hand; written once, never changed."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    sku = tenant_key("inventory.Sku", _("SKU"))
    kind = models.CharField(_("kind"), max_length=12, choices=MovementKind)
    delta_units = models.IntegerField(_("change"))
    on_hand_after = models.IntegerField(_("on hand afterwards"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    actor = models.CharField(_("by"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [Index(fields=("tenant", "sku", "warehouse", "id"), name="movement_by_stock")]
        constraints = [CheckConstraint(condition=~Q(delta_units=0), name="movement_moves_something")]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}: {self.delta_units:+d}"
