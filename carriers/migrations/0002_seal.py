"""Seal this app's tables: sellers may read the names of carriers and channels, prices never."""

from django.db import migrations

from wms.tenancy.rls import append_only, bumps_settings_revision, tenant_table

CARRIER = ("carrier_id", "carriers_carrier")
CHANNEL = ("channel_id", "carriers_channel")
ALL = "SELECT, INSERT, UPDATE, DELETE"

# A rate card is a version: all but the end of its validity is written once.
CARD_IS_IMMUTABLE = """
CREATE FUNCTION refuse_card_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'effective_to') = (to_jsonb(OLD) - 'effective_to') THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a rate card version is written once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON carriers_ratecard FOR EACH ROW EXECUTE FUNCTION refuse_card_change();
"""
CARD_IS_IMMUTABLE_BACK = "DROP TRIGGER immutable ON carriers_ratecard; DROP FUNCTION refuse_card_change();"


class Migration(migrations.Migration):
    dependencies = [("carriers", "0001_initial"), ("tenancy", "0002_seal")]

    operations = [
        tenant_table("carriers_carrier", sellers_read=True, grants=ALL),
        tenant_table("carriers_channel", sellers_read=True, grants=ALL, references=[CARRIER]),
        tenant_table("carriers_zonechart", grants="SELECT, INSERT", references=[CARRIER]),
        append_only("carriers_zonechart"),
        tenant_table(
            "carriers_ratecard",
            grants="SELECT, INSERT, UPDATE (effective_to)",
            references=[CHANNEL, ("zone_chart_id", "carriers_zonechart")],
        ),
        migrations.RunSQL(CARD_IS_IMMUTABLE, CARD_IS_IMMUTABLE_BACK),
        tenant_table("carriers_fuelrate", grants=ALL, references=[CHANNEL]),
        tenant_table("carriers_fxrate", grants=ALL),
        bumps_settings_revision("carriers_channel", "carriers_ratecard", "carriers_fuelrate", "carriers_fxrate"),
    ]
