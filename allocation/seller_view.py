"""What a seller may know of a decision: which warehouses were looked at, what each would have cost in all, and why not.

Never how a price comes about: no rate card, no cost lines, no channel that was not taken, no terms of the settings, no name of
a member of staff. Everything is read within the seller's own scope, so that row security holds it too; the one look past it,
which warehouse each place of a record stands for, is the function `warehouses_of_settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from allocation.core.packing import MOST_NARROW_UNITS, UnpackedRecord, unpack_record
from allocation.core.types import reason_of
from allocation.models import Record
from inventory.models import Sku, Warehouse
from orders.core.packing import merge_needs
from orders.models import Order, OrderLine
from wms.values.geo import distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUnits:
    """What the order needed of an article of the seller's, and what lay there then (`at_least`: that many or more)."""

    sku_code: str
    needed: int
    available: int
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSeen:
    """One warehouse's answer: what it would have cost in all, or the code of why it could not serve."""

    code: str
    name: str
    chosen: bool
    distance_m: int | None
    cost_minor: int | None
    rejection: str | None
    units: tuple[OwnUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerView:
    """A record as its seller sees it. Warehouses come with the chosen one first, then by cost, then those that could not serve."""

    record_id: int
    decided_at: datetime
    mode: str
    by_person: bool
    cost_minor: int | None
    nearest_cost_minor: int | None
    warehouses: tuple[WarehouseSeen, ...]


def view_for_seller(record: Record) -> SellerView:
    """Return what the record's seller may know of it. Call it inside the seller's scope."""
    return SellerView(
        record_id=record.pk,
        decided_at=record.decided_at,
        mode=record.get_mode_display(),
        by_person=bool(record.actor),
        cost_minor=record.cost_minor,
        nearest_cost_minor=record.nearest_cost_minor,
        warehouses=_warehouses(record) if record.candidates else (),
    )


def _warehouses(record: Record) -> tuple[WarehouseSeen, ...]:
    unpacked = unpack_record(bytes(record.candidates))
    order = Order.objects.get(pk=record.order_id)
    needs = merge_needs(OrderLine.objects.filter(order_id=record.order_id).values_list("sku_id", "units"))
    codes = dict(Sku.objects.filter(pk__in=[sku_id for sku_id, _ in needs]).values_list("pk", "code"))
    ids = _warehouse_ids(record.settings_version_id)
    known = Warehouse.objects.in_bulk(ids)
    seen = [
        _seen(known[warehouse_id], place, record, order, unpacked, [(codes[sku_id], units) for sku_id, units in needs])
        for place, warehouse_id in enumerate(ids)
        if warehouse_id in known
    ]
    return tuple(sorted(seen, key=lambda w: (not w.chosen, w.rejection is not None, w.cost_minor or 0, w.code)))


def _seen(
    warehouse: Warehouse, place: int, record: Record, order: Order, unpacked: UnpackedRecord, needs: Sequence[tuple[str, int]]
) -> WarehouseSeen:
    reason = unpacked.reason[place]
    return WarehouseSeen(
        code=warehouse.code,
        name=warehouse.name,
        chosen=warehouse.pk == record.warehouse_id,
        distance_m=distance_m(order.lat, order.lon, warehouse.lat, warehouse.lon),
        cost_minor=None if reason else unpacked.cost[place],
        rejection=reason_of(reason).slug if reason else None,
        units=tuple(
            OwnUnits(sku_code=code, needed=needed, available=available, at_least=available == MOST_NARROW_UNITS)
            # What is left of the warehouse's capacity follows the needs.
            for (code, needed), available in zip(needs, unpacked.units[place], strict=False)
        ),
    )


def _warehouse_ids(settings_version_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT warehouses_of_settings(%s)", [settings_version_id])
        return list(cursor.fetchone()[0] or ())
