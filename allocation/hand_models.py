"""What people have to do with orders: what they have in hand, what warehouses sent back, and what is late."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class Hand(models.IntegerChoices):
    """Why an order is in somebody's hands."""

    CHOSEN = 1, _("warehouse chosen by hand")
    HELD = 2, _("held for review")
    EXCLUDED = 3, _("excluded from automation")


class OrderInHand(TenantModel):
    """An order that a person has in hand: automation leaves it alone until they let go of it.

    A choice by hand puts it here, and so do holding and excluding it; undoing, resuming, cancelling and shipping take it out.
    `person` is empty where a rule sent it to review and nobody has taken it yet.
    """

    order = models.OneToOneField(
        "orders.Order", models.PROTECT, primary_key=True, db_constraint=False, related_name="+", verbose_name=_("order")
    )
    seller = tenant_key("tenancy.Seller", _("seller"))
    kind = models.SmallIntegerField(_("why"), choices=Hand)
    person = models.CharField(_("person"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("order in hand")
        verbose_name_plural = _("orders in hand")
        indexes = [Index(fields=("tenant", "person", "since"), name="in_hand_by_person")]

    def __str__(self) -> str:
        return str(self.order_id)


class OrderQuotes(TenantModel):
    """What carriers said of an order that a person has before them: asked for by them, or taken off the queue with the order.

    `quotes` is packed by allocation.core.live. It goes once the order is placed by hand, whose record holds it then.
    """

    order = models.OneToOneField(
        "orders.Order", models.PROTECT, primary_key=True, db_constraint=False, related_name="+", verbose_name=_("order")
    )
    seller = tenant_key("tenancy.Seller", _("seller"))
    quotes = models.BinaryField()

    class Meta:
        verbose_name = _("quotes of an order")
        verbose_name_plural = _("quotes of orders")

    def __str__(self) -> str:
        return str(self.order_id)


class RejectionCause(models.TextChoices):
    """Why a warehouse sent an order back."""

    SHORT_PICK = "short_pick", _("short pick: the units are not there")
    DAMAGED = "damaged", _("the goods are damaged")
    OTHER = "other", _("another cause")


class WarehouseRejection(TenantModel):
    """That a warehouse sent an order back; automation does not choose it again for this order.

    `record_id` is the record that took the order away from it: what was decided before did not know of it.
    """

    seller = tenant_key("tenancy.Seller", _("seller"))
    order = tenant_key("orders.Order", _("order"))
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"))
    cause = models.CharField(_("cause"), max_length=12, choices=RejectionCause)
    note = models.CharField(_("note"), max_length=200, blank=True)
    record_id = models.BigIntegerField()
    actor = models.CharField(_("by"), max_length=120)
    rejected_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("rejection by a warehouse")
        verbose_name_plural = _("rejections by warehouses")
        indexes = [Index(fields=("tenant", "order"), name="rejection_by_order")]

    def __str__(self) -> str:
        return f"{self.order_id}@{self.warehouse_id}"


class AddressCorrection(TenantModel):
    """Where an order was to go before a person corrected it: what was decided before `record_id` was decided on this address."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    order = tenant_key("orders.Order", _("order"))
    record_id = models.BigIntegerField()
    country = models.CharField(_("country"), max_length=2)
    state_code = models.CharField(_("state or province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    recipient = models.CharField(_("recipient"), max_length=120, blank=True)
    lat = models.FloatField(_("latitude"), null=True)
    lon = models.FloatField(_("longitude"), null=True)
    residential = models.BooleanField(_("residential address"))
    actor = models.CharField(_("by"), max_length=120)
    corrected_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("corrected address")
        verbose_name_plural = _("corrected addresses")
        indexes = [Index(fields=("tenant", "order", "record_id"), name="correction_by_order")]

    def __str__(self) -> str:
        return str(self.order_id)


MOST_REJECTIONS = 2
OVERDUE_HOURS = 24


class ExceptionPolicy(TenantModel):
    """From when on an exception is a person's matter; a company without a row has the defaults."""

    most_rejections = models.PositiveSmallIntegerField(
        _("rejections by warehouses"),
        default=MOST_REJECTIONS,
        help_text=_("After so many rejections of one order a person must decide."),
    )
    overdue_hours = models.PositiveSmallIntegerField(
        _("hours until overdue"),
        default=OVERDUE_HOURS,
        help_text=_("An order that waits longer than this for a warehouse is overdue."),
    )

    class Meta:
        verbose_name = _("exception settings")
        verbose_name_plural = _("exception settings")
        constraints = [
            models.UniqueConstraint(fields=("tenant",), name="exception_policy_once_per_tenant"),
            CheckConstraint(condition=Q(most_rejections__gt=0, overdue_hours__gt=0), name="exception_policy_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.most_rejections}, {self.overdue_hours} h"


class OverdueOrder(TenantModel):
    """An order whose promised date passed before it was shipped; noted by a sweep, so that no page looks through all orders."""

    order = models.OneToOneField(
        "orders.Order", models.PROTECT, primary_key=True, db_constraint=False, related_name="+", verbose_name=_("order")
    )
    seller = tenant_key("tenancy.Seller", _("seller"))
    promised_date = models.DateField(_("promised"))
    noted_at = models.DateTimeField(_("noted"))

    class Meta:
        verbose_name = _("overdue order")
        verbose_name_plural = _("overdue orders")
        indexes = [Index(fields=("tenant", "promised_date"), name="overdue_by_promise")]

    def __str__(self) -> str:
        return str(self.order_id)
