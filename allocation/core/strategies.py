"""The settings of smart allocation (智能分仓): which orders, from where, by what, and what is wished of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, Final, Literal

type Document = dict[str, Any]

DEFAULT_WAREHOUSE: Final = "default_warehouse"
EXCEPTION: Final = "exception"

type Fallback = int | Literal["default_warehouse", "exception"]
"""What is tried when nothing serves: another strategy by its id, the seller's default warehouse, or nothing more."""


class Objective(StrEnum):
    """What is best; ties go by cost, then days, distance, and the warehouse's rank."""

    COST = "cost"
    NEAREST = "nearest"
    FASTEST = "fastest"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRestriction:
    """That goods with a tag may not ship from a warehouse, or by a channel, or from that warehouse by that channel."""

    tag: str
    warehouse_id: int | None = None
    channel_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is wished of an answer. Money is in the tenant's minor units; no limit is None, or the most lenient number.

    `late_day_price_minor` and `split_price_minor` count only when the objective is WEIGHTED: for each day after the promised
    date, and for each shipment beyond the first. `most_shipments` 1 means that an order is not split; of a split, each half is
    worth at least `least_split_value_minor`. A hard promise allows no channel that arrives after the promised date.
    `same_day` takes only warehouses that still ship on their own day of the decision. `keep_back_units` stay in the
    warehouse beyond its safety stock. `live_fallback` lets a rate card stand in where a carrier gave no live price.
    """

    objective: Objective = Objective.COST
    late_day_price_minor: int = 0
    split_price_minor: int = 0
    most_shipments: int = 1
    least_split_value_minor: int = 0
    most_distance_m: int | None = None
    most_over_cheapest_minor: int | None = None
    promise_is_hard: bool = False
    same_day: bool = False
    keep_back_units: int = 0
    live_fallback: bool = True
    restrictions: tuple[TagRestriction, ...] = ()


PLAIN: Final = Terms()
"""Lowest cost in one parcel, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The orders that a strategy covers: each of its lists that is not empty must name the order's."""

    store_ids: tuple[int, ...] = ()
    seller_ids: tuple[int, ...] = ()
    platforms: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def covers(self, *, seller_id: int, store_id: int, platform: str, country: str) -> bool:
        """Return whether orders of this seller, store, platform and country are covered."""
        return (
            (not self.seller_ids or seller_id in self.seller_ids)
            and (not self.store_ids or store_id in self.store_ids)
            and (not self.platforms or platform in self.platforms)
            and (not self.countries or country in self.countries)
        )

    @property
    def breadth(self) -> int:
        """Return 0 for named stores, 1 for sellers, 2 for platforms, 3 for countries, 4 for all orders: the least decides."""
        lists: tuple[tuple[object, ...], ...] = (self.store_ids, self.seller_ids, self.platforms, self.countries)
        return next((place for place, names in enumerate(lists) if names), len(lists))

    def overlaps(self, other: Scope) -> bool:
        """Return whether some order may be covered by both, as far as the lists tell."""
        pairs: tuple[tuple[Sequence[object], Sequence[object]], ...] = (
            (self.store_ids, other.store_ids),
            (self.seller_ids, other.seller_ids),
            (self.platforms, other.platforms),
            (self.countries, other.countries),
        )
        return all(not mine or not theirs or not set(mine).isdisjoint(theirs) for mine, theirs in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyTerms:
    """An active strategy in the version that is in force; 0 is one that was never saved by a person."""

    id: int
    name: str
    warehouse_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]
    scope: Scope = Scope()
    terms: Terms = PLAIN
    fallbacks: tuple[Fallback, ...] = (DEFAULT_WAREHOUSE,)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDraft:
    """A strategy as a person writes it; of equally specific ones the smaller priority decides."""

    name: str
    warehouse_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]
    scope: Scope = Scope()
    terms: Terms = PLAIN
    fallbacks: tuple[Fallback, ...] = (DEFAULT_WAREHOUSE,)
    priority: int = 100
    active: bool = True

    def in_force(self, *, strategy_id: int, version: int) -> StrategyTerms:
        """Return the strategy that the draft becomes."""
        return StrategyTerms(
            id=strategy_id,
            name=self.name,
            warehouse_ids=self.warehouse_ids,
            channel_ids=self.channel_ids,
            scope=self.scope,
            terms=self.terms,
            fallbacks=self.fallbacks,
            version=version,
        )

    def to_document(self) -> Document:
        """Return the draft as JSON values."""
        return asdict(self)


