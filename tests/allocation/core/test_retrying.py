"""Which change of settings is worth another try: docs/decisions.md, "Tried again", row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from allocation.core.retrying import Change, Comparison, Holding, Waiting
from allocation.core.rules.documents import action_from_document, group_from_document
from allocation.core.rules.terms import RuleTerms, Unserved
from allocation.core.settings import ChannelTerms, Settings
from allocation.core.strategies import PLAIN, Objective, Scope, StrategyTerms
from allocation.core.types import AnyReason, Reason
from allocation.core.world import Source
from carriers.core.types import RejectionCode
from tests.allocation.core.test_decisions_doc import MONDAY_NOON, WAREHOUSES, Row, table

OURS: Source = (21, 31, "amazon", "US")
NJ1, DAL, SEA = (each.id for each in WAREHOUSES)
GROUND, AIR = 11, 12


def channel(number: int, code: str) -> ChannelTerms:
    return ChannelTerms(id=number, code=code, name=code, rate_card_id=number, zone_chart_id=1, fuel_percent="12.5")


STRATEGY = StrategyTerms(id=1, name="Smart", warehouse_ids=(NJ1, DAL), channel_ids=(GROUND,))
BEFORE = Settings(
    ship_date=MONDAY_NOON.date(),
    currency="USD",
    warehouses=WAREHOUSES,
    channels=(channel(GROUND, "GROUND"), channel(AIR, "AIR")),
    lanes=((NJ1, GROUND), (NJ1, AIR), (SEA, GROUND)),
    strategies=(STRATEGY,),
    default_warehouses=(),
    fx_rates=(("CNY", "0.14"),),
)


def with_first(**fields: Any) -> Settings:
    """Return the settings with other terms of NJ1, the only warehouse by which the strategy ships."""
    return replace(BEFORE, warehouses=(replace(WAREHOUSES[0], **fields), *WAREHOUSES[1:]))


def with_strategy(**fields: Any) -> Settings:
    return replace(BEFORE, strategies=(replace(STRATEGY, **fields),))


def with_channel(settings: Settings, **fields: Any) -> Settings:
    ground, air = settings.channels
    return replace(settings, channels=(replace(ground, **fields), air))


MOVED = {
    "reach": with_strategy(warehouse_ids=(NJ1, DAL, SEA)),
    "prices": with_channel(BEFORE, rate_card_id=99),
    "places": with_first(lat=41.0),
    "times": with_first(cutoff="15:00"),
    "capacity": with_first(daily_orders=9),
}


def changes(after: Settings, *, before: Settings = BEFORE, source: Source = OURS) -> set[str]:
    return {change.value for change in Comparison(before=before, after=after).changes_for(source)}


def may_help(
    after: Settings, *reasons: AnyReason, before: Settings = BEFORE, holding: Holding = Holding.WHOLE, several: bool = True
) -> bool:
    waiting = Waiting(source=OURS, reasons=frozenset(reasons), holding=holding, several_units=several)
    return Comparison(before=before, after=after).may_help(waiting)


def reasons_of(row: Row) -> list[AnyReason]:
    named = {each.slug: each for each in (*RejectionCode, *Reason)}
    return [named[slug] for slug in row["what stands in the way"].split(", ")]


@pytest.mark.parametrize("row", table("retried"), ids=lambda row: row["what stands in the way"])
@pytest.mark.parametrize("change", MOVED)
def test_a_change_helps_a_reason_as_the_page_says(row: Row, change: str) -> None:
    assert changes(MOVED[change]) == {change}
    for reason in reasons_of(row):
        assert may_help(MOVED[change], reason) is (row[change] == "yes")


def test_the_page_names_every_reason_and_every_change() -> None:
    rows = table("retried")
    assert sorted(reason for row in rows for reason in reasons_of(row)) == sorted([*RejectionCode, *Reason])
    assert list(rows[0])[1:] == [change.value for change in Change] == list(MOVED)


@pytest.mark.parametrize("row", table("holding"), ids=lambda row: next(iter(row.values())))
def test_where_the_goods_lie_counts_as_the_page_says(row: Row) -> None:
    where, helps = row.values()
    splitting = replace(MOVED["reach"], strategies=(replace(MOVED["reach"].strategies[0], terms=replace(PLAIN, most_shipments=2)),))
    told = [may_help(after, Reason.NO_CHANNEL, holding=Holding[where.upper()]) for after in (MOVED["reach"], splitting)]
    assert told == {"no": [False, False], "where some strategy splits": [False, True], "yes": [True, True]}[helps]


def test_one_reason_that_can_be_helped_suffices() -> None:
    assert may_help(MOVED["prices"], Reason.OUT_OF_STOCK, RejectionCode.TOO_HEAVY)
    assert not may_help(MOVED["prices"], Reason.OUT_OF_STOCK, Reason.TOO_FAR)


def test_nothing_helps_where_nothing_changed_but_what_a_fault_left_undecided() -> None:
    assert changes(BEFORE) == set()
    assert not may_help(BEFORE, *(set(Reason) - {Reason.UNDECIDED}), *RejectionCode)
    assert may_help(BEFORE, Reason.UNDECIDED)
    assert not may_help(BEFORE, Reason.UNDECIDED, holding=Holding.SHORT)


@pytest.mark.parametrize(
    "after",
    [
        with_first(name="New Jersey", priority=9, per_order_minor=500),
        with_strategy(name="Smarter", version=2, terms=replace(PLAIN, objective=Objective.FASTEST)),
        with_strategy(warehouse_ids=(NJ1,)),
        with_strategy(channel_ids=(GROUND, 13)),
        replace(BEFORE, lanes=BEFORE.lanes[:1]),
        replace(BEFORE, warehouses=WAREHOUSES[:1]),
        replace(BEFORE, default_warehouses=((22, SEA),)),
        replace(BEFORE, default_warehouses=((21, NJ1),), strategies=(replace(STRATEGY, fallbacks=("exception",)),)),
        replace(BEFORE, strategies=(replace(STRATEGY, id=2, warehouse_ids=(SEA,), scope=Scope(seller_ids=(22,))), STRATEGY)),
        replace(BEFORE, stock_prices_id=7),
        replace(BEFORE, channels=(BEFORE.channels[0], replace(BEFORE.channels[1], rate_card_id=99))),
    ],
)
def test_what_gives_an_order_nothing_new_is_no_change(after: Settings) -> None:
    assert changes(after) == set()


@pytest.mark.parametrize(
    "after",
    [
        with_strategy(channel_ids=(GROUND, AIR)),
        with_strategy(terms=replace(PLAIN, most_shipments=2)),
        with_strategy(terms=replace(PLAIN, most_distance_m=9_000_000)),
        replace(BEFORE, lanes=(*BEFORE.lanes, (DAL, GROUND))),
        replace(BEFORE, default_warehouses=((21, SEA),)),
        replace(BEFORE, strategies=(replace(STRATEGY, id=2, warehouse_ids=(SEA,), scope=Scope(seller_ids=(21,))), STRATEGY)),
        replace(BEFORE, strategies=(), default_warehouses=((21, DAL),), lanes=(*BEFORE.lanes, (DAL, AIR))),
    ],
)
def test_what_lets_an_order_ship_as_it_could_not_is_reach(after: Settings) -> None:
    assert "reach" in changes(after)


def rule(warehouse_id: int, **fields: Any) -> RuleTerms:
    condition = group_from_document({"parts": [{"field": "platform", "test": "is", "values": ["amazon"]}]})
    action = action_from_document({"act": "pin", "warehouse_ids": [warehouse_id]})
    return RuleTerms(**{"id": 5, "name": "Pin", "condition": condition, "action": action, "unserved": Unserved.EXCEPTION, **fields})


def test_another_rule_is_reach_and_a_renamed_one_is_not() -> None:
    ruled = replace(BEFORE, rules=(rule(SEA),))
    assert changes(ruled) == {"reach"}
    assert changes(BEFORE, before=ruled) == {"reach"}
    assert changes(replace(BEFORE, rules=(rule(SEA, name="Seattle"),)), before=ruled) == set()
    assert changes(replace(BEFORE, rules=(rule(SEA, effective_from=MONDAY_NOON.date().replace(year=2027)),))) == set()


def test_a_rule_may_take_lanes_that_no_strategy_names() -> None:
    ruled = replace(BEFORE, rules=(rule(SEA),))
    assert changes(replace(ruled, lanes=(*ruled.lanes, (SEA, AIR))), before=ruled) == {"reach"}
    assert changes(replace(BEFORE, lanes=(*BEFORE.lanes, (SEA, AIR)))) == set()


def test_where_reasons_may_hide_others_any_change_helps() -> None:
    ruled, split = rule(NJ1), with_strategy(terms=replace(PLAIN, most_shipments=2))
    fallback = replace(STRATEGY, id=2, scope=Scope(seller_ids=(22,)))
    falls_back = replace(BEFORE, strategies=(replace(STRATEGY, fallbacks=(2,)), fallback))
    for before in (replace(BEFORE, rules=(ruled,)), split, falls_back):
        assert may_help(with_channel(before, rate_card_id=99), Reason.OUT_OF_STOCK, before=before)
        assert not may_help(before, Reason.OUT_OF_STOCK, before=before)
    assert not may_help(with_channel(split, rate_card_id=99), Reason.OUT_OF_STOCK, before=split, several=False)


def test_a_live_carrier_s_account_may_have_changed_unseen() -> None:
    live = with_channel(BEFORE, is_live=True)
    assert changes(live, before=live) == {"prices"}
    elsewhere = replace(BEFORE, channels=(BEFORE.channels[0], replace(BEFORE.channels[1], is_live=True)))
    assert changes(elsewhere, before=elsewhere) == set()
