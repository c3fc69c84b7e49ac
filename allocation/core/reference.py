"""The decision in plain words: slow, readable, and the measure for allocation.core.planner.

It decides one order after the other with scalar prices; the rounds of a contended batch are those that the planner's
docstring describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from allocation.core.permissions import Attempt, attempts_for, choice_attempt
from allocation.core.price_book import PriceBook
from allocation.core.reference_splits import Asked, best_split, main_of, may_split
from allocation.core.rules.matching import rules_matching
from allocation.core.ruling import traits_of, with_rules
from allocation.core.settings import ChannelTerms, Settings, WarehouseTerms
from allocation.core.strategies import Objective, TagRestriction, Terms
from allocation.core.types import RULED, AnyReason, Candidate, Decision, Mode, Need, OrderFacts, Reason, Served, Shipped
from carriers.core.types import RejectionCode
from wms.values.geo import distance_m

_FAR = 2**62
_LONG = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What there is at one instant: `units` by (SKU id, warehouse id), a missing entry is none.

    `orders` and `lines` are what each warehouse, by id, still ships on its ship day; a missing one has no such limit.
    """

    at: datetime
    units: Mapping[tuple[int, int], int]
    orders: Mapping[int, int] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)

    def less(self, needs: Sequence[Need], warehouse_id: int) -> Supply:
        """Return what is left when a warehouse ships an order, or a part of one, with these needs."""
        taken = {(need.sku_id, warehouse_id): need.units for need in needs}
        return replace(
            self,
            units={cell: units - taken.get(cell, 0) for cell, units in self.units.items()},
            orders={key: left - (key == warehouse_id) for key, left in self.orders.items()},
            lines={key: left - len(needs) * (key == warehouse_id) for key, left in self.lines.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a person chose, and whether it is taken whatever was wished of the answer."""

    warehouse_id: int
    channel_id: int | None = None
    forced: bool = False


def decide_batch(*, book: PriceBook, orders: Sequence[OrderFacts], supply: Supply) -> tuple[Decision, ...]:
    """Return the decisions of a batch in its order."""
    decided: dict[int, Decision] = {}
    undecided = list(orders)
    while undecided:
        tried = [(order, decide_order(book=book, order=order, supply=supply)) for order in undecided]
        winners, undecided = _first_come(tried, supply)
        for order, decision in winners:
            decided[order.order_id] = decision
            for warehouse_id, needs in _taken(order, decision):
                supply = supply.less(needs, warehouse_id)
    return tuple(decided[order.order_id] for order in orders)


def _first_come(tried: Sequence[tuple[OrderFacts, Decision]], supply: Supply) -> tuple[list[tuple[OrderFacts, Decision]], list[OrderFacts]]:
    """Return what may be taken, and the orders that come too late for what they chose: those before them asked for it, too."""
    asked: dict[tuple[str, int, int], int] = {}
    winners, late = [], []
    for order, decision in tried:
        fits = True
        for cell, units, there_is in _asks(order, decision, supply):
            asked[cell] = asked.get(cell, 0) + units
            fits = fits and asked[cell] <= there_is
        if fits:
            winners.append((order, decision))
        else:
            late.append(order)
    return winners, late


def _asks(order: OrderFacts, decision: Decision, supply: Supply) -> Iterator[tuple[tuple[str, int, int], int, int]]:
    """Yield what a decision takes as (what of which warehouse, how much, how much there is)."""
    for warehouse_id, needs in _taken(order, decision):
        for need in needs:
            yield ("units", need.sku_id, warehouse_id), need.units, supply.units.get((need.sku_id, warehouse_id), 0)
        yield ("orders", 0, warehouse_id), 1, supply.orders.get(warehouse_id, _FAR)
        yield ("lines", 0, warehouse_id), len(needs), supply.lines.get(warehouse_id, _FAR)


def _taken(order: OrderFacts, decision: Decision) -> Iterator[tuple[int, tuple[Need, ...]]]:
    """Yield what each warehouse ships of a decided order."""
    for shipped in decision.split:
        yield shipped.warehouse_id, order.part(shipped.units).needs
    if decision.warehouse_id is not None and not decision.split:
        yield decision.warehouse_id, order.needs


def decide_order(*, book: PriceBook, order: OrderFacts, supply: Supply, attempts: Sequence[Attempt] | None = None) -> Decision:
    """Return what the order's attempts make of it: the first in which a warehouse serves decides."""
    if attempts is None:
        attempts = attempts_of(book.settings, order)
    candidates = tuple(_uncovered(book, order, warehouse, supply) for warehouse in book.settings.warehouses)
    for attempt in attempts:
        answers = _answers(book, order, supply, attempt)
        candidates = tuple(
            before if after.result is Reason.NOT_COVERED else after for before, after in zip(candidates, answers, strict=True)
        )
        served = any(isinstance(candidate.result, Served) for candidate in candidates)
        if may_split(order=order, terms=attempt.terms, served=served):
            split = _split(book, order, supply, attempt, candidates)
            if split:
                return _ruled(_split_decision(book.settings, order, candidates, attempt, split), attempts)
        if served:
            return _ruled(_decision(book, order, candidates, attempt), attempts)
        if attempt.mode is Mode.REVIEW:
            review = Decision(order_id=order.order_id, mode=Mode.REVIEW, candidates=candidates, decided_by_id=attempt.source_id)
            return _ruled(review, attempts)
    return _ruled(Decision(order_id=order.order_id, mode=Mode.EXCEPTION, candidates=candidates), attempts)


def _ruled(decision: Decision, attempts: Sequence[Attempt]) -> Decision:
    """Return the decision in which what a rule, and no strategy, left out says so."""
    if not attempts or attempts[0].mode not in RULED:
        return decision
    told = (replace(each, result=Reason.RULED_OUT) if each.result is Reason.NOT_COVERED else each for each in decision.candidates)
    return replace(decision, candidates=tuple(told))


def _split(book: PriceBook, order: OrderFacts, supply: Supply, attempt: Attempt, candidates: tuple[Candidate, ...]) -> tuple[Shipped, ...]:
    def answer(part: OrderFacts, warehouse: WarehouseTerms) -> Candidate:
        return _best_channel(_answer(book, part, warehouse, supply, attempt, None), part, attempt.terms)

    def score(part: OrderFacts, served: Served) -> int:
        return _score(served, part, attempt.terms)

    asked = Asked(
        order=order,
        settings=book.settings,
        candidates=candidates,
        warehouse_ids=attempt.warehouse_ids,
        terms=attempt.terms,
        on=supply.at.date(),
        below=min((score(order, each.result) for each in candidates if isinstance(each.result, Served)), default=None),
    )
    return best_split(asked=asked, answer=answer, score=score)


def _split_decision(
    settings: Settings, order: OrderFacts, candidates: tuple[Candidate, ...], attempt: Attempt, split: tuple[Shipped, ...]
) -> Decision:
    """Return the decision for a split. What nothing could serve whole saves nothing against that."""
    main, cost = main_of(split), sum(shipped.cost_minor for shipped in split)
    nearest, cheapest = _nearest_and_cheapest(settings, candidates) or (cost, cost)
    return Decision(
        order_id=order.order_id,
        mode=attempt.mode,
        candidates=candidates,
        warehouse_id=main.warehouse_id,
        channel_id=main.channel_id,
        cost_minor=cost,
        nearest_cost_minor=nearest,
        cheapest_cost_minor=cheapest,
        decided_by_id=attempt.source_id,
        split=split,
    )


def _nearest_and_cheapest(settings: Settings, candidates: Sequence[Candidate]) -> tuple[int, int] | None:
    """Return what the nearest and the cheapest warehouse would have cost that had the goods and a price; None where none had."""
    rank = {terms.id: (terms.priority, terms.code) for terms in settings.warehouses}
    able = [(c, c.cheapest) for c in candidates if c.cheapest is not None]
    if not able:
        return None
    _, nearest = min(able, key=lambda pair: (_metres(pair[0]), pair[1].cost_minor, _days(pair[1]), rank[pair[0].warehouse_id]))
    return nearest.cost_minor, min(cheapest.cost_minor for _, cheapest in able)


def attempts_of(settings: Settings, order: OrderFacts) -> tuple[Attempt, ...]:
    """Return the order's attempts as the settings have them: the rules that it matches, and what follows."""
    seller_id, store_id, platform, country = order.seller_id, order.store_id, order.platform, order.destination.country
    plain = attempts_for(settings=settings, seller_id=seller_id, store_id=store_id, platform=platform, country=country)
    strategy = settings.strategy_for(seller_id=seller_id, store_id=store_id, platform=platform, country=country)
    matching = rules_matching(settings.rules, traits_of(order), day=settings.ship_date) if settings.rules else ()
    return with_rules(plain, settings=settings, rules=matching, strategy=strategy)


def decide_choice(*, book: PriceBook, order: OrderFacts, supply: Supply, chosen: Chosen) -> Decision:
    """Return the decision in which a person chose the warehouse, and maybe the channel.

    Every warehouse is a candidate by every channel; what is wished of the answer are the terms of the order's first attempt.
    """
    attempt = choice_attempt(settings=book.settings, attempts=attempts_of(book.settings, order))
    candidates = _answers(book, order, supply, attempt, chosen)
    return _decision(book, order, candidates, attempt, only=chosen.warehouse_id)


def _uncovered(book: PriceBook, order: OrderFacts, warehouse: WarehouseTerms, supply: Supply) -> Candidate:
    destination = order.destination
    return Candidate(
        warehouse_id=warehouse.id,
        available=tuple(supply.units.get((need.sku_id, warehouse.id), 0) for need in order.needs),
        distance_m=distance_m(destination.lat, destination.lon, warehouse.lat, warehouse.lon),
        result=Reason.NOT_COVERED,
        cheapest=None,
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """One warehouse's open channels, or why it has none; and its cheapest, whatever was wished."""

    candidate: Candidate
    open: tuple[Served, ...]

    def closed(self, reason: AnyReason) -> _Answer:
        return _Answer(replace(self.candidate, result=reason), ())


def _answers(book: PriceBook, order: OrderFacts, supply: Supply, attempt: Attempt, chosen: Chosen | None = None) -> tuple[Candidate, ...]:
    """Return every warehouse's answer to one attempt."""
    answers = [_answer(book, order, warehouse, supply, attempt, chosen) for warehouse in book.settings.warehouses]
    limit = attempt.terms.most_over_cheapest_minor
    if limit is not None:
        others = [answer for answer in answers if not _is_forced(answer.candidate.warehouse_id, chosen)]
        least = min((served.cost_minor for answer in others for served in answer.open), default=0)
        answers = [_within(answer, least + limit, chosen) for answer in answers]
    return tuple(_best_channel(answer, order, attempt.terms) for answer in answers)


def _within(answer: _Answer, most_minor: int, chosen: Chosen | None) -> _Answer:
    if not answer.open or _is_forced(answer.candidate.warehouse_id, chosen):
        return answer
    within = tuple(served for served in answer.open if served.cost_minor <= most_minor)
    return _Answer(answer.candidate, within) if within else answer.closed(Reason.OVER_CHEAPEST)


def _best_channel(answer: _Answer, order: OrderFacts, terms: Terms) -> Candidate:
    if not answer.open:
        return answer.candidate
    return replace(answer.candidate, result=min(answer.open, key=lambda served: _channel_rank(served, order, terms)))


def _channel_rank(served: Served, order: OrderFacts, terms: Terms) -> tuple[int, int, int]:
    first = served.arrival_date.toordinal() if terms.objective is Objective.FASTEST else 0
    return first, _score(served, order, terms), _days(served)


def _score(served: Served, order: OrderFacts, terms: Terms) -> int:
    """Return the landed cost with the price of its lateness."""
    price = terms.late_day_price_minor if terms.objective is Objective.WEIGHTED else 0
    return served.cost_minor + price * days_late(served, order)


def days_late(served: Served, order: OrderFacts) -> int:
    """Return by how many days the order would miss its promised date."""
    return 0 if order.promised_date is None else max(0, (served.arrival_date - order.promised_date).days)


def _answer(
    book: PriceBook, order: OrderFacts, warehouse: WarehouseTerms, supply: Supply, attempt: Attempt, chosen: Chosen | None
) -> _Answer:
    answer = _Answer(_uncovered(book, order, warehouse, supply), ())
    if warehouse.id not in attempt.warehouse_ids:
        return answer
    kept = attempt.terms.keep_back_units
    if any(units < need.units + kept for units, need in zip(answer.candidate.available, order.needs, strict=True)):
        return answer.closed(Reason.OUT_OF_STOCK)
    if chosen is None and warehouse.id in order.refused_by:
        return answer.closed(Reason.REJECTED_BEFORE)
    lanes = [channel for channel in book.settings.channels if (warehouse.id, channel.id) in book.settings.lanes]
    lanes = [channel for channel in lanes if attempt.allows(channel.id)]
    free = [channel for channel in lanes if not is_banned(attempt.terms.restrictions, order, warehouse.id, channel.id)]
    prices = {channel.id: _price(book, order, warehouse, channel, supply, attempt) for channel in free}
    answer = _Answer(replace(answer.candidate, cheapest=_cheapest(prices.values())), ())
    if chosen is not None and warehouse.id == chosen.warehouse_id and chosen.channel_id is not None:
        lanes = [channel for channel in lanes if channel.id == chosen.channel_id]
        prices = {channel_id: price for channel_id, price in prices.items() if channel_id == chosen.channel_id}
    if not lanes:
        return answer.closed(Reason.NO_CHANNEL)
    if not prices:
        return answer.closed(Reason.TAG_RESTRICTED)
    priced = tuple(price for price in prices.values() if isinstance(price, Served))
    if not priced:
        return answer.closed(min(price for price in prices.values() if not isinstance(price, Served)))
    return _as_wished(_Answer(answer.candidate, priced), book, order, warehouse, supply, attempt.terms, chosen)


def _price(
    book: PriceBook, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms, supply: Supply, attempt: Attempt
) -> Served | RejectionCode:
    fallback = attempt.terms.live_fallback
    return book.landed(order=order, warehouse=warehouse, channel=channel, at=supply.at, live_fallback=fallback)


def _as_wished(
    answer: _Answer,
    book: PriceBook,
    order: OrderFacts,
    warehouse: WarehouseTerms,
    supply: Supply,
    terms: Terms,
    chosen: Chosen | None,
) -> _Answer:
    """Return the answer with the channels that keep what is wished, but for the cost: of a forced choice, the cheapest."""
    if _is_forced(warehouse.id, chosen):
        cheapest = _cheapest(answer.open)
        assert cheapest is not None
        return _Answer(answer.candidate, (cheapest,))
    today = supply.at.astimezone(ZoneInfo(warehouse.timezone)).date()
    if terms.same_day and book.settings.ship_date_of(warehouse, at=supply.at) != today:
        return answer.closed(Reason.AFTER_CUTOFF)
    if terms.most_distance_m is not None and _metres(answer.candidate) > terms.most_distance_m:
        return answer.closed(Reason.TOO_FAR)
    in_time = tuple(served for served in answer.open if not terms.promise_is_hard or days_late(served, order) == 0)
    if not in_time:
        return answer.closed(Reason.LATE)
    if supply.orders.get(warehouse.id, 1) < 1 or supply.lines.get(warehouse.id, len(order.needs)) < len(order.needs):
        return answer.closed(Reason.NO_CAPACITY)
    return _Answer(answer.candidate, in_time)


def _is_forced(warehouse_id: int, chosen: Chosen | None) -> bool:
    return chosen is not None and chosen.forced and chosen.warehouse_id == warehouse_id


def is_banned(restrictions: Sequence[TagRestriction], order: OrderFacts, warehouse_id: int, channel_id: int) -> bool:
    """Return whether the tags of the order's goods keep it from this warehouse and channel."""
    return any(
        ban.tag in order.parcel.tags and ban.warehouse_id in (None, warehouse_id) and ban.channel_id in (None, channel_id)
        for ban in restrictions
    )


def _cheapest(prices: Iterable[Served | RejectionCode]) -> Served | None:
    served = [price for price in prices if isinstance(price, Served)]
    return min(served, key=lambda each: (each.cost_minor, _days(each)), default=None)


def _decision(book: PriceBook, order: OrderFacts, candidates: tuple[Candidate, ...], attempt: Attempt, only: int | None = None) -> Decision:
    rank = {terms.id: (terms.priority, terms.code) for terms in book.settings.warehouses}
    serving = [(c, c.result) for c in candidates if isinstance(c.result, Served) and only in (None, c.warehouse_id)]
    if not serving:
        return Decision(order_id=order.order_id, mode=Mode.EXCEPTION, candidates=candidates)
    best, chosen = min(serving, key=lambda pair: _warehouse_rank(book, pair[0], pair[1], order, attempt.terms, rank))
    held = _nearest_and_cheapest(book.settings, candidates)
    assert held is not None
    return Decision(
        order_id=order.order_id,
        mode=attempt.mode,
        candidates=candidates,
        warehouse_id=best.warehouse_id,
        channel_id=chosen.channel_id,
        cost_minor=chosen.cost_minor,
        nearest_cost_minor=held[0],
        cheapest_cost_minor=held[1],
        decided_by_id=attempt.source_id,
    )


def _warehouse_rank(
    book: PriceBook, candidate: Candidate, served: Served, order: OrderFacts, terms: Terms, rank: Mapping[int, tuple[int, str]]
) -> tuple[object, ...]:
    """Return by what a warehouse is better than another one: the objective's wish, the score, then days, distance and rank."""
    first = {Objective.NEAREST: _metres(candidate), Objective.FASTEST: served.arrival_date.toordinal()}.get(terms.objective, 0)
    score = _score(served, order, terms) + book.stock_price(order=order, warehouse_id=candidate.warehouse_id, terms=terms)
    return first, score, _days(served), _metres(candidate), rank[candidate.warehouse_id]


def _days(served: Served) -> int:
    return _LONG if served.days is None else min(served.days, _LONG - 1)


def _metres(candidate: Candidate) -> int:
    return _FAR if candidate.distance_m is None else candidate.distance_m
