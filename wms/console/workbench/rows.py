"""What the workbench shows: flat rows of finished words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.candidates import Candidate, Candidates, ChannelNow
from allocation.core.remedies import Help, Remedy
from allocation.core.types import reason_of
from allocation.models import Hand, OrderException, OrderInHand, Record, WarehouseRejection
from carriers.words import cost_line
from orders.core.states import OrderState
from orders.models import Order, OrderLine
from wms.console import words
from wms.console.workbench.chart import Chart, chart_of

MOST_HISTORY = 12
KEYS = 9
"""Candidates beyond the ninth are chosen by mouse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One order of a list."""

    order_id: int
    record_id: int
    number: str
    state: int
    state_name: str
    seller: str
    to: str
    warehouse: str
    cost: str
    why: str
    age: str

    @property
    def tick(self) -> str:
        """Return what a ticked row posts: the order, and the newest record that the person saw of it."""
        return f"{self.order_id}:{self.record_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRow:
    sku_code: str
    needed: int
    available: int
    short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """One warehouse; `key` is the digit that chooses it, empty where it can't be chosen.

    `seen` is what the form hands back of the channel and its cost, and `channels` are the others: (what is handed back, name, cost).
    `live` says what became of asking the channel's carrier.
    """

    warehouse_id: int
    key: str
    name: str
    channel: str
    cost: str
    difference: str
    dearer: bool
    distance: str
    days: str
    units: tuple[UnitsRow, ...]
    lines: tuple[tuple[str, str], ...]
    seen: str
    channels: tuple[tuple[str, str, str], ...]
    live: str
    blocked: str
    soft: bool
    current: bool
    sent_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    record_id: int
    mode: str
    decided_at: datetime
    by: str
    to: str
    cost: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPanel:
    """One order with everything that a choice needs."""

    order: Order
    record_id: int
    value: str
    lines: tuple[tuple[str, str, int], ...]
    waits_for: tuple[str, ...]
    hand: OrderInHand | None
    candidates: tuple[CandidateRow, ...]
    remedies: tuple[str, ...]
    rejections: tuple[WarehouseRejection, ...]
    history: tuple[HistoryRow, ...]
    chart: Chart
    may_choose: bool
    may_split: bool
    may_undo: bool
    may_hold: bool
    may_resume: bool
    may_fix: bool
    may_ask: bool
    is_excluded: bool


def list_rows(*, order_ids: Sequence[int], since: dict[int, datetime], currency: str, at: datetime) -> tuple[ListRow, ...]:
    """Return the rows of these orders in their order. Call it inside the tenant's scope."""
    orders = {order.pk: order for order in Order.objects.filter(pk__in=order_ids).select_related("seller")}
    newest = Record.objects.filter(order_id__in=order_ids).order_by("order_id", "-pk").distinct("order_id")
    records = {record.order_id: record for record in newest.select_related("warehouse").defer("candidates")}
    reasons = dict(OrderException.objects.filter(pk__in=order_ids).values_list("pk", "reasons"))
    return tuple(
        _list_row(orders[order_id], records.get(order_id), reasons.get(order_id, ()), since.get(order_id), currency, at)
        for order_id in order_ids
        if order_id in orders
    )


def _list_row(order: Order, record: Record | None, reasons: Sequence[int], since: datetime | None, currency: str, at: datetime) -> ListRow:
    return ListRow(
        order_id=order.pk,
        record_id=record.pk if record else 0,
        number=order.external_number,
        state=order.state,
        state_name=order.get_state_display(),
        seller=str(order.seller),
        to=" ".join(part for part in (order.country, order.state_code, order.postcode) if part),
        warehouse=record.warehouse.code if record and record.warehouse else "",
        cost=words.money(record.cost_minor, currency) if record and record.cost_minor is not None else "",
        why=" · ".join(words.reason(reason_of(number).slug) for number in reasons),
        age=age(at - since) if since else "",
    )


