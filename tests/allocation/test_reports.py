"""Figures of how a company's orders were decided."""

from __future__ import annotations

from collections.abc import Callable

from allocation.core.types import Reason
from allocation.reports import AllocationReport, ReasonGroup, count_undecided, report_allocation
from allocation.services import assign_order, cancel_order
from tests.allocation.scene import Scene
from tests.world import NOON, add_tenant
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

NEAR, FAR = {"postcode": "07030", "lat": 40.74, "lon": -74.03}, {"postcode": "75201", "lat": 32.79, "lon": -96.80}


def report(scene: Scene) -> AllocationReport:
    with tenant_scope(tenant_id=scene.tenant_id):
        return report_allocation()


def test_a_report_adds_up(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", places={"DAL": FAR, "NJ1": NEAR})
    scene.receive("LAMP", DAL=1, NJ1=1)
    for _ in range(3):
        scene.place(LAMP=1)
    scene.drain()
    scene.place(LAMP=1)

    found = report(scene)

    assert (found.orders, found.allocated, found.exceptions, found.undecided, found.cancelled) == (4, 2, 1, 1, 0)
    assert [(share.code, share.orders, share.cost_minor) for share in found.warehouses] == [("DAL", 1, 500), ("NJ1", 1, 700)]
    assert found.reason_groups == (ReasonGroup(reasons=(Reason.OUT_OF_STOCK,), orders=1),)
    assert (found.currency, found.cost_minor, found.average_cost_minor) == ("USD", 1200, 600)
    # The first had gone from New Jersey for 7.00, and went from Dallas for 5.00.
    assert found.nearest_cost_minor == 1400


def test_only_the_decision_in_force_counts(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    moved, cancelled = scene.place(LAMP=1), scene.place(LAMP=1)
    scene.drain()
    assign_order(tenant_id=scene.tenant_id, order_id=moved, warehouse_id=scene.warehouses["NJ1"].pk, actor="ada", at=NOON)
    cancel_order(tenant_id=scene.tenant_id, order_id=cancelled, actor="ada", at=NOON)

    found = report(scene)

    assert (found.orders, found.allocated, found.cancelled) == (2, 1, 1)
    assert [(share.code, share.orders, share.cost_minor) for share in found.warehouses] == [("DAL", 0, 0), ("NJ1", 1, 700)]
    assert found.cost_minor == 700


def test_an_empty_company_has_an_empty_report(db: None) -> None:
    with tenant_scope(tenant_id=add_tenant().pk):
        found = report_allocation()
        assert count_undecided() == 0

    assert (found.orders, found.cost_minor, found.average_cost_minor, found.warehouses) == (0, 0, None, ())


def test_a_report_is_of_one_company_only(build: Build) -> None:
    scene, other = build(DAL="5.00"), build(code="westlake", DAL="9.00")
    for each in (scene, other):
        each.receive("LAMP", DAL=5)
        each.place(LAMP=1)
        each.drain()

    assert report(scene).cost_minor == 500
    with tenant_scope(tenant_id=other.tenant_id):
        assert count_undecided() == 0
