"""The steps that every change of a decision is made of: free what is held, append a record, move the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from allocation import store
from allocation.batches import undecided_rows
from allocation.core.types import Mode
from allocation.loads import free_load
from allocation.models import SettingsVersion, Shipment, ShipmentState
from allocation.worlds import current_world
from inventory.services import release_orders
from orders.core.states import OrderState
from orders.models import Order

type Cursor = store.Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to a decision, by whom, why and when."""

    mode: Mode
    actor: str
    at: datetime
    reason: str = ""


def release(*orders: Order) -> None:
    """Free the units and the capacity that these orders hold and take back their shipments."""
    tenant_id, order_ids = orders[0].tenant_id, [order.pk for order in orders]
    release_orders(tenant_id=tenant_id, order_ids=order_ids)
    free_load(tenant_id=tenant_id, order_ids=order_ids)
    live = (ShipmentState.PLANNED, ShipmentState.RELEASED)
    Shipment.objects.filter(order_id__in=order_ids, state__in=live).update(state=ShipmentState.CANCELLED)


def move(order: Order, state: OrderState) -> None:
    """Put the order into a state."""
    Order.objects.filter(pk=order.pk).update(state=state)


def last_record_id(cursor: Cursor, order: Order) -> int:
    """Return the id of the order's newest record, 0 where it has none."""
    return int(store.last_records(cursor, order_ids=np.array([order.pk]))[0])


def append_undecided(cursor: Cursor, orders: Sequence[Order], change: Change) -> None:
    """Append a record without a warehouse to each of these orders."""
    order_ids = np.array([order.pk for order in orders])
    rows = undecided_rows(
        mode=change.mode,
        order_ids=order_ids,
        seller_ids=np.array([order.seller_id for order in orders]),
        supersedes=store.last_records(cursor, order_ids=order_ids),
    )
    tenant_id = orders[0].tenant_id
    version_id = _any_version(tenant_id, change.at)
    store.write_records(
        cursor, tenant_id=tenant_id, version_id=version_id, rows=rows, at=change.at, actor=change.actor, reason=change.reason or None
    )


def _any_version(tenant_id: int, at: datetime) -> int:
    """Return the newest settings version: a record that decides nothing reads none, and needs not have one compiled."""
    newest: int | None = SettingsVersion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or current_world(tenant_id=tenant_id, at=at).version_id