def age(passed: timedelta) -> str:
    """Return how long something waits, in the largest unit that fits."""
    minutes = max(0, int(passed.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return words.days(minutes // (24 * 60))


def may_choose(order: Order) -> bool:
    """Return whether a person may still say where an order ships from."""
    return order.state in (OrderState.PENDING, OrderState.REVIEW, OrderState.ALLOCATED, OrderState.EXCEPTION)


def _can_be_split(found: Candidates) -> bool:
    """Return whether there are several units to share out, and several warehouses with some of them."""
    with_some = [one for one in found.warehouses if any(units.available > 0 for units in one.units)]
    return len(with_some) > 1 and sum(units.needed for units in with_some[0].units) > 1


def order_panel(*, order: Order, found: Candidates) -> OrderPanel:
    """Return what is shown of one order. Call it inside the tenant's scope."""
    state = OrderState(order.state)
    exception = OrderException.objects.filter(pk=order.pk).first()
    hand: OrderInHand | None = OrderInHand.objects.filter(pk=order.pk).first()
    history = _history(order, found.currency)
    is_open = may_choose(order)
    lines = OrderLine.objects.filter(order=order).select_related("sku").order_by("number")
    unserved = state in (OrderState.EXCEPTION, OrderState.REVIEW, OrderState.PENDING)
    return OrderPanel(
        order=order,
        record_id=found.record_id,
        value=words.money(order.value_minor, order.currency),
        lines=tuple((line.sku.code, line.sku.name, line.units) for line in lines),
        waits_for=tuple(words.reason(reason_of(number).slug) for number in exception.reasons) if exception else (),
        hand=hand,
        candidates=_candidate_rows(found, may_choose=is_open),
        remedies=tuple(_remedy(remedy, found.currency) for remedy in found.remedies) if unserved else (),
        rejections=tuple(WarehouseRejection.objects.filter(order=order).select_related("warehouse").order_by("pk")),
        history=history,
        chart=chart_of(order=order, candidates=found.warehouses),
        may_choose=is_open,
        may_split=is_open and _can_be_split(found),
        may_undo=state == OrderState.ALLOCATED and hand is not None and bool(history),
        may_hold=is_open and not (hand and hand.kind == Hand.EXCLUDED),
        may_resume=state in (OrderState.REVIEW, OrderState.EXCEPTION) and not (hand and hand.kind == Hand.EXCLUDED),
        may_fix=unserved,
        may_ask=is_open and found.has_live,
        is_excluded=bool(hand and hand.kind == Hand.EXCLUDED),
    )


def _history(order: Order, currency: str) -> tuple[HistoryRow, ...]:
    records = Record.objects.filter(order=order).order_by("-pk").defer("candidates").select_related("warehouse", "channel")
    return tuple(
        HistoryRow(
            record_id=record.pk,
            mode=record.get_mode_display(),
            decided_at=record.decided_at,
            by=words.who(record.actor),
            to=" · ".join(place.code for place in (record.warehouse, record.channel) if place) or "–",
            cost=words.money(record.cost_minor, currency),
            reason=record.reason or "",
        )
        for record in records[:MOST_HISTORY]
    )


def _candidate_rows(found: Candidates, *, may_choose: bool) -> tuple[CandidateRow, ...]:
    rows = []
    for place, candidate in enumerate(found.warehouses, start=1):
        free = may_choose and candidate.blocked is None
        rows.append(_candidate_row(candidate, found.currency, str(place) if free and place <= KEYS else ""))
    return tuple(rows)


def _candidate_row(candidate: Candidate, currency: str, key: str) -> CandidateRow:
    difference, best = candidate.difference_minor, candidate.channel
    return CandidateRow(
        warehouse_id=candidate.warehouse_id,
        key=key,
        name=f"{candidate.code} {candidate.name}",
        channel=best.name if best else "",
        cost=words.money(candidate.cost_minor, currency),
        difference="" if difference is None else f"{'+' if difference > 0 else ''}{words.money(difference, currency)}",
        dearer=bool(difference and difference > 0),
        distance=words.distance(candidate.distance_m),
        days=words.days(candidate.days),
        units=tuple(
            UnitsRow(sku_code=unit.sku_code, needed=unit.needed, available=unit.available, short=unit.available < unit.needed)
            for unit in candidate.units
        ),
        lines=tuple((cost_line(line.code), words.money(line.amount_minor, line.currency)) for line in candidate.lines),
        seen="" if candidate.cost_minor is None else f":{candidate.cost_minor}",
        channels=tuple(
            (f"{channel.channel_id}:{channel.cost_minor}", f"{channel.code} {channel.name}", _cost_and_standing(channel, currency))
            for channel in candidate.channels
            if channel.cost_minor is not None and channel != best
        ),
        live=best.live.told(has_price=best.cost_minor is not None) if best and best.live else "",
        blocked=words.reason(candidate.blocked) if candidate.blocked else "",
        soft=candidate.soft,
        current=candidate.current,
        sent_back=candidate.sent_back,
    )


def _cost_and_standing(channel: ChannelNow, currency: str) -> str:
    cost = words.money(channel.cost_minor, currency)
    return f"{cost} ({channel.live.told(has_price=True)})" if channel.live else cost


def _remedy(remedy: Remedy, currency: str) -> str:
    """Return a suggestion as a sentence."""
    places, cost = ", ".join(remedy.warehouses), words.money(remedy.cost_minor, currency)
    moves = ", ".join(f"{units} × {sku}" + (f" ← {source}" if source else "") for sku, units, source in remedy.moves)
    sentences = {
        Help.ASSIGN: _("Assign it by hand to %(places)s for %(cost)s."),
        Help.OVERRIDE: _("Override a limit for %(places)s at %(cost)s."),
        Help.TRANSFER: _("Transfer to %(places)s, the nearest that can ship it (%(cost)s): %(moves)s."),
        Help.SPLIT: _("Split it: %(places)s hold all of it together."),
        Help.OTHER_CHANNEL: _("%(places)s has the goods: give it a channel that takes this parcel."),
        Help.FIX_ADDRESS: _("Correct the address: no channel knows the destination."),
        Help.RESTOCK: _("Restock: all warehouses together lack %(moves)s."),
    }
    return sentences[remedy.help] % {"places": places, "cost": cost, "moves": moves}
