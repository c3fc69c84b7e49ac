"""How much deciding a company's planned orders again has to save, and which companies want that."""

from django.db import migrations, models

from wms.tenancy.rls import definer_function


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0010_keys_expire")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="reoptimise_from_minor",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="decide planned orders again where it saves so much"),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("reoptimise_from_minor__gte", 1)), name="tenant_reoptimises_for_something"
            ),
        ),
        definer_function(
            "tenants_to_reoptimise()",
            returns="SETOF bigint",
            body="SELECT id FROM tenancy_tenant WHERE reoptimise_from_minor IS NOT NULL ORDER BY 1",
            reads=["tenancy_tenant"],
        ),
    ]
