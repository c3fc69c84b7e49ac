"""Between the store's columns and the planner's: a claimed batch made ready to decide, and a plan made ready to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from allocation import outcomes, store
from allocation.core.costing import Pricer, Wanted
from allocation.core.live import SILENCE, Heard
from allocation.core.packing import PackedRecords, pack_records, with_quotes
from allocation.core.parcels import Contents, Goods, SkuTable, one_parcel_each, pieces_by_order
from allocation.core.plans import Batch, Plan, draws_on
from allocation.core.rules.bitsets import OrderColumns
from allocation.core.stock_prices import StockPrices
from allocation.core.types import Mode
from allocation.core.world import World
from allocation.shelf import Shelf
from carriers.core.batch import DestinationBatch
from orders.core.packing import Heads
from wms.values.fx import convert_minor_batch

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedBatch:
    """A batch as the planner reads it, with what is needed to write its plan.

    SKU row i is `shelf_rows[i]` on the shelf and holds `sku_ids[i]`; order k has `need_counts[k]` needs. The stock is on the shelf
    once `read_stock` was called.
    """

    batch: Batch
    pricer: Pricer
    heads: Heads
    sku_ids: Int64s
    need_counts: Int64s
    shelf: Shelf
    shelf_rows: Int64s

    def read_stock(self, cursor: store.Cursor, *, fresh: bool) -> None:
        """Put the batch's stock on the shelf, where it is not there yet or wanted `fresh`."""
        self.shelf.fetch_stock(cursor, self.sku_ids, self.shelf_rows, fresh=fresh)

    @property
    def available(self) -> Int64s:
        """Return the available units by (SKU row, warehouse column) as they stand on the shelf."""
        return self.shelf.units(self.shelf_rows)

    @property
    def snapshot(self) -> str:
        """Return the oldest of the database's snapshots that the stock was read in."""
        return self.shelf.snapshot(self.shelf_rows)


def prepare_batch(
    cursor: store.Cursor, *, claim: store.Claim, shelf: Shelf, fresh: bool, at: datetime, stock_prices: StockPrices | None = None
) -> PreparedBatch:
    """Read the articles of a claimed batch, or take them off the shelf unless they are wanted `fresh`.

    Raises ValueError for an order without needs: as arrays it would borrow its neighbour's.
    """
    if not claim.need_counts.all():
        raise ValueError(f"orders without needs: {claim.heads['order_id'][claim.need_counts == 0].tolist()}")
    world = shelf.world
    sku_ids, need_row = np.unique(claim.needs["sku_id"], return_inverse=True)
    need_units = claim.needs["units"].astype(np.int64)
    starts = np.cumsum(claim.need_counts) - claim.need_counts
    rows = shelf.fetch_articles(cursor, sku_ids, fresh=fresh)
    contents = Contents(skus=shelf.articles(rows), need_row=need_row, need_units=need_units, starts=starts)
    wanted = Wanted(
        at=at,
        seller_id=claim.heads["seller_id"],
        destinations=_destinations(claim.heads),
        parcels=one_parcel_each(contents),
        units=np.add.reduceat(need_units, starts),
        promised_day=claim.heads["promised_date"].astype(np.int64),
        heard=_heard(claim),
        pieces=pieces_by_order(contents, world.tag_bits.names),
    )
    rules = world.rules.matches(_rule_columns(cursor, claim, world, wanted)) if world.rules.in_force else None
    attempts = attempts_of(claim.heads, world, rules)
    return PreparedBatch(
        pricer=Pricer(world, wanted),
        batch=Batch(
            attempts=attempts,
            need_row=need_row,
            need_units=need_units,
            starts=starts,
            goods=_goods(contents.skus, claim.heads, world) if world.permits.allow_splits or wanted.pieces else None,
            refused=_refused(cursor, claim.heads, world),
            unit_prices=None if stock_prices is None else stock_prices.of(sku_ids=sku_ids, warehouse_ids=world.warehouse_ids),
        ),
        heads=claim.heads,
        sku_ids=sku_ids,
        need_counts=claim.need_counts,
        shelf=shelf,
        shelf_rows=rows,
    )


