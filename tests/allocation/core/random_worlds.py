"""Random settings, prices, stock and orders, small enough to read when a test fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import numpy.typing as npt

from allocation.core.costing import Pricer, Wanted
from allocation.core.live import Answers, Heard, LiveAnswer, LiveCause, pack_answers, unpack_quotes
from allocation.core.parcels import Contents, Goods, SkuFacts, SkuTable, one_parcel, one_parcel_each, pieces_by_order
from allocation.core.permissions import NO_LIMIT
from allocation.core.plans import Batch, Capacity
from allocation.core.price_book import PriceBook
from allocation.core.reference import Supply
from allocation.core.rules.bitsets import OrderColumns
from allocation.core.settings import ChannelTerms, Settings, TierTerms, WarehouseTerms
from allocation.core.stock_prices import StockPrices
from allocation.core.strategies import DEFAULT_WAREHOUSE, EXCEPTION, Objective, Scope, StrategyTerms, TagRestriction, Terms
from allocation.core.tags import TagBits
from allocation.core.timetable import day_number
from allocation.core.types import Need, OrderFacts
from allocation.core.world import World
from carriers.core.areas import AreaList, area_list_from_document
from carriers.core.batch import DestinationBatch
from carriers.core.card import card_from_document
from carriers.core.rate_card import RateCard
from carriers.core.types import Destination
from carriers.core.zones import ZoneChart, chart_from_document
from orders.core.packing import HEAD, fit_text
from tests.allocation.core.rules.random_rules import random_rules
from wms.values.fx import convert_minor

SHIP_DATE = date(2026, 3, 2)
PLACES = [("10001", 40.75, -73.99), ("60601", 41.89, -87.62), ("75201", 32.79, -96.80), ("90001", 33.97, -118.25), ("99501", None, None)]
ZONES = ["near", "middle", "far"]
TIMEZONES = ["America/New_York", "America/Los_Angeles", "Asia/Shanghai"]


@dataclass(frozen=True)
class RandomCase:
    """One batch to decide: the price book, the orders, the supply, and the articles by SKU id."""

    book: PriceBook
    orders: tuple[OrderFacts, ...]
    supply: Supply
    skus: dict[int, SkuFacts]
    categories: dict[int, str]


def random_case(rng: Random) -> RandomCase:
    settings, cards, charts, areas = _settings(rng)
    skus = {sku_id: _sku(rng) for sku_id in range(501, 501 + rng.randint(1, 4))}
    stock = {
        (sku_id, terms.id): rng.choice([0, 1, 2, 3, 5, 70_000]) for sku_id in skus for terms in settings.warehouses if rng.random() < 0.85
    }
    categories = {sku_id: rng.choice(["", "Lamps", "cups"]) for sku_id in skus}
    bits = TagBits.of(cards.values(), settings.tags(), settings.marks())
    masks = {sku_id: bits.mask(sku.tags, categories[sku_id]) for sku_id, sku in skus.items()}
    orders = tuple(_order(rng, number, skus, settings, bits, masks) for number in range(1, rng.randint(2, 9)))
    supply = Supply(
        at=datetime(2026, 3, rng.randint(1, 7), rng.randint(0, 23), 30, tzinfo=UTC),
        units=stock,
        orders={terms.id: rng.choice([0, 1, 2]) for terms in settings.warehouses if terms.daily_orders is not None},
        lines={terms.id: rng.choice([0, 1, 2, 3]) for terms in settings.warehouses if terms.daily_lines is not None},
    )
    prices = {cell: rng.choice([3, 40, 400]) for cell in stock if rng.random() < 0.5} if rng.random() < 0.3 else {}
    book = PriceBook(settings=settings, cards=cards, charts=charts, areas=areas, stock_prices=prices)
    return RandomCase(book, orders, supply, skus, categories)


def random_split_case(rng: Random) -> RandomCase:
    """Return a batch whose orders may be split: stock in several warehouses, cards with few gaps, and heavy parcels that cost more."""
    case = random_case(rng)
    while len(case.book.settings.warehouses) < 3:
        case = random_case(rng)
    held = case.book.settings
    terms = Terms(
        objective=rng.choice([Objective.COST, Objective.COST, *Objective]),
        late_day_price_minor=rng.choice([0, 30]),
        split_price_minor=rng.choice([0, 0, 40]),
        most_shipments=rng.choice([2, 2, 3]),
        least_split_value_minor=rng.choice([0, 0, 0, 500]),
        most_distance_m=rng.choice([None, None, None, 2_500_000]),
        keep_back_units=rng.choice([0, 0, 0, 1]),
    )
    strategy = StrategyTerms(
        id=1,
        name="Strategy 1",
        warehouse_ids=tuple(terms.id for terms in held.warehouses),
        channel_ids=tuple(terms.id for terms in held.channels),
        scope=Scope(countries=("US",)),
        terms=terms,
    )
    card_ids = sorted(case.book.cards)
    cards = {card_id: card_from_document(_steep_card(rng, card_id)) for card_id in card_ids}
    channels = tuple(replace(terms, rate_card_id=terms.rate_card_id or card_ids[0], zone_chart_id=1) for terms in held.channels)
    settings = replace(
        held,
        channels=channels,
        lanes=tuple((warehouse.id, channel.id) for warehouse in held.warehouses for channel in channels if rng.random() < 0.9),
        strategies=(strategy,),
        fx_rates=(("CNY", "0.1391"),),
    )
    stock = {(sku_id, terms.id): rng.choice([0, 1, 2, 3, 9]) for sku_id in case.skus for terms in held.warehouses}
    return replace(case, book=replace(case.book, settings=settings, cards=cards), supply=replace(case.supply, units=stock))


def _settings(rng: Random) -> tuple[Settings, dict[int, RateCard], dict[int, ZoneChart], dict[int, AreaList]]:
    has_capacity = rng.random() < 0.3
    warehouses = tuple(_warehouse(rng, number, has_capacity=has_capacity) for number in range(1, rng.randint(2, 6)))
    cards = {number: card_from_document(_card(rng, number)) for number in range(1, rng.randint(2, 4))}
    charts = {1: chart_from_document(_chart(rng, warehouses))}
    areas = {31: area_list_from_document(_areas(rng)), 32: area_list_from_document(_areas(rng))}
    channels = tuple(_channel(rng, number, cards) for number in range(11, 11 + rng.randint(1, 3)))
    lanes = [(w.id, c.id) for w in warehouses for c in channels if rng.random() < 0.8]
    strategies = rng.randint(0, 3)
    wishes = rng.random() < 0.7
    settings = Settings(
        ship_date=SHIP_DATE,
        currency="USD",
        warehouses=warehouses,
        channels=channels,
        lanes=tuple(lanes),
        strategies=tuple(_strategy(rng, number, strategies, warehouses, channels, wishes=wishes) for number in range(1, strategies + 1)),
        default_warehouses=((21, rng.choice(warehouses).id),) if rng.random() < 0.5 else (),
        fx_rates=(("CNY", rng.choice(["0.1391", "7.1"])),) if rng.random() < 0.7 else (),
        holidays=rng.choice([(), (("US", "2026-03-04"), ("US", "2026-03-05"), ("DE", "2026-03-06"))]),
        rules=random_rules(rng, rng.randint(1, 4)) if rng.random() < 0.5 else (),
        tiers=_tiers(rng),
    )
    return settings, cards, charts, areas


def _tiers(rng: Random) -> tuple[TierTerms, ...]:
    """Return up to two tiers, the per cents of channels below and above zero among them."""
    tiers = [
        TierTerms(
            code=f"T{seller_id}",
            percent=rng.choice(["0", "7.5", "-12.345"]),
            channel_percents=rng.choice([(), ((11, "-30"), (12, "0"), (999, "5"))]),
            seller_ids=(seller_id,),
        )
        for seller_id in (21, 22)
    ]
    return tuple(rng.sample(tiers, rng.choice([0, 0, 1, 2])))


def _warehouse(rng: Random, number: int, *, has_capacity: bool) -> WarehouseTerms:
    postcode, lat, lon = rng.choice(PLACES)
    return WarehouseTerms(
        id=100 + number,
        code=f"W{number}",
        name=f"Warehouse {number}",
        country="US",
        postcode=postcode,
        lat=lat,
        lon=lon,
        priority=rng.choice([1, 2]),
        handling_currency=rng.choice(["USD", "USD", "CNY"]),
        per_order_minor=rng.choice([0, 0, 50]),
        per_piece_minor=rng.choice([0, 0, 7]),
        per_kg_minor=rng.choice([0, 0, 13]),
        per_tag_minor=rng.choice([(), (), (("battery", 35), ("unseen", 900))]),
        timezone=rng.choice(TIMEZONES),
        cutoff=rng.choice([None, "00:00", "14:00"]),
        weekdays=rng.choice([(), (1, 2, 3, 4, 5, 6), (7,)]),
        daily_orders=rng.choice([None, 2]) if has_capacity else None,
        daily_lines=rng.choice([None, 5]) if has_capacity else None,
    )


def _card(rng: Random, number: int) -> dict[str, object]:
    base = rng.choice([300, 300, 450])
    rows = [
        {"not_over": str(pounds), "amounts": [f"{(base + 40 * pounds + 25 * zone) / 100:.2f}" for zone in range(3)]}
        for pounds in (1, 2, 5, 20)
    ]
    surcharges: list[dict[str, object]] = []
    if rng.random() < 0.5:
        per = rng.choice(["piece", "shipment"])
        surcharges.append({"code": "residential", "amounts": "0.35", "when": [{"residential": True}], "fuelable": True, "per": per})
    if rng.random() < 0.4:
        tiers = rng.choice([[], ["remote"]])
        when = [{"area": {"list": "delivery", "tiers": tiers}}]
        surcharges.append({"code": "area", "amounts": "0.60", "when": when, "fuelable": rng.random() < 0.5})
    document: dict[str, object] = {
        "code": f"CARD{number}",
        "currency": rng.choice(["USD", "USD", "CNY"]),
        "effective_from": rng.choice(["2026-01-01", "2026-01-01", "2026-01-01", "2026-04-01"]),
        "units": {"weight": "lb", "length": "in"},
        "zones": ZONES,
        "rates": rows,
        "rounding": {"step": "1", "mode": "up"},
        "volumetric": {"divisor": "139"},
        "fuel": rng.random() < 0.5,
        "allow_estimated_zone": rng.random() < 0.8,
        "surcharges": surcharges,
        "restrictions": [],
        "pieces": {"most": rng.choice([1, 3, 999, 999]), "rated": rng.choice(["each", "sum_of_greater", "greater_of_sums"])},
    }
    if rng.random() < 0.5:
        document["transit_days"] = {"near": 1, "middle": 2, "far": 4}
        document["transit_calendar"] = rng.choice([{}, {"count": "calendar"}, {"weekdays": [1, 2, 3, 4, 5, 6]}])
    if rng.random() < 0.3:
        document["restrictions"] = [{"name": "battery", "when": [{"tags": ["battery"]}]}]
    return document


def _steep_card(rng: Random, number: int) -> dict[str, object]:
    steep = [
        {"not_over": str(pounds), "amounts": [f"{(rng.choice([300, 320]) + 90 * pounds + 25 * zone) / 100:.2f}" for zone in range(3)]}
        for pounds in (1, 5, 20, 150)
    ]
    return {**_card(rng, number), "rates": steep, "effective_from": "2026-01-01"}


def _chart(rng: Random, warehouses: tuple[WarehouseTerms, ...]) -> dict[str, object]:
    origins = [
        {
            "from": {"warehouses": [terms.code]},
            "to": [{"country": "US", "postcodes": [postcode[:3]], "zone": rng.choice(ZONES)} for postcode, _, _ in PLACES],
        }
        for terms in warehouses
        if rng.random() < 0.5
    ]
    bands = [{"not_over": "500", "zone": "near"}, {"not_over": "1200", "zone": "middle"}, {"zone": "far"}]
    return {"code": "CHART", "origins": origins, "distance_bands": {"unit": "mi", "countries": ["US"], "bands": bands}}


def _areas(rng: Random) -> dict[str, object]:
    entries = [
        {"country": "US", "postcodes": [postcode[: rng.choice([3, 5])]], "tier": rng.choice(["extended", "remote"])}
        for postcode, _, _ in PLACES
        if rng.random() < 0.6
    ]
    return {"code": "delivery", "entries": entries}


def _channel(rng: Random, number: int, cards: dict[int, RateCard]) -> ChannelTerms:
    card_id = rng.choice([*cards, None]) if rng.random() < 0.3 else rng.choice(list(cards))
    return ChannelTerms(
        id=number,
        code=f"C{number}",
        name=f"Channel {number}",
        rate_card_id=card_id,
        zone_chart_id=None if card_id is None else 1,
        fuel_percent=rng.choice([None, "18.5"]),
        area_list_ids=rng.choice([(("delivery", 31),), (("delivery", 31),), (("delivery", 32),), ()]),
        is_live=rng.random() < 0.25,
    )


def _strategy(
    rng: Random, number: int, strategies: int, warehouses: tuple[WarehouseTerms, ...], channels: tuple[ChannelTerms, ...], *, wishes: bool
) -> StrategyTerms:
    others = [other for other in range(1, strategies + 2) if other != number]
    return StrategyTerms(
        id=number,
        name=f"Strategy {number}",
        warehouse_ids=tuple(w.id for w in warehouses if rng.random() < 0.8),
        channel_ids=tuple(c.id for c in channels if rng.random() < 0.8),
        scope=Scope(
            seller_ids=rng.choice([(), (), (21,)]),
            store_ids=rng.choice([(), (), (), (31,)]),
            platforms=rng.choice([(), (), ("amazon",)]),
            countries=rng.choice([(), ("US",)]),
        ),
        terms=_terms(rng, warehouses, channels) if wishes else Terms(),
        fallbacks=rng.choice(
            [(DEFAULT_WAREHOUSE,), (), (rng.choice(others), DEFAULT_WAREHOUSE), (rng.choice(others), EXCEPTION, DEFAULT_WAREHOUSE)]
        ),
    )


def _terms(rng: Random, warehouses: tuple[WarehouseTerms, ...], channels: tuple[ChannelTerms, ...]) -> Terms:
    bans = (
        TagRestriction(tag="battery", warehouse_id=rng.choice(warehouses).id),
        TagRestriction(tag="battery", channel_id=rng.choice(channels).id),
        TagRestriction(tag="battery", warehouse_id=rng.choice(warehouses).id, channel_id=rng.choice(channels).id),
    )
    return Terms(
        objective=rng.choice(list(Objective)),
        late_day_price_minor=rng.choice([0, 30, 200]),
        most_distance_m=rng.choice([None, None, 1_500_000]),
        most_over_cheapest_minor=rng.choice([None, None, 0, 60]),
        promise_is_hard=rng.random() < 0.25,
        same_day=rng.random() < 0.2,
        keep_back_units=rng.choice([0, 0, 0, 1]),
        live_fallback=rng.random() < 0.5,
        most_shipments=rng.choice([1, 1, 1, 2]),
        split_price_minor=rng.choice([0, 100]),
        least_split_value_minor=rng.choice([0, 0, 500]),
        restrictions=rng.choice([(), (), *((ban,) for ban in bans), bans[:2]]),
    )


def _sku(rng: Random) -> SkuFacts:
    sides = (rng.choice([50_000, 254_000, 406_400]), rng.choice([50_000, 254_000]), rng.choice([20_000, 203_200]))
    return SkuFacts(
        mass_mg=rng.choice([90_000, 453_592, 2_000_000]),
        sides_um=sides,
        tags=frozenset(rng.choice([(), (), ("battery",)])),
        ships_alone=rng.random() < 0.35,
    )


def _answers(rng: Random, settings: Settings) -> Answers:
    """Return what carriers said: of some pairs a price, of some a cause, of some nothing."""
    pairs = [(warehouse.id, channel.id) for warehouse in settings.warehouses for channel in settings.channels if channel.is_live]
    said = (_answer(rng, *pair) for pair in pairs if rng.random() < 0.8)
    return {(answer.warehouse_id, answer.channel_id): answer for answer in said}


def _answer(rng: Random, warehouse_id: int, channel_id: int) -> LiveAnswer:
    nothing = LiveAnswer(warehouse_id=warehouse_id, channel_id=channel_id, asked_at=1_772_409_600)
    if rng.random() < 0.3:
        return replace(nothing, cause=rng.choice(list(LiveCause)))
    return replace(
        nothing,
        amount_minor=rng.choice([340, 395, 420]),
        currency=rng.choice(["USD", "USD", "CNY", "EUR"]),
        days=rng.choice([None, 2, 3]),
        age_seconds=rng.choice([None, 40]),
    )


def _order(rng: Random, number: int, skus: dict[int, SkuFacts], settings: Settings, bits: TagBits, masks: dict[int, int]) -> OrderFacts:
    postcode, lat, lon = rng.choice(PLACES)
    chosen = sorted(rng.sample(sorted(skus), rng.randint(1, len(skus))))
    needs = tuple(Need(sku_id=sku_id, units=rng.choice([1, 1, 2, 3])) for sku_id in chosen)
    return OrderFacts(
        order_id=number,
        seller_id=rng.choice([21, 22]),
        store_id=rng.choice([31, 32]),
        platform=rng.choice(["amazon", "temu"]),
        destination=Destination(country="US", postcode=postcode, lat=lat, lon=lon, residential=rng.random() < 0.5),
        needs=needs,
        parcel=one_parcel([(skus[need.sku_id], need.units) for need in needs]),
        goods=tuple(skus[need.sku_id] for need in needs),
        placed_at=datetime(2026, 3, 1, rng.randint(0, 23), tzinfo=UTC),
        state_code=rng.choice(["NY", "CA", ""]),
        value_minor=rng.choice([0, 1500, 9000]),
        currency=rng.choice(["USD", "USD", "CNY"]),
        service_level=rng.choice(["", "Express", "标准配送服务加急当日达"]),
        marks=frozenset(mark for need in needs for mark in bits.marks_in(masks[need.sku_id])),
        reviewed=rng.random() < 0.2,
        promised_date=rng.choice([None, date(2026, 3, 2) + timedelta(days=rng.randint(0, 9))]),
        answers=_answers(rng, settings),
        refused_by=frozenset({101 + number % 5} if (number + needs[0].units) % 7 == 0 else ()),
    )


@dataclass(frozen=True)
class AsArrays:
    """A case as the planner reads it: the prices, the batch, the available units by (SKU row, warehouse column), and the capacity."""

    pricer: Pricer
    batch: Batch
    available: np.ndarray
    capacity: Capacity | None


def as_arrays(case: RandomCase, world: World) -> AsArrays:
    sku_ids = sorted(case.skus)
    counts = [len(order.needs) for order in case.orders]
    starts = np.cumsum([0, *counts[:-1]]).astype(np.int64)
    need_row = np.array([sku_ids.index(need.sku_id) for order in case.orders for need in order.needs], dtype=np.int64)
    need_units = np.array([need.units for order in case.orders for need in order.needs], dtype=np.int64)
    skus = SkuTable(
        mass_mg=np.array([case.skus[sku_id].mass_mg for sku_id in sku_ids]),
        sides_um=np.array([sorted(case.skus[sku_id].sides_um, reverse=True) for sku_id in sku_ids]),
        tag_mask=np.array([world.tag_bits.mask(case.skus[sku_id].tags, case.categories[sku_id]) for sku_id in sku_ids]),
        ships_alone=np.array([case.skus[sku_id].ships_alone for sku_id in sku_ids], dtype=np.bool_),
    )
    contents = Contents(skus=skus, need_row=need_row, need_units=need_units, starts=starts)
    wanted = Wanted(
        at=case.supply.at,
        seller_id=np.array([order.seller_id for order in case.orders], dtype=np.int64),
        destinations=DestinationBatch.of([order.destination for order in case.orders]),
        parcels=one_parcel_each(contents),
        units=np.add.reduceat(need_units, starts),
        promised_day=np.array([day_number(order.promised_date) for order in case.orders], dtype=np.int64),
        heard=_heard(case),
        pieces=pieces_by_order(contents, world.tag_bits.names),
    )
    sources = [(order.seller_id, order.store_id, order.platform, order.destination.country) for order in case.orders]
    ids = [terms.id for terms in case.book.settings.warehouses]
    refused = np.array([[warehouse_id in order.refused_by for warehouse_id in ids] for order in case.orders], dtype=np.bool_)
    batch = Batch(
        attempts=world.attempts_of_many(sources, world.rules.matches(_rule_columns(case, world, wanted))),
        need_row=need_row,
        need_units=need_units,
        starts=starts,
        goods=Goods(skus=skus, value_minor=np.array([_value(case, order) for order in case.orders], dtype=np.int64)),
        refused=refused.reshape(len(case.orders), len(ids)) if refused.any() else None,
        unit_prices=_unit_prices(case, sku_ids, ids) if case.book.stock_prices else None,
    )
    available = np.array([[case.supply.units.get((sku_id, warehouse_id), 0) for warehouse_id in ids] for sku_id in sku_ids], dtype=np.int64)
    return AsArrays(Pricer(world, wanted), batch, available, _capacity(case, ids) if world.has_capacity else None)


def _unit_prices(case: RandomCase, sku_ids: list[int], ids: list[int]) -> npt.NDArray[np.int64]:
    cells = sorted(case.book.stock_prices)
    prices = StockPrices(
        id=1,
        sku_ids=np.array([sku_id for sku_id, _ in cells]),
        warehouse_ids=np.array([warehouse_id for _, warehouse_id in cells]),
        minor=np.array([case.book.stock_prices[cell] for cell in cells]),
    )
    assert prices.by_cell() == case.book.stock_prices
    return prices.of(sku_ids=np.array(sku_ids), warehouse_ids=np.array(ids))


def _heard(case: RandomCase) -> Heard:
    packed = [pack_answers(order_id=order.order_id, asked_at=0, answers=order.answers.values()) for order in case.orders]
    quotes = unpack_quotes(b"".join(packed))
    return Heard(order=quotes["order_id"] - case.orders[0].order_id, quotes=quotes)


def _value(case: RandomCase, order: OrderFacts) -> int:
    rate = case.book.settings.rate_from(order.currency)
    return 0 if rate is None else convert_minor(order.value_minor, rate)


def _capacity(case: RandomCase, ids: list[int]) -> Capacity:
    left = (case.supply.orders, case.supply.lines)
    orders, lines = (np.array([held.get(warehouse_id, NO_LIMIT) for warehouse_id in ids], dtype=np.int64) for held in left)
    return Capacity(orders=orders, lines=lines)


def _rule_columns(case: RandomCase, world: World, wanted: Wanted) -> OrderColumns:
    heads = np.zeros(len(case.orders), dtype=HEAD)
    for name in ("seller_id", "store_id", "value_minor"):
        heads[name] = [getattr(order, name) for order in case.orders]
    for name in ("currency", "state_code", "platform", "service_level"):
        heads[name] = [fit_text(getattr(order, name), name) for order in case.orders]
    for name in ("country", "postcode"):
        heads[name] = [getattr(order.destination, name).encode() for order in case.orders]
    heads["placed_at"] = [int(order.placed_at.timestamp()) for order in case.orders]
    return OrderColumns(
        heads=heads,
        sku_id=np.array([need.sku_id for order in case.orders for need in order.needs]),
        owner=np.array([row for row, order in enumerate(case.orders) for _ in order.needs]),
        units=wanted.units,
        weight_mg=wanted.parcels.actual_mg,
        reviewed=np.array([order.reviewed for order in case.orders]),
        mark_mask=wanted.parcels.tag_mask,
        mark_bits=world.tag_bits.mark_bits,
    )
