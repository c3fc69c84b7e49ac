"""Seal this app's tables: what carriers bill is a contract's price, and closed to sellers."""

from django.db import migrations

from wms.tenancy.rls import append_only, tenant_table

CARRIER = ("carrier_id", "carriers_carrier")
FOUND = ("shipment_id", "matched_by", "warehouse_id", "seller_id", "estimate_codes", "estimates_minor", "estimated_minor")
VARIANCES = ("variance_codes", "variance_reasons", "variances_minor", "reconciled_at")
JUDGED = ("state", "judged_by", "judged_at", "note")


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("allocation", "0002_seal"), ("carriers", "0002_seal")]

    operations = [
        tenant_table("billing_invoiceformat", grants="SELECT, INSERT, UPDATE, DELETE", references=[CARRIER]),
        tenant_table(
            "billing_invoice",
            grants="SELECT, INSERT",
            references=[CARRIER, ("invoice_format_id", "billing_invoiceformat")],
        ),
        append_only("billing_invoice"),
        tenant_table(
            "billing_billedparcel",
            grants=f"SELECT, INSERT, UPDATE ({', '.join((*FOUND, *VARIANCES, *JUDGED))})",
            references=[
                ("invoice_id", "billing_invoice"),
                ("shipment_id", "allocation_shipment"),
                ("warehouse_id", "inventory_warehouse"),
                ("seller_id", "tenancy_seller"),
            ],
        ),
    ]
