"""Whether the stock's books agree: what each row says is reserved, and what the active reservations hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from inventory.models import ReservationState
from wms.tenancy.scope import tenant_scope

MOST_FAULTS = 1000
"""More are not listed: the first ones tell what went wrong."""

STOCK_FAULTS: Final = """
WITH held AS (
  SELECT r.warehouse_id, u.sku_id, sum(u.units) AS units
  FROM inventory_reservation r, unnest(r.sku_ids, r.units) AS u(sku_id, units)
  WHERE r.tenant_id = %(tenant)s AND r.state = %(active)s GROUP BY 1, 2
), stock AS (
  SELECT warehouse_id, sku_id, reserved FROM inventory_stock WHERE tenant_id = %(tenant)s
)
SELECT warehouse_id, sku_id, coalesce(s.reserved, 0), coalesce(h.units, 0)
FROM stock s FULL JOIN held h USING (warehouse_id, sku_id)
WHERE coalesce(s.reserved, 0) <> coalesce(h.units, 0)
ORDER BY 1, 2 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class StockFault:
    """That a stock row's reserved units are not those of its active reservations."""

    warehouse_id: int
    sku_id: int
    reserved: int
    held: int

    def __str__(self) -> str:
        return f"warehouse {self.warehouse_id}, SKU {self.sku_id}: {self.reserved} units reserved, {self.held} held by orders"


def stock_faults(*, tenant_id: int) -> tuple[StockFault, ...]:
    """Return where the tenant's reserved units and its active reservations disagree, as of one instant."""
    parameters = {"tenant": tenant_id, "active": ReservationState.ACTIVE.value, "most": MOST_FAULTS}
    with tenant_scope(tenant_id=tenant_id), connection.cursor() as cursor:
        cursor.execute(STOCK_FAULTS, parameters)
        return tuple(StockFault(warehouse, sku, int(reserved), int(held)) for warehouse, sku, reserved, held in cursor.fetchall())
