"""Smart allocation set up by clicks in its three steps, tried before it is saved, switched off and on again."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from allocation.models import SimulationRun, Strategy
from allocation.simulation.running import run_simulation
from allocation.strategies.reading import draft_of
from tests.browser.conftest import Visit
from tests.browser.looks import Language
from tests.console.shop import Shop
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "menu": "Smart allocation",
        "add": "Add a setting",
        "steps": "Switch on|Choose warehouses and channels|Choose the orders that it covers",
        "active": "Switched on",
        "try": "Preview on today's orders",
        "save": "Save",
        "preview": "Preview: Only near",
        "saved": "Saved as version 1.",
    },
    "zh-hans": {
        "menu": "智能分仓",
        "add": "新增设置",
        "steps": "启用|选择仓库和物流渠道|选择适用订单",
        "active": "已启用",
        "try": "用今天的订单预览",
        "save": "保存",
        "preview": "预览：Only near",
        "saved": "已保存为版本 1。",
    },
}


@pytest.mark.parametrize("language", list(WORDS))
def test_smart_allocation_is_set_up_in_three_steps_by_clicks(visit: Visit, shop: Shop, language: Language) -> None:
    words = WORDS[language]
    page = visit(add_member(tenant=shop.tenant, role=Role.OPERATOR), language=language)
    page.goto("/console/dashboard/")
    page.get_by_role("link", name=words["menu"]).first.click()
    page.get_by_role("link", name=words["add"]).click()
    for step in words["steps"].split("|"):
        expect(page.get_by_role("group", name=step)).to_be_visible()
    fill_in(page, shop, words)
    page.get_by_role("button", name=words["try"]).click()
    expect(page.get_by_role("heading", name=words["preview"]).first).to_be_visible()
    with tenant_scope(tenant_id=shop.tenant.pk):
        run_id = SimulationRun.objects.get().pk
    run_simulation(tenant_id=shop.tenant.pk, run_id=run_id, at=timezone.now())
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
    assert saved_names(shop) == {"east lowest cost"}

    page.goto("/console/strategies/new/")
    fill_in(page, shop, words)
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_text(words["saved"])).to_be_visible()
    expect(page.get_by_role("row", name="Only near")).to_contain_text(shop.seller.name)
    with tenant_scope(tenant_id=shop.tenant.pk):
        made = Strategy.objects.get(name="Only near")
        draft = draft_of(strategy_id=made.pk)
    assert (draft.active, draft.warehouse_ids, draft.channel_ids) == (True, (shop.near.pk,), (shop.channel.pk,))
    assert draft.scope.seller_ids == (shop.seller.pk,)


def test_a_setting_is_switched_off_and_on_by_a_click(visit: Visit, shop: Shop) -> None:
    page = visit(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    page.goto("/console/strategies/")
    for before, after in (("true", "false"), ("false", "true")):
        switch = page.locator(f"button[aria-checked={before}]")
        switch.click()
        expect(page.locator(f"button[aria-checked={after}]")).to_be_visible()


def fill_in(page: Page, shop: Shop, words: dict[str, str]) -> None:
    page.locator("#id_name").fill("Only near")
    page.get_by_label(words["active"], exact=True).check()
    page.get_by_label("east-NEAR").check()
    page.get_by_label("east-GROUND").check()
    page.get_by_label(shop.seller.name, exact=True).check()


def saved_names(shop: Shop) -> set[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return set(Strategy.objects.values_list("name", flat=True))