def _heard(claim: store.Claim) -> Heard:
    if not len(claim.quotes):
        return SILENCE
    return Heard(order=np.searchsorted(claim.heads["order_id"], claim.quotes["order_id"]), quotes=claim.quotes)


def _destinations(heads: Heads) -> DestinationBatch:
    return DestinationBatch(
        country=heads["country"],
        postcode=heads["postcode"],
        lat=heads["lat"],
        lon=heads["lon"],
        residential=heads["residential"].astype(np.bool_),
    )


def attempts_of(heads: Heads, world: World, rules: Sequence[tuple[int, ...]] | None = None) -> Int64s:
    """Return the attempts of each order as rows of the world's permits; `rules` are the places of those that it matches."""
    platforms, countries = heads["platform"].tolist(), heads["country"].tolist()
    texts = zip((platform.decode() for platform in platforms), (country.decode() for country in countries), strict=True)
    ids = zip(heads["seller_id"].tolist(), heads["store_id"].tolist(), strict=True)
    sources = [(*each, *text) for each, text in zip(ids, texts, strict=True)]
    return world.attempts_of_many(sources, rules)


def _rule_columns(cursor: store.Cursor, claim: store.Claim, world: World, wanted: Wanted) -> OrderColumns:
    heads = claim.heads
    # Only an order that was decided before can have been in review.
    reviewed = heads["retried"] == 1
    if world.rules.may_review and reviewed.any():
        reviewed = np.isin(heads["order_id"], outcomes.reviewed_orders(cursor, order_ids=heads["order_id"][reviewed]))
    return OrderColumns(
        heads=heads,
        sku_id=claim.needs["sku_id"],
        owner=np.repeat(np.arange(len(heads)), claim.need_counts),
        units=wanted.units,
        weight_mg=wanted.parcels.actual_mg,
        reviewed=reviewed,
        mark_mask=wanted.parcels.tag_mask,
        mark_bits=world.tag_bits.mark_bits,
    )


def goods_of(batch: PreparedBatch) -> Goods:
    """Return what splitting reads of a batch, whether or not some strategy allows it."""
    return _goods(batch.shelf.articles(batch.shelf_rows), batch.heads, batch.pricer.world)


def _goods(skus: SkuTable, heads: Heads, world: World) -> Goods:
    currencies, place = np.unique(heads["currency"], return_inverse=True)
    rates = [world.settings.rate_from(currency.decode()) for currency in currencies.tolist()]
    values = np.zeros(len(heads), dtype=np.int64)
    for each, rate in enumerate(rates):
        if rate is not None:
            values[place == each] = convert_minor_batch(heads["value_minor"][place == each], rate)
    return Goods(skus=skus, value_minor=values)


def _refused(cursor: store.Cursor, heads: Heads, world: World) -> Bools | None:
    """Return which warehouses have sent which orders back: asked only of orders that were decided before."""
    retried = heads["order_id"][heads["retried"] == 1]
    refusals = outcomes.refusals(cursor, order_ids=retried) if len(retried) else []
    if not refusals:
        return None
    row = {order_id: k for k, order_id in enumerate(heads["order_id"].tolist())}
    column = {warehouse_id: w for w, warehouse_id in enumerate(world.warehouse_ids.tolist())}
    refused = np.zeros((len(heads), len(column)), dtype=np.bool_)
    for order_id, warehouse_id in refusals:
        if warehouse_id in column:
            refused[row[order_id], column[warehouse_id]] = True
    return refused


