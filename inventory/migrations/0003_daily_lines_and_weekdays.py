"""How many order lines a warehouse ships a day, and on which days it works."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0002_seal"),
        ("tenancy", "0004_every_tenant"),
    ]

    operations = [
        migrations.AddField(
            model_name="warehouse",
            name="daily_lines",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="order lines a day"),
        ),
        migrations.AddField(
            model_name="warehouse",
            name="weekdays",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(),
                blank=True,
                db_default=models.Value([], django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField())),
                default=list,
                help_text="1 for Monday to 7 for Sunday; none are those of the country.",
                verbose_name="working days",
            ),
        ),
        migrations.AddConstraint(
            model_name="warehouse",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekdays__contained_by", [1, 2, 3, 4, 5, 6, 7])), name="warehouse_works_on_weekdays"
            ),
        ),
    ]
