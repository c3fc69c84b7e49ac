"""Between the store's columns and the planner's: a claimed batch made ready to decide, and a plan made ready to write."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.core.costing import Pricer, Wanted
from allocation.core.packing import pack_records
from allocation.core.parcels import SkuTable, one_parcel_each
from allocation.core.planner import Batch, Plan
from allocation.core.types import Mode
from allocation.core.world import World
from carriers.core.batch import DestinationBatch
from orders.core.packing import Heads

Int64s = npt.NDArray[np.int64]

NO_STOCK_ROW = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedBatch:
    """A batch as the planner reads it, with what is needed to write its plan.

    `available[sku_row, warehouse]` and `stock_ids` alike; `need_counts[k]` is how many needs order k has.
    """

    batch: Batch
    pricer: Pricer
    heads: Heads
    sku_ids: Int64s
    need_counts: Int64s
    available: Int64s
    stock_ids: Int64s
    snapshot: str


def prepare_batch(cursor: store.Cursor, *, tenant_id: int, claim: store.Claim, world: World) -> PreparedBatch:
    """Read the stock and the articles of a claimed batch."""
    sku_ids, need_row = np.unique(claim.needs["sku_id"], return_inverse=True)
    need_units = claim.needs["units"].astype(np.int64)
    starts = np.cumsum(claim.need_counts) - claim.need_counts
    skus = _sku_table(store.read_skus(cursor, tenant_id=tenant_id, sku_ids=sku_ids), world)
    stock = store.read_stock(cursor, tenant_id=tenant_id, sku_ids=sku_ids)
    available, stock_ids = _stock_matrices(stock, sku_ids, world)
    strategy, default = _scopes(claim.heads, world)
    wanted = Wanted(
        destinations=_destinations(claim.heads),
        parcels=one_parcel_each(skus=skus, need_row=need_row, need_units=need_units, starts=starts),
        units=np.add.reduceat(need_units, starts),
    )
    return PreparedBatch(
        pricer=Pricer(world, wanted),
        batch=Batch(
            strategy=strategy,
            default=default,
            need_row=need_row,
            need_units=need_units,
            starts=starts,
        ),
        heads=claim.heads,
        sku_ids=sku_ids,
        need_counts=claim.need_counts,
        available=available,
        stock_ids=stock_ids,
        snapshot=stock.snapshot,
    )


def _destinations(heads: Heads) -> DestinationBatch:
    return DestinationBatch(
        country=heads["country"],
        postcode=heads["postcode"],
        lat=heads["lat"],
        lon=heads["lon"],
        residential=heads["residential"].astype(np.bool_),
    )


def _sku_table(rows: store.SkuRows, world: World) -> SkuTable:
    masks = np.zeros(len(rows.ids), dtype=np.int64)
    for sku_id, tags in rows.tags.items():
        masks[np.searchsorted(rows.ids, sku_id)] = world.tag_bits.mask(tags)
    return SkuTable(mass_mg=rows.mass_mg, sides_um=rows.sides_um, tag_mask=masks)


def _stock_matrices(stock: store.StockRows, sku_ids: Int64s, world: World) -> tuple[Int64s, Int64s]:
    """Return available units and stock ids by (SKU row, warehouse column); warehouses that are not in the world drop out."""
    shape = (len(sku_ids), len(world.origins))
    available, stock_ids = np.zeros(shape, dtype=np.int64), np.full(shape, NO_STOCK_ROW)
    columns = np.argsort(world.warehouse_ids)
    sorted_ids = world.warehouse_ids[columns]
    place = np.minimum(np.searchsorted(sorted_ids, stock.warehouse_ids), max(len(sorted_ids) - 1, 0))
    known = sorted_ids[place] == stock.warehouse_ids if len(sorted_ids) else np.zeros(len(place), dtype=np.bool_)
    row, column = np.searchsorted(sku_ids, stock.sku_ids[known]), columns[place[known]]
    available[row, column] = stock.available[known]
    stock_ids[row, column] = stock.ids[known]
    return available, stock_ids


def _scopes(heads: Heads, world: World) -> tuple[Int64s, Int64s]:
    keys = zip(heads["seller_id"].tolist(), heads["platform"].tolist(), heads["country"].tolist(), strict=True)
    scopes = [world.scope_of(seller_id=seller, platform=platform.decode(), country=country.decode()) for seller, platform, country in keys]
    pairs = np.array(scopes, dtype=np.int64)
    return pairs[:, 0], pairs[:, 1]


def record_rows(*, batch: PreparedBatch, plan: Plan, supersedes: Int64s) -> store.RecordRows:
    """Return the records of a plan; order k's supersedes the one with the id supersedes[k] (0: none)."""
    world, served = batch.pricer.world, plan.mode != Mode.EXCEPTION
    return store.RecordRows(
        order_ids=batch.heads["order_id"],
        seller_ids=batch.heads["seller_id"],
        modes=plan.mode,
        warehouse_ids=np.where(served, world.warehouse_ids[plan.warehouse], 0) if len(world.origins) else np.zeros_like(plan.mode),
        channel_ids=np.where(served, world.channel_ids[plan.channel], 0) if len(world.channels) else np.zeros_like(plan.mode),
        costs=plan.cost,
        nearest_costs=plan.nearest_cost,
        packed=pack_records(plan=plan, parcels=batch.pricer.wanted.parcels, starts=batch.batch.starts, channels=len(world.channels)),
        supersedes=supersedes,
    )


