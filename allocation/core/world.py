"""The settings of a tenant compiled into arrays: built once per settings version, read by every batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import numpy.typing as npt

from allocation.core.permissions import NO_ATTEMPT, Permits, all_attempts, attempts_for, compile_permits
from allocation.core.rules.compiled import CompiledRules, compile_rules
from allocation.core.ruling import rule_attempts, with_rules
from allocation.core.settings import ChannelTerms, Settings
from allocation.core.tags import TagBits
from allocation.core.timetable import Timetable
from carriers.core.areas import AreaList
from carriers.core.compiled import CompiledCard, CompiledChart, compile_card
from carriers.core.fuel import FuelTable
from carriers.core.handling import HandlingFee
from carriers.core.rate_card import RateCard
from carriers.core.types import Origin
from carriers.core.zones import ZoneChart
from wms.values.fx import Rate

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

type Source = tuple[int, int, str, str]
"""From where an order comes: seller, store, platform, and the country that it goes to."""

NO_WAREHOUSE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPrices:
    """A channel's compiled card, its chart's place in World.charts, fuel, and the rate into the tenant's currency (None: none)."""

    card: CompiledCard
    chart: int
    fuel: FuelTable
    rate: Rate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Settings as arrays; W warehouses and C channels in the settings' order.

    `lanes[w, c]` says what a warehouse ships by, `rank[w]` its place by (priority, code); `permits` are the attempts that some
    order may have, `rules` those that come before.
    """

    settings: Settings
    origins: tuple[Origin, ...]
    rank: Int64s
    handling: tuple[tuple[HandlingFee, Rate | None], ...]
    charts: tuple[CompiledChart, ...]
    channels: tuple[ChannelPrices | None, ...]
    lanes: Bools
    permits: Permits
    tag_bits: TagBits
    timetable: Timetable
    rules: CompiledRules
    _attempts: dict[tuple[Source, tuple[int, ...]], tuple[int, ...]] = field(default_factory=dict)

    @property
    def warehouse_ids(self) -> Int64s:
        """Return the warehouses' ids in column order."""
        return np.array([terms.id for terms in self.settings.warehouses], dtype=np.int64)

    @property
    def channel_ids(self) -> Int64s:
        """Return the channels' ids in column order."""
        return np.array([terms.id for terms in self.settings.channels], dtype=np.int64)

    @property
    def rate_card_ids(self) -> Int64s:
        """Return the channels' rate cards in column order, 0 where none is in force."""
        return np.array([terms.rate_card_id or 0 for terms in self.settings.channels], dtype=np.int64)

    @property
    def live_columns(self) -> tuple[int, ...]:
        """Return the columns of the channels whose carriers say their prices over the network."""
        return tuple(column for column, terms in enumerate(self.settings.channels) if terms.is_live)

    @property
    def has_capacity(self) -> bool:
        """Return whether some warehouse ships only so much a day."""
        return any(terms.has_capacity for terms in self.settings.warehouses)

    def attempts_of(self, source: Source, rules: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the rows of `permits` that orders from there try in turn; `rules` are the places of those that they match."""
        key = (source, rules)
        if key not in self._attempts:
            self._attempts[key] = self._find_attempts(source, rules)
        return self._attempts[key]

    def _find_attempts(self, source: Source, rules: tuple[int, ...]) -> tuple[int, ...]:
        settings, (seller_id, store_id, platform, country) = self.settings, source
        plain = attempts_for(settings=settings, seller_id=seller_id, store_id=store_id, platform=platform, country=country)
        strategy = settings.strategy_for(seller_id=seller_id, store_id=store_id, platform=platform, country=country)
        found = with_rules(plain, settings=settings, rules=[settings.rules[place] for place in rules], strategy=strategy)
        return tuple(self.permits.row_of(attempt) for attempt in found)

    def attempts_of_many(self, sources: Iterable[Source], rules: Iterable[tuple[int, ...]] | None = None) -> Int64s:
        """Return the attempts of each order as a row, filled up with NO_ATTEMPT; `rules` are the places of those that it matches."""
        found = [self.attempts_of(source, matched) for source, matched in zip(sources, rules or repeat(()), strict=False)]
        depth = max(1, max(map(len, found), default=1))
        return np.array([(*rows, *(NO_ATTEMPT,) * (depth - len(rows))) for rows in found], dtype=np.int64).reshape(len(found), depth)


def compile_world(
    *,
    settings: Settings,
    cards: Mapping[int, RateCard],
    charts: Mapping[int, ZoneChart],
    areas: Mapping[int, AreaList],
) -> World:
    """Return the settings compiled with the rate cards, zone charts and lists of areas that they name, by id."""
    origins = tuple(terms.origin() for terms in settings.warehouses)
    chart_ids = sorted({terms.zone_chart_id for terms in settings.channels if terms.zone_chart_id is not None})
    lanes, tag_bits = _lanes(settings), TagBits.of(cards.values(), settings.tags(), settings.marks())
    attempts = tuple(dict.fromkeys((*all_attempts(settings), *rule_attempts(settings))))
    by_priority = sorted(range(len(origins)), key=lambda w: (settings.warehouses[w].priority, settings.warehouses[w].code))
    return World(
        settings=settings,
        origins=origins,
        rank=np.argsort(by_priority).astype(np.int64),
        handling=tuple((terms.handling(), settings.rate_from(terms.handling_currency)) for terms in settings.warehouses),
        charts=tuple(CompiledChart(charts[chart_id]) for chart_id in chart_ids),
        channels=tuple(_channel_prices(terms, settings, cards, charts, areas, chart_ids) for terms in settings.channels),
        lanes=lanes,
        permits=compile_permits(settings=settings, attempts=attempts, lanes=lanes, tag_bits=tag_bits),
        tag_bits=tag_bits,
        timetable=Timetable(settings),
        rules=compile_rules(settings.rules, day=settings.ship_date),
    )


def _channel_prices(
    terms: ChannelTerms,
    settings: Settings,
    cards: Mapping[int, RateCard],
    charts: Mapping[int, ZoneChart],
    areas: Mapping[int, AreaList],
    chart_ids: list[int],
) -> ChannelPrices | None:
    if terms.rate_card_id is None or terms.zone_chart_id is None:
        return None
    card, fuel = cards[terms.rate_card_id], terms.fuel(settings.ship_date)
    return ChannelPrices(
        card=compile_card(card, charts[terms.zone_chart_id], settings.ship_date, fuel, terms.areas(areas)),
        chart=chart_ids.index(terms.zone_chart_id),
        fuel=fuel,
        rate=settings.rate_from(card.currency),
    )


def _lanes(settings: Settings) -> Bools:
    lanes = set(settings.lanes)
    return np.array(
        [[(warehouse.id, channel.id) in lanes for channel in settings.channels] for warehouse in settings.warehouses],
        dtype=np.bool_,
    ).reshape(len(settings.warehouses), len(settings.channels))
