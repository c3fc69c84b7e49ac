"""The audit log: one table that is only ever added to, and the one function that writes down what changes in audited tables."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from wms.tenancy.rls import append_only, audited, sellers_write, tenant_table

VERBS = [
    ("added", "added"),
    ("changed", "changed"),
    ("removed", "removed"),
    ("brought_in", "brought in by file"),
    ("exported", "exported"),
    ("signed_in", "signed in"),
    ("sign_in_refused", "tried a wrong password"),
    ("came_in", "came into the company"),
]

# Of a column in `kept_back` the log says that it changed, not to what: secrets, and documents that are versions by themselves.
# What moves without anybody's doing is no change.
FUNCTIONS = """
CREATE FUNCTION audit_value(named text, said jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN said IS NULL OR said = 'null'::jsonb THEN NULL
    WHEN named IN ('sha256', 'sealed', 'password', 'document') THEN to_jsonb('…'::text)
    WHEN length(said::text) > 200 THEN to_jsonb(left(said #>> '{}', 199) || '…')
    ELSE said
  END
$$;
CREATE FUNCTION audit_changes(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT COALESCE(jsonb_object_agg(key, jsonb_build_array(audit_value(key, before -> key), audit_value(key, after -> key))), '{}')
  FROM jsonb_object_keys(COALESCE(before, '{}') || COALESCE(after, '{}')) AS key
  WHERE NULLIF(before -> key, 'null'::jsonb) IS DISTINCT FROM NULLIF(after -> key, 'null'::jsonb)
    AND key NOT IN ('id', 'tenant_id', 'last_used_at', 'settings_revision', 'version_id')
$$;
CREATE FUNCTION audit_name(said jsonb) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT left(concat_ws(' ', said ->> 'code', said ->> 'name', said ->> 'number',
                        (SELECT username FROM auth_user WHERE id = (said ->> 'user_id')::bigint)), 150)
$$;
CREATE FUNCTION audit_row(use_case text, subject text, before jsonb, after jsonb, touched bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO tenancy_auditentry (tenant_id, seller_id, at, actor, use_case, verb, subject, subject_key, subject_name, rows, changes)
  SELECT COALESCE(said ->> 'tenant_id', said ->> 'id')::bigint, app_seller(), now(), COALESCE(current_setting('app.actor', true), ''),
         use_case, CASE WHEN before IS NULL THEN 'added' WHEN after IS NULL THEN 'removed' ELSE 'changed' END, subject,
         CASE WHEN touched = 1 THEN (said ->> 'id')::bigint END, CASE WHEN touched = 1 THEN audit_name(said) ELSE '' END, touched,
         CASE WHEN touched = 1 THEN changes ELSE '{}' END
  FROM (SELECT COALESCE(after, before) AS said, audit_changes(before, after) AS changes) AS looked
  WHERE before IS NULL OR after IS NULL OR changes <> '{}'
$$;
CREATE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most bigint := TG_ARGV[1];
  touched bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT count(*) INTO touched FROM after_rows;
    PERFORM audit_row(TG_ARGV[0], TG_TABLE_NAME, NULL, to_jsonb(a), CASE WHEN touched > most THEN touched ELSE 1 END)
    FROM (SELECT * FROM after_rows LIMIT CASE WHEN touched > most THEN 1 END) AS a;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT count(*) INTO touched FROM before_rows;
    PERFORM audit_row(TG_ARGV[0], TG_TABLE_NAME, to_jsonb(b), NULL, CASE WHEN touched > most THEN touched ELSE 1 END)
    FROM (SELECT * FROM before_rows LIMIT CASE WHEN touched > most THEN 1 END) AS b;
  ELSE
    SELECT count(*) INTO touched FROM after_rows a JOIN before_rows b USING (id)
    WHERE audit_changes(to_jsonb(b), to_jsonb(a)) <> '{}';
    PERFORM audit_row(TG_ARGV[0], TG_TABLE_NAME, pair.before, pair.after, CASE WHEN touched > most THEN touched ELSE 1 END)
    FROM (
      SELECT to_jsonb(b) AS before, to_jsonb(a) AS after FROM after_rows a JOIN before_rows b USING (id)
      WHERE audit_changes(to_jsonb(b), to_jsonb(a)) <> '{}' LIMIT CASE WHEN touched > most THEN 1 END
    ) AS pair;
  END IF;
  RETURN NULL;
END $$;
"""
FUNCTIONS_BACK = """
DROP FUNCTION audit_rows(); DROP FUNCTION audit_row(text, text, jsonb, jsonb, bigint); DROP FUNCTION audit_name(jsonb);
DROP FUNCTION audit_changes(jsonb, jsonb); DROP FUNCTION audit_value(text, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_failed_sign_ins")]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="when")),
                ("actor", models.CharField(blank=True, max_length=150, verbose_name="person")),
                ("use_case", models.CharField(max_length=32, verbose_name="use case")),
                ("verb", models.CharField(choices=VERBS, max_length=16, verbose_name="what was done")),
                ("subject", models.CharField(max_length=64, verbose_name="object")),
                ("subject_key", models.BigIntegerField(null=True)),
                ("subject_name", models.CharField(blank=True, max_length=150)),
                ("rows", models.PositiveIntegerField(default=1, verbose_name="rows")),
                ("changes", models.JSONField(default=dict, verbose_name="changes")),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.seller",
                        verbose_name="seller",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "indexes": [models.Index(fields=["tenant", "actor", "id"], name="audit_entry_by_person")],
            },
        ),
        tenant_table(
            "tenancy_auditentry",
            seller_column="seller_id",
            grants="SELECT, INSERT",
            references=[("seller_id", "tenancy_seller")],
        ),
        sellers_write("tenancy_auditentry", "INSERT"),
        append_only("tenancy_auditentry"),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        audited("tenancy_tenant", use_case="configure"),
        audited("tenancy_seller", use_case="manage_people"),
        audited("tenancy_membership", use_case="manage_people"),
        audited("tenancy_apikey", use_case="manage_people"),
    ]