def draft_from_document(document: Document) -> StrategyDraft:
    """Return the draft that `StrategyDraft.to_document` wrote."""
    return StrategyDraft(
        name=document["name"],
        warehouse_ids=tuple(document["warehouse_ids"]),
        channel_ids=tuple(document["channel_ids"]),
        scope=scope_from_document(document["scope"]),
        terms=terms_from_document(document["terms"]),
        fallbacks=tuple(document["fallbacks"]),
        priority=document["priority"],
        active=document["active"],
    )


def rank_of(*, scope: Scope, priority: int, strategy_id: int) -> tuple[int, int, int]:
    """Return by what strategies are asked: the most specific scope first, then the smaller priority, then the older one."""
    return scope.breadth, priority, strategy_id


def chain_of(*, first: StrategyTerms, strategies: Mapping[int, StrategyTerms]) -> Iterator[StrategyTerms | None]:
    """Yield what decides in turn: the strategy, then what it falls back to, each once; None is the default warehouse.

    A strategy that is fallen back to brings its own fallbacks along. Inactive ones, which are not among `strategies`, drop out.
    """
    met: set[int | None] = set()
    waiting: list[Fallback] = [first.id]
    while waiting:
        step = waiting.pop(0)
        if step == EXCEPTION:
            return
        strategy = None if step == DEFAULT_WAREHOUSE else strategies.get(int(step))
        key = None if strategy is None else strategy.id
        if key in met or (strategy is None and step != DEFAULT_WAREHOUSE):
            continue
        met.add(key)
        yield strategy
        waiting[:0] = () if strategy is None else strategy.fallbacks


def circle_in(fallbacks: Mapping[int, Iterable[Fallback]], *, start: int) -> tuple[int, ...]:
    """Return the strategies of a circle that leads from `start` back to it, or nothing."""
    paths: list[tuple[int, ...]] = [(start,)]
    seen: set[int] = set()
    while paths:
        path = paths.pop()
        for step in fallbacks.get(path[-1], ()):
            if step == start:
                return (*path, start)
            if isinstance(step, int) and step not in seen:
                seen.add(step)
                paths.append((*path, step))
    return ()


def overlapping(scopes: Mapping[int, Scope]) -> tuple[tuple[int, int], ...]:
    """Return the pairs of strategies, by id, that are equally specific and may cover the same order."""
    ordered = sorted(scopes.items())
    return tuple(
        (one, other)
        for (one, mine), (other, theirs) in combinations(ordered, 2)
        if mine.breadth == theirs.breadth and mine.overlaps(theirs)
    )


def terms_from_document(document: Document) -> Terms:
    """Return the terms that were written as JSON values; what is absent is as lenient as it can be."""
    restrictions = tuple(TagRestriction(**row) for row in document.get("restrictions", ()))
    return Terms(**{**document, "objective": Objective(document.get("objective", "cost")), "restrictions": restrictions})


def strategy_from_document(document: Document) -> StrategyTerms:
    """Return the strategy that was written as JSON values; before there were versions its scope lay in the strategy itself."""
    scope = document.get("scope") or {name: document[name] for name in ("seller_ids", "platforms", "countries")}
    return StrategyTerms(
        id=document["id"],
        name=document["name"],
        warehouse_ids=tuple(document["warehouse_ids"]),
        channel_ids=tuple(document["channel_ids"]),
        scope=scope_from_document(scope),
        terms=terms_from_document(document.get("terms", {})),
        fallbacks=tuple(document.get("fallbacks", (DEFAULT_WAREHOUSE,))),
        version=document.get("version", 0),
    )


def scope_from_document(document: Document) -> Scope:
    """Return the scope that was written as JSON values."""
    return Scope(**{name: tuple(names) for name, names in document.items()})
