"""Postcodes are facts for all: read by everyone, loaded by the command that the operator of the platform runs."""

from django.db import migrations

from wms.tenancy.rls import RUNTIME_ROLE


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial"), ("tenancy", "0002_seal")]

    operations = [
        migrations.RunSQL(f"GRANT SELECT, INSERT, UPDATE ON places_postcode TO {RUNTIME_ROLE}", migrations.RunSQL.noop),
    ]
