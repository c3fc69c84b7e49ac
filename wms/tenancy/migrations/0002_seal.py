"""The functions that row security stands on, and the seal on this app's tables."""

from django.db import migrations

from wms.tenancy.rls import RUNTIME_ROLE, definer_function, tenant_table

SETTINGS = """
CREATE FUNCTION app_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('app.tenant', true), '')::bigint $$;
CREATE FUNCTION app_is_staff() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT COALESCE(current_setting('app.scope', true) = 'tenant', false) $$;
CREATE FUNCTION app_seller() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN current_setting('app.scope', true) = 'seller' THEN NULLIF(current_setting('app.seller', true), '')::bigint END $$;
"""
SETTINGS_BACK = "DROP FUNCTION app_tenant(); DROP FUNCTION app_seller(); DROP FUNCTION app_is_staff();"

TRIGGERS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
CREATE FUNCTION bump_settings_revision() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN
  UPDATE tenancy_tenant SET settings_revision = settings_revision + 1 WHERE id = app_tenant();
  RETURN NULL;
END $$;
"""
TRIGGERS_BACK = "DROP FUNCTION refuse_change(); DROP FUNCTION bump_settings_revision();"

DJANGO_TABLES = (
    "auth_user, auth_group, auth_permission, auth_user_groups, auth_user_user_permissions, auth_group_permissions, "
    "django_session, django_content_type, django_admin_log"
)


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(SETTINGS, SETTINGS_BACK),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BACK),
        migrations.RunSQL(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {DJANGO_TABLES} TO {RUNTIME_ROLE}", migrations.RunSQL.noop),
        migrations.RunSQL(f"GRANT SELECT ON django_migrations TO {RUNTIME_ROLE}", migrations.RunSQL.noop),
        migrations.RunSQL(f"GRANT USAGE ON SEQUENCE tenancy_tenant_id_seq TO {RUNTIME_ROLE}", migrations.RunSQL.noop),
        tenant_table("tenancy_tenant", tenant_column="id", sellers_read=True, grants="SELECT, INSERT, UPDATE"),
        tenant_table("tenancy_seller", seller_column="id", grants="SELECT, INSERT, UPDATE"),
        tenant_table(
            "tenancy_membership",
            grants="SELECT, INSERT, UPDATE, DELETE",
            references=[("seller_id", "tenancy_seller")],
        ),
        definer_function(
            "tenant_with_code(text)",
            returns="bigint",
            body="SELECT id FROM tenancy_tenant WHERE code = $1",
            reads=["tenancy_tenant"],
        ),
        definer_function(
            "memberships_of(bigint)",
            returns="TABLE (tenant_id bigint, role text, seller_id bigint)",
            body="SELECT m.tenant_id, m.role, m.seller_id FROM tenancy_membership m WHERE m.user_id = $1 ORDER BY 1",
            reads=["tenancy_membership"],
        ),
    ]
