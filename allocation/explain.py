"""Why this warehouse: a record told in full, with every price computed again from the versions that the record names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime

from allocation.core.contention import Together
from allocation.core.packing import MOST_NARROW_UNITS
from allocation.core.permissions import Attempt, choice_attempt
from allocation.core.reference import attempts_of, days_late, is_banned
from allocation.core.rules.matching import Seen, trace
from allocation.core.ruling import traits_of
from allocation.core.settings import ChannelTerms, WarehouseTerms
from allocation.core.strategies import StrategyTerms
from allocation.core.types import AUTOMATIC, RULED, Mode, OrderFacts, Reason, Served, reason_of
from allocation.facts import RecordFacts, facts_of
from allocation.live_standing import LiveStanding, standing_of
from allocation.models import Record
from allocation.rules.telling import names_in, tell_look
from carriers.core.types import CostLine, Rejection
from inventory.models import Sku
from wms.tenancy.models import Tenant
from wms.values.geo import distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplained:
    """One cost line in its own currency."""

    code: str
    amount_minor: int
    currency: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelExplained:
    """A channel's price from one warehouse, landed in the tenant's currency, or the code of why there is none.

    `live` is there for a channel whose carrier says its prices over the network.
    """

    code: str
    name: str
    chosen: bool
    cost_minor: int | None
    rejection: str | None
    lines: tuple[LineExplained, ...] = ()
    days: int | None = None
    zone: str = ""
    zone_estimated: bool = False
    billable_mg: int | None = None
    billable_reason: str = ""
    live: LiveStanding | None = None
    arrival_date: date | None = None
    days_late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsExplained:
    """What an order needed of one article, and what the warehouse had when it was decided (`at_least`: that many or more)."""

    sku_code: str
    needed: int
    available: int
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseExplained:
    """One warehouse's answer: `rejection` is the recorded reason; its channels are priced whatever its stock was.

    `stock_price_minor` is what the units were worth to orders still to come, which counted besides the cost.
    """

    code: str
    name: str
    chosen: bool
    distance_m: int | None
    units: tuple[UnitsExplained, ...]
    cost_minor: int | None
    rejection: str | None
    channels: tuple[ChannelExplained, ...]
    stock_price_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceExplained:
    """So many parcels that are alike."""

    count: int
    actual_mg: int
    sides_um: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartUnits:
    """So many units of one article in one part of a split order."""

    sku_code: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartExplained:
    """What one warehouse ships of a split order, and how its price comes about; `cost_minor` is the recorded one."""

    warehouse_code: str
    warehouse_name: str
    distance_m: int | None
    units: tuple[PartUnits, ...]
    cost_minor: int
    pieces: tuple[PieceExplained, ...]
    channel: ChannelExplained


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExplained:
    """A rule that was looked at, and what became of it in words: the first condition that did not hold, or that it decided."""

    name: str
    decided: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A record in full. Warehouses come with the chosen ones first, then by cost, then those that could not serve.

    `parts` are the shipments of a split order, each with its parcels; an order that ships whole has none, and `pieces` are its.
    """

    record_id: int
    order_id: int
    decided_at: datetime
    mode: Mode
    actor: str
    reason: str
    currency: str
    settings_version_id: int
    supersedes: int | None
    strategy: str
    strategy_version: int
    promised_date: date | None
    cost_minor: int | None
    nearest_cost_minor: int | None
    cheapest_cost_minor: int | None
    pieces: tuple[PieceExplained, ...]
    together: Together
    rules: tuple[RuleExplained, ...]
    warehouses: tuple[WarehouseExplained, ...]
    parts: tuple[PartExplained, ...]


def explain_record(record: Record) -> Explanation:
    """Return the story of a record. Call it inside the tenant's scope."""
    facts = facts_of(record) if record.candidates else None
    strategy = _strategy(facts) if facts else None
    return Explanation(
        record_id=record.pk,
        order_id=record.order_id,
        decided_at=record.decided_at,
        mode=Mode(record.mode),
        actor=record.actor or "",
        reason=record.reason or "",
        currency=facts.book.settings.currency if facts else Tenant.objects.get(pk=record.tenant_id).currency,
        settings_version_id=record.settings_version_id,
        supersedes=record.supersedes,
        strategy=strategy.name if strategy else "",
        strategy_version=strategy.version if strategy else 0,
        promised_date=facts.order.promised_date if facts else None,
        cost_minor=record.cost_minor,
        nearest_cost_minor=record.nearest_cost_minor,
        cheapest_cost_minor=record.cheapest_cost_minor,
        pieces=_pieces(facts.order) if facts and not facts.unpacked.parts else (),
        together=facts.unpacked.together if facts else Together.ALONE,
        rules=_rules(facts) if facts else (),
        warehouses=_warehouses(facts) if facts else (),
        parts=_parts(facts) if facts else (),
    )


