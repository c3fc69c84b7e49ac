"""Which warehouse ships by which channel (发货渠道)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from allocation.errors import LaneUnknown
from allocation.models import Lane
from carriers.models import Channel
from inventory.models import Warehouse
from wms.tenancy.scope import tenant_scope

type LanePair = tuple[int, int]
"""The ids of a warehouse and of a channel."""


def lanes_in_force() -> frozenset[LanePair]:
    """Return every lane. Call it inside the tenant's scope."""
    return frozenset(Lane.objects.values_list("warehouse_id", "channel_id"))


def change_lanes(*, tenant_id: int, seen: AbstractSet[LanePair], wanted: AbstractSet[LanePair]) -> tuple[int, int]:
    """Open and close lanes; return how many of each.

    Only what differs between what the person saw and what they want is changed: what somebody else changed meanwhile stays. The next
    decisions heed it. Raises LaneUnknown for a warehouse or a channel that is not the company's.
    """
    opened, closed = wanted - seen, seen - wanted
    with tenant_scope(tenant_id=tenant_id):
        warehouses = set(Warehouse.objects.values_list("pk", flat=True))
        channels = set(Channel.objects.values_list("pk", flat=True))
        for warehouse_id, channel_id in sorted(opened):
            if warehouse_id not in warehouses or channel_id not in channels:
                raise LaneUnknown(warehouse_id=warehouse_id, channel_id=channel_id)
        rows = [Lane(tenant_id=tenant_id, warehouse_id=warehouse_id, channel_id=channel_id) for warehouse_id, channel_id in sorted(opened)]
        there = lanes_in_force()
        Lane.objects.bulk_create(rows, ignore_conflicts=True)
        for warehouse_id, channel_id in sorted(closed):
            Lane.objects.filter(warehouse_id=warehouse_id, channel_id=channel_id).delete()
    return len(opened - there), len(closed & there)
