"""A person says which warehouse ships which units of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from allocation.core.restoring import Refused, StatedPart, Wish, lanes_of
from allocation.core.types import Mode
from allocation.errors import ReasonMissing, SplitPartsOdd, SplitUnitsOdd
from allocation.explain import Explanation, explain_record
from allocation.models import Hand, Record
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.assigning import Lane, cannot_serve, columns_of
from allocation.services.hands import put_in_hand
from allocation.services.moving import Change, Cursor
from allocation.services.restoring import Table, lay_out, ship_parts
from allocation.worlds import current_world
from inventory.models import Sku
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

FEWEST_PARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HandPart:
    """What one warehouse ships of a split by hand: units by SKU, by the warehouse's cheapest channel unless one is named."""

    warehouse_id: int
    units: Mapping[int, int]
    channel_id: int | None = None


@again_after_lost_race
def split_order(
    *,
    tenant_id: int,
    order_id: int,
    parts: Sequence[HandPart],
    actor: str,
    reason: str = "",
    forced: bool = False,
    seen_record_id: int | None = None,
    at: datetime,
) -> int:
    """Ship an order in the parts that a person states, whatever the strategy says of splits; return the record's id.

    What a strategy wishes of each part (distance, cut-off, promise, capacity) holds unless `forced`, which needs a `reason`.
    Raises SplitPartsOdd and SplitUnitsOdd where the parts are not the order, else what `assign_order` raises.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.ALLOCATED, seen_record_id)
        if forced and not reason.strip():
            raise ReasonMissing(number=order.external_number)
        return _split(cursor, order, parts, _change(actor, at, reason, forced=forced))


@again_after_lost_race
def preview_split(
    *,
    tenant_id: int,
    order_id: int,
    parts: Sequence[HandPart],
    actor: str,
    forced: bool = False,
    seen_record_id: int | None = None,
    at: datetime,
) -> Explanation:
    """Return the record that `split_order` would write, with each part at its true price, changing nothing.

    It is the split itself, rolled back; force needs no reason yet. Raises what `split_order` raises.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor, transaction.atomic():
        order = taking.take_order(order_id, OrderState.ALLOCATED, seen_record_id)
        record_id = _split(cursor, order, parts, _change(actor, at, "", forced=forced))
        told = explain_record(Record.objects.get(pk=record_id))
        transaction.set_rollback(True)
    return told


def _change(actor: str, at: datetime, reason: str, *, forced: bool) -> Change:
    return Change(mode=Mode.FORCED if forced else Mode.MANUAL, actor=actor, at=at, reason=reason)


def _split(cursor: Cursor, order: Order, parts: Sequence[HandPart], change: Change) -> int:
    """Ship a locked order in these parts; return the record's id."""
    _check_parts(order, parts)
    forced = change.mode == Mode.FORCED
    table = lay_out(cursor, order, current_world(tenant_id=order.tenant_id, at=change.at), change)
    wishes = _wishes(order, table, parts, forced)
    main = max(wishes, key=lambda wish: sum(wish.units))
    record_id = ship_parts(cursor, order, table, wishes, main, change, heeds_capacity=not forced)
    put_in_hand(order, Hand.CHOSEN, change)
    return record_id


def _check_parts(order: Order, parts: Sequence[HandPart]) -> None:
    some_each = all(part.units and all(units > 0 for units in part.units.values()) for part in parts)
    if not some_each or not FEWEST_PARTS <= len(parts) == len({part.warehouse_id for part in parts}):
        raise SplitPartsOdd(number=order.external_number)


def _wishes(order: Order, table: Table, parts: Sequence[HandPart], forced: bool) -> tuple[Wish, ...]:
    asked = table.batch.batch
    sku_ids = table.batch.sku_ids[asked.need_row].tolist()
    _check_units(order, dict(zip(sku_ids, asked.need_units.tolist(), strict=True)), parts)
    rank = table.loaded.world.rank
    stated = []
    for part in parts:
        warehouse, channel = columns_of(table.loaded, Lane(part.warehouse_id, part.channel_id))
        stated.append(StatedPart(warehouse=warehouse, channel=channel, units=tuple(part.units.get(sku_id, 0) for sku_id in sku_ids)))
    stated.sort(key=lambda part: int(rank[part.warehouse]))
    priced = table.priced(warehouse=stated[0].warehouse, channel=None)
    wishes = lanes_of(priced=priced, parts=stated, forced=forced)
    if isinstance(wishes, Refused):
        raise cannot_serve(order, table.loaded, wishes.warehouse, wishes.reason)
    return wishes


def _check_units(order: Order, asked: Mapping[int, int], parts: Sequence[HandPart]) -> None:
    for sku_id in sorted({*asked, *(sku_id for part in parts for sku_id in part.units)}):
        given = sum(part.units.get(sku_id, 0) for part in parts)
        if given != asked.get(sku_id, 0):
            code = Sku.objects.filter(pk=sku_id).values_list("code", flat=True).first()
            raise SplitUnitsOdd(number=order.external_number, asked=asked.get(sku_id, 0), sku=code or f"#{sku_id}", given=given)
