"""What a record keeps of a decision that can't be computed again, in a few bytes per warehouse.

Layout, little-endian: a head (PACKED_HEAD), then per warehouse of the settings version its landed cost or the negative
number of its reason, then per warehouse its best channel's place, then per need (in the order of SKU ids) and warehouse the
units that were available. Narrow records hold costs in 4 bytes, channels in 1, and units in 1: MOST_NARROW_UNITS stands for that
many or more, which decides the same for an order that needs fewer. Where warehouses have a capacity an order has two needs more:
one order, and its lines. Wide ones, for the rare order that does not fit, 8, 2 and 4.

An order that might have been split, or ships in several parcels, has one unit of each of its needs after that, how many first
(COUNT, GOODS); one that ships in several parcels the units of each need and whether they ship alone (PACKED_NEED); one that was
split also its parts, how many first: the places of warehouse and channel and the landed cost (PART), then the units of each need.
Where carriers were asked about the order, their answers follow: how many, then rows of allocation.core.live.QUOTE. The head's
`form` says which of these there are. Its bits from TOGETHER_SHIFT on hold the number of contention.Together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from allocation.core.contention import Together
from allocation.core.live import QUOTE, Answers, Heard, answers_of
from allocation.core.parcels import ParcelTable, SkuFacts, TagNames, pieces_of
from allocation.core.plans import Plan
from carriers.core.types import Parcel

Int64s = npt.NDArray[np.int64]
Bytes2d = npt.NDArray[np.uint8]

PACKED_HEAD = np.dtype(
    [("form", "u1"), ("needs", "<u2"), ("warehouses", "<u2"), ("actual_mg", "<i8"), ("sides_um", "<i4", 3), ("tag_mask", "<i8")]
)


WIDE, QUOTED, WITH_GOODS, SPLIT, IN_PIECES = 1, 2, 4, 8, 128
"""What `form` is the sum of."""

PACKED_NEED = np.dtype([("units", "<u4"), ("ships_alone", "u1")])
GOODS = np.dtype([("mass_mg", "<i8"), ("sides_um", "<i4", 3), ("tag_mask", "<i8")])
COUNT = np.dtype("<u2")
PART = np.dtype([("warehouse", "<u2"), ("channel", "<u2"), ("cost", "<i8")])
PART_UNITS = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Width:
    """The number types of one layout."""

    cost: str
    channel: str
    units: str

    @property
    def no_channel(self) -> int:
        """Return the place that means "none"."""
        return int(np.iinfo(np.dtype(self.channel)).max)


WIDTHS = (Width("<i4", "u1", "u1"), Width("<i8", "<u2", "<u4"))
TOGETHER_SHIFT, TOGETHER_MASK = 4, 3
MOST_NARROW_UNITS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRecords:
    """Records as slices of one byte string: record i is blob[start[i] : start[i] + length[i]]."""

    blob: bytes
    start: Int64s
    length: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedUnit:
    """What one unit weighs in milligrams, its sides in micrometres from the longest, its tags as bits, whether it ships alone."""

    actual_mg: int
    sides_um: tuple[int, int, int]
    tag_mask: int
    ships_alone: bool = False

    def article(self, tag_names: TagNames) -> SkuFacts:
        """Return the article that it is a unit of."""
        return SkuFacts(mass_mg=self.actual_mg, sides_um=self.sides_um, tags=tag_names(self.tag_mask), ships_alone=self.ships_alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPart:
    """What one warehouse ships of a split order: the places of warehouse and channel in the settings version, cost and units."""

    warehouse: int
    channel: int
    cost: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedRecord:
    """One record: all goods as one parcel, and per warehouse the cost (-1: none), reason (0: serves), channel (-1) and units per need.

    `goods` are one unit of each need, where the order might have been split or ships in several parcels; in the latter case `needed`
    are the units of each. `parts` are those of a split. `answers` are those of carriers, where any were asked; `together` says
    whether it was decided with the others of its batch.
    """

    actual_mg: int
    sides_um: tuple[int, int, int]
    tag_mask: int
    cost: tuple[int, ...]
    reason: tuple[int, ...]
    channel: tuple[int, ...]
    units: tuple[tuple[int, ...], ...]
    answers: Answers
    together: Together
    goods: tuple[PackedUnit, ...] = ()
    needed: tuple[int, ...] = ()
    parts: tuple[PackedPart, ...] = ()

    def parcels_from(self, warehouse: int, tag_names: TagNames) -> tuple[Parcel, ...]:
        """Return the parcels that a warehouse (its place) ships: of the whole order, or of its part of a split."""
        units = next((part.units for part in self.parts if part.warehouse == warehouse), self.needed)
        if units:
            goods = [each.article(tag_names) for each in self.goods]
            return pieces_of([(sku, count) for sku, count in zip(goods, units, strict=True) if count])
        length, width, height = self.sides_um
        tags = tag_names(self.tag_mask)
        return (Parcel(actual_mg=self.actual_mg, length_um=length, width_um=width, height_um=height, tags=tags),)


def pack_records(*, plan: Plan, parcels: ParcelTable, channels: int, in_pieces: Collection[int] = ()) -> PackedRecords:
    """Return the records of a plan; `channels` is how many the world has, `in_pieces` the orders that ship in several parcels."""
    starts, counts = plan.batch.starts, plan.batch.need_counts
    goes_on = _goes_on(plan, in_pieces)
    narrow = _fits_narrow(plan, channels)
    start, length = np.zeros_like(starts), np.zeros_like(starts)
    chunks: list[bytes] = []
    aside: dict[int, bytes] = {}
    offset = 0
    for wide in (False, True):
        for needs in np.unique(counts[narrow != wide]):
            which = np.flatnonzero((counts == needs) & (narrow != wide))
            rows = _pack_alike(plan, parcels, which, starts, int(needs), WIDTHS[wide], wide=wide)
            if goes_on is not None:
                which, rows = _set_aside(plan, which, rows, goes_on, aside)
            start[which] = offset + np.arange(len(which)) * rows.shape[1]
            length[which] = rows.shape[1]
            chunks.append(rows.tobytes())
            offset += rows.size
    for order, record in aside.items():
        start[order], length[order] = offset, len(record)
        chunks.append(record)
        offset += len(record)
    return PackedRecords(blob=b"".join(chunks), start=start, length=length)


@dataclass(frozen=True, slots=True, eq=False)
class _GoesOn:
    """Which orders' records go on after the units of warehouses, and which of them with the units of their parcels."""

    at_all: npt.NDArray[np.bool_]
    in_pieces: npt.NDArray[np.bool_]


