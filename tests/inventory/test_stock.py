from __future__ import annotations

from itertools import count

import pytest

from inventory.core.types import Count, Receipt
from inventory.errors import CountedTwice, ReservedUnexplained, SkuUnknown, StockTooLarge, UnitsOutOfRange, WarehouseUnknown
from inventory.models import Reservation, ReservationState, Sku, Stock, StockMovement, Warehouse
from inventory.services import count_stock, receive_stock, release_orders, release_youngest
from tests.world import NOON, add_seller, add_sku, add_tenant, add_warehouse, set_stock
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


class Shelf:
    """A tenant with one warehouse and two articles."""

    def __init__(self) -> None:
        self.tenant: Tenant = add_tenant()
        self.seller = add_seller(tenant=self.tenant)
        self.dallas: Warehouse = add_warehouse(tenant=self.tenant, code="DAL")
        self.lamp: Sku = add_sku(seller=self.seller, code="LAMP")
        self.cup: Sku = add_sku(seller=self.seller, code="CUP")
        self._order_ids = count(1)

    def reserve(self, *held: tuple[Sku, int], warehouse: Warehouse | None = None, order_id: int | None = None) -> int:
        """Hold units for an order, and return its number."""
        order_id = order_id or next(self._order_ids)
        place = warehouse or self.dallas
        with tenant_scope(tenant_id=self.tenant.pk):
            Reservation.objects.create(
                tenant=self.tenant,
                seller=self.seller,
                order_id=order_id,
                warehouse=place,
                sku_ids=[sku.pk for sku, _ in held],
                units=[units for _, units in held],
                created_at=NOON,
            )
            for sku, units in held:
                stock = Stock.objects.get(sku=sku, warehouse=place)
                stock.reserved += units
                stock.save()
        return order_id

    def count(self, sku: Sku, units: int, **options: object) -> tuple[int, ...]:
        counts = [Count(warehouse_id=self.dallas.pk, sku_id=sku.pk, units=units)]
        return count_stock(tenant_id=self.tenant.pk, counts=counts, actor="Li", at=NOON, **options)  # type: ignore[arg-type]

    def stock(self, sku: Sku, warehouse: Warehouse | None = None) -> tuple[int, int]:
        """Return (on hand, reserved)."""
        with tenant_scope(tenant_id=self.tenant.pk):
            row = Stock.objects.get(sku=sku, warehouse=warehouse or self.dallas)
            return row.on_hand, row.reserved

    def arrived(self, sku: Sku) -> bool:
        with tenant_scope(tenant_id=self.tenant.pk):
            return bool(Stock.objects.get(sku=sku).arrived_xid)

    def movements(self) -> list[tuple[str, int, int]]:
        with tenant_scope(tenant_id=self.tenant.pk):
            rows = StockMovement.objects.order_by("pk")
            return [(row.kind, row.delta_units, row.on_hand_after) for row in rows]

    def active_orders(self) -> list[int]:
        with tenant_scope(tenant_id=self.tenant.pk):
            rows = Reservation.objects.filter(state=ReservationState.ACTIVE)
            return sorted(rows.values_list("order_id", flat=True))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_a_first_count_sets_what_is_on_hand_and_notes_the_change(shelf: Shelf) -> None:
    assert shelf.count(shelf.lamp, 7) == ()
    assert shelf.stock(shelf.lamp) == (7, 0)
    assert shelf.movements() == [("count", 7, 7)]
    assert shelf.arrived(shelf.lamp)


def test_the_same_count_again_changes_and_notes_nothing(shelf: Shelf) -> None:
    shelf.count(shelf.lamp, 7)
    shelf.count(shelf.lamp, 7)
    assert shelf.movements() == [("count", 7, 7)]


def test_a_lower_count_brings_no_units_that_waiting_orders_could_have(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=9)
    shelf.count(shelf.lamp, 4)
    assert shelf.movements() == [("count", -5, 4)]
    assert not shelf.arrived(shelf.lamp)


def test_units_that_only_fill_up_the_safety_stock_have_not_arrived(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=1, safety=5)
    shelf.count(shelf.lamp, 5)
    assert not shelf.arrived(shelf.lamp)
    shelf.count(shelf.lamp, 6)
    assert shelf.arrived(shelf.lamp)


def test_a_count_below_what_is_reserved_releases_the_youngest_orders_first(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=6)
    oldest, middle, youngest = (shelf.reserve((shelf.lamp, 2)) for _ in range(3))
    assert shelf.count(shelf.lamp, 3) == (middle, youngest)
    assert shelf.stock(shelf.lamp) == (3, 2)
    assert shelf.active_orders() == [oldest]


def test_an_order_that_loses_one_article_lets_go_of_the_others_too(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=2)
    set_stock(sku=shelf.cup, warehouse=shelf.dallas, on_hand=10)
    order = shelf.reserve((shelf.lamp, 2), (shelf.cup, 4))
    assert shelf.count(shelf.lamp, 1) == (order,)
    assert shelf.stock(shelf.cup) == (10, 0)
    assert shelf.arrived(shelf.cup)


