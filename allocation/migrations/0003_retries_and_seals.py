"""An exception tells on which ship date it was tried and whether it waits for a person; who has records to seal."""

import datetime

from django.db import migrations, models

from wms.tenancy.rls import definer_function

MODES = [
    (1, "smart allocation"),
    (2, "default warehouse"),
    (3, "exception"),
    (4, "manual allocation"),
    (5, "undone"),
    (6, "cancelled"),
    (7, "released by a stock count"),
]

TENANTS_WITH_RECORDS_TO_SEAL = """
    SELECT t.id FROM tenancy_tenant t
    WHERE (SELECT max(r.id) FROM allocation_record r WHERE r.tenant_id = t.id)
        > coalesce((SELECT max(s.last_record_id) FROM allocation_recordseal s WHERE s.tenant_id = t.id), 0)
    ORDER BY 1
"""


class Migration(migrations.Migration):
    dependencies = [("allocation", "0002_seal")]

    operations = [
        migrations.AlterField(
            model_name="record",
            name="mode",
            field=models.SmallIntegerField(choices=MODES, verbose_name="decided by"),
        ),
        migrations.AddField(
            model_name="orderexception",
            name="ship_date",
            field=models.DateField(default=datetime.date(1970, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="orderexception",
            name="held",
            field=models.BooleanField(db_default=False, default=False, verbose_name="held for a person"),
        ),
        definer_function(
            "tenants_with_records_to_seal()",
            returns="SETOF bigint",
            body=TENANTS_WITH_RECORDS_TO_SEAL,
            reads=["tenancy_tenant", "allocation_record", "allocation_recordseal"],
        ),
    ]