def _rules(facts: RecordFacts) -> tuple[RuleExplained, ...]:
    """Return the rules that were looked at; none where a person decided."""
    settings, record = facts.book.settings, facts.record
    if not settings.rules or record.mode not in AUTOMATIC:
        return ()
    decided_by = record.decided_by_id if record.mode in RULED else None
    names = names_in(settings.rules, timezone=Tenant.objects.get(pk=record.tenant_id).timezone)
    looked = trace(settings.rules, traits_of(facts.order), day=settings.ship_date, decided_by=decided_by)
    return tuple(RuleExplained(name=each.rule.name, decided=each.seen == Seen.DECIDED, told=tell_look(each, names)) for each in looked)


def _strategy(facts: RecordFacts) -> StrategyTerms | None:
    """Return the strategy that decided, or else the one that covers the order: what it falls back to may have decided."""
    settings, order, record = facts.book.settings, facts.order, facts.record
    if record.mode == Mode.SMART and record.decided_by_id is not None:
        return next((strategy for strategy in settings.strategies if strategy.id == record.decided_by_id), None)
    return settings.strategy_for(
        seller_id=order.seller_id, store_id=order.store_id, platform=order.platform, country=order.destination.country
    )


def _sku_codes(facts: RecordFacts) -> dict[int, str]:
    return dict(Sku.objects.filter(pk__in=[need.sku_id for need in facts.order.needs]).values_list("pk", "code"))


def _parts(facts: RecordFacts) -> tuple[PartExplained, ...]:
    codes, destination = _sku_codes(facts) if facts.unpacked.parts else {}, facts.order.destination
    return tuple(
        PartExplained(
            warehouse_code=part.warehouse.code,
            warehouse_name=part.warehouse.name,
            distance_m=distance_m(destination.lat, destination.lon, part.warehouse.lat, part.warehouse.lon),
            units=tuple(PartUnits(sku_code=codes.get(need.sku_id, str(need.sku_id)), units=need.units) for need in part.order.needs),
            cost_minor=part.cost_minor,
            pieces=_pieces(part.order),
            channel=_channel(facts, part.order, part.warehouse, part.channel, _attempt(facts, part.warehouse), chosen=True),
        )
        for part in facts.split
    )


def _pieces(order: OrderFacts) -> tuple[PieceExplained, ...]:
    """Return the order's parcels in their order, those that are alike as one."""
    alike = Counter(
        (parcel.actual_mg, tuple(sorted((parcel.length_um, parcel.width_um, parcel.height_um), reverse=True))) for parcel in order.parcels
    )
    return tuple(
        PieceExplained(count=count, actual_mg=mass, sides_um=(longest, second, shortest))
        for (mass, (longest, second, shortest)), count in alike.items()
    )


def _warehouses(facts: RecordFacts) -> tuple[WarehouseExplained, ...]:
    codes = _sku_codes(facts)
    told = [_warehouse(facts, place, terms, codes) for place, terms in enumerate(facts.book.settings.warehouses)]
    return tuple(sorted(told, key=lambda w: (not w.chosen, w.rejection is not None, w.cost_minor or 0, w.code)))


def _warehouse(facts: RecordFacts, place: int, terms: WarehouseTerms, codes: dict[int, str]) -> WarehouseExplained:
    reason, destination = facts.unpacked.reason[place], facts.order.destination
    # What is left of the warehouse's capacity follows the needs.
    needs = zip(facts.order.needs, facts.unpacked.units[place], strict=False)
    chosen = terms.id in {part.warehouse.id for part in facts.split} | {facts.record.warehouse_id}
    return WarehouseExplained(
        code=terms.code,
        name=terms.name,
        chosen=chosen,
        distance_m=distance_m(destination.lat, destination.lon, terms.lat, terms.lon),
        units=tuple(
            UnitsExplained(
                sku_code=codes.get(need.sku_id, str(need.sku_id)),
                needed=need.units,
                available=available,
                at_least=available == MOST_NARROW_UNITS,
            )
            for need, available in needs
        ),
        cost_minor=facts.unpacked.cost[place] if not reason else None,
        rejection=reason_of(reason).slug if reason else None,
        channels=_channels(facts, terms, chosen),
        stock_price_minor=_stock_price(facts, terms),
    )


def _stock_price(facts: RecordFacts, warehouse: WarehouseTerms) -> int:
    if facts.record.mode not in AUTOMATIC or not facts.book.stock_prices:
        return 0
    attempt = _attempt(facts, warehouse)
    return 0 if attempt is None else facts.book.stock_price(order=facts.order, warehouse_id=warehouse.id, terms=attempt.terms)


def _channels(facts: RecordFacts, warehouse: WarehouseTerms, chosen: bool) -> tuple[ChannelExplained, ...]:
    lanes = {channel_id for warehouse_id, channel_id in facts.book.settings.lanes if warehouse_id == warehouse.id}
    attempt = _attempt(facts, warehouse)
    # The channels of a split are told with its parts: here they are those of the whole order.
    is_whole = chosen and not facts.unpacked.parts
    told = [
        _channel(facts, facts.order, warehouse, terms, attempt, chosen=is_whole and terms.id == facts.record.channel_id)
        for terms in facts.book.settings.channels
        if terms.id in lanes
    ]
    return tuple(sorted(told, key=lambda c: (c.rejection is not None, c.cost_minor or 0, c.code)))


