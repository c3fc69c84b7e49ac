"""What carriers bill: their invoices, what each bills for a parcel, and how it compares with our estimate (对账)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class InvoiceFormat(TenantModel):
    """How the files of one carrier's invoices are read, and which differences nobody needs to look at.

    The document is what billing.formats reads: which column is which, which cost line each of the carrier's charges is, and the
    tolerance.
    """

    carrier = tenant_key("carriers.Carrier", _("carrier"))
    name = models.CharField(_("name"), max_length=64)
    document = models.JSONField(_("content"))
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("invoice format")
        verbose_name_plural = _("invoice formats")
        constraints = [UniqueConstraint(fields=("tenant", "carrier", "name"), name="invoice_format_name_once_per_carrier")]

    def __str__(self) -> str:
        return self.name


class Invoice(TenantModel):
    """One invoice of a carrier. What it says never changes: another version of it has another number."""

    carrier = tenant_key("carriers.Carrier", _("carrier"))
    invoice_format = tenant_key("billing.InvoiceFormat", _("invoice format"))
    number = models.CharField(_("invoice number"), max_length=64)
    issued_date = models.DateField(_("invoice date"))
    currency = models.CharField(_("currency"), max_length=3)
    imported_at = models.DateTimeField(_("brought in"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [UniqueConstraint(fields=("tenant", "carrier", "number"), name="invoice_number_once_per_carrier")]

    def __str__(self) -> str:
        return self.number


class BillState(models.IntegerChoices):
    OPEN = 1, _("open")
    ACCEPTED = 2, _("accepted")
    DISPUTED = 3, _("disputed")


class MatchedBy(models.IntegerChoices):
    TRACKING_NUMBER = 1, _("tracking number")
    ORDER_NUMBER = 2, _("order number")


class BilledParcel(TenantModel):
    """All that one invoice bills for one parcel, in the invoice's currency, beside what we reckoned with.

    Charge i has the carrier's own word `charge_words[i]`, the cost line `charge_codes[i]` and the amount `charges_minor[i]`. They
    and their sum are written once; the rest is what reconciling finds: the shipment, its estimate by cost line, and variance i
    with its cost line, its billing.core.comparing.Reason and its amount. Estimate and variances add up to the bill.
    """

    invoice = tenant_key("billing.Invoice", _("invoice"), related_name="parcels")
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    order_number = models.CharField(_("order number"), max_length=64, blank=True)
    first_line = models.IntegerField(_("line in the file"))
    ship_date = models.DateField(_("ship date"), null=True)
    billed_mg = models.BigIntegerField(_("billed weight"), null=True)
    zone = models.CharField(_("zone"), max_length=16, blank=True)
    charge_words = ArrayField(models.CharField(max_length=120), verbose_name=_("charges"))
    charge_codes = ArrayField(models.CharField(max_length=32), verbose_name=_("cost lines"))
    charges_minor = ArrayField(models.BigIntegerField(), verbose_name=_("amounts"))
    billed_minor = models.BigIntegerField(_("billed"))

    shipment = tenant_key("allocation.Shipment", _("shipment"), null=True)
    matched_by = models.SmallIntegerField(_("matched by"), choices=MatchedBy, null=True)
    warehouse = tenant_key("inventory.Warehouse", _("warehouse"), null=True)
    seller = tenant_key("tenancy.Seller", _("seller"), null=True)
    estimate_codes = ArrayField(models.CharField(max_length=32), default=list)
    estimates_minor = ArrayField(models.BigIntegerField(), default=list)
    estimated_minor = models.BigIntegerField(_("estimated"), default=0)
    variance_codes = ArrayField(models.CharField(max_length=32), default=list)
    variance_reasons = ArrayField(models.SmallIntegerField(), verbose_name=_("reasons"), default=list)
    variances_minor = ArrayField(models.BigIntegerField(), default=list)
    reconciled_at = models.DateTimeField(_("reconciled"), null=True)

    state = models.SmallIntegerField(_("state"), choices=BillState, default=BillState.OPEN)
    judged_by = models.CharField(_("by"), max_length=120, blank=True)
    judged_at = models.DateTimeField(_("when"), null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("billed parcel")
        verbose_name_plural = _("billed parcels")
        constraints = [UniqueConstraint(fields=("tenant", "invoice", "tracking_number", "order_number"), name="parcel_once_per_invoice")]
        indexes = [
            Index(fields=("tenant", "shipment"), name="billed_parcel_by_shipment", condition=Q(shipment__isnull=False)),
            Index(fields=("tenant", "state", "id"), name="billed_parcel_by_state"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or self.order_number
