"""A seat that was offered to a person who has an account already opens nothing until that person accepts it."""

from django.db import migrations, models

from wms.tenancy.rls import definer_function, redefine_function

ELSEWHERE = "SELECT EXISTS (SELECT FROM tenancy_membership m WHERE m.user_id = $1 AND m.tenant_id <> app_tenant(){})"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0013_second_factors")]

    operations = [
        migrations.AddField(
            "membership", "offered", models.BooleanField(db_default=False, default=False, verbose_name="offered, not yet accepted")
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=models.Q(("active", True), ("offered", True), _negated=True), name="membership_opens_nothing_while_offered"
            ),
        ),
        definer_function(
            "offers_to(bigint)",
            returns="TABLE (tenant_id bigint, name text, role text)",
            body="""
                SELECT t.id, t.name::text, m.role::text FROM tenancy_membership m JOIN tenancy_tenant t ON t.id = m.tenant_id
                WHERE m.user_id = $1 AND m.offered ORDER BY 2, 1
            """,
            reads=["tenancy_membership", "tenancy_tenant"],
        ),
        # A company could else keep another one from helping its own people, by offering them a seat.
        redefine_function(
            "is_member_elsewhere(bigint)",
            returns="boolean",
            body=ELSEWHERE.format(" AND NOT m.offered"),
            before=ELSEWHERE.format(""),
        ),
    ]
