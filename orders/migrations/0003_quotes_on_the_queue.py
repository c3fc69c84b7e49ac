"""Let orders wait on the queue for live quotes: who fetches them until when, and what was answered."""

from django.db import migrations, models
from django.db.models import Q

from wms.tenancy.rls import definer_function

# Like tenants_with_orders_ready: one step a tenant, however many orders wait.
TENANTS_WITH_ORDERS_TO_QUOTE = """
    WITH RECURSIVE waiting AS (
      (SELECT tenant_id FROM orders_queuedorder WHERE NOT ready ORDER BY tenant_id LIMIT 1)
      UNION ALL
      SELECT (SELECT q.tenant_id FROM orders_queuedorder q WHERE NOT q.ready AND q.tenant_id > w.tenant_id ORDER BY q.tenant_id LIMIT 1)
      FROM waiting w WHERE w.tenant_id IS NOT NULL
    ) SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_seal")]

    operations = [
        migrations.AddField("queuedorder", "leased_until", models.DateTimeField(null=True)),
        migrations.AddField("queuedorder", "lease", models.UUIDField(null=True)),
        migrations.AddField("queuedorder", "quotes", models.BinaryField(null=True)),
        migrations.AddIndex(
            "queuedorder",
            models.Index(fields=("tenant", "order_id"), condition=Q(ready=False), name="queue_to_quote_by_tenant"),
        ),
        definer_function(
            "tenants_with_orders_to_quote()",
            returns="SETOF bigint",
            body=TENANTS_WITH_ORDERS_TO_QUOTE,
            reads=["orders_queuedorder"],
        ),
    ]
