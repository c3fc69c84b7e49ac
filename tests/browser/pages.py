"""Every page that the URL map names, so that a new one is walked through without being listed anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from allocation.models import StockBasis, Strategy
from allocation.rules.editing import StatedRule, save_rule
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import Scenario
from allocation.simulation.services import Asked, request_simulation
from allocation.strategies.reading import draft_of
from billing.models import BilledParcel, Invoice, InvoiceFormat
from billing.reconciling import reconcile_invoices
from carriers.live.accounts import add_account
from orders.models import Order
from tests.console.shop import Shop
from tests.world import NOON, add_member
from wms.console.models import Upload
from wms.exports.runner import run_export
from wms.exports.services import request_export
from wms.tenancy.access import Seat
from wms.tenancy.models import Membership, Role
from wms.tenancy.scope import tenant_scope

LANGUAGE_CHOICE = "set_language"
SELLER = "person of the seller"
STAFF = "person of the company"


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A named address with the names of its arguments."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def routes() -> list[Route]:
    """Return every named address, by name."""
    return sorted(set(_routes_below(get_resolver(), namespace="", outer=())))


def address_of(route: Route, shop: Shop) -> str:
    """Return the route's address in a shop, with an example for each of its arguments."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        return reverse(route.name, kwargs={argument: _example(route, argument, shop) for argument in route.arguments})


def visitor_of(address: str, shop: Shop) -> User:
    """Return who the page at this address is made for."""
    return seller_of(shop) if address.startswith("/portal/") else staff_of(shop)


def staff_of(shop: Shop) -> User:
    """Return the one person who runs the shop's company."""
    found = User.objects.filter(username=STAFF).first()
    return found or add_member(tenant=shop.tenant, role=Role.ADMIN, username=STAFF)


def seller_of(shop: Shop) -> User:
    """Return the one person who works for the shop's seller."""
    found = User.objects.filter(username=SELLER).first()
    return found or add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller, username=SELLER)


def finished_export(shop: Shop) -> int:
    """Return the number of a file that the seller's person can fetch."""
    seat = Seat(tenant_id=shop.tenant.pk, role=Role.SELLER, seller_id=shop.seller.pk)
    wish = {"selection": "seller_orders", "parameters": {}, "file_format": "csv", "language": "en"}
    job = request_export(seat=seat, user_id=seller_of(shop).pk, at=timezone.now(), **wish)  # type: ignore[arg-type]
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    return job.pk


def _finished_records(shop: Shop) -> int:
    """Return the number of a file that the company's person can fetch."""
    seat, person = Seat(tenant_id=shop.tenant.pk, role=Role.ADMIN), staff_of(shop).pk
    wish = {"selection": "records", "parameters": {}, "file_format": "csv", "language": "en"}
    job = request_export(seat=seat, user_id=person, at=timezone.now(), **wish)  # type: ignore[arg-type]
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    return job.pk


def _first_strategy(shop: Shop) -> int:
    return int(Strategy.objects.order_by("pk")[0].pk)


def _finished_simulation(shop: Shop) -> int:
    """Return a what-if run in which only the far warehouse ships."""
    strategy_id = _first_strategy(shop)
    draft = replace(draft_of(strategy_id=strategy_id), warehouse_ids=(shop.far.pk,))
    run_id = request_simulation(
        tenant_id=shop.tenant.pk,
        name="far only",
        author="li",
        scenario=Scenario(strategies={strategy_id: draft}),
        asked=Asked(since=NOON.date(), until=NOON.date(), stock_basis=StockBasis.BEFORE),
        at=NOON,
    )
    run_simulation(tenant_id=shop.tenant.pk, run_id=run_id, at=NOON)
    return run_id


def _a_member(shop: Shop) -> int:
    """Return the seat of a person who runs nothing."""
    username = "colleague"
    found = Membership.objects.filter(user__username=username).first()
    if found is None:
        add_member(tenant=shop.tenant, role=Role.OPERATIONS, username=username)
        found = Membership.objects.get(user__username=username)
    return int(found.pk)


def _a_rule(shop: Shop) -> int:
    """Return the key of a rule in the draft."""
    stated = StatedRule(
        name="Amazon",
        condition={"every": True, "parts": [{"field": "platform", "test": "is", "values": ["amazon"]}]},
        action={"act": "pin", "warehouse_ids": [shop.near.pk]},
    )
    return save_rule(tenant_id=shop.tenant.pk, stated=stated, actor="Li", at=timezone.now()).key


