"""Which warehouses and channels may serve an order, in which order they are asked, and what is wished of the answer.

This is the seam between those who say what may be (strategies, rules, a person) and those who price and choose. An order has a
tuple of attempts; the first one in which a warehouse serves decides. `attempts_for` says it in plain words; `Permits` holds the
same attempts as rows of arrays, so that a batch names them by number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.settings import Settings
from allocation.core.splits.types import MOST_SHIPMENTS
from allocation.core.strategies import PLAIN, Objective, StrategyTerms, TagRestriction, Terms, chain_of
from allocation.core.tags import TagBits
from allocation.core.types import Mode

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

NO_LIMIT = np.int64(2**62)
NO_ATTEMPT = -1
OBJECTIVES = tuple(Objective)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: the mode that a decision made so has, what may serve, and what is wished; without channels, all of a warehouse's.

    `source_id` is the id of the strategy or rule that it comes from.
    """

    mode: Mode
    warehouse_ids: frozenset[int]
    channel_ids: frozenset[int] | None = None
    terms: Terms = PLAIN
    source_id: int | None = None

    def allows(self, channel_id: int) -> bool:
        """Return whether the channel may be used."""
        return self.channel_ids is None or channel_id in self.channel_ids


def attempts_for(*, settings: Settings, seller_id: int, store_id: int, platform: str, country: str) -> tuple[Attempt, ...]:
    """Return the attempts of such orders: the first strategy that covers them with what it falls back to, else the default warehouse."""
    default = default_attempt(settings=settings, seller_id=seller_id)
    first = settings.strategy_for(seller_id=seller_id, store_id=store_id, platform=platform, country=country)
    if first is None:
        return (default,) if default else ()
    strategies = {strategy.id: strategy for strategy in settings.strategies}
    chain = [default if strategy is None else strategy_attempt(strategy) for strategy in chain_of(first=first, strategies=strategies)]
    return tuple(attempt for attempt in chain if attempt is not None)


def strategy_attempt(strategy: StrategyTerms) -> Attempt:
    """Return the attempt that a strategy makes."""
    return Attempt(
        mode=Mode.SMART,
        warehouse_ids=frozenset(strategy.warehouse_ids),
        channel_ids=frozenset(strategy.channel_ids),
        terms=strategy.terms,
        source_id=strategy.id,
    )


def default_attempt(*, settings: Settings, seller_id: int) -> Attempt | None:
    """Return the attempt of the seller's default warehouse, by any of its channels; None where it has none that is active."""
    warehouse_id = settings.default_warehouse_of(seller_id)
    if warehouse_id not in {terms.id for terms in settings.warehouses}:
        return None
    return Attempt(mode=Mode.DEFAULT, warehouse_ids=frozenset({warehouse_id}))


