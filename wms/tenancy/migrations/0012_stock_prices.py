"""By the orders of how many days a company prices its scarce stock, and which companies do."""

from django.db import migrations, models

from wms.tenancy.rls import definer_function


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0011_reoptimising")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="stock_price_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="price scarce stock by the orders of so many days"),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("stock_price_days__range", (1, 90))), name="tenant_prices_stock_by_90_days_at_most"
            ),
        ),
        definer_function(
            "tenants_that_price_stock()",
            returns="SETOF bigint",
            body="SELECT id FROM tenancy_tenant WHERE stock_price_days IS NOT NULL ORDER BY 1",
            reads=["tenancy_tenant"],
        ),
    ]
