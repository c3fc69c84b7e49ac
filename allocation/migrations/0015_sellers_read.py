"""Sellers read what was decided about their orders and write none of it.

To tell them why a warehouse was taken, the portal needs to know which warehouse each place of a record stands for. The settings
version that says so also holds contract terms, so that a function tells the warehouses' ids and nothing else.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations

from wms.tenancy.rls import definer_function, sellers_write


class Migration(migrations.Migration):
    dependencies = [("allocation", "0014_days_and_savings")]

    operations = [
        sellers_write("allocation_record"),
        sellers_write("allocation_shipment"),
        sellers_write("allocation_orderexception"),
        definer_function(
            "warehouses_of_settings(bigint)",
            returns="bigint[]",
            body="SELECT array(SELECT (terms ->> 'id')::bigint FROM jsonb_array_elements(v.document -> 'warehouses') "
            "WITH ORDINALITY AS w(terms, place) ORDER BY place) FROM allocation_settingsversion v "
            "WHERE v.tenant_id = app_tenant() AND v.id = $1",
            reads=["allocation_settingsversion"],
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=BrinIndex(fields=("created_at",), name="shipment_by_day", pages_per_range=32),
        ),
    ]
