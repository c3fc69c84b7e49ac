"""What the page of one order shows: flat rows of finished words, from the order, its records and their explanation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from allocation.comparison import Comparison, compare_records
from allocation.core.types import AUTOMATIC, Mode, reason_of
from allocation.explain import ChannelExplained, Explanation, PartExplained, PieceExplained, explain_record
from allocation.models import OrderException, Record, Shipment
from allocation.story import Outcome, WarehouseTold, tell_steps, tell_warehouse
from carriers.words import cost_line, weighing
from orders.models import Order, OrderLine
from wms.console import words

MOST_RECORDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLineRow:
    name: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One channel from one warehouse: priced with its lines, or with the reason why not."""

    name: str
    chosen: bool
    cost: str
    days: str
    zone: str
    zone_estimated: bool
    billable: str
    weighing: str
    lines: tuple[CostLineRow, ...]
    rejection: str
    live: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseRow:
    """One warehouse's answer, with what its units were worth to orders still to come, and each of its channels."""

    told: WarehouseTold
    stock_price: str
    channels: tuple[ChannelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """What one warehouse ships of a split order."""

    warehouse: str
    distance: str
    goods: str
    parcels: tuple[str, ...]
    cost: str
    channel: ChannelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """The record that is shown; `parts` are those of a split order."""

    record_id: int
    mode: str
    served: bool
    decided_at: datetime
    by: str
    reason: str
    strategy: str
    steps: tuple[str, ...]
    together: str
    settings_version_id: int
    cost: str
    saved: str
    parcels: tuple[str, ...]
    warehouses: tuple[WarehouseRow, ...]
    chosen_warehouse: WarehouseRow | None
    chosen_channel: ChannelRow | None
    parts: tuple[PartRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    record_id: int
    mode: str
    decided_at: datetime
    by: str
    to: str
    cost: str
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    order: Order
    value: str
    lines: QuerySet[OrderLine]
    shipments: tuple[tuple[Shipment, str], ...]
    waiting_for: tuple[str, ...]
    decision: DecisionRow | None
    history: tuple[HistoryRow, ...]
    comparison: Comparison | None


def order_page(*, order: Order, record_id: int | None, currency: str) -> OrderPage:
    """Return what the page shows, with the named record or else the newest. Raises Http404 if it isn't this order's.

    Call it inside the tenant's scope; `currency` is the tenant's, in which costs are landed.
    """
    records = list(
        Record.objects.filter(order=order).order_by("-pk").defer("candidates").select_related("warehouse", "channel")[:MOST_RECORDS]
    )
    shown = next((record for record in records if record_id in (None, record.pk)), None)
    if shown is None and record_id is not None:
        raise Http404
    shipments = Shipment.objects.filter(order=order).select_related("warehouse", "channel").order_by("-pk")
    return OrderPage(
        order=order,
        value=words.money(order.value_minor, order.currency),
        lines=OrderLine.objects.filter(order=order).select_related("sku").order_by("number"),
        shipments=tuple((shipment, words.money(shipment.cost_minor, currency)) for shipment in shipments),
        waiting_for=_waiting_for(order),
        decision=None if shown is None else _decision(explain_record(shown)),
        history=tuple(_history(record, currency, shown=record is shown) for record in records),
        comparison=_comparison(shown, records, currency),
    )


def _comparison(shown: Record | None, records: list[Record], currency: str) -> Comparison | None:
    superseded = next((record for record in records if shown and record.pk == shown.supersedes), None)
    if shown is None or superseded is None:
        return None
    own = (
        (_("by"), words.who(superseded.actor), words.who(shown.actor)),
        (_("reason"), superseded.reason or "–", shown.reason or "–"),
        (_("settings version"), str(superseded.settings_version_id), str(shown.settings_version_id)),
    )
    return compare_records(record=shown, superseded=superseded, currency=currency, own=own)


def _waiting_for(order: Order) -> tuple[str, ...]:
    exception = OrderException.objects.filter(pk=order.pk).first()
    return () if exception is None else tuple(words.reason(reason_of(number).slug) for number in exception.reasons)


def _history(record: Record, currency: str, *, shown: bool) -> HistoryRow:
    return HistoryRow(
        record_id=record.pk,
        mode=record.get_mode_display(),
        decided_at=record.decided_at,
        by=words.who(record.actor),
        to=" · ".join(str(place) for place in (record.warehouse, record.channel) if place) or "–",
        cost=words.money(record.cost_minor, currency),
        shown=shown,
    )


def _decision(told: Explanation) -> DecisionRow:
    outcome = Outcome(
        currency=told.currency,
        cost_minor=told.cost_minor,
        nearest_cost_minor=told.nearest_cost_minor,
        by_person=told.mode not in AUTOMATIC and bool(told.actor),
    )
    warehouses = tuple(
        WarehouseRow(
            told=tell_warehouse(each, outcome),
            stock_price=words.money(each.stock_price_minor, told.currency) if each.stock_price_minor else "",
            channels=tuple(_channel(channel, told.currency) for channel in each.channels),
        )
        for each in told.warehouses
    )
    chosen = next((warehouse for warehouse in warehouses if warehouse.told.chosen), None)
    return DecisionRow(
        record_id=told.record_id,
        mode=_mode_name(told.mode),
        served=told.cost_minor is not None,
        decided_at=told.decided_at,
        by=words.who(told.actor),
        reason=told.reason,
        strategy=told.strategy,
        steps=(*_settings_steps(told), *tell_steps(told.warehouses, outcome)),
        together=words.together(told.together),
        settings_version_id=told.settings_version_id,
        cost=words.money(told.cost_minor, told.currency),
        saved=_saved(told),
        parcels=_parcels(told.pieces),
        warehouses=warehouses,
        chosen_warehouse=chosen,
        chosen_channel=next((channel for channel in chosen.channels if channel.chosen), None) if chosen else None,
        parts=tuple(part_row(part, told.currency) for part in told.parts),
    )


def part_row(part: PartExplained, currency: str) -> PartRow:
    """Return what one warehouse ships of a split order, in words."""
    return PartRow(
        warehouse=f"{part.warehouse_code} {part.warehouse_name}",
        distance=words.distance(part.distance_m),
        goods=", ".join(f"{units.units} × {units.sku_code}" for units in part.units),
        parcels=_parcels(part.pieces),
        cost=words.money(part.cost_minor, currency),
        channel=_channel(part.channel, currency),
    )


def _parcels(pieces: Sequence[PieceExplained]) -> tuple[str, ...]:
    """Return each parcel's weight and size, before it how many are alike where that is more than one."""
    told = ((piece.count, f"{words.mass(piece.actual_mg)} · {words.sides(piece.sides_um)}") for piece in pieces)
    return tuple(text if count == 1 else f"{count} × ({text})" for count, text in told)


def _saved(told: Explanation) -> str:
    if told.cost_minor is None or told.nearest_cost_minor is None:
        return "–"
    return words.money(told.nearest_cost_minor - told.cost_minor, told.currency)


def _mode_name(mode: Mode) -> str:
    names: dict[Any, Any] = dict(Record._meta.get_field("mode").flatchoices)
    return str(names[mode.value])


def _settings_steps(told: Explanation) -> Iterator[str]:
    """Yield what the company's settings said before any warehouse was looked at: its own people may know that."""
    for rule in told.rules:
        yield _("Rule %(rule)s: %(told)s.") % {"rule": rule.name, "told": rule.told}
    if told.rules and not any(rule.decided for rule in told.rules):
        yield _("No rule decided.")
    if told.mode == Mode.SMART and told.strategy:
        yield _("The smart allocation setting %(setting)s decided.") % {"setting": told.strategy}
    elif told.mode == Mode.DEFAULT:
        yield _("Nothing else covered the order: it went to the seller's default warehouse.")


def _channel(channel: ChannelExplained, currency: str) -> ChannelRow:
    return ChannelRow(
        name=f"{channel.code} {channel.name}",
        chosen=channel.chosen,
        cost=words.money(channel.cost_minor, currency),
        days=words.days(channel.days),
        zone=channel.zone,
        zone_estimated=channel.zone_estimated,
        billable=words.mass(channel.billable_mg),
        weighing=weighing(channel.billable_reason) if channel.billable_reason else "",
        lines=tuple(
            CostLineRow(name=cost_line(line.code), detail=line.detail, amount=words.money(line.amount_minor, line.currency))
            for line in channel.lines
        ),
        rejection=words.reason(channel.rejection) if channel.rejection else "",
        live=_live(channel),
    )


def _live(channel: ChannelExplained) -> str:
    """Return what became of asking the carrier, "" where it says no prices over the network."""
    return channel.live.told(has_price=channel.cost_minor is not None) if channel.live else ""