def record_rows(*, batch: PreparedBatch, plan: Plan, supersedes: Int64s) -> outcomes.RecordRows:
    """Return the records of a plan; order k's supersedes the one with the id supersedes[k] (0: none)."""
    world, wanted, served = batch.pricer.world, batch.pricer.wanted, plan.served
    packed = pack_records(plan=plan, parcels=wanted.parcels, channels=len(world.channels), in_pieces=wanted.pieces)
    return outcomes.RecordRows(
        order_ids=batch.heads["order_id"],
        seller_ids=batch.heads["seller_id"],
        modes=plan.mode,
        warehouse_ids=np.where(served, world.warehouse_ids[plan.warehouse], 0) if len(world.origins) else np.zeros_like(plan.mode),
        channel_ids=np.where(served, world.channel_ids[plan.channel], 0) if len(world.channels) else np.zeros_like(plan.mode),
        costs=plan.cost,
        nearest_costs=plan.nearest_cost,
        cheapest_costs=plan.cheapest_cost,
        decided_by=plan.decided_by,
        packed=with_quotes(packed, wanted.heard),
        supersedes=supersedes,
    )


def undecided_rows(*, mode: Mode, order_ids: Int64s, seller_ids: Int64s, supersedes: Int64s) -> outcomes.RecordRows:
    """Return records that name no warehouse and looked at none."""
    nothing = np.zeros(len(order_ids), dtype=np.int64)
    return outcomes.RecordRows(
        order_ids=order_ids,
        seller_ids=seller_ids,
        modes=nothing + mode,
        warehouse_ids=nothing,
        channel_ids=nothing,
        costs=nothing - 1,
        nearest_costs=nothing - 1,
        cheapest_costs=nothing - 1,
        decided_by=nothing,
        packed=PackedRecords(blob=b"", start=nothing, length=nothing),
        supersedes=supersedes,
    )


def shipment_rows(*, batch: PreparedBatch, plan: Plan) -> outcomes.ShipmentRows:
    """Return the shipments of the orders that a plan serves: first those that ship whole."""
    is_whole = plan.served
    is_whole[list(plan.splits)] = False
    whole = _whole_shipments(batch, plan, np.flatnonzero(is_whole))
    return whole.plus(_part_shipments(batch, plan)) if plan.splits else whole


def _part_shipments(batch: PreparedBatch, plan: Plan) -> outcomes.ShipmentRows:
    world = batch.pricer.world
    parts = [(order, split.pricer, part) for order, split in plan.splits.items() for part in split.parts]
    orders, warehouses, channels = (
        np.array(column, dtype=np.int64)
        for column in zip(*((order, part.warehouse, part.channel) for order, _, part in parts), strict=True)
    )
    lines = [
        pricer.cost_lines(orders=np.array([part.row]), warehouse=np.array([part.warehouse]), channel=np.array([part.channel]))[0]
        for _, pricer, part in parts
    ]
    shipped = [(order, np.flatnonzero(part.units), np.array(part.units, dtype=np.int64)) for order, _, part in parts]
    return outcomes.ShipmentRows(
        order_ids=batch.heads["order_id"][orders],
        seller_ids=batch.heads["seller_id"][orders],
        warehouse_ids=world.warehouse_ids[warehouses],
        channel_ids=world.channel_ids[channels],
        rate_card_ids=world.rate_card_ids[channels],
        costs=np.array([part.cost for _, _, part in parts], dtype=np.int64),
        pieces=np.array([len(pricer.parcels(part.row)) for _, pricer, part in parts], dtype=np.int64),
        ship_days=np.array([part.ship_day for _, _, part in parts], dtype=np.int64),
        arrival_days=np.array([part.arrival_day for _, _, part in parts], dtype=np.int64),
        cost_lines=np.concatenate(lines),
        line_counts=np.array([len(each) for each in lines], dtype=np.int64),
        sku_ids=np.concatenate([batch.sku_ids[batch.batch.need_row[batch.batch.starts[order] + needs]] for order, needs, _ in shipped]),
        units=np.concatenate([units[needs] for _, needs, units in shipped]),
        need_counts=np.array([len(needs) for _, needs, _ in shipped], dtype=np.int64),
    )


