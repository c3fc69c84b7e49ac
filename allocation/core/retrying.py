"""Which change of settings can help an order that nothing could serve.

A setting serves nobody from an empty shelf, so where the goods lie is asked first; then whether the order may ship from or by what it
could not before; and last whether something else changed that a reason of the order's depends on. Whatever is in doubt may help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Final

from allocation.core.permissions import Attempt, attempts_for
from allocation.core.rules.terms import RuleTerms
from allocation.core.settings import Settings, WarehouseTerms
from allocation.core.strategies import Objective, StrategyTerms, Terms
from allocation.core.types import AnyReason, Mode, Reason
from allocation.core.world import Source
from carriers.core.types import RejectionCode

type Lanes = frozenset[tuple[int, int]]


class Holding(IntEnum):
    """Where an order's goods are free to ship, but for warehouses that sent it back: not all, in several warehouses, or in one."""

    SHORT = 0
    TOGETHER = 1
    WHOLE = 2


class Change(StrEnum):
    """What of the settings changed, as far as it can make an order servable.

    REACH: it may ship from or by what it could not, or with less wished of the answer. PRICES: rate cards, charts, lists, fuel,
    exchange rates, a new day, live carriers. PLACES: where a warehouse lies. TIMES: cut-offs, working days, holidays. CAPACITY.
    """

    REACH = "reach"
    PRICES = "prices"
    PLACES = "places"
    TIMES = "times"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An exception order: the reasons of its warehouses, and where its goods lie now. Only one of several units can be split."""

    source: Source
    reasons: frozenset[AnyReason]
    holding: Holding
    several_units: bool = True


# A warehouse tells one reason of all its channels: the lack of an exchange rate may hide behind another lack of a price. What weighs and
# is tagged otherwise by now is no setting: with the new day, which counts as other prices, it is looked at again.
_PRICE: Final = frozenset({Change.PRICES, Change.PLACES})
_NOTHING: Final = frozenset[Change]()
HELPED_BY: Final[Mapping[AnyReason, frozenset[Change]]] = {
    **dict.fromkeys(RejectionCode, _PRICE),
    Reason.OUT_OF_STOCK: _NOTHING,
    Reason.NOT_COVERED: _NOTHING,
    Reason.RULED_OUT: _NOTHING,
    Reason.NO_CHANNEL: _NOTHING,
    Reason.TAG_RESTRICTED: frozenset({Change.PRICES}),
    Reason.REJECTED_BEFORE: _NOTHING,
    Reason.REJECT_LIMIT: _NOTHING,
    Reason.TOO_FAR: frozenset({Change.PLACES}),
    Reason.LATE: _PRICE | {Change.TIMES},
    Reason.AFTER_CUTOFF: frozenset({Change.TIMES}),
    Reason.NO_CAPACITY: frozenset({Change.TIMES, Change.CAPACITY}),
    Reason.OVER_CHEAPEST: frozenset(Change),
    Reason.UNDECIDED: frozenset(Change),
}
"""What can help where a reason stands in the way, besides more reach, which helps whatever stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The settings that decisions were made under, and those of now."""

    before: Settings
    after: Settings
    _changes: dict[Source, frozenset[Change]] = field(default_factory=dict)

    def may_help(self, waiting: Waiting) -> bool:
        """Return whether an order that found nothing under the settings before may find something under those after.

        What could not be decided, by a fault of ours, is worth a try whatever moved.
        """
        splits = waiting.several_units and any(strategy.terms.most_shipments > 1 for strategy in self.after.strategies)
        if waiting.holding is Holding.SHORT or (waiting.holding is Holding.TOGETHER and not splits):
            return False
        if Reason.UNDECIDED in waiting.reasons:
            return True
        changes = self.changes_for(waiting.source)
        if splits or Change.REACH in changes or _may_hide_reasons(self.before, waiting.source):
            return bool(changes)
        return any(changes & HELPED_BY[reason] for reason in waiting.reasons)

    def changes_for(self, source: Source) -> frozenset[Change]:
        """Return what changed for orders from there. What only makes it harder to serve them, or dearer, is no change."""
        if source not in self._changes:
            self._changes[source] = frozenset(self._find_changes(source))
        return self._changes[source]

    def _find_changes(self, source: Source) -> Iterator[Change]:
        before, after, reach = self.before, self.after, _reach(self.after, source)
        if _reaches_more(before, after, source):
            yield Change.REACH
        if _prices(before, reach) != _prices(after, reach) or _has_live(after, reach):
            yield Change.PRICES
        for change, read in _OF_A_WAREHOUSE.items():
            if _of_warehouses(before, reach, read) != _of_warehouses(after, reach, read):
                yield change
        if before.holidays != after.holidays:
            yield Change.TIMES


_OF_A_WAREHOUSE: Final[Mapping[Change, Callable[[WarehouseTerms], object]]] = {
    Change.PLACES: lambda terms: (terms.country, terms.postcode, terms.lat, terms.lon),
    Change.TIMES: lambda terms: (terms.country, terms.timezone, terms.cutoff, terms.weekdays),
    Change.CAPACITY: lambda terms: (terms.daily_orders, terms.daily_lines),
}


def _may_hide_reasons(settings: Settings, source: Source) -> bool:
    """Return whether an order may be tried in several ways that are not each more lenient than the last: one alone tells its story."""
    return bool(_rules_in_force(settings)) or sum(attempt.mode is Mode.SMART for attempt in _attempts(settings, source)) > 1


def _reaches_more(before: Settings, after: Settings, source: Source) -> bool:
    """Return whether some attempt of such orders allows or tolerates what none did before."""
    rules = _rules_in_force(after)
    if rules != _rules_in_force(before):
        return True
    if rules and (_strategy(after, source) != _strategy(before, source) or not _lanes(after) <= _lanes(before)):
        return True
    held = [(_lanes(before, attempt), _hurdles(attempt.terms)) for attempt in _attempts(before, source)]
    return any(
        all(hurdles != _hurdles(attempt.terms) or not _lanes(after, attempt) <= lanes for lanes, hurdles in held)
        for attempt in _attempts(after, source)
    )


def _hurdles(terms: Terms) -> Terms:
    """Return what can keep a warehouse from serving: which one is best of those that can plays no part."""
    return replace(terms, objective=Objective.COST, late_day_price_minor=0, split_price_minor=0)


def _rules_in_force(settings: Settings) -> tuple[RuleTerms, ...]:
    return tuple(replace(rule, name="") for rule in settings.rules if rule.in_force(settings.ship_date))


def _attempts(settings: Settings, source: Source) -> tuple[Attempt, ...]:
    seller_id, store_id, platform, country = source
    return attempts_for(settings=settings, seller_id=seller_id, store_id=store_id, platform=platform, country=country)


def _strategy(settings: Settings, source: Source) -> StrategyTerms | None:
    seller_id, store_id, platform, country = source
    found = settings.strategy_for(seller_id=seller_id, store_id=store_id, platform=platform, country=country)
    return found and replace(found, name="", version=0, terms=_hurdles(found.terms))


def _lanes(settings: Settings, attempt: Attempt | None = None) -> Lanes:
    """Return the (warehouse, channel) by which something ships at all, or what an attempt allows of them."""
    warehouses, channels = {terms.id for terms in settings.warehouses}, {terms.id for terms in settings.channels}
    lanes = frozenset(lane for lane in settings.lanes if lane[0] in warehouses and lane[1] in channels)
    if attempt is None:
        return lanes
    return frozenset(lane for lane in lanes if lane[0] in attempt.warehouse_ids and attempt.allows(lane[1]))


def _reach(settings: Settings, source: Source) -> Lanes:
    """Return all lanes that such orders may take; a rule may name any."""
    if _rules_in_force(settings):
        return _lanes(settings)
    return frozenset().union(*(_lanes(settings, attempt) for attempt in _attempts(settings, source)))


def _prices(settings: Settings, reach: Lanes) -> tuple[object, ...]:
    """Return what says whether there is a price; how high it is serves nobody."""
    channels = {channel for _, channel in reach}
    return (
        settings.ship_date,
        settings.currency,
        settings.fx_rates,
        {terms.id: replace(terms, name="") for terms in settings.channels if terms.id in channels},
        _of_warehouses(settings, reach, lambda terms: (terms.code, terms.handling_currency)),
    )


def _has_live(settings: Settings, reach: Lanes) -> bool:
    """Return whether a carrier says its prices over the network: its account is no part of the settings, so it may have changed."""
    channels = {channel for _, channel in reach}
    return any(terms.is_live for terms in settings.channels if terms.id in channels)


def _of_warehouses(settings: Settings, reach: Lanes, read: Callable[[WarehouseTerms], object]) -> dict[int, object]:
    warehouses = {warehouse for warehouse, _ in reach}
    return {terms.id: read(terms) for terms in settings.warehouses if terms.id in warehouses}