def _goes_on(plan: Plan, in_pieces: Collection[int]) -> _GoesOn | None:
    """Return None where no record does."""
    if plan.may_split is None and not in_pieces:
        return None
    several = np.isin(np.arange(len(plan.warehouse)), list(in_pieces))
    return _GoesOn(several if plan.may_split is None else plan.may_split | several, several)


def _set_aside(plan: Plan, which: Int64s, rows: Bytes2d, goes_on: _GoesOn, aside: dict[int, bytes]) -> tuple[Int64s, Bytes2d]:
    """Put the records that go on with goods and parts aside, in full; return the others."""
    here = goes_on.at_all[which]
    for row, order in zip(rows[here], which[here].tolist(), strict=True):
        in_pieces = bool(goes_on.in_pieces[order])
        row[0] |= WITH_GOODS | (SPLIT if order in plan.splits else 0) | (IN_PIECES if in_pieces else 0)
        aside[order] = row.tobytes() + _packed_goods(plan, order, in_pieces=in_pieces) + _packed_parts(plan, order)
    return which[~here], rows[~here]


def _packed_goods(plan: Plan, order: int, *, in_pieces: bool) -> bytes:
    assert plan.batch.goods is not None
    skus = plan.batch.goods.skus
    begin = plan.batch.starts[order]
    needs = plan.batch.need_row[begin : begin + plan.batch.need_counts[order]]
    # What warehouses ship a day is counted as needs, too; those have no article.
    held = needs[needs < len(skus.mass_mg)]
    goods = np.zeros(len(held), dtype=GOODS)
    goods["mass_mg"], goods["sides_um"], goods["tag_mask"] = skus.mass_mg[held], skus.sides_um[held], skus.tag_mask[held]
    packed = np.array(len(held), dtype=COUNT).tobytes() + goods.tobytes()
    if not in_pieces:
        return packed
    needed = np.zeros(len(held), dtype=PACKED_NEED)
    needed["units"], needed["ships_alone"] = plan.batch.need_units[begin : begin + len(held)], skus.ships_alone[held]
    return packed + needed.tobytes()


