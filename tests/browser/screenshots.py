"""`make screenshots`: the main pages of the sample world in both languages, into docs/screenshots/ for the README."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from allocation.ledger import keep_ledger
from allocation.models import Record
from allocation.runner import drain_tenant
from orders.core.states import OrderState
from orders.models import Order
from tests.browser.conftest import Visit
from tests.browser.looks import DESK, LOCALES, Language
from tests.services import ROOT
from wms.demo.billing import bill_sample_parcels
from wms.demo.world import World, ensure_world, place_sample_orders
from wms.tenancy.scope import tenant_scope

FOLDER = ROOT / "docs" / "screenshots"
ORDERS = 600
MOST_HEIGHT_PX = 1_400

CONSOLE = {
    "dashboard": "console:dashboard",
    "orders": "console:orders_order_changelist",
    "order": "console:orders_order_change",
    "records": "console:records",
    "smart-allocation": "console:strategies",
    "rules": "console:rules",
    "lanes": "console:lanes",
    "reconciling": "console:reconciling",
    "workbench": "console:workbench_order",
    "rate-cards": "console:carriers_ratecard_changelist",
    "quote": "console:quote",
}
PORTAL = {
    "portal-orders": "portal:orders",
    "portal-order": "portal:order",
    "portal-stock": "portal:stock",
    "portal-statement": "portal:statement",
}
QUERIES = {
    "quote": "?parcels-TOTAL_FORMS=1&parcels-INITIAL_FORMS=0&parcels-0-weight=3lb&parcels-0-size=10x8x4in"
    "&country=US&postcode=10001&residential=on&units=1&ship_date={today}"
}


@pytest.fixture
def world(visit: Visit, tmp_path: Path) -> World:
    now = timezone.now()
    made = ensure_world(data_dir=tmp_path, at=now)
    place_sample_orders(world=made, count=ORDERS, at=now)
    for _company, tenant_id in made.tenants:
        drain_tenant(tenant_id=tenant_id, at=now)
        keep_ledger(tenant_id=tenant_id, at=now)
    bill_sample_parcels(world=made, at=now)
    return made


def test_the_main_pages_are_drawn(world: World, visit: Visit) -> None:
    FOLDER.mkdir(exist_ok=True)
    company, tenant_id = world.tenants[0]
    seller = company.sellers[0]
    with tenant_scope(tenant_id=tenant_id):
        saving = Record.objects.filter(seller__code=seller.code, nearest_cost_minor__gt=F("cost_minor")).order_by("-pk").first()
        lacking = Order.objects.filter(state=OrderState.EXCEPTION).order_by("-pk").first()
    assert saving is not None
    assert lacking is not None
    shown = {"order": saving.order_id, "portal-order": saving.order_id, "workbench": lacking.pk}
    for language in LOCALES:
        for username, pages in ((f"demo.{company.code}.admin", CONSOLE), (f"demo.{seller.code}", PORTAL)):
            page = visit(User.objects.get(username=username), language=language)
            for name, route in pages.items():
                address = reverse(route, args=[shown[name]] if name in shown else [])
                draw(page, address + QUERIES.get(name, "").format(today=timezone.localdate()), name, language)


def draw(page: Page, address: str, name: str, language: Language) -> None:
    """Save what a page shows, down to a bound."""
    page.goto(address, wait_until="networkidle")
    width, height = DESK["width"], int(page.evaluate("() => Math.ceil(document.documentElement.scrollHeight)"))
    # What is fixed to the window's edges belongs at the picture's.
    page.set_viewport_size({"width": width, "height": min(max(height, DESK["height"]), MOST_HEIGHT_PX)})
    page.screenshot(path=FOLDER / f"{name}.{language}.png")
    page.set_viewport_size(DESK)
