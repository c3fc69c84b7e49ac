"""Prices of stock that no settings version names may go; those that one names stay, and none is ever changed."""

from django.db import migrations

from wms.tenancy.rls import RUNTIME_ROLE

# The column is computed by the database from the document, which names the prices: row security lets an index on a plain column be
# used, and none on what is taken out of a document by a function.
NAMED = """
ALTER TABLE allocation_settingsversion
  ADD COLUMN stock_prices_id bigint GENERATED ALWAYS AS ((document ->> 'stock_prices_id')::bigint) STORED;
CREATE INDEX settings_version_by_stock_prices ON allocation_settingsversion (tenant_id, stock_prices_id)
  WHERE stock_prices_id IS NOT NULL;
"""
NAMED_BACK = "ALTER TABLE allocation_settingsversion DROP COLUMN stock_prices_id"

STAY = f"""
CREATE FUNCTION refuse_named_stock_prices() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
  IF EXISTS (SELECT FROM allocation_settingsversion s WHERE s.tenant_id = OLD.tenant_id AND s.stock_prices_id = OLD.id) THEN
    RAISE EXCEPTION 'prices of stock % are named by a settings version', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
DROP TRIGGER append_only ON allocation_stockpriceversion;
CREATE TRIGGER written_once BEFORE UPDATE ON allocation_stockpriceversion FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER named_stay BEFORE DELETE ON allocation_stockpriceversion FOR EACH ROW EXECUTE FUNCTION refuse_named_stock_prices();
GRANT DELETE ON allocation_stockpriceversion TO {RUNTIME_ROLE};
"""
STAY_BACK = f"""
REVOKE DELETE ON allocation_stockpriceversion FROM {RUNTIME_ROLE};
DROP TRIGGER named_stay ON allocation_stockpriceversion;
DROP TRIGGER written_once ON allocation_stockpriceversion;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON allocation_stockpriceversion FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION refuse_named_stock_prices();
"""


class Migration(migrations.Migration):
    dependencies = [("allocation", "0024_order_quotes")]

    operations = [migrations.RunSQL(NAMED, NAMED_BACK), migrations.RunSQL(STAY, STAY_BACK)]
