"""Indexes by which people find orders among millions. None holds a column that a decision writes."""

from django.db import migrations, models
from django.db.models import Q

# Stored beside the number, since under row security an index on an expression is not used: reverse() is not leakproof.
REVERSED_NUMBER = """
ALTER TABLE orders_order ADD COLUMN number_reversed text GENERATED ALWAYS AS (reverse(external_number)) STORED;
CREATE INDEX order_by_last_digits ON orders_order (tenant_id, number_reversed);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_sellers_bring_orders")]

    operations = [
        migrations.RunSQL(REVERSED_NUMBER, "ALTER TABLE orders_order DROP COLUMN number_reversed"),
        migrations.AddIndex("order", models.Index(fields=["tenant", "external_number"], name="order_by_number")),
        migrations.AddIndex("order", models.Index(fields=["tenant", "postcode", "id"], name="order_by_postcode")),
        migrations.AddIndex(
            "order", models.Index(fields=["tenant", "promised_date"], condition=Q(promised_date__isnull=False), name="order_by_promise")
        ),
        migrations.AddIndex("orderline", models.Index(fields=["tenant", "sku", "order"], name="line_by_sku")),
    ]
