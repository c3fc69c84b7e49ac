"""Lists of postcodes by tier, holidays, and rate cards that may be replaced on the day on which they begin."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from wms.tenancy.rls import append_only, bumps_settings_revision, tenant_table

TENANT = models.ForeignKey(
    db_constraint=False,
    db_index=False,
    on_delete=django.db.models.deletion.PROTECT,
    related_name="+",
    to="tenancy.tenant",
    verbose_name="company",
)
CARRIER = models.ForeignKey(
    db_constraint=False,
    db_index=False,
    on_delete=django.db.models.deletion.PROTECT,
    related_name="+",
    to="carriers.carrier",
    verbose_name="carrier",
)


class Migration(migrations.Migration):
    dependencies = [("carriers", "0002_seal"), ("tenancy", "0003_tenants_open_to")]

    operations = [
        migrations.CreateModel(
            name="AreaList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", TENANT),
                ("carrier", CARRIER),
                ("code", models.CharField(max_length=64, verbose_name="code")),
                ("effective_from", models.DateField(verbose_name="in force from")),
                ("document", models.JSONField(verbose_name="content")),
                ("entries", models.PositiveIntegerField(verbose_name="entries")),
                ("sha256", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("source", models.TextField(blank=True, verbose_name="source")),
                ("created_at", models.DateTimeField(verbose_name="created")),
            ],
            options={"verbose_name": "list of areas", "verbose_name_plural": "lists of areas"},
        ),
        migrations.AddIndex(
            model_name="arealist",
            index=models.Index(fields=["tenant", "carrier", "code", "effective_from"], name="area_list_by_code"),
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", TENANT.clone()),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("date", models.DateField(verbose_name="day")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
            ],
            options={"verbose_name": "holiday", "verbose_name_plural": "holidays"},
        ),
        migrations.AddConstraint(
            model_name="holiday",
            constraint=models.UniqueConstraint(fields=("tenant", "country", "date"), name="holiday_once_per_country"),
        ),
        migrations.AddConstraint(
            model_name="holiday",
            constraint=models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="holiday_country_is_iso"),
        ),
        migrations.RemoveConstraint(model_name="ratecard", name="rate_card_ends_after_it_starts"),
        migrations.AddConstraint(
            model_name="ratecard",
            constraint=models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="rate_card_does_not_end_before_it_starts",
            ),
        ),
        tenant_table("carriers_arealist", grants="SELECT, INSERT", references=[("carrier_id", "carriers_carrier")]),
        append_only("carriers_arealist"),
        tenant_table("carriers_holiday", grants="SELECT, INSERT, UPDATE, DELETE"),
        bumps_settings_revision("carriers_arealist", "carriers_holiday"),
    ]