def _attempt(facts: RecordFacts, warehouse: WarehouseTerms) -> Attempt | None:
    """Return the attempt that tells a warehouse's story: a person's choice, else of those tried the last that covers it."""
    if facts.record.mode not in AUTOMATIC:
        settings = facts.book.settings
        return choice_attempt(settings=settings, attempts=attempts_of(settings, facts.order))
    covering = [attempt for attempt in _attempts_tried(facts) if warehouse.id in attempt.warehouse_ids]
    return covering[-1] if covering else None


def _attempts_tried(facts: RecordFacts) -> tuple[Attempt, ...]:
    record, attempts = facts.record, attempts_of(facts.book.settings, facts.order)
    sources = [(attempt.mode, attempt.source_id) for attempt in attempts]
    decided = (Mode(record.mode), record.decided_by_id)
    return attempts[: sources.index(decided) + 1] if decided in sources else attempts


def _wish_against(
    attempt: Attempt | None, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms, landed: Served
) -> Reason | None:
    """Return why a channel with a price was not open to the decision, None where it was."""
    if attempt is None or not attempt.allows(channel.id):
        return Reason.NOT_COVERED
    if is_banned(attempt.terms.restrictions, order, warehouse.id, channel.id):
        return Reason.TAG_RESTRICTED
    return Reason.LATE if attempt.terms.promise_is_hard and days_late(landed, order) else None


def _channel(
    facts: RecordFacts, order: OrderFacts, warehouse: WarehouseTerms, terms: ChannelTerms, attempt: Attempt | None, *, chosen: bool
) -> ChannelExplained:
    landed = facts.book.landed(
        order=order, warehouse=warehouse, channel=terms, at=facts.record.decided_at, live_fallback=_may_fall_back(facts)
    )
    told = ChannelExplained(code=terms.code, name=terms.name, chosen=chosen, cost_minor=None, rejection=None)
    if isinstance(landed, Served):
        against = None if chosen else _wish_against(attempt, order, warehouse, terms, landed)
        told = replace(
            told,
            cost_minor=landed.cost_minor,
            rejection=None if against is None else against.slug,
            arrival_date=landed.arrival_date,
            days_late=days_late(landed, order),
        )
    else:
        is_open = attempt is not None and attempt.allows(terms.id)
        told = replace(told, rejection=landed.slug if is_open else Reason.NOT_COVERED.slug)
    answer = order.answers.get((warehouse.id, terms.id)) if terms.is_live else None
    if answer is not None and answer.amount_minor is not None:
        lines = _live_lines(facts, order, terms, answer.amount_minor, answer.currency)
        return replace(
            told, lines=(*lines, *_handling_lines(order, warehouse)), days=answer.days, live=standing_of(answer, at=facts.record.decided_at)
        )
    told = _by_card(told, facts, order, warehouse, terms)
    return replace(told, live=standing_of(answer, at=facts.record.decided_at)) if terms.is_live else told


def _may_fall_back(facts: RecordFacts) -> bool:
    """Return whether a rate card might stand in for a live price: the strategy says so, and people may always."""
    strategy = _strategy(facts)
    return facts.record.mode not in AUTOMATIC or strategy is None or strategy.terms.live_fallback


def _by_card(
    told: ChannelExplained, facts: RecordFacts, order: OrderFacts, warehouse: WarehouseTerms, terms: ChannelTerms
) -> ChannelExplained:
    quoted = facts.book.quote(order=order, warehouse=warehouse, channel=terms)
    if isinstance(quoted, Rejection):
        return told
    freight = [
        LineExplained(code=line.code, amount_minor=line.amount_minor, currency=quoted.currency, detail=line.detail) for line in quoted.lines
    ]
    return replace(
        told,
        lines=(*freight, *_handling_lines(order, warehouse)),
        days=quoted.transit_days,
        zone=quoted.zone,
        zone_estimated=quoted.zone_estimated,
        billable_mg=quoted.billable_mg,
        billable_reason=str(quoted.billable_reason),
    )


def _live_lines(facts: RecordFacts, order: OrderFacts, terms: ChannelTerms, amount_minor: int, currency: str) -> tuple[LineExplained, ...]:
    """Return the carrier's own price and what the seller's tier adds to it."""
    markup = facts.book.settings.markup_of(seller_id=order.seller_id, channel_id=terms.id)
    lines = [CostLine("live", amount_minor), *([markup.line(amount_minor)] if markup else [])]
    return tuple(LineExplained(code=line.code, amount_minor=line.amount_minor, currency=currency, detail=line.detail) for line in lines)


def _handling_lines(order: OrderFacts, warehouse: WarehouseTerms) -> tuple[LineExplained, ...]:
    fee = warehouse.handling()
    if fee.is_free:
        return ()
    amount = fee.amount_minor(units=sum(need.units for need in order.needs), mass_mg=order.parcel.actual_mg, tags=order.parcel.tags)
    return (LineExplained(code="handling", amount_minor=amount, currency=warehouse.handling_currency, detail=""),)
