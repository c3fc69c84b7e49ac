"""Which orders keep their units when a count leaves too few: those with the warehouse, and those in a person's hands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocation.store import Cursor
from inventory.core.types import Count
from inventory.models import ReservationState
from orders.core.states import OrderState

SPARED_HOLDERS = """
SELECT DISTINCT o.id FROM unnest(%(warehouses)s, %(skus)s, %(units)s) AS c(warehouse, sku, units)
JOIN inventory_stock s ON s.tenant_id = %(tenant)s AND s.sku_id = c.sku AND s.warehouse_id = c.warehouse AND s.reserved > c.units
JOIN inventory_reservation r
  ON r.tenant_id = %(tenant)s AND r.state = %(active)s AND r.warehouse_id = c.warehouse AND c.sku = ANY(r.sku_ids)
JOIN orders_order o ON o.tenant_id = %(tenant)s AND o.id = r.order_id AND (o.state = %(released)s OR EXISTS (
  SELECT FROM allocation_orderinhand h WHERE h.tenant_id = %(tenant)s AND h.order_id = o.id
))
"""


def spared_holders(cursor: Cursor, *, tenant_id: int, counts: Sequence[Count]) -> tuple[int, ...]:
    """Return the orders with the warehouse or in a person's hands that hold units of which these counts leave too few."""
    parameters = {
        "warehouses": np.array([count.warehouse_id for count in counts], dtype=np.int64),
        "skus": np.array([count.sku_id for count in counts], dtype=np.int64),
        "units": np.array([count.units for count in counts], dtype=np.int64),
        "active": ReservationState.ACTIVE.value,
        "released": OrderState.RELEASED.value,
    }
    return tuple(order_id for (order_id,) in cursor.execute(SPARED_HOLDERS, {"tenant": tenant_id, **parameters}))
