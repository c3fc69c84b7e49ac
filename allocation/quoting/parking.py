"""Which claimed orders are not to be decided yet, since a carrier says their price."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import attempts_of
from allocation.core.types import Mode
from allocation.core.world import World
from allocation.quoting.questions import permitted_lanes
from allocation.quoting.store import park_orders
from allocation.quoting.stored import GOOD_SECONDS
from orders.core.packing import pack_needs_of_many
from orders.hints import QUOTE, hint_when_committed

Bools = npt.NDArray[np.bool_]


def park_unquoted(cursor: store.Cursor, *, tenant_id: int, world: World, claim: store.Claim, at: datetime) -> tuple[store.Claim, int]:
    """Put the claimed orders back that need quotes and have none, for the quoting stage; return the others, and how many went back."""
    heads = claim.heads
    asked_at = np.zeros(len(heads), dtype=np.int64)
    asked_at[np.searchsorted(heads["order_id"], claim.quotes["order_id"])] = claim.quotes["asked_at"]
    unquoted = asked_at < int(at.timestamp()) - GOOD_SECONDS
    # Which rules an order matches is known once its goods are looked up: here it is enough that some rule may use such a channel.
    of_rules = np.flatnonzero(world.permits.mode == Mode.RULE)
    may_use_live = permitted_lanes(world=world, attempts=attempts_of(claim.heads, world)).any(axis=(1, 2))
    may_use_live |= bool(permitted_lanes(world=world, attempts=of_rules[:, None]).any())
    parked = unquoted & may_use_live
    if not parked.any():
        return claim, 0
    owner = np.repeat(np.arange(len(heads)), claim.need_counts)
    kept, away = ~parked, np.flatnonzero(parked)
    lines = pack_needs_of_many(
        orders=len(heads), positions=owner, sku_ids=claim.needs["sku_id"], units=claim.needs["units"].astype(np.int64)
    )
    park_orders(cursor, tenant_id=tenant_id, heads=heads[away], lines=[lines[place] for place in away.tolist()])
    hint_when_committed(tenant_id=tenant_id, task=QUOTE)
    left = store.Claim(
        heads=heads[kept],
        needs=claim.needs[kept[owner]],
        need_counts=claim.need_counts[kept],
        quotes=claim.quotes[np.isin(claim.quotes["order_id"], heads["order_id"][kept])],
    )
    return left, int(parked.sum())
