"""Exports and their files, sealed to their tenant and seller."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wms.tenancy.rls import definer_function, sellers_write, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenancy", "0005_api_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("selection", models.CharField(max_length=40, verbose_name="what")),
                ("parameters", models.JSONField(default=dict, verbose_name="filter")),
                ("format", models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], max_length=4, verbose_name="format")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "state",
                    models.SmallIntegerField(
                        choices=[(1, "waiting"), (2, "being written"), (3, "ready"), (4, "failed"), (5, "cancelled")],
                        default=1,
                        verbose_name="state",
                    ),
                ),
                ("rows_done", models.IntegerField(default=0, verbose_name="rows written")),
                ("rows_total", models.IntegerField(null=True, verbose_name="rows")),
                ("size_bytes", models.BigIntegerField(default=0, verbose_name="size")),
                ("fault", models.TextField(blank=True, verbose_name="fault")),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("touched_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
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
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("content", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exports.exportjob",
                        verbose_name="export",
                    ),
                ),
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
        ),
        migrations.AddIndex(
            model_name="exportjob",
            index=models.Index(fields=["tenant", "user", "id"], name="export_by_person"),
        ),
        migrations.AddConstraint(
            model_name="exportjob",
            constraint=models.CheckConstraint(condition=models.Q(("rows_done__gte", 0)), name="export_rows_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="exportpart",
            constraint=models.UniqueConstraint(fields=("tenant", "job", "number"), name="export_part_once"),
        ),
        tenant_table(
            "exports_exportjob",
            seller_column="seller_id",
            grants="SELECT, INSERT, UPDATE, DELETE",
            references=[("seller_id", "tenancy_seller")],
        ),
        tenant_table(
            "exports_exportpart",
            seller_column="seller_id",
            grants="SELECT, INSERT, DELETE",
            references=[("seller_id", "tenancy_seller"), ("job_id", "exports_exportjob")],
        ),
        sellers_write("exports_exportjob", "INSERT", "UPDATE"),
        sellers_write("exports_exportpart"),
        # The files are packed already or of no use to the database: it is not to try.
        migrations.RunSQL("ALTER TABLE exports_exportpart ALTER COLUMN content SET STORAGE EXTERNAL", migrations.RunSQL.noop),
        definer_function(
            "tenants_with_exports()",
            returns="SETOF bigint",
            body="SELECT DISTINCT tenant_id FROM exports_exportjob",
            reads=["exports_exportjob"],
        ),
    ]
