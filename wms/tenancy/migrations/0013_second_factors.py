"""Second factors at sign-in, and which companies require one of their people.

Both tables are a person's, as auth_user is, and no tenant's: the runtime role is granted them, and no row security holds there.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wms.tenancy.rls import RUNTIME_ROLE, retype_function

VERBS = [
    ("added", "added"),
    ("changed", "changed"),
    ("removed", "removed"),
    ("brought_in", "brought in by file"),
    ("exported", "exported"),
    ("signed_in", "signed in"),
    ("sign_in_refused", "tried a wrong password"),
    ("code_refused", "tried a wrong code"),
    ("came_in", "came into the company"),
]
SEATS = """
    SELECT m.tenant_id, m.role, m.seller_id, t.requires_second_factor FROM tenancy_membership m
    JOIN tenancy_tenant t ON t.id = m.tenant_id WHERE m.user_id = $1 AND m.active ORDER BY 1
"""
SEATS_BEFORE = "SELECT m.tenant_id, m.role, m.seller_id FROM tenancy_membership m WHERE m.user_id = $1 AND m.active ORDER BY 1"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0012_stock_prices"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sealed", models.TextField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("last_step", models.BigIntegerField(default=-1)),
                ("wrong_codes", models.PositiveIntegerField(default=0)),
                ("wrong_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recovery_codes", to="tenancy.secondfactor"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("factor", "sha256"), name="recovery_code_once")]},
        ),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy_secondfactor, tenancy_recoverycode TO {RUNTIME_ROLE}",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            "tenant",
            "requires_second_factor",
            models.BooleanField(db_default=False, default=False, verbose_name="requires a second factor of its people"),
        ),
        migrations.AlterField("auditentry", "verb", models.CharField(choices=VERBS, max_length=16, verbose_name="what was done")),
        retype_function(
            "memberships_of(bigint)",
            returns="TABLE (tenant_id bigint, role text, seller_id bigint, needs_second_factor boolean)",
            body=SEATS,
            before_returns="TABLE (tenant_id bigint, role text, seller_id bigint)",
            before=SEATS_BEFORE,
        ),
    ]
