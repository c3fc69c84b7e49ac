"""What people change of the reading of invoices is in the audit log."""

from django.db import migrations

from wms.tenancy.rls import audited


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_seal"), ("tenancy", "0008_audit")]

    operations = [audited("billing_invoiceformat", use_case="reconcile")]