def shipment_rows(*, batch: PreparedBatch, plan: Plan) -> store.ShipmentRows:
    """Return the shipments of the orders that a plan serves."""
    world = batch.pricer.world
    served = np.flatnonzero(plan.mode != Mode.EXCEPTION)
    needs = _needs_of(batch, served)
    lines, line_counts = batch.pricer.cost_lines(orders=served, warehouse=plan.warehouse[served], channel=plan.channel[served])
    return store.ShipmentRows(
        order_ids=batch.heads["order_id"][served],
        seller_ids=batch.heads["seller_id"][served],
        warehouse_ids=world.warehouse_ids[plan.warehouse[served]],
        channel_ids=world.channel_ids[plan.channel[served]],
        rate_card_ids=world.rate_card_ids[plan.channel[served]],
        costs=plan.cost[served],
        cost_lines=lines,
        line_counts=line_counts,
        sku_ids=batch.sku_ids[batch.batch.need_row[needs]],
        units=batch.batch.need_units[needs],
        need_counts=batch.need_counts[served],
    )


def exception_rows(*, batch: PreparedBatch, plan: Plan) -> store.ExceptionRows:
    """Return the exceptions of a plan: the distinct reasons of all warehouses, and the SKUs that the order waits for."""
    failed = np.flatnonzero(plan.mode == Mode.EXCEPTION)
    reasons = [np.unique(plan.reason[order]).astype(np.int64) for order in failed]
    return store.ExceptionRows(
        order_ids=batch.heads["order_id"][failed],
        seller_ids=batch.heads["seller_id"][failed],
        reasons=np.concatenate(reasons),
        reason_counts=np.array([len(each) for each in reasons], dtype=np.int64),
        sku_ids=batch.sku_ids[batch.batch.need_row[_needs_of(batch, failed)]],
        need_counts=batch.need_counts[failed],
    )


def reserved_units(*, batch: PreparedBatch, plan: Plan) -> tuple[Int64s, Int64s]:
    """Return the stock rows that a plan draws on, each once, and the units of each."""
    column = plan.warehouse[batch.batch.need_owner]
    chosen = np.flatnonzero(column >= 0)
    ids, place = np.unique(batch.stock_ids[batch.batch.need_row[chosen], column[chosen]], return_inverse=True)
    units = np.zeros(len(ids), dtype=np.int64)
    np.add.at(units, place, batch.batch.need_units[chosen])
    return ids, units


def _needs_of(batch: PreparedBatch, orders: Int64s) -> Int64s:
    """Return the needs of these orders, in their order."""
    counts = batch.need_counts[orders]
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(batch.batch.starts[orders] - (ends - counts), counts)
