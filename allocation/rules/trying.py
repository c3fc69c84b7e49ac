"""What rules would match, of orders that there are: nothing is decided and nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from allocation import store
from allocation.core.rules.bitsets import OrderColumns
from allocation.core.rules.compiled import compile_rules
from allocation.core.rules.marks import marks_of_rules
from allocation.core.rules.matching import LookedAt, Traits, rules_matching, trace
from allocation.core.rules.terms import RuleTerms
from allocation.core.tags import MOST_BITS, TagBits
from allocation.rules.errors import TooManyMarks
from allocation.selectors import ship_date_of
from orders.models import Order
from orders.services import head_and_lines
from wms.arrays import array_cursor
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_RECENT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentMatches:
    """Of so many orders, how many each rule (by its key) matches first, and how many none matches."""

    orders: int
    first: Mapping[int, int]

    @property
    def unmatched(self) -> int:
        """Return how many orders no rule matches."""
        return self.orders - sum(self.first.values())


def matches_of_recent(*, tenant_id: int, rules: Sequence[RuleTerms], at: datetime) -> RecentMatches:
    """Return how many of the company's last orders each rule matches first."""
    with tenant_scope(tenant_id=tenant_id):
        order_ids = list(Order.objects.order_by("-pk").values_list("pk", flat=True)[:MOST_RECENT])
        if not order_ids:
            return RecentMatches(orders=0, first={})
        compiled = compile_rules(rules, day=_today(tenant_id, at))
        places = Counter(place for place in compiled.first_matches(_columns(order_ids, rules)) if place >= 0)
        return RecentMatches(orders=len(order_ids), first={rules[place].id: count for place, count in places.items()})


def try_on_order(*, tenant_id: int, order_id: int, rules: Sequence[RuleTerms], at: datetime) -> tuple[LookedAt, ...]:
    """Return what these rules make of an order: each that is looked at, up to the first that matches."""
    with tenant_scope(tenant_id=tenant_id):
        day, traits = _today(tenant_id, at), _traits(order_id, rules)
        matching = rules_matching(rules, traits, day=day)
        return trace(rules, traits, day=day, decided_by=matching[0].id if matching else None)


def _today(tenant_id: int, at: datetime) -> date:
    return ship_date_of(tenant=Tenant.objects.get(pk=tenant_id), at=at)


def _columns(order_ids: Collection[int], rules: Sequence[RuleTerms]) -> OrderColumns:
    """Return stored orders as rules read them; an order that was in review before counts as new."""
    heads, needs, counts = head_and_lines(order_ids=order_ids)
    bits = _bits(rules)
    sku_ids, row = np.unique(needs["sku_id"], return_inverse=True)
    mass_mg, masks = _articles(sku_ids, bits)
    starts = np.cumsum(counts) - counts
    return OrderColumns(
        heads=heads,
        sku_id=needs["sku_id"],
        owner=np.repeat(np.arange(len(heads)), counts),
        units=np.add.reduceat(needs["units"].astype(np.int64), starts),
        weight_mg=np.add.reduceat(mass_mg[row] * needs["units"], starts),
        reviewed=np.zeros(len(heads), dtype=np.bool_),
        mark_mask=np.bitwise_or.reduceat(masks[row], starts),
        mark_bits=bits.mark_bits,
    )


def _bits(rules: Sequence[RuleTerms]) -> TagBits:
    bits = TagBits(tags=(), marks=tuple(sorted(marks_of_rules(rules))))
    if bits.count > MOST_BITS:
        raise TooManyMarks(marks=bits.count, most=MOST_BITS)
    return bits


def _articles(sku_ids: store.Int64s, bits: TagBits) -> tuple[store.Int64s, store.Int64s]:
    tenant = Tenant.objects.get()
    with array_cursor() as cursor:
        skus = store.read_skus(cursor, tenant_id=tenant.pk, sku_ids=sku_ids)
        categories = store.read_categories(cursor, tenant_id=tenant.pk, sku_ids=sku_ids)
    masks = [bits.mask(skus.tags.get(sku_id, ()), categories.get(sku_id, "")) for sku_id in skus.ids.tolist()]
    return skus.mass_mg, np.array(masks, dtype=np.int64)


def _traits(order_id: int, rules: Sequence[RuleTerms]) -> Traits:
    columns = _columns([order_id], rules)
    head = columns.heads[0]
    texts: dict[str, Any] = {
        name: head[name].decode() for name in ("platform", "country", "state_code", "postcode", "service_level", "currency")
    }
    numbers: dict[str, Any] = {name: int(head[name]) for name in ("seller_id", "store_id", "value_minor", "placed_at")}
    mask = int(columns.mark_mask[0])
    return Traits(
        **texts,
        **numbers,
        sku_ids=tuple(columns.sku_id.tolist()),
        units=int(columns.units[0]),
        weight_mg=int(columns.weight_mg[0]),
        marks=frozenset(mark for mark, bit in columns.mark_bits.items() if mask >> bit & 1),
    )
