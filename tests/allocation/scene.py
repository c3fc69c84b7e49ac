"""A company whose prices a reader can add up in the head, and what a test does with it and reads back.

    scene = Scene(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=2)
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 500)

Each warehouse ships by one channel, GROUND, at the price of its name for any parcel up to 30 kg; a unit of any article weighs
1 kg. Everything goes through the services that the product uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from allocation.core.types import Mode, reason_of
from allocation.models import DefaultWarehouse, OrderException, Record, Shipment, ShipmentState
from allocation.reconcile import order_faults
from allocation.retries import queue_exceptions_worth_a_try
from allocation.rules.editing import StatedRule, save_rule
from allocation.rules.publishing import publish_rules
from allocation.runner import Drained, drain_tenant
from allocation.services import take_stock_count
from carriers.models import FxRate
from inventory.core.types import Count, Receipt
from inventory.models import Reservation, ReservationState, Sku, Stock, Warehouse
from inventory.reconcile import stock_faults
from inventory.services import receive_stock
from orders.core.states import OrderState
from orders.core.types import NewLine, NewOrder
from orders.models import Order
from orders.services import place_orders
from tests.world import (
    NOON,
    add_carrier,
    add_channel,
    add_lane,
    add_rate_card,
    add_seller,
    add_sku,
    add_store,
    add_strategy,
    add_tenant,
    add_warehouse,
    add_zone_chart,
    set_stock,
)
from wms.tenancy.models import Seller
from wms.tenancy.scope import tenant_scope


def price_card(prices: Mapping[str, str], days: Mapping[str, int], **fields: Any) -> dict[str, Any]:
    """Return a card with a zone for each warehouse: its price for any parcel up to 30 kg."""
    return {
        "code": "by-warehouse",
        "currency": "USD",
        "effective_from": "2026-01-01",
        "units": {"weight": "kg", "length": "cm"},
        "zones": list(prices),
        "rates": [{"not_over": "30", "amounts": list(prices.values())}],
        "transit_days": {code: days.get(code, 3) for code in prices},
        **fields,
    }


def zone_by_warehouse(codes: Sequence[str]) -> dict[str, Any]:
    """Return a chart in which every address lies in the zone that is named as the warehouse is."""
    return {
        "code": "by-warehouse",
        "origins": [{"from": {"warehouses": [code]}, "to": [{"countries": ["US"], "zone": code}]} for code in codes],
    }


class Scene:
    """See the module. Without `covered` the only strategy, Smart, names every warehouse."""

    def __init__(
        self,
        *,
        code: str = "eastlake",
        currency: str = "USD",
        covered: Sequence[str] | None = None,
        days: Mapping[str, int] | None = None,
        places: Mapping[str, Mapping[str, Any]] | None = None,
        **prices: Any,
    ) -> None:
        self.tenant = add_tenant(code=code, currency=currency)
        self.seller = add_seller(tenant=self.tenant)
        self.store = add_store(seller=self.seller)
        self.carrier = add_carrier(tenant=self.tenant)
        self.chart = add_zone_chart(carrier=self.carrier, document=zone_by_warehouse(list(prices)))
        self.warehouses = {name: add_warehouse(tenant=self.tenant, code=name, **(places or {}).get(name, {})) for name in prices}
        self.ground = self.add_channel("GROUND", days=days or {}, **prices)
        self.strategy = add_strategy(
            tenant=self.tenant, warehouses=[self.warehouses[name] for name in covered or prices], channels=[self.ground]
        )
        self.skus: dict[str, Sku] = {}
        self.placed: list[int] = []
        self._numbers = itertools.count(1001)

    @property
    def tenant_id(self) -> int:
        return self.tenant.pk

    def add_channel(self, name: str, *, days: Mapping[str, int] | None = None, card: Mapping[str, Any] | None = None, **prices: str) -> Any:
        """Add a channel by which these warehouses ship at these prices; no strategy names it yet."""
        channel = add_channel(carrier=self.carrier, code=name)
        document = price_card(prices, days or {}, **(card or {}))
        add_rate_card(channel=channel, zone_chart=self.chart, document=document, currency=document["currency"])
        for code in prices:
            add_lane(warehouse=self.warehouses[code], channel=channel)
        return channel

    def add_rate(self, *, since: date = date(2026, 1, 1), **rates: str) -> None:
        """Say what one unit of these currencies buys of the tenant's."""
        with tenant_scope(tenant_id=self.tenant_id):
            for source, rate in rates.items():
                FxRate.objects.create(tenant=self.tenant, source=source, target=self.tenant.currency, effective_from=since, rate=rate)

    def add_sku(self, code: str, *, seller: Seller | None = None, **fields: Any) -> Sku:
        self.skus[code] = add_sku(seller=seller or self.seller, code=code, **fields)
        return self.skus[code]

    def sku(self, code: str) -> Sku:
        return self.skus.get(code) or self.add_sku(code)

    def warehouse(self, code: str) -> Warehouse:
        return self.warehouses[code]

    def receive(self, sku: str, **units: int) -> None:
        """Let units arrive in warehouses."""
        receipts = [Receipt(warehouse_id=self.warehouses[code].pk, sku_id=self.sku(sku).pk, units=count) for code, count in units.items()]
        receive_stock(tenant_id=self.tenant_id, receipts=receipts, actor="Li", at=NOON)

    def count(self, sku: str, **units: int) -> tuple[int, ...]:
        """Count units in warehouses, and return the orders that lost theirs."""
        counts = [Count(warehouse_id=self.warehouses[code].pk, sku_id=self.sku(sku).pk, units=count) for code, count in units.items()]
        return take_stock_count(tenant_id=self.tenant_id, counts=counts, actor="Li", at=NOON, reference="cycle 7")

    def keep_back(self, sku: str, warehouse: str, units: int) -> None:
        """Set the safety stock."""
        on_hand, reserved = self.stock(sku, warehouse)
        set_stock(sku=self.sku(sku), warehouse=self.warehouses[warehouse], on_hand=on_hand, reserved=reserved, safety=units)

    def add_rule(
        self, name: str, *conditions: dict[str, Any], act: str = "pin", to: Sequence[str] = (), unserved: str = "smart", **fields: Any
    ) -> int:
        """Publish a rule for orders that fit all the conditions, which names warehouses by code; return its key."""
        stated = StatedRule(
            name=name,
            condition={"every": True, "parts": list(conditions)},
            action={"act": act, "warehouse_ids": [self.warehouses[code].pk for code in to]},
            unserved=unserved,
            **fields,
        )
        key = save_rule(tenant_id=self.tenant_id, stated=stated, actor="Li", at=NOON).key
        publish_rules(tenant_id=self.tenant_id, comment=name, actor="Li", at=NOON)
        return key

    def default_warehouse(self, code: str) -> None:
        with tenant_scope(tenant_id=self.tenant_id):
            DefaultWarehouse.objects.create(tenant=self.tenant, seller=self.seller, warehouse=self.warehouses[code])

    def new_order(self, number: str | None = None, *, lines: Sequence[tuple[str, int]], promised: date | None = None) -> NewOrder:
        return NewOrder(
            store_id=self.store.pk,
            external_number=number or str(next(self._numbers)),
            country="US",
            postcode="10001",
            placed_at=NOON,
            promised_date=promised,
            lines=tuple(NewLine(sku_id=self.sku(code).pk, units=count) for code, count in lines),
        )

    def place(self, number: str | None = None, *, lines: Sequence[tuple[str, int]] = (), promised: date | None = None, **units: int) -> int:
        """Place an order for units of SKUs, and return its id."""
        return self._place([self.new_order(number, lines=[*lines, *units.items()], promised=promised)])[0]

    def place_many(self, orders: int, **units: int) -> tuple[int, ...]:
        """Place so many equal orders, and return their ids."""
        return self._place([self.new_order(lines=list(units.items())) for _ in range(orders)])

    def _place(self, orders: Sequence[NewOrder]) -> tuple[int, ...]:
        order_ids = place_orders(tenant_id=self.tenant_id, orders=orders, at=NOON).order_ids
        self.placed += order_ids
        return order_ids

    def drain(self, **options: Any) -> Drained:
        """Decide all that waits."""
        return drain_tenant(tenant_id=self.tenant_id, at=options.pop("at", NOON), **options)

    def retry(self, **options: Any) -> int:
        """Queue the exceptions that are worth a try, and return how many."""
        return queue_exceptions_worth_a_try(tenant_id=self.tenant_id, at=options.pop("at", NOON), **options)

    def state(self, order_id: int) -> str:
        with tenant_scope(tenant_id=self.tenant_id):
            return OrderState(Order.objects.get(pk=order_id).state).name.lower()

    def records(self, order_id: int) -> list[Record]:
        """Return the records of an order, the oldest first."""
        with tenant_scope(tenant_id=self.tenant_id):
            return list(Record.objects.filter(order_id=order_id).select_related("warehouse", "channel").order_by("pk"))

    def decision(self, order_id: int) -> tuple[str, str | None, int | None]:
        """Return (mode, warehouse, cost) of the order's last record."""
        record = self.records(order_id)[-1]
        return Mode(record.mode).name.lower(), record.warehouse.code if record.warehouse_id else None, record.cost_minor

    def reasons(self, order_id: int) -> set[str] | None:
        """Return why the order is an exception, or None where it is none."""
        with tenant_scope(tenant_id=self.tenant_id):
            exception = OrderException.objects.filter(pk=order_id).first()
        return None if exception is None else {reason_of(number).slug for number in exception.reasons}

    def stock(self, sku: str, warehouse: str) -> tuple[int, int]:
        """Return (on hand, reserved)."""
        with tenant_scope(tenant_id=self.tenant_id):
            row = Stock.objects.filter(sku=self.sku(sku), warehouse=self.warehouses[warehouse]).first()
        return (row.on_hand, row.reserved) if row else (0, 0)

    def held(self, order_id: int) -> dict[tuple[str, str], int]:
        """Return the units that the order holds, by (SKU, warehouse)."""
        code_of = {sku.pk: code for code, sku in self.skus.items()}
        with tenant_scope(tenant_id=self.tenant_id):
            rows = Reservation.objects.filter(order_id=order_id, state=ReservationState.ACTIVE).select_related("warehouse")
            return {
                (code_of[sku_id], row.warehouse.code): count for row in rows for sku_id, count in zip(row.sku_ids, row.units, strict=True)
            }

    def shipments(self, order_id: int) -> list[tuple[str, str]]:
        """Return (warehouse, state) of the order's shipments, the oldest first."""
        with tenant_scope(tenant_id=self.tenant_id):
            rows = Shipment.objects.filter(order_id=order_id).select_related("warehouse").order_by("pk")
            return [(row.warehouse.code, ShipmentState(row.state).name.lower()) for row in rows]

    def faults(self) -> list[str]:
        """Return what the books of the tenant disagree about."""
        return [str(fault) for fault in (*stock_faults(tenant_id=self.tenant_id), *order_faults(tenant_id=self.tenant_id))]


LATER = NOON + timedelta(minutes=5)