def _whole_shipments(batch: PreparedBatch, plan: Plan, served: Int64s) -> outcomes.ShipmentRows:
    world = batch.pricer.world
    needs = _needs_of(batch, served)
    chosen = {"orders": served, "warehouse": plan.warehouse[served], "channel": plan.channel[served]}
    lines, line_counts = batch.pricer.cost_lines(**chosen)
    rate_card_ids = world.rate_card_ids[plan.channel[served]]
    return outcomes.ShipmentRows(
        order_ids=batch.heads["order_id"][served],
        seller_ids=batch.heads["seller_id"][served],
        warehouse_ids=world.warehouse_ids[plan.warehouse[served]],
        channel_ids=world.channel_ids[plan.channel[served]],
        rate_card_ids=np.where(batch.pricer.are_live(**chosen), 0, rate_card_ids),
        costs=plan.cost[served],
        pieces=batch.pricer.wanted.piece_counts(served),
        ship_days=plan.ship_day[served],
        arrival_days=plan.arrival_day[served],
        cost_lines=lines,
        line_counts=line_counts,
        sku_ids=batch.sku_ids[batch.batch.need_row[needs]],
        units=batch.batch.need_units[needs],
        need_counts=batch.need_counts[served],
    )


def exception_rows(*, batch: PreparedBatch, plan: Plan) -> outcomes.ExceptionRows:
    """Return the exceptions of a plan: the distinct reasons of all warehouses, and the SKUs that the order waits for."""
    failed = np.flatnonzero(plan.mode == Mode.EXCEPTION)
    reasons = [np.unique(plan.reason[order]).astype(np.int64) for order in failed]
    return outcomes.ExceptionRows(
        order_ids=batch.heads["order_id"][failed],
        seller_ids=batch.heads["seller_id"][failed],
        reasons=np.concatenate(reasons),
        reason_counts=np.array([len(each) for each in reasons], dtype=np.int64),
        sku_ids=batch.sku_ids[batch.batch.need_row[_needs_of(batch, failed)]],
        need_counts=batch.need_counts[failed],
    )


def review_rows(*, batch: PreparedBatch, plan: Plan, which: Int64s) -> dict[str, Any]:
    """Return the orders that rules send to review, by the names of the rules."""
    names = {rule.id: rule.name for rule in batch.pricer.world.settings.rules}
    return {
        "order_ids": batch.heads["order_id"][which],
        "seller_ids": batch.heads["seller_id"][which],
        "reasons": [names[key] for key in plan.decided_by[which].tolist()],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The stock that a plan draws on: each stock row once, its place on the shelf, what it holds, and the units drawn."""

    stock_ids: Int64s
    shelf_rows: Int64s
    columns: Int64s
    draws: store.Draws


def reserved_stock(*, batch: PreparedBatch, plan: Plan) -> Reserved:
    """Return what a plan reserves."""
    draws = draws_on(batch=batch.batch, warehouse=plan.warehouse, splits=plan.splits)
    warehouses = len(batch.pricer.world.origins)
    cells, place = np.unique(batch.batch.need_row[draws.needs] * warehouses + draws.columns, return_inverse=True)
    units = np.zeros(len(cells), dtype=np.int64)
    np.add.at(units, place, draws.units)
    skus, columns = cells // warehouses, cells % warehouses
    rows = batch.shelf_rows[skus]
    drawn = store.Draws(sku_ids=batch.sku_ids[skus], warehouse_ids=batch.pricer.world.warehouse_ids[columns], units=units)
    return Reserved(stock_ids=batch.shelf.stock_ids(rows, columns), shelf_rows=rows, columns=columns, draws=drawn)


def _needs_of(batch: PreparedBatch, orders: Int64s) -> Int64s:
    """Return the needs of these orders, in their order."""
    counts = batch.need_counts[orders]
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(batch.batch.starts[orders] - (ends - counts), counts)