def _packed_parts(plan: Plan, order: int) -> bytes:
    split = plan.splits.get(order)
    if split is None:
        return b""
    heads = np.array([(part.warehouse, part.channel, part.cost) for part in split.parts], dtype=PART)
    units = np.array([part.units for part in split.parts], dtype=PART_UNITS)
    return np.array(len(heads), dtype=COUNT).tobytes() + heads.tobytes() + units.tobytes()


def _fits_narrow(plan: Plan, channels: int) -> npt.NDArray[np.bool_]:
    width = WIDTHS[0]
    most_needed = np.maximum.reduceat(plan.batch.need_units, plan.batch.starts) + plan.kept_back_units
    most_cost = plan.candidate_cost.max(axis=1, initial=0)
    return (most_needed < MOST_NARROW_UNITS) & (most_cost <= np.iinfo(np.dtype(width.cost)).max) & (channels < width.no_channel)


def _pack_alike(plan: Plan, parcels: ParcelTable, which: Int64s, starts: Int64s, needs: int, width: Width, *, wide: bool) -> Bytes2d:
    """Return the records of orders with the same number of needs and the same width, one row each."""
    head = np.zeros(len(which), dtype=PACKED_HEAD)
    head["form"] = (WIDE if wide else 0) | plan.together[which] << TOGETHER_SHIFT
    head["needs"], head["warehouses"] = needs, plan.reason.shape[1]
    head["actual_mg"] = parcels.actual_mg[which]
    head["sides_um"] = np.minimum(parcels.sides_um[which], np.iinfo(np.int32).max)
    head["tag_mask"] = parcels.tag_mask[which]
    reason = plan.reason[which].astype(np.int64)
    channel = plan.candidate_channel[which]
    most = np.iinfo(np.dtype(width.units)).max
    units = np.clip(plan.seen_units[starts[which][:, None] + np.arange(needs)], 0, most)
    columns = (
        head.view(np.uint8).reshape(len(which), -1),
        _as_bytes(np.where(reason == 0, plan.candidate_cost[which], -reason), width.cost),
        _as_bytes(np.where(channel < 0, width.no_channel, channel), width.channel),
        _as_bytes(units.reshape(len(which), -1), width.units),
    )
    return np.concatenate(columns, axis=1)


def _as_bytes(values: Int64s, kind: str) -> Bytes2d:
    return np.ascontiguousarray(values.astype(kind)).view(np.uint8)


