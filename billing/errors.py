"""Why invoices are not taken."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tabular.errors import CellFault


class BillingFault(DomainError):
    """What the room of the bills does not take."""


class InvoiceFormatUnknown(BillingFault):
    code = "invoice_format_unknown"
    sentence = _("Carrier “%(carrier)s” has no invoice format “%(name)s”.")


class InvoiceFormatInvalid(BillingFault):
    code = "invoice_format_invalid"
    sentence = _("The invoice format can't be used: %(place)s: %(cause)s")


class PairsUneven(BillingFault):
    code = "charge_pairs_uneven"
    sentence = _("The file has %(words)s columns “%(word)s”, and %(amounts)s “%(amount)s”: each needs its own.")


class ParcelsUnknown(BillingFault):
    code = "billed_parcels_unknown"
    sentence = _("%(count)s of the billed parcels do not exist.")


class NothingDisputed(BillingFault):
    code = "nothing_disputed"
    sentence = _("Nothing is disputed.")


class ParcelUnnamed(CellFault):
    code = "parcel_unnamed"
    sentence = _("The row has neither a tracking number nor an order number.")


class ChargeUnknown(CellFault):
    code = "charge_unknown"
    sentence = _("The invoice format does not say which cost line “%(charge)s” is.")


class ChargesMissing(CellFault):
    code = "charges_missing"
    sentence = _("The row has no amount.")


class InvoiceDiffers(CellFault):
    code = "invoice_differs"
    sentence = _("Invoice %(number)s is of %(issued)s in %(currency)s elsewhere.")


class InvoicesTooMany(CellFault):
    code = "invoices_too_many"
    sentence = _("The file holds more than %(most)s invoices.")


class ParcelBilledOtherwise(CellFault):
    code = "parcel_billed_otherwise"
    sentence = _("Invoice %(number)s is on file and bills this parcel %(amount)s %(currency)s; an invoice never changes.")


class ParcelRowsDisagree(CellFault):
    code = "parcel_rows_disagree"
    sentence = _("Line %(line)s of the same parcel says “%(value)s”.")
