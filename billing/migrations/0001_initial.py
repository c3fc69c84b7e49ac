"""Invoice formats, invoices and billed parcels."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("allocation", "0005_shipments_by_tracking"),
        ("carriers", "0004_live_accounts"),
        ("inventory", "0002_seal"),
        ("tenancy", "0004_every_tenant"),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceFormat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, verbose_name="name")),
                ("document", models.JSONField(verbose_name="content")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                (
                    "carrier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="carriers.carrier",
                        verbose_name="carrier",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice format",
                "verbose_name_plural": "invoice formats",
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=64, verbose_name="invoice number")),
                ("issued_date", models.DateField(verbose_name="invoice date")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("imported_at", models.DateTimeField(verbose_name="brought in")),
                (
                    "carrier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="carriers.carrier",
                        verbose_name="carrier",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
                (
                    "invoice_format",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoiceformat",
                        verbose_name="invoice format",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
            },
        ),
        migrations.CreateModel(
            name="BilledParcel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tracking_number", models.CharField(blank=True, max_length=64, verbose_name="tracking number")),
                ("order_number", models.CharField(blank=True, max_length=64, verbose_name="order number")),
                ("first_line", models.IntegerField(verbose_name="line in the file")),
                ("ship_date", models.DateField(null=True, verbose_name="ship date")),
                ("billed_mg", models.BigIntegerField(null=True, verbose_name="billed weight")),
                ("zone", models.CharField(blank=True, max_length=16, verbose_name="zone")),
                (
                    "charge_words",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), verbose_name="charges"),
                ),
                (
                    "charge_codes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), verbose_name="cost lines"),
                ),
                ("charges_minor", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), verbose_name="amounts")),
                ("billed_minor", models.BigIntegerField(verbose_name="billed")),
                (
                    "matched_by",
                    models.SmallIntegerField(choices=[(1, "tracking number"), (2, "order number")], null=True, verbose_name="matched by"),
                ),
                ("estimate_codes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list)),
                ("estimates_minor", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list)),
                ("estimated_minor", models.BigIntegerField(default=0, verbose_name="estimated")),
                ("variance_codes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list)),
                (
                    "variance_reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, verbose_name="reasons"),
                ),
                ("variances_minor", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list)),
                ("reconciled_at", models.DateTimeField(null=True, verbose_name="reconciled")),
                (
                    "state",
                    models.SmallIntegerField(choices=[(1, "open"), (2, "accepted"), (3, "disputed")], default=1, verbose_name="state"),
                ),
                ("judged_by", models.CharField(blank=True, max_length=120, verbose_name="by")),
                ("judged_at", models.DateTimeField(null=True, verbose_name="when")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "seller",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.seller",
                        verbose_name="seller",
                    ),
                ),
                (
                    "shipment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="allocation.shipment",
                        verbose_name="shipment",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.warehouse",
                        verbose_name="warehouse",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
                        to="billing.invoice",
                        verbose_name="invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "billed parcel",
                "verbose_name_plural": "billed parcels",
                "indexes": [
                    models.Index(
                        condition=models.Q(("shipment__isnull", False)), fields=["tenant", "shipment"], name="billed_parcel_by_shipment"
                    ),
                    models.Index(fields=["tenant", "state", "id"], name="billed_parcel_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "invoice", "tracking_number", "order_number"), name="parcel_once_per_invoice")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="invoiceformat",
            constraint=models.UniqueConstraint(fields=("tenant", "carrier", "name"), name="invoice_format_name_once_per_carrier"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("tenant", "carrier", "number"), name="invoice_number_once_per_carrier"),
        ),
    ]
