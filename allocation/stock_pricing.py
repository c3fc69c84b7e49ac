"""Find the prices of scarce stock: as if the orders of a period came again on what there is (see allocation.core.stock_prices).

Call every function inside the tenant's scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import prepare_batch
from allocation.core.contention import BY_COST, contenders, may_contend
from allocation.core.planner import price_batch
from allocation.core.ranking import FARTHEST
from allocation.core.stock_prices import StockPrices, solve_unit_prices
from allocation.errors import StockPriceDaysOdd
from allocation.shelf import Shelf
from orders.core.states import OrderState
from orders.models import Order
from orders.services import head_and_lines
from wms.values.geo import NO_DISTANCE

Int64s = npt.NDArray[np.int64]

MOST_DAYS = 90
MOST_ORDERS = 10_000
"""Of more, every second, third ... order is looked at, on as small a part of the stock."""
UNNAMED = 0
"""The id of prices that are no version: nothing names them."""


def check_days(days: int) -> None:
    """Raise StockPriceDaysOdd where stock can't be priced by the orders of so many days."""
    if not 1 <= days <= MOST_DAYS:
        raise StockPriceDaysOdd(value=days, most=MOST_DAYS)


def orders_of_period(*, days: int, until: datetime) -> list[int]:
    """Return the orders received in the days up to a moment, but for the cancelled ones."""
    recent = Order.objects.filter(received_at__gt=until - timedelta(days=days), received_at__lte=until)
    return list(recent.exclude(state=OrderState.CANCELLED).order_by("pk").values_list("pk", flat=True))


def solve_stock_prices(cursor: store.Cursor, *, shelf: Shelf, order_ids: Sequence[int], at: datetime, fresh: bool) -> StockPrices:
    """Return the prices above zero of what lies on the shelf, read `fresh` or as the shelf knows it, if these orders came again."""
    every = -(-len(order_ids) // MOST_ORDERS) or 1
    if not order_ids:
        return _prices([np.empty(0, dtype=np.int64)] * 3)
    heads, needs, counts = head_and_lines(order_ids=order_ids[::every])
    claim = store.Claim(heads=heads, needs=needs, need_counts=counts)
    batch = prepare_batch(cursor, claim=claim, shelf=shelf, fresh=fresh, at=at)
    batch.read_stock(cursor, fresh=fresh)
    offers = price_batch(pricer=batch.pricer, batch=batch.batch).offers(0)
    distance = batch.pricer.distance_m
    found = contenders(
        may=may_contend(offers, BY_COST),
        batch=batch.batch,
        offers=offers,
        wanted=batch.pricer.wanted,
        distance=np.where(distance == NO_DISTANCE, FARTHEST, distance),
        wish=None,
        rank=shelf.world.rank,
        stock=batch.available // every,
    )
    if not len(found.orders):
        return _prices([np.empty(0, dtype=np.int64)] * 3)
    prices = solve_unit_prices(found.contest)
    row, column = np.nonzero(prices)
    return _prices([batch.sku_ids[row], shelf.world.warehouse_ids[column], prices[row, column]])


def _prices(columns: Sequence[Int64s]) -> StockPrices:
    sku_ids, warehouse_ids, minor = columns
    return StockPrices(id=UNNAMED, sku_ids=sku_ids, warehouse_ids=warehouse_ids, minor=minor)