def test_a_split_order_that_loses_a_parcel_lets_go_of_both(shelf: Shelf) -> None:
    newark = add_warehouse(tenant=shelf.tenant, code="NJ1")
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=2)
    set_stock(sku=shelf.cup, warehouse=newark, on_hand=3)
    order = shelf.reserve((shelf.lamp, 2))
    shelf.reserve((shelf.cup, 3), warehouse=newark, order_id=order)
    assert shelf.count(shelf.lamp, 0) == (order,)
    assert shelf.stock(shelf.cup, newark) == (3, 0)


def test_spared_orders_are_released_only_when_the_others_do_not_suffice(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=4)
    older, youngest = shelf.reserve((shelf.lamp, 2)), shelf.reserve((shelf.lamp, 2))
    assert shelf.count(shelf.lamp, 2, spared_order_ids=[youngest]) == (older,)
    assert shelf.count(shelf.lamp, 1, spared_order_ids=[youngest]) == (youngest,)


def test_a_count_never_touches_other_warehouses_orders(shelf: Shelf) -> None:
    newark = add_warehouse(tenant=shelf.tenant, code="NJ1")
    for warehouse in (shelf.dallas, newark):
        set_stock(sku=shelf.lamp, warehouse=warehouse, on_hand=2)
    here, there = shelf.reserve((shelf.lamp, 2)), shelf.reserve((shelf.lamp, 2), warehouse=newark)
    assert shelf.count(shelf.lamp, 0) == (here,)
    assert shelf.active_orders() == [there]


def test_units_reserved_for_nobody_are_reported_and_not_counted_away(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=5, reserved=5)
    with pytest.raises(ReservedUnexplained):
        shelf.count(shelf.lamp, 3)
    assert shelf.stock(shelf.lamp) == (5, 5)


def test_a_receipt_adds_to_what_is_on_hand(shelf: Shelf) -> None:
    receipts = [Receipt(warehouse_id=shelf.dallas.pk, sku_id=sku.pk, units=units) for sku, units in ((shelf.lamp, 3), (shelf.cup, 4))]
    for _ in range(2):
        receive_stock(tenant_id=shelf.tenant.pk, receipts=receipts, actor="Li", at=NOON, reference="ASN-1")
    assert shelf.stock(shelf.lamp) == (6, 0)
    assert shelf.stock(shelf.cup) == (8, 0)
    assert sorted(shelf.movements()) == [("receipt", 3, 3), ("receipt", 3, 6), ("receipt", 4, 4), ("receipt", 4, 8)]
    assert shelf.arrived(shelf.lamp)


def test_a_receipt_that_no_shelf_could_hold_adds_nothing(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=1_000_000_000)
    with pytest.raises(StockTooLarge):
        receive_stock(
            tenant_id=shelf.tenant.pk,
            receipts=[Receipt(warehouse_id=shelf.dallas.pk, sku_id=shelf.lamp.pk, units=1)],
            actor="Li",
            at=NOON,
        )
    assert shelf.stock(shelf.lamp) == (1_000_000_000, 0)


def test_released_orders_free_each_of_their_units_once(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=5)
    first, second = shelf.reserve((shelf.lamp, 2)), shelf.reserve((shelf.lamp, 3))
    assert release_orders(tenant_id=shelf.tenant.pk, order_ids=[first, second, 99]) == (first, second)
    assert release_orders(tenant_id=shelf.tenant.pk, order_ids=[first]) == ()
    assert shelf.stock(shelf.lamp) == (5, 0)


def test_the_youngest_are_released_until_nothing_is_short(shelf: Shelf) -> None:
    set_stock(sku=shelf.lamp, warehouse=shelf.dallas, on_hand=9)
    orders = [shelf.reserve((shelf.lamp, 3)) for _ in range(3)]
    shortfalls = {(shelf.dallas.pk, shelf.lamp.pk): 4}
    assert release_youngest(tenant_id=shelf.tenant.pk, shortfalls=shortfalls) == (orders[1], orders[2])


@pytest.mark.parametrize("units", [-1, 1_000_000_001])
def test_refuses_counts_that_no_shelf_has(shelf: Shelf, units: int) -> None:
    with pytest.raises(UnitsOutOfRange):
        shelf.count(shelf.lamp, units)


def test_refuses_a_pair_that_is_counted_twice(shelf: Shelf) -> None:
    counts = [Count(warehouse_id=shelf.dallas.pk, sku_id=shelf.lamp.pk, units=units) for units in (1, 2)]
    with pytest.raises(CountedTwice):
        count_stock(tenant_id=shelf.tenant.pk, counts=counts, actor="Li", at=NOON)


def test_refuses_what_another_tenant_owns(shelf: Shelf) -> None:
    stranger = add_tenant(code="other")
    their_warehouse = add_warehouse(tenant=stranger, code="X1")
    their_sku = add_sku(seller=add_seller(tenant=stranger))
    for warehouse_id, sku_id, error in (
        (shelf.dallas.pk, their_sku.pk, SkuUnknown),
        (their_warehouse.pk, shelf.lamp.pk, WarehouseUnknown),
    ):
        with pytest.raises(error):
            count_stock(
                tenant_id=shelf.tenant.pk,
                counts=[Count(warehouse_id=warehouse_id, sku_id=sku_id, units=1)],
                actor="Li",
                at=NOON,
            )
