import re
from dataclasses import replace

import pytest
from django.utils import timezone

from allocation.candidates import candidates_of
from allocation.core.types import Reason
from allocation.reports import report_allocation
from allocation.runner import drain_tenant
from carriers.core.types import RejectionCode
from orders.core.states import OrderState
from orders.models import Order
from wms.demo.summary import Speed, summary_lines, telling
from wms.demo.world import ensure_world, place_sample_orders
from wms.tenancy.scope import tenant_scope

ORDERS = 150


@pytest.fixture
def world(db, tmp_path):
    """Return a small sample world whose orders are decided."""
    world = ensure_world(data_dir=tmp_path, at=timezone.now())
    place_sample_orders(world=world, count=ORDERS, at=timezone.now())
    for _, tenant_id in world.tenants:
        drain_tenant(tenant_id=tenant_id, at=timezone.now())
    return world


def lines_of(world):
    return summary_lines(world=world, speed=Speed(orders=ORDERS, seconds=0.5), address="http://127.0.0.1:8000")


def figures(line):
    """Return the whole numbers at the end of a line."""
    return [int(figure.replace(",", "")) for figure in re.findall(r"(?<=\s)[\d,]+(?=\s|$)", line)]


def test_the_figures_of_a_summary_add_up(world):
    lines = lines_of(world)
    counts = {line.split()[0]: figures(line) for line in lines if line and not line.startswith(" ")}
    start, end = (next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("异常订单", "待分仓"))
    reasons = [figures(line) for line in lines[start + 1 : end]]
    start, end = (next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("各仓订单", "总成本"))
    by_warehouse = [figures(line)[-1] for line in lines[start + 1 : end]]

    assert counts["订单"] == [90, 60, ORDERS]
    assert counts["待分仓"] == [0, 0, 0]
    assert [a + b for a, b in zip(counts["已分仓"], counts["异常订单"], strict=True)] == counts["订单"]
    assert [sum(column) for column in zip(*reasons, strict=True)] == counts["异常订单"]
    assert sum(by_warehouse) == counts["已分仓"][-1]
    assert len(by_warehouse) == 8
    assert min(counts["已分仓"]) > 0
    assert counts["异常订单"][-1] > 0


def test_every_order_of_the_sample_world_costs_no_more_than_from_the_nearest(world):
    for _, tenant_id in world.tenants:
        with tenant_scope(tenant_id=tenant_id):
            report = report_allocation()
        assert 0 < report.cost_minor <= report.nearest_cost_minor
        assert sum(share.cost_minor for share in report.warehouses) == report.cost_minor


def test_a_person_can_send_some_exceptions_from_elsewhere(world):
    place_sample_orders(world=world, count=600, at=timezone.now())
    eastlake = world.tenants[0][1]
    drain_tenant(tenant_id=eastlake, at=timezone.now())
    with tenant_scope(tenant_id=eastlake):
        exceptions = list(Order.objects.filter(state=OrderState.EXCEPTION).values_list("pk", flat=True))
    free = [
        any(not warehouse.blocked for warehouse in candidates_of(tenant_id=eastlake, order_id=order_id, at=timezone.now()).warehouses)
        for order_id in exceptions
    ]
    assert any(free)
    assert not all(free)


def test_a_summary_says_how_to_sign_in(world):
    text = "\n".join(lines_of(world))

    assert "http://127.0.0.1:8000/console/" in text
    assert world.password in text
    assert "demo.eastlake.operator" in text
    assert "300 orders/s (150 in 0.50 s)" in text


def test_a_summary_without_orders_has_dashes_and_no_speed(db, tmp_path):
    world = ensure_world(data_dir=tmp_path, at=timezone.now())
    lines = summary_lines(world=world, speed=Speed(orders=0, seconds=0.0), address="http://127.0.0.1:8000")

    assert "nothing waited" in "\n".join(lines)
    assert next(line for line in lines if line.startswith("平均成本")).split()[-2:] == ["–", "–"]


def test_a_summary_of_one_company_needs_no_other(world):
    alone = replace(world, tenants=world.tenants[:1])

    assert figures(next(line for line in lines_of(alone) if line.startswith("订单"))) == [90, 90]


def test_that_a_warehouse_was_not_asked_counts_only_where_none_was():
    assert telling((Reason.OUT_OF_STOCK, Reason.NOT_COVERED)) == ("out_of_stock",)
    assert telling((RejectionCode.TOO_LARGE, Reason.OUT_OF_STOCK)) == ("too_large", "out_of_stock")
    assert telling((Reason.NOT_COVERED,)) == ("not_covered",)
