"""Find the prices of scarce stock anew: as if the orders of the last days came again, on what there is now."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import prepare_batch
from allocation.core.contention import BY_COST, contenders, may_contend
from allocation.core.planner import price_batch
from allocation.core.ranking import FARTHEST
from allocation.core.stock_prices import solve_unit_prices
from allocation.errors import StockPriceDaysOdd
from allocation.models import StockPriceVersion
from allocation.shelf import Shelf
from allocation.worlds import current_world
from orders.core.states import OrderState
from orders.models import Order
from orders.services import head_and_lines
from wms.arrays import array_cursor
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.values.geo import NO_DISTANCE

Int64s = npt.NDArray[np.int64]

MOST_DAYS = 90
MOST_ORDERS = 10_000
"""Of more, every second, third ... order is looked at, on as small a part of the stock."""


def set_stock_price_days(*, tenant_id: int, days: int | None) -> None:
    """Let what units are worth to orders still to come count, as if those of so many days came again; None: only costs count.

    Raises StockPriceDaysOdd.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise StockPriceDaysOdd(value=days, most=MOST_DAYS)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(stock_price_days=days)


def price_stock_anew(*, tenant_id: int, at: datetime) -> int | None:
    """Find the prices of the tenant's scarce stock and keep them; return their version, None where none are wanted.

    The next batch heeds them. Without orders in these days nothing has a price.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        days = Tenant.objects.get(pk=tenant_id).stock_price_days
        if days is None:
            return None
        recent = Order.objects.filter(received_at__gt=at - timedelta(days=days), received_at__lte=at)
        order_ids = list(recent.exclude(state=OrderState.CANCELLED).order_by("pk").values_list("pk", flat=True))
        found = _found(cursor, tenant_id, order_ids, at) if order_ids else [np.empty(0, dtype=np.int64)] * 3
        sku_ids, warehouse_ids, prices_minor = (column.tolist() for column in found)
        version = StockPriceVersion.objects.create(
            tenant_id=tenant_id,
            solved_at=at,
            orders=len(order_ids),
            sku_ids=sku_ids,
            warehouse_ids=warehouse_ids,
            prices_minor=prices_minor,
        )
        return int(version.pk)


def _found(cursor: store.Cursor, tenant_id: int, order_ids: list[int], at: datetime) -> list[Int64s]:
    """Return SKU ids, warehouse ids and prices above zero, as columns."""
    every = -(-len(order_ids) // MOST_ORDERS)
    world = current_world(tenant_id=tenant_id, at=at).world
    heads, needs, counts = head_and_lines(order_ids=order_ids[::every])
    claim = store.Claim(heads=heads, needs=needs, need_counts=counts)
    batch = prepare_batch(cursor, claim=claim, shelf=Shelf(tenant_id=tenant_id, world=world), fresh=True, at=at)
    batch.read_stock(cursor, fresh=True)
    offers = price_batch(pricer=batch.pricer, batch=batch.batch).offers(0)
    distance = batch.pricer.distance_m
    found = contenders(
        may=may_contend(offers, BY_COST),
        batch=batch.batch,
        offers=offers,
        wanted=batch.pricer.wanted,
        distance=np.where(distance == NO_DISTANCE, FARTHEST, distance),
        wish=None,
        rank=world.rank,
        stock=batch.available // every,
    )
    if not len(found.orders):
        return [np.empty(0, dtype=np.int64)] * 3
    prices = solve_unit_prices(found.contest)
    row, column = np.nonzero(prices)
    return [batch.sku_ids[row], world.warehouse_ids[column], prices[row, column]]
