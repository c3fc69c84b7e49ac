"""Bringing prices and goods in by file, seen in a browser: a bad cell, the file put right, the confirmation."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from carriers.models import RateCard
from inventory.models import Sku
from tests.browser.conftest import Visit
from tests.console.shop import Shop
from tests.tabular.tables import write_text
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope


def test_a_rate_card_with_a_bad_cell_is_mended_and_put_in_force(visit: Visit, shop: Shop, tmp_path: Path) -> None:
    page = visit(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    page.goto("/console/carriers/ratecard/")
    page.get_by_role("link", name="Upload a rate card").click()
    for cell, good in (("six", False), ("6.60", True)):
        page.get_by_label("File").set_input_files(write_text(tmp_path / "prices.csv", f"max_weight_kg,1\n1,5.50\n2,{cell}\n30,20.00\n"))
        page.get_by_label("Channel").select_option(shop.channel.code)
        page.get_by_label("In force from").fill("2026-05-01")
        page.get_by_role("button", name="Check the file").click()
        if not good:
            expect(page.get_by_role("row", name="B3")).to_contain_text("six")
            expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
            page.get_by_role("button", name="Try another file").click()
    page.get_by_role("button", name="Put in force from 2026-05-01").click()
    expect(page.get_by_text("a version of the rate card")).to_be_visible()
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert RateCard.objects.filter(channel=shop.channel).count() == 2


def test_goods_with_a_bad_cell_are_taken_without_it_only_when_asked(visit: Visit, shop: Shop, tmp_path: Path) -> None:
    header = "商品编码,重量(kg),长(cm),宽(cm),高(cm)\n"
    page = visit(add_member(tenant=shop.tenant, role=Role.OPERATIONS), language="zh-hans", phone=True)
    page.goto("/console/imports/skus/")
    page.get_by_label("文件").set_input_files(write_text(tmp_path / "goods.csv", f"{header}CHAIR,4,50,50,90\nTABLE,重,80,80,75\n"))
    page.get_by_role("button", name="检查文件").click()
    expect(page.get_by_role("row", name="重量(kg)")).to_contain_text("3")
    page.get_by_label("即使其他行被拒绝").check()
    page.get_by_role("button", name="保存 1 行").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert set(Sku.objects.values_list("code", flat=True)) == {shop.lamp.code, "CHAIR"}
