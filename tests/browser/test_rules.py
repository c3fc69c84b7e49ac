"""Rules in a real browser: one is built without a page load in between, and moved by drag and by keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.console.shop import Shop
from tests.world import add_member
from wms.tenancy.models import Role


def build(page: Page, name: str, platform: str) -> None:
    page.goto("/console/rules/new/")
    page.get_by_label("name", exact=True).fill(name)
    page.locator("#b0-c0-values").fill(platform)
    page.get_by_role("button", name="Add a condition").click()
    page.locator("#b0-c1-field").select_option("units")
    page.locator("#b0-c1-least").fill("2")
    expect(page.locator("#b0-c0-values")).to_have_value(platform)
    page.locator("input[name=warehouses]").first.check()
    page.get_by_role("button", name="Save in the draft").click()
    expect(page).to_have_url(re.compile("/console/rules/#rule-"))


def names(page: Page) -> list[str]:
    return page.locator(".fc-rule-head a").all_inner_texts()


def test_rules_are_built_and_put_in_order(visit: Visit, shop: Shop) -> None:
    page = visit(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    build(page, "First", "amazon")
    build(page, "Second", "temu")
    assert names(page) == ["First", "Second"]
    page.locator("#rule-2").drag_to(page.locator("#rule-1"), source_position={"x": 6, "y": 6}, target_position={"x": 6, "y": 4})
    expect(page.locator(".fc-rule-head a").first).to_have_text("Second")
    page.reload()
    assert names(page) == ["Second", "First"]
    page.get_by_role("button", name="move up First").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".fc-rule-head a").first).to_have_text("First")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published:")).to_be_visible()
