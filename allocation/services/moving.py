"""The steps that every change of a decision is made of: free what is held, append a record, note who did it, move the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from allocation import outcomes, store
from allocation.batches import undecided_rows
from allocation.core.types import Mode
from allocation.loads import free_load
from allocation.models import Hand, OrderInHand, Record, SettingsVersion, Shipment, ShipmentState
from allocation.worlds import current_world
from inventory.services import release_orders
from orders.core.states import OrderState
from orders.models import Order
from wms.tenancy.access import UseCase
from wms.tenancy.audit import note
from wms.tenancy.models import AuditVerb

type Cursor = store.Cursor

NOTE_CHOICES = """
INSERT INTO tenancy_auditentry (tenant_id, seller_id, at, actor, use_case, verb, subject, subject_key, subject_name, rows, changes)
SELECT o.tenant_id, app_seller(), now(), %(actor)s, %(use_case)s, %(verb)s, %(subject)s, o.id, o.external_number, 1,
       audit_changes(
         jsonb_build_object('mode', p.mode, 'warehouse_id', p.warehouse_id, 'channel_id', p.channel_id, 'cost_minor', p.cost_minor),
         jsonb_build_object('mode', u.mode, 'warehouse_id', NULLIF(u.warehouse, 0), 'channel_id', NULLIF(u.channel, 0),
                            'cost_minor', NULLIF(u.cost, -1), 'reason', %(reason)s::text))
FROM unnest(%(orders)s, %(modes)s, %(warehouses)s, %(channels)s, %(costs)s, %(supersedes)s)
  AS u(order_id, mode, warehouse, channel, cost, supersedes)
JOIN orders_order o ON o.tenant_id = %(tenant)s AND o.id = u.order_id
LEFT JOIN allocation_record p ON p.tenant_id = %(tenant)s AND p.id = u.supersedes
"""


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
    return int(outcomes.last_records(cursor, order_ids=np.array([order.pk]))[0])


def append_undecided(cursor: Cursor, orders: Sequence[Order], change: Change) -> None:
    """Append a record without a warehouse to each of these orders."""
    order_ids = np.array([order.pk for order in orders])
    rows = undecided_rows(
        mode=change.mode,
        order_ids=order_ids,
        seller_ids=np.array([order.seller_id for order in orders]),
        supersedes=outcomes.last_records(cursor, order_ids=order_ids),
    )
    tenant_id = orders[0].tenant_id
    version_id = _any_version(tenant_id, change.at)
    write_by_hand(cursor, tenant_id=tenant_id, version_id=version_id, rows=rows, change=change)


def write_by_hand(cursor: Cursor, *, tenant_id: int, version_id: int, rows: outcomes.RecordRows, change: Change) -> None:
    """Append the records of a person's change, and note who did it; what a stock count sends back is in the count's own ledger."""
    reason = change.reason or None
    outcomes.write_records(cursor, tenant_id=tenant_id, version_id=version_id, rows=rows, at=change.at, actor=change.actor, reason=reason)
    if change.mode == Mode.COUNT:
        return
    cursor.execute(
        NOTE_CHOICES,
        {
            "tenant": tenant_id,
            "actor": change.actor,
            "use_case": UseCase.ASSIGN.value,
            "verb": AuditVerb.CHANGED.value,
            "subject": Record._meta.db_table,
            "orders": rows.order_ids,
            "modes": rows.modes.astype(np.int16),
            "warehouses": rows.warehouse_ids,
            "channels": rows.channel_ids,
            "costs": rows.costs,
            "supersedes": rows.supersedes,
            "reason": reason,
        },
    )


def note_hand(order: Order, change: Change, *, before: Hand | None, after: Hand | None) -> None:
    """Note that a person took an order from automation or gave it back, where no record says so: its decision stays."""
    note(
        use_case=UseCase.ASSIGN,
        verb=AuditVerb.CHANGED,
        subject=OrderInHand._meta.db_table,
        key=order.pk,
        name=order.external_number,
        changes={"kind": (before, after), "reason": (None, change.reason or None)},
        actor=change.actor,
    )


def _any_version(tenant_id: int, at: datetime) -> int:
    """Return the newest settings version: a record that decides nothing reads none, and needs not have one compiled."""
    newest: int | None = SettingsVersion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or current_world(tenant_id=tenant_id, at=at).version_id
