"""Strategies as they are in force, as drafts that a person may change, and in their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from allocation.core.strategies import Objective, Scope, StrategyDraft, StrategyTerms, TagRestriction, Terms, draft_from_document, rank_of
from allocation.models import (
    Strategy,
    StrategyBan,
    StrategyChannel,
    StrategySeller,
    StrategyStore,
    StrategyVersion,
    StrategyWarehouse,
)
from allocation.strategies.errors import StrategyNotFound, StrategyVersionUnknown

PLAIN_TERMS = (
    "late_day_price_minor",
    "split_price_minor",
    "most_shipments",
    "least_split_value_minor",
    "most_distance_m",
    "most_over_cheapest_minor",
    "promise_is_hard",
    "same_day",
    "live_fallback",
    "keep_back_units",
)
"""The terms that are columns of the same name."""


def read_strategies() -> tuple[StrategyTerms, ...]:
    """Return the active strategies in the order in which they are asked. Call it inside the tenant's scope."""
    rows = list(Strategy.objects.filter(active=True).order_by("pk"))
    drafts = _drafts(rows)
    rows.sort(key=lambda row: rank_of(scope=drafts[row.pk].scope, priority=row.priority, strategy_id=row.pk))
    return tuple(drafts[row.pk].in_force(strategy_id=row.pk, version=row.version) for row in rows)


def read_drafts() -> dict[int, StrategyDraft]:
    """Return every strategy as a draft, by id, switched off ones too. Call it inside the tenant's scope."""
    return _drafts(list(Strategy.objects.order_by("pk")))


def draft_of(*, strategy_id: int, number: int | None = None) -> StrategyDraft:
    """Return a strategy as it stands, or a version of it. Call it inside the tenant's scope.

    Raises StrategyNotFound, StrategyVersionUnknown.
    """
    row = Strategy.objects.filter(pk=strategy_id).first()
    if row is None:
        raise StrategyNotFound(strategy_id=strategy_id)
    if number is None:
        return _drafts([row])[strategy_id]
    version = StrategyVersion.objects.filter(strategy_id=strategy_id, number=number).first()
    if version is None:
        raise StrategyVersionUnknown(name=row.name, number=number)
    return draft_from_document(version.document)


def strategy_versions(*, strategy_id: int) -> tuple[StrategyVersion, ...]:
    """Return what was saved of a strategy, the newest first. Call it inside the tenant's scope."""
    return tuple(StrategyVersion.objects.filter(strategy_id=strategy_id).order_by("-number"))


def _drafts(rows: Iterable[Strategy]) -> dict[int, StrategyDraft]:
    held = {row.pk: row for row in rows}
    warehouses = _named(StrategyWarehouse.objects, held, "warehouse_id")
    channels = _named(StrategyChannel.objects, held, "channel_id")
    sellers = _named(StrategySeller.objects, held, "seller_id")
    stores = _named(StrategyStore.objects, held, "store_id")
    bans = _bans(held)
    return {
        key: StrategyDraft(
            name=row.name,
            warehouse_ids=warehouses[key],
            channel_ids=channels[key],
            scope=Scope(
                store_ids=stores[key],
                seller_ids=sellers[key],
                platforms=tuple(sorted(row.platforms)),
                countries=tuple(sorted(row.countries)),
            ),
            terms=_terms(row, bans[key]),
            fallbacks=tuple(row.fallbacks),
            priority=row.priority,
            active=row.active,
        )
        for key, row in held.items()
    }


def _terms(row: Strategy, bans: tuple[TagRestriction, ...]) -> Terms:
    columns: dict[str, Any] = {name: getattr(row, name) for name in PLAIN_TERMS}
    return Terms(objective=Objective(row.objective), restrictions=bans, **columns)


def _named(rows: Any, strategies: Mapping[int, Strategy], column: str) -> Mapping[int, tuple[int, ...]]:
    """Return the ids that each strategy names in a column, sorted."""
    pairs = rows.filter(strategy_id__in=strategies).values_list("strategy_id", column).order_by("strategy_id", column)
    return _grouped(pairs)


def _bans(strategies: Mapping[int, Strategy]) -> Mapping[int, tuple[TagRestriction, ...]]:
    rows = StrategyBan.objects.filter(strategy_id__in=strategies).order_by("strategy_id", "tag", "warehouse_id", "channel_id")
    return _grouped(
        (row.strategy_id, TagRestriction(tag=row.tag, warehouse_id=row.warehouse_id, channel_id=row.channel_id)) for row in rows
    )


def _grouped[Value](pairs: Iterable[tuple[int, Value]]) -> Mapping[int, tuple[Value, ...]]:
    groups: defaultdict[int, tuple[Value, ...]] = defaultdict(tuple)
    for key, value in pairs:
        groups[key] = (*groups[key], value)
    return groups
