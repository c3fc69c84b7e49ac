"""What people do to single orders, from a terminal: one verb per use case."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.candidates import ChannelNow, candidates_of
from allocation.core.types import reason_of
from allocation.hand_models import RejectionCause
from allocation.models import OrderException
from allocation.queues import Queue, queue_of
from allocation.quoting.asking import ask_about_order
from allocation.services import (
    Chosen,
    HandPart,
    Moves,
    assign_order,
    assign_orders,
    cancel_order,
    exclude_order,
    hold_order,
    include_order,
    preview_assignments,
    reject_order,
    release_to_warehouse,
    resume_order,
    ship_order,
    split_order,
    undo_assignment,
    undo_assignments,
)
from allocation.words import REASONS
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from orders.models import Order
from orders.searching import find_orders, order_numbered
from wms.errors import DomainError
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.terminal import table
from wms.values.money import from_minor

PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "undo": undo_assignment,
    "hold": hold_order,
    "resume": resume_order,
    "exclude": exclude_order,
    "include": include_order,
    "cancel": cancel_order,
}
"""Verbs that need nothing but the order."""


class Command(BaseCommand):
    help = _("Look at single orders, and do to them what people do in the workbench.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("the code of the company"))
        parser.add_argument("--actor", default="command", help=_("who does it, as records name them"))
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("find", help=_("orders by number, last digits, postcode, seller or SKU")).add_argument("text")
        verbs.add_parser("queue", help=_("what waits for people")).add_argument("queue", choices=[queue.value for queue in Queue])
        _order(verbs.add_parser("candidates", help=_("what may be chosen for an order now")))
        _order(verbs.add_parser("ask", help=_("ask the carriers of live channels about an order, and what may be chosen then")))
        assign = _order(verbs.add_parser("assign", help=_("move an order to a warehouse")))
        assign.add_argument("warehouse")
        assign.add_argument("--channel")
        assign.add_argument("--reason", default="")
        assign.add_argument("--force", action="store_true", help=_("over the strategy's soft limits; needs a reason"))
        bulk = verbs.add_parser("bulk", help=_("move orders to a warehouse, all of them or none"))
        bulk.add_argument("warehouse")
        bulk.add_argument("orders", nargs="+", help=_("the orders' numbers"))
        bulk.add_argument("--channel")
        bulk.add_argument("--reason", default="")
        bulk.add_argument("--force", action="store_true", help=_("over the strategy's soft limits; needs a reason"))
        bulk.add_argument("--dry-run", action="store_true", help=_("say what it would do, and change nothing"))
        undo = verbs.add_parser("undo-bulk", help=_("take back the last choice by hand of orders, of all of them or of none"))
        undo.add_argument("orders", nargs="+", help=_("the orders' numbers"))
        for each in (bulk, undo):
            each.add_argument("--partly", action="store_true", help=_("those that it can be done to"))
        split = _order(verbs.add_parser("split", help=_("ship an order in the parts that are named")))
        split.add_argument("--part", action="append", required=True, metavar="NJ1:LAMP=2,RUG=1", help=_("a warehouse and its units"))
        split.add_argument("--reason", default="")
        split.add_argument("--force", action="store_true", help=_("over the strategy's soft limits; needs a reason"))
        for verb in PLAIN:
            _order(verbs.add_parser(verb))
        _order(verbs.add_parser("release", help=_("hand an order over to its warehouse")))
        ship = _order(verbs.add_parser("ship", help=_("note that a warehouse shipped an order")))
        ship.add_argument("warehouse")
        ship.add_argument("tracking_number")
        reject = _order(verbs.add_parser("reject", help=_("take an order back from a warehouse that can't ship it")))
        reject.add_argument("warehouse")
        reject.add_argument("cause", choices=RejectionCause.values)

    def handle(self, *, tenant: str, actor: str, verb: str, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=tenant)
            if verb in ("find", "queue"):
                self._list(tenant_id, actor, verb, options)
                return
            if verb in ("bulk", "undo-bulk"):
                self._bulk(tenant_id, actor, verb, options)
                return
            with tenant_scope(tenant_id=tenant_id):
                named = {"tenant_id": tenant_id, "order_id": order_numbered(options["order"])}
            if verb == "ask":
                ask_about_order(tenant_id=tenant_id, order_id=named["order_id"], at=timezone.now())
            if verb in ("ask", "candidates"):
                self._candidates(named)
            else:
                _DOING.get(verb, _plainly)(verb, named, actor, options)
                self.stdout.write(_("Done."))
        except DomainError as fault:
            raise CommandError(str(fault)) from fault

    def _list(self, tenant_id: int, actor: str, verb: str, options: dict[str, Any]) -> None:
        with tenant_scope(tenant_id=tenant_id):
            if verb == "find":
                order_ids = find_orders(text=options["text"])
            else:
                order_ids = tuple(one.order_id for one in queue_of(queue=Queue(options["queue"]), person=actor, at=timezone.now()))
            orders = Order.objects.in_bulk(order_ids)
            reasons = dict(OrderException.objects.filter(pk__in=order_ids).values_list("pk", "reasons"))
        rows = [
            (orders[pk].external_number, orders[pk].get_state_display(), orders[pk].postcode, _said(reasons.get(pk, ())))
            for pk in order_ids
        ]
        self._write([_("order number"), _("state"), _("postcode"), _("reasons")], rows)

    def _bulk(self, tenant_id: int, actor: str, verb: str, options: dict[str, Any]) -> None:
        with tenant_scope(tenant_id=tenant_id):
            chosen = [Chosen(order_numbered(number)) for number in options["orders"]]
            currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
        moves = _moves({"tenant_id": tenant_id, "chosen": chosen, "actor": actor, "at": timezone.now()}, verb, options)
        rows = [
            (
                one.number,
                one.warehouse_before or "–",
                _amount(one.cost_before_minor, currency),
                _amount(one.cost_after_minor, currency),
                str(one.fault or ""),
            )
            for one in moves.outcomes
        ]
        self._write([_("order number"), _("warehouse"), _("Before"), _("After"), ""], rows)
        if not moves.done and not options.get("dry_run"):
            raise CommandError(_("Nothing was changed: not all orders can be."))
        self.stdout.write(_("Done.") if moves.done else _("Dry run: nothing was saved."))

    def _candidates(self, named: dict[str, Any]) -> None:
        found = candidates_of(**named, at=timezone.now())
        rows = [
            (
                one.code,
                one.channel.code if one.channel else "–",
                _amount(one.cost_minor, found.currency),
                _amount(one.difference_minor, found.currency),
                "–" if one.distance_m is None else f"{one.distance_m // 1000} km",
                "–" if one.days is None else str(one.days),
                " ".join(f"{unit.sku_code}:{unit.available}/{unit.needed}" for unit in one.units),
                " ".join(each for each in (_standing(one.channel), str(REASONS[one.blocked]) if one.blocked else "") if each),
            )
            for one in found.warehouses
        ]
        header = [_("warehouse"), _("channel"), found.currency, "+", _("distance"), _("days"), _("stock"), _("reasons")]
        self._write(header, rows)

    def _write(self, header: list[str], rows: Sequence[tuple[str, ...]]) -> None:
        for line in table(header=header, rows=rows):
            self.stdout.write(line)


def _order(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("order", help=_("the order's number"))
    return parser


def _warehouse_id(named: dict[str, Any], code: str) -> int:
    with tenant_scope(tenant_id=named["tenant_id"]):
        found: int | None = Warehouse.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(_("There is no warehouse %(code)s.") % {"code": code})
    return found


def _channel_id(named: dict[str, Any], code: str | None) -> int | None:
    if code is None:
        return None
    with tenant_scope(tenant_id=named["tenant_id"]):
        found: int | None = Channel.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(_("There is no channel %(code)s.") % {"code": code})
    return found


def _assign(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    assign_order(
        **named,
        warehouse_id=_warehouse_id(named, options["warehouse"]),
        channel_id=_channel_id(named, options["channel"]),
        actor=actor,
        reason=options["reason"],
        forced=options["force"],
        at=timezone.now(),
    )


def _moves(named: dict[str, Any], verb: str, options: dict[str, Any]) -> Moves:
    if verb == "undo-bulk":
        return undo_assignments(**named, partly=options["partly"])
    named["warehouse_id"] = _warehouse_id(named, options["warehouse"])
    named |= {"channel_id": _channel_id(named, options["channel"]), "forced": options["force"]}
    if options["dry_run"]:
        return preview_assignments(**named)
    return assign_orders(**named, reason=options["reason"], partly=options["partly"])


def _split(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    parts = [_part(named, text) for text in options["part"]]
    split_order(**named, parts=parts, actor=actor, reason=options["reason"], forced=options["force"], at=timezone.now())


def _part(named: dict[str, Any], text: str) -> HandPart:
    """Return the part that is written NJ1:LAMP=2,RUG=1."""
    warehouse, _colon, rest = text.partition(":")
    written = [each.rpartition("=") for each in rest.split(",")]
    if not rest or not all(code and count.isdecimal() for code, _equals, count in written):
        raise CommandError(_("“%(part)s” is no part: write a warehouse and its units, such as NJ1:LAMP=2,RUG=1.") % {"part": text})
    with tenant_scope(tenant_id=named["tenant_id"]):
        seller_id = Order.objects.values_list("seller_id", flat=True).get(pk=named["order_id"])
        known = dict(Sku.objects.filter(seller_id=seller_id, code__in=[each[0] for each in written]).values_list("code", "pk"))
    missing = [each[0] for each in written if each[0] not in known]
    if missing:
        raise CommandError(_("The seller has no SKU “%(sku)s”.") % {"sku": missing[0]})
    return HandPart(warehouse_id=_warehouse_id(named, warehouse), units={known[code]: int(count) for code, _equals, count in written})


def _release(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    release_to_warehouse(**named)


def _ship(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    warehouse_id = _warehouse_id(named, options["warehouse"])
    ship_order(**named, warehouse_id=warehouse_id, tracking_number=options["tracking_number"], actor=actor, at=timezone.now())


def _reject(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    warehouse_id = _warehouse_id(named, options["warehouse"])
    reject_order(**named, warehouse_id=warehouse_id, cause=RejectionCause(options["cause"]), actor=actor, at=timezone.now())


def _plainly(verb: str, named: dict[str, Any], actor: str, options: dict[str, Any]) -> None:
    PLAIN[verb](**named, actor=actor, at=timezone.now())


_DOING: Final = {"assign": _assign, "split": _split, "release": _release, "ship": _ship, "reject": _reject}


def _said(reasons: Any) -> str:
    return ", ".join(str(REASONS[reason_of(number).slug]) for number in reasons)


def _standing(channel: ChannelNow | None) -> str:
    return channel.live.told(has_price=channel.cost_minor is not None) if channel and channel.live else ""


def _amount(minor: int | None, currency: str) -> str:
    return "–" if minor is None else str(from_minor(minor, currency))
