"""What a warehouse charges for orders with articles that bear a tag."""

from django.db import migrations, models
from django.db.models.lookups import Exact


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0005_audit"),
    ]

    operations = [
        migrations.AddField(
            model_name="warehouse",
            name="handling_per_tag_minor",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="For each order with such an article, once.",
                verbose_name="handling per tag, in cents",
            ),
        ),
        migrations.AddConstraint(
            model_name="warehouse",
            constraint=models.CheckConstraint(
                condition=Exact(
                    models.Func(models.F("handling_per_tag_minor"), function="jsonb_typeof", output_field=models.TextField()), "object"
                ),
                name="warehouse_tag_fees_by_tag",
            ),
        ),
    ]
