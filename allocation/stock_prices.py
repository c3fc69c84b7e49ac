"""The prices of a company's scarce stock (see allocation.core.stock_prices): found from recent orders, kept, and read again.

Call every function inside the tenant's scope.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from allocation.core.stock_prices import StockPrices
from allocation.models import StockPriceVersion
from wms.tenancy.models import Tenant

MOST_AGE = timedelta(days=1)
"""Prices that are older than this say nothing any more."""


def newest_prices_id(*, tenant: Tenant, at: datetime) -> int | None:
    """Return the version of the prices that count at a moment, None where the tenant wants none or there are none."""
    if tenant.stock_price_days is None:
        return None
    found = StockPriceVersion.objects.filter(solved_at__gt=at - MOST_AGE).order_by("-pk")
    newest: int | None = found.values_list("pk", flat=True).first()
    return newest


def read_stock_prices(version_id: int) -> StockPrices:
    """Return a version of the prices."""
    row = StockPriceVersion.objects.get(pk=version_id)
    columns = (np.array(column, dtype=np.int64) for column in (row.sku_ids, row.warehouse_ids, row.prices_minor))
    sku_ids, warehouse_ids, minor = columns
    return StockPrices(id=version_id, sku_ids=sku_ids, warehouse_ids=warehouse_ids, minor=minor)