def unpack_record(packed: bytes) -> UnpackedRecord:
    """Return what `pack_records` put into one record."""
    head = np.frombuffer(packed, dtype=PACKED_HEAD, count=1)[0]
    form = int(head["form"])
    width, needs, warehouses = WIDTHS[form & WIDE], int(head["needs"]), int(head["warehouses"])
    offset = PACKED_HEAD.itemsize
    cost = np.frombuffer(packed, dtype=width.cost, count=warehouses, offset=offset).astype(np.int64)
    offset += cost.size * np.dtype(width.cost).itemsize
    channel = np.frombuffer(packed, dtype=width.channel, count=warehouses, offset=offset).astype(np.int64)
    offset += channel.size * np.dtype(width.channel).itemsize
    units = np.frombuffer(packed, dtype=width.units, count=needs * warehouses, offset=offset).reshape(needs, warehouses)
    tail = _Tail(packed, offset + units.nbytes)
    goods = _unpacked_goods(tail) if form & WITH_GOODS else ()
    needed: tuple[int, ...] = ()
    if form & IN_PIECES:
        goods, needed = _unpacked_needs(tail, goods)
    parts = _unpacked_parts(tail, len(goods)) if form & SPLIT else ()
    longest, second, shortest = (int(side) for side in head["sides_um"])
    return UnpackedRecord(
        actual_mg=int(head["actual_mg"]),
        sides_um=(longest, second, shortest),
        tag_mask=int(head["tag_mask"]),
        cost=tuple(int(value) if value >= 0 else -1 for value in cost),
        reason=tuple(max(0, -int(value)) for value in cost),
        channel=tuple(-1 if value == width.no_channel else int(value) for value in channel),
        units=tuple(tuple(int(value) for value in row) for row in units.T),
        answers=answers_of(tail.read(QUOTE, tail.count())) if form & QUOTED else {},
        goods=goods,
        needed=needed,
        parts=parts,
        together=Together(form >> TOGETHER_SHIFT & TOGETHER_MASK),
    )


class _Tail:
    """What follows the units in a record, read from its begin to its end."""

    def __init__(self, packed: bytes, offset: int) -> None:
        self._packed, self._offset = packed, offset

    def read(self, kind: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        rows = np.frombuffer(self._packed, dtype=kind, count=count, offset=self._offset)
        self._offset += rows.nbytes
        return rows

    def count(self) -> int:
        return int(self.read(COUNT, 1)[0])


def _unpacked_goods(tail: _Tail) -> tuple[PackedUnit, ...]:
    return tuple(
        PackedUnit(actual_mg=int(row["mass_mg"]), sides_um=tuple(row["sides_um"].tolist()), tag_mask=int(row["tag_mask"]))
        for row in tail.read(GOODS, tail.count())
    )


def _unpacked_needs(tail: _Tail, goods: tuple[PackedUnit, ...]) -> tuple[tuple[PackedUnit, ...], tuple[int, ...]]:
    """Return the goods with what is said of their shipping alone, and the units of each."""
    rows = tail.read(PACKED_NEED, len(goods)).tolist()
    known = tuple(replace(each, ships_alone=bool(ships_alone)) for each, (_, ships_alone) in zip(goods, rows, strict=True))
    return known, tuple(units for units, _ in rows)


def _unpacked_parts(tail: _Tail, needs: int) -> tuple[PackedPart, ...]:
    heads = tail.read(PART, tail.count()).tolist()
    units = tail.read(PART_UNITS, len(heads) * needs).reshape(len(heads), needs).tolist()
    return tuple(
        PackedPart(warehouse=warehouse, channel=channel, cost=cost, units=tuple(shipped))
        for (warehouse, channel, cost), shipped in zip(heads, units, strict=True)
    )


def with_quotes(packed: PackedRecords, heard: Heard) -> PackedRecords:
    """Return the records with what carriers answered about their orders; those nobody asked about stay as they are."""
    if not len(heard.quotes):
        return packed
    records = [packed.blob[start : start + length] for start, length in zip(packed.start.tolist(), packed.length.tolist(), strict=True)]
    for order in np.unique(heard.order).tolist():
        quotes = heard.quotes[heard.order == order]
        count = np.array(len(quotes), dtype=COUNT).tobytes()
        records[order] = bytes([records[order][0] | QUOTED]) + records[order][1:] + count + quotes.tobytes()
    length = np.array([len(record) for record in records], dtype=np.int64)
    return PackedRecords(blob=b"".join(records), start=np.cumsum(length) - length, length=length)
