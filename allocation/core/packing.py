"""What a record keeps of a decision that can't be computed again, in a few bytes per warehouse.

Layout, little-endian: a head (PACKED_HEAD), then per warehouse of the settings version its landed cost or the negative
number of its reason, then per warehouse its best channel's place, then per need (in the order of SKU ids) and warehouse the
units that were available. Narrow records hold costs in 4 bytes, channels in 1, and units in 1: MOST_NARROW_UNITS stands for that
many or more, which decides the same for an order that needs fewer. Where warehouses have a capacity an order has two needs more:
one order, and its lines. Wide ones, for the rare order that does not fit, 8, 2 and 4.

Where carriers were asked about the order, their answers follow: how many (2 bytes), then rows of allocation.core.live.QUOTE. The
head's `wide` then has the bit QUOTED.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.live import QUOTE, Answers, Heard, answers_of
from allocation.core.parcels import ParcelTable
from allocation.core.planner import Plan

Int64s = npt.NDArray[np.int64]
Bytes2d = npt.NDArray[np.uint8]

PACKED_HEAD = np.dtype(
    [("wide", "u1"), ("needs", "<u2"), ("warehouses", "<u2"), ("actual_mg", "<i8"), ("sides_um", "<i4", 3), ("tag_mask", "<i8")]
)


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
WIDE, QUOTED = 1, 2
QUOTE_COUNT = np.dtype("<u2")
MOST_NARROW_UNITS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRecords:
    """Records as slices of one byte string: record i is blob[start[i] : start[i] + length[i]]."""

    blob: bytes
    start: Int64s
    length: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedRecord:
    """One record: the parcel, and per warehouse the cost (-1: none), reason (0: serves), channel (-1) and units per need.

    `answers` are those of carriers, where any were asked.
    """

    actual_mg: int
    sides_um: tuple[int, int, int]
    tag_mask: int
    cost: tuple[int, ...]
    reason: tuple[int, ...]
    channel: tuple[int, ...]
    units: tuple[tuple[int, ...], ...]
    answers: Answers


def pack_records(*, plan: Plan, parcels: ParcelTable, channels: int) -> PackedRecords:
    """Return the records of a plan; `channels` is how many the world has."""
    starts, counts = plan.batch.starts, plan.batch.need_counts
    narrow = _fits_narrow(plan, channels)
    start, length = np.zeros_like(starts), np.zeros_like(starts)
    chunks: list[bytes] = []
    offset = 0
    for wide in (False, True):
        for needs in np.unique(counts[narrow != wide]):
            which = np.flatnonzero((counts == needs) & (narrow != wide))
            rows = _pack_alike(plan, parcels, which, starts, int(needs), WIDTHS[wide], wide=wide)
            start[which] = offset + np.arange(len(which)) * rows.shape[1]
            length[which] = rows.shape[1]
            chunks.append(rows.tobytes())
            offset += rows.size
    return PackedRecords(blob=b"".join(chunks), start=start, length=length)


def _fits_narrow(plan: Plan, channels: int) -> npt.NDArray[np.bool_]:
    width = WIDTHS[0]
    most_needed = np.maximum.reduceat(plan.batch.need_units, plan.batch.starts) + plan.kept_back_units
    most_cost = plan.candidate_cost.max(axis=1, initial=0)
    return (most_needed < MOST_NARROW_UNITS) & (most_cost <= np.iinfo(np.dtype(width.cost)).max) & (channels < width.no_channel)


def _pack_alike(plan: Plan, parcels: ParcelTable, which: Int64s, starts: Int64s, needs: int, width: Width, *, wide: bool) -> Bytes2d:
    """Return the records of orders with the same number of needs and the same width, one row each."""
    head = np.zeros(len(which), dtype=PACKED_HEAD)
    head["wide"], head["needs"], head["warehouses"] = wide, needs, plan.reason.shape[1]
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
    width, needs, warehouses = WIDTHS[int(head["wide"]) & WIDE], int(head["needs"]), int(head["warehouses"])
    offset = PACKED_HEAD.itemsize
    cost = np.frombuffer(packed, dtype=width.cost, count=warehouses, offset=offset).astype(np.int64)
    offset += cost.size * np.dtype(width.cost).itemsize
    channel = np.frombuffer(packed, dtype=width.channel, count=warehouses, offset=offset).astype(np.int64)
    offset += channel.size * np.dtype(width.channel).itemsize
    units = np.frombuffer(packed, dtype=width.units, count=needs * warehouses, offset=offset).reshape(needs, warehouses)
    offset += units.size * np.dtype(width.units).itemsize
    longest, second, shortest = (int(side) for side in head["sides_um"])
    return UnpackedRecord(
        actual_mg=int(head["actual_mg"]),
        sides_um=(longest, second, shortest),
        tag_mask=int(head["tag_mask"]),
        cost=tuple(int(value) if value >= 0 else -1 for value in cost),
        reason=tuple(max(0, -int(value)) for value in cost),
        channel=tuple(-1 if value == width.no_channel else int(value) for value in channel),
        units=tuple(tuple(int(value) for value in row) for row in units.T),
        answers=_answers_at(packed, offset) if int(head["wide"]) & QUOTED else {},
    )


def _answers_at(packed: bytes, offset: int) -> Answers:
    count = int(np.frombuffer(packed, dtype=QUOTE_COUNT, count=1, offset=offset)[0])
    return answers_of(np.frombuffer(packed, dtype=QUOTE, count=count, offset=offset + QUOTE_COUNT.itemsize))


def with_quotes(packed: PackedRecords, heard: Heard) -> PackedRecords:
    """Return the records with what carriers answered about their orders; those nobody asked about stay as they are."""
    if not len(heard.quotes):
        return packed
    records = [packed.blob[start : start + length] for start, length in zip(packed.start.tolist(), packed.length.tolist(), strict=True)]
    for order in np.unique(heard.order).tolist():
        quotes = heard.quotes[heard.order == order]
        count = np.array(len(quotes), dtype=QUOTE_COUNT).tobytes()
        records[order] = bytes([records[order][0] | QUOTED]) + records[order][1:] + count + quotes.tobytes()
    length = np.array([len(record) for record in records], dtype=np.int64)
    return PackedRecords(blob=b"".join(records), start=np.cumsum(length) - length, length=length)
