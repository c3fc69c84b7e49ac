"""Find the prices of scarce stock anew, and keep them as long as something may name them."""

from __future__ import annotations

from datetime import datetime, timedelta

from allocation import store
from allocation.models import StockPriceVersion
from allocation.shelf import Shelf
from allocation.stock_prices import MOST_AGE
from allocation.stock_pricing import check_days, orders_of_period, solve_stock_prices
from allocation.worlds import current_world
from wms.arrays import array_cursor
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

KEPT_FOR: timedelta = 2 * MOST_AGE
"""A batch may name prices as long as they count, and commits some time after it has read them."""

PRUNE = """
DELETE FROM allocation_stockpriceversion p WHERE p.tenant_id = %(tenant)s AND p.solved_at <= %(before)s AND NOT EXISTS (
  SELECT FROM allocation_settingsversion s WHERE s.tenant_id = %(tenant)s AND s.stock_prices_id = p.id
)
"""


def set_stock_price_days(*, tenant_id: int, days: int | None) -> None:
    """Let what units are worth to orders still to come count, as if those of so many days came again; None: only costs count.

    Raises StockPriceDaysOdd.
    """
    if days is not None:
        check_days(days)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(stock_price_days=days)


def price_stock_anew(*, tenant_id: int, at: datetime) -> int | None:
    """Find the prices of the tenant's scarce stock and keep them; return their version, None where none are wanted.

    The next batch heeds them. Without orders in these days nothing has a price. Versions that nobody named and that no longer count go.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        days = Tenant.objects.get(pk=tenant_id).stock_price_days
        if days is None:
            return None
        shelf = Shelf(tenant_id=tenant_id, world=current_world(tenant_id=tenant_id, at=at).world)
        found = solve_stock_prices(cursor, shelf=shelf, order_ids=(ids := orders_of_period(days=days, until=at)), at=at, fresh=True)
        version = StockPriceVersion.objects.create(
            tenant_id=tenant_id,
            solved_at=at,
            orders=len(ids),
            sku_ids=found.sku_ids.tolist(),
            warehouse_ids=found.warehouse_ids.tolist(),
            prices_minor=found.minor.tolist(),
        )
        _prune(cursor, tenant_id, at - KEPT_FOR)
        return int(version.pk)


def _prune(cursor: store.Cursor, tenant_id: int, before: datetime) -> None:
    cursor.execute(PRUNE, {"tenant": tenant_id, "before": before})
