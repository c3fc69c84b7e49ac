"""The workbench in a real browser: by keyboard only, by mouse only, by two people at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.browser.conftest import Visit
from tests.browser.looks import Colours, Language
from tests.browser.watching import grave_findings, overflow_px
from tests.console.shop import Shop
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

PAGE = "/console/workbench/"


def operations(shop: Shop, name: str = "li"):
    return add_member(tenant=shop.tenant, role=Role.OPERATIONS, username=name)


def order_id(shop: Shop, number: str) -> int:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return int(Order.objects.get(external_number=number).pk)


def here(page: Page):
    return page.locator("#wb-order tr[aria-current=true] th")


def test_an_order_is_reassigned_and_taken_back_by_keyboard_only(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto(PAGE)
    page.keyboard.press("/")
    page.keyboard.type("001")
    page.keyboard.press("Enter")
    expect(here(page)).to_contain_text("east-NEAR")
    page.keyboard.press("2")
    expect(page.locator("#wb-order [role=status]")).to_contain_text("Assigned to east-FAR")
    expect(here(page)).to_contain_text("east-FAR")
    page.keyboard.press("u")
    expect(page.locator("#wb-order [role=status]")).to_contain_text("undone")
    expect(here(page)).to_contain_text("east-NEAR")


def test_an_order_is_reassigned_by_mouse_only(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto(f"{PAGE}?q=100")
    page.get_by_role("link", name="1001").click()
    page.get_by_role("button", name="Assign east-FAR").click()
    expect(here(page)).to_contain_text("east-FAR")
    page.get_by_role("button", name="Undo").click()
    expect(here(page)).to_contain_text("east-NEAR")


def test_the_keys_walk_a_list_and_the_help_names_them(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto(f"{PAGE}?q=100&by=number")
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    expect(page.locator(".wb-selected")).to_contain_text("1002")
    page.keyboard.press("Enter")
    expect(page.locator("#wb-order h2").first).to_contain_text("1002")
    page.keyboard.press("?")
    expect(page.locator("#wb-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#wb-help")).to_be_hidden()


def test_of_two_people_the_second_is_shown_what_the_first_did(visit: Visit, shop: Shop) -> None:
    first, second = visit(operations(shop)), visit(operations(shop, "wu"), forgiving=("status of 409",))
    for page in (first, second):
        page.goto(f"{PAGE}{order_id(shop, '1001')}/")
    first.keyboard.press("2")
    expect(here(first)).to_contain_text("east-FAR")
    second.keyboard.press("1")
    expect(second.locator("[data-conflict]")).to_contain_text("changed meanwhile by li")
    expect(here(second)).to_contain_text("east-FAR")
    second.keyboard.press("1")
    expect(here(second)).to_contain_text("east-NEAR")


def test_many_are_looked_at_and_moved(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto(f"{PAGE}?q=100&by=number")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_label("Move the ticked orders to").select_option(label="east-FAR Warehouse east-FAR")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#wb-bulk")).to_contain_text("$0.20")
    page.get_by_role("button", name="Move all").click()
    expect(page.locator("#wb-bulk")).to_contain_text("1 order was moved")


def test_an_order_is_split_by_keyboard_only_and_taken_back(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto(f"{PAGE}{order_id(shop, '1002')}/")
    page.keyboard.press("s")
    expect(page.get_by_label("east-NEAR 4 free")).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Ship in these parts")).to_be_focused()
    expect(page.locator(".wb-split tfoot")).to_contain_text("$11.60")
    assert grave_findings(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#wb-order [role=status]")).to_contain_text("ships in parts now")
    expect(page.locator("#wb-order [aria-current=true]")).to_have_count(2)
    assert page.url.endswith(f"{PAGE}{order_id(shop, '1002')}/")
    page.keyboard.press("u")
    expect(page.locator("#wb-order [role=status]")).to_contain_text("undone")
    expect(here(page)).to_contain_text("east-NEAR")


def test_an_exception_s_address_is_corrected(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop))
    page.goto("/console/exceptions/")
    page.get_by_role("link", name="1003").click()
    page.get_by_text("Correct the address").last.click()
    page.get_by_label("City").fill("Dallas")
    page.get_by_role("button", name="Correct and decide again").click()
    expect(page.locator("#wb-order [role=status]")).to_contain_text("The address was corrected.")


@pytest.mark.parametrize(("colours", "phone", "language"), [("light", True, "zh-hans"), ("dark", False, "en")])
def test_it_fits_the_screen_and_everybody_can_read_it(
    visit: Visit, shop: Shop, colours: Colours, phone: bool, language: Language, request: pytest.FixtureRequest
) -> None:
    page = visit(operations(shop), colours=colours, phone=phone, language=language)
    page.goto(f"{PAGE}{order_id(shop, '1003')}/?q=100")
    expect(page.locator("svg.wb-map")).to_be_visible()
    assert overflow_px(page) == 0
    assert grave_findings(page) == []


def test_on_a_phone_an_opened_order_comes_into_sight(visit: Visit, shop: Shop) -> None:
    page = visit(operations(shop), phone=True)
    page.set_viewport_size({"width": 390, "height": 420})
    page.goto(f"{PAGE}?q=100")
    page.get_by_role("link", name="1003").click()
    expect(page.locator("#wb-order h2").first).to_be_in_viewport()
