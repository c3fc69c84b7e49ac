"""Versions of the allocation rules. Only what is published moves the settings' revision, not the work on a draft."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table

ALL = "SELECT, INSERT, UPDATE, DELETE"
PUBLISHED = (
    "CREATE TRIGGER settings_changed AFTER UPDATE OF state ON allocation_rulesetversion "
    "FOR EACH STATEMENT EXECUTE FUNCTION bump_settings_revision()"
)


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0005_shipments_by_tracking"),
        ("tenancy", "0004_every_tenant"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleSetVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("active", "in force"), ("archived", "archived")],
                        default="draft",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("based_on", models.PositiveIntegerField(null=True, verbose_name="made from version")),
                ("author", models.CharField(max_length=120, verbose_name="by")),
                ("comment", models.CharField(blank=True, max_length=200, verbose_name="comment")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("published_at", models.DateTimeField(null=True, verbose_name="published")),
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
                "verbose_name": "version of the rules",
                "verbose_name_plural": "versions of the rules",
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.BigIntegerField(verbose_name="rule")),
                ("position", models.PositiveIntegerField(verbose_name="priority")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("enabled", models.BooleanField(default=True, verbose_name="on")),
                ("effective_from", models.DateField(blank=True, null=True, verbose_name="in force from")),
                ("effective_to", models.DateField(blank=True, null=True, verbose_name="until (exclusive)")),
                ("condition", models.JSONField(verbose_name="conditions")),
                ("action", models.JSONField(verbose_name="action")),
                (
                    "unserved",
                    models.CharField(
                        choices=[("next_rule", "ask the next rule"), ("smart", "smart allocation"), ("exception", "exception order")],
                        max_length=12,
                        verbose_name="when it cannot be served",
                    ),
                ),
                ("author", models.CharField(max_length=120, verbose_name="by")),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
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
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="allocation.rulesetversion",
                        verbose_name="version",
                    ),
                ),
            ],
            options={
                "verbose_name": "allocation rule",
                "verbose_name_plural": "allocation rules",
            },
        ),
        migrations.AddConstraint(
            model_name="rulesetversion",
            constraint=models.UniqueConstraint(fields=("tenant", "number"), name="rule_set_number_once_per_tenant"),
        ),
        migrations.AddConstraint(
            model_name="rulesetversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("tenant",), name="rule_set_one_draft_per_tenant"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulesetversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("tenant",), name="rule_set_one_in_force_per_tenant"
            ),
        ),
        migrations.AddConstraint(
            model_name="rulesetversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", True), ("state", "draft")),
                    models.Q(("state", "draft"), _negated=True),
                    _connector="OR",
                ),
                name="rule_set_draft_is_unpublished",
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.UniqueConstraint(fields=("tenant", "version", "key"), name="rule_once_per_version"),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.UniqueConstraint(fields=("tenant", "version", "name"), name="rule_name_once_per_version"),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_from__isnull", True),
                    ("effective_to__isnull", True),
                    ("effective_to__gt", models.F("effective_from")),
                    _connector="OR",
                ),
                name="rule_ends_after_it_starts",
            ),
        ),
        tenant_table("allocation_rulesetversion", grants=ALL),
        tenant_table("allocation_rule", grants=ALL, references=[("version_id", "allocation_rulesetversion")]),
        migrations.RunSQL(PUBLISHED, "DROP TRIGGER settings_changed ON allocation_rulesetversion"),
    ]