def choice_attempt(*, settings: Settings, attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt of a person's choice for an order that has these attempts: every warehouse, by every channel.

    What is wished of the answer is what the first attempt wishes, but for the objective: the cheapest channel is taken, by its rate
    card where no live price is at hand.
    """
    terms = attempts[0].terms if attempts else PLAIN
    return Attempt(
        mode=Mode.MANUAL,
        warehouse_ids=frozenset(warehouse.id for warehouse in settings.warehouses),
        terms=replace(terms, objective=Objective.COST, live_fallback=True),
    )


def all_attempts(settings: Settings) -> tuple[Attempt, ...]:
    """Return every attempt that some order may have: the rows that a tenant's permits begin with."""
    sellers = [seller_id for seller_id, _ in settings.default_warehouses]
    defaults = [default_attempt(settings=settings, seller_id=seller_id) for seller_id in sellers]
    attempts = [strategy_attempt(strategy) for strategy in settings.strategies] + [attempt for attempt in defaults if attempt]
    return tuple(dict.fromkeys(attempts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The wishes of attempts as columns, one row each; see Terms. `kind` is a place in OBJECTIVES, NO_LIMIT means none.

    `is_plain` marks rows that wish for nothing but the lowest cost. `most_shipments`, `split_price` and `least_split_value` are about
    splits.
    """

    is_plain: Bools
    kind: Int64s
    late_day_price: Int64s
    most_distance_m: Int64s
    most_over_cheapest: Int64s
    promise_is_hard: Bools
    same_day: Bools
    keep_back_units: Int64s
    live_fallback: Bools
    most_shipments: Int64s
    split_price: Int64s
    least_split_value: Int64s

    def rows(self, which: Int64s) -> Limits:
        """Return the limits of these rows only."""
        return Limits(**{name: getattr(self, name)[which] for name in Limits.__slots__})


@dataclass(frozen=True, slots=True)
class TagBan:
    """That goods with a tag (a bit of the mask) may not use lanes[w, c]."""

    bit: int
    lanes: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """Attempts as rows; the last row, which NO_ATTEMPT names, allows nothing.

    `mode[p]`, `source[p]` (0: none), `covered[p, warehouse]`, `allowed[p, warehouse, channel]`; `bans[p]` take from what is allowed.
    """

    attempts: tuple[Attempt, ...]
    mode: Int64s
    source: Int64s
    covered: Bools
    allowed: Bools
    limits: Limits
    bans: tuple[tuple[TagBan, ...], ...]
    rows: Mapping[Attempt, int]

    @property
    def allow_splits(self) -> bool:
        """Return whether some attempt may ship an order from several warehouses."""
        return bool((self.limits.most_shipments > 1).any())

    def row_of(self, attempt: Attempt) -> int:
        """Return the row of an attempt."""
        return self.rows[attempt]


def compile_permits(*, settings: Settings, attempts: Sequence[Attempt], lanes: Bools, tag_bits: TagBits) -> Permits:
    """Return the attempts as rows, in their order; `lanes[w, c]` says what a warehouse ships by."""
    covered = np.zeros((len(attempts) + 1, lanes.shape[0]), dtype=np.bool_)
    allowed = np.zeros((len(attempts) + 1, *lanes.shape), dtype=np.bool_)
    for row, attempt in enumerate(attempts):
        covered[row] = [terms.id in attempt.warehouse_ids for terms in settings.warehouses]
        named = np.array([attempt.allows(terms.id) for terms in settings.channels], dtype=np.bool_)
        allowed[row] = covered[row][:, None] & named[None, :] & lanes
    return Permits(
        attempts=tuple(attempts),
        rows={attempt: row for row, attempt in enumerate(attempts)},
        mode=np.array([*(attempt.mode for attempt in attempts), Mode.EXCEPTION], dtype=np.int64),
        source=np.array([*(attempt.source_id or 0 for attempt in attempts), 0], dtype=np.int64),
        covered=covered,
        allowed=allowed,
        limits=_limits([*(attempt.terms for attempt in attempts), PLAIN]),
        bans=tuple(_bans(settings, attempt.terms.restrictions, tag_bits) for attempt in attempts),
    )


def _limits(terms: Sequence[Terms]) -> Limits:
    def column(values: list[int | None]) -> Int64s:
        return np.array([NO_LIMIT if value is None else value for value in values], dtype=np.int64)

    weighs = [each.objective is Objective.WEIGHTED for each in terms]
    return Limits(
        is_plain=np.array([_is_plain(each) for each in terms], dtype=np.bool_),
        kind=column([OBJECTIVES.index(each.objective) for each in terms]),
        late_day_price=column([each.late_day_price_minor * weighed for each, weighed in zip(terms, weighs, strict=True)]),
        most_distance_m=column([each.most_distance_m for each in terms]),
        most_over_cheapest=column([each.most_over_cheapest_minor for each in terms]),
        promise_is_hard=np.array([each.promise_is_hard for each in terms], dtype=np.bool_),
        same_day=np.array([each.same_day for each in terms], dtype=np.bool_),
        keep_back_units=column([each.keep_back_units for each in terms]),
        live_fallback=np.array([each.live_fallback for each in terms], dtype=np.bool_),
        most_shipments=column([min(each.most_shipments, MOST_SHIPMENTS) for each in terms]),
        split_price=column([each.split_price_minor * weighed for each, weighed in zip(terms, weighs, strict=True)]),
        least_split_value=column([each.least_split_value_minor for each in terms]),
    )


def _is_plain(terms: Terms) -> bool:
    """Return whether one parcel is decided as by the lowest cost alone: splits and what stands in for a price are other matters."""
    if terms.objective is Objective.WEIGHTED and terms.late_day_price_minor:
        return False
    objective = Objective.COST if terms.objective is Objective.WEIGHTED else terms.objective
    elsewhere = {"split_price_minor": 0, "most_shipments": 1, "least_split_value_minor": 0, "live_fallback": True}
    return asdict(terms) | elsewhere | {"objective": objective, "late_day_price_minor": 0} == asdict(PLAIN)


def _bans(settings: Settings, restrictions: Sequence[TagRestriction], tag_bits: TagBits) -> tuple[TagBan, ...]:
    warehouses = np.array([terms.id for terms in settings.warehouses], dtype=np.int64)
    channels = np.array([terms.id for terms in settings.channels], dtype=np.int64)
    return tuple(
        TagBan(
            tag_bits.bits[ban.tag],
            (np.ones(len(warehouses), dtype=np.bool_) if ban.warehouse_id is None else warehouses == ban.warehouse_id)[:, None]
            & (np.ones(len(channels), dtype=np.bool_) if ban.channel_id is None else channels == ban.channel_id)[None, :],
        )
        for ban in restrictions
    )