def _rates_file(shop: Shop) -> int:
    return _uploaded(shop, kind="rates", answers={"channel": shop.channel.code, "effective_from": "", "source": ""}, content=RATES)


def _skus_file(shop: Shop) -> int:
    return _uploaded(shop, kind="skus", answers={"seller": str(shop.seller.pk)}, content=SKUS)


def _uploaded(shop: Shop, **upload: Any) -> int:
    """Return a file that the person who looks at the pages brought."""
    found, _is_new = Upload.objects.get_or_create(
        tenant=shop.tenant,
        user_id=staff_of(shop).pk,
        kind=upload.pop("kind"),
        defaults={"file_name": "x.csv", "created_at": timezone.now(), **upload},
    )
    return int(found.pk)


def _invoice(shop: Shop) -> int:
    """Return an invoice of one parcel that is no shipment of ours."""
    form = InvoiceFormat.objects.get()
    head = {"carrier": shop.channel.carrier, "number": "INV-1", "issued_date": NOON.date(), "currency": "USD", "imported_at": NOON}
    invoice, is_new = Invoice.objects.get_or_create(tenant=shop.tenant, invoice_format=form, **head)
    if is_new:
        charges = {"charge_words": ["Freight"], "charge_codes": ["base"], "charges_minor": [500], "billed_minor": 500}
        BilledParcel.objects.create(tenant=shop.tenant, invoice=invoice, tracking_number="T9", first_line=2, **charges)
        reconcile_invoices(tenant_id=shop.tenant.pk, at=NOON)
    return int(invoice.pk)


RATES = b"max_weight_kg,1\n1,5.50\n2,heavy\n"
SKUS = b"sku,weight (kg),length (cm),width (cm),height (cm)\nLAMP-2,1,10,10,10\nLAMP-3,heavy,10,10,10\n"
EXAMPLES: dict[str, Callable[[Shop], Any]] = {
    "app_label": lambda shop: "orders",
    "order_id": lambda shop: Order.objects.get(external_number="1001").pk,
    "job_id": finished_export,
    "export_id": _finished_records,
    "key_id": lambda shop: 1,
    "member_id": _a_member,
    "uidb64": lambda shop: "x",
    "token": lambda shop: "x",
    "provider": lambda shop: "ups",
    "account_id": lambda shop: add_account(tenant_id=shop.tenant.pk, provider="shippo", name="Main", fields={"api_token": "none"}).pk,
    "strategy_id": _first_strategy,
    "key": _a_rule,
    "number": lambda shop: 1,
    "simulation_id": _finished_simulation,
    "kind": lambda shop: "skus",
    "channel_id": lambda shop: shop.channel.pk,
    "invoice_id": _invoice,
    "console:rate_review upload_id": _rates_file,
    "console:import_review upload_id": _skus_file,
}
"""What stands in an address for an argument, by the argument's name, behind the route's where it means several things."""


def _example(route: Route, argument: str, shop: Shop) -> Any:
    if argument == "object_id":
        return _first_of(_model_of(route)).pk
    example = EXAMPLES.get(f"{route.name} {argument}") or EXAMPLES.get(argument)
    if example is None:
        raise LookupError(f"{route.name} asks for {argument}: add an example of it to EXAMPLES in {__name__}")
    return example(shop)


def _model_of(route: Route) -> type[Model]:
    """Return the model whose page an admin's address is: console:orders_order_change."""
    app_label, model, _page = route.name.removeprefix("console:").split("_", maxsplit=2)
    return apps.get_model(app_label, model)


def _first_of(model: type[Model]) -> Model:
    found = model._default_manager.order_by("pk").first()
    if found is None:
        raise LookupError(f"the shop has no {model._meta.label}: add one in tests/browser/conftest.py")
    return found


def _routes_below(resolver: URLResolver, *, namespace: str, outer: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        arguments = (*outer, *_arguments_of(entry))
        if isinstance(entry, URLResolver):
            below = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _routes_below(entry, namespace=below, outer=arguments)
        elif entry.name and entry.name != LANGUAGE_CHOICE:
            yield Route(f"{namespace}{entry.name}", arguments)


def _arguments_of(entry: URLPattern | URLResolver) -> tuple[str, ...]:
    converters = getattr(entry.pattern, "converters", {})
    return tuple(converters) or tuple(re.findall(r"\?P<(\w+)>", str(entry.pattern)))
