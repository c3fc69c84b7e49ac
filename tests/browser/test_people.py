"""A person is invited, chooses a password by the link, works, and is sent away while the page is open."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.console.shop import Shop
from tests.world import add_member
from wms.tenancy.models import Role

PASSWORD = "nine-quiet-cranes"


def test_a_person_comes_by_a_link_and_goes_at_once(visit: Visit, shop: Shop) -> None:
    boss = visit(add_member(tenant=shop.tenant, role=Role.ADMIN, username="boss"))
    boss.goto("/console/people/")
    boss.get_by_label("User name").fill("ann")
    boss.get_by_label("Role", exact=True).select_option("operations")
    boss.get_by_role("button", name="Invite").click()
    link = boss.locator(".fc-secret").inner_text()

    ann = visit(None)
    ann.goto(link)
    for field in ann.locator("input[type=password]").all():
        field.fill(PASSWORD)
    ann.get_by_role("button", name="Save the password").click()
    ann.locator("#id_username").fill("ann")
    ann.locator("#id_password").fill(PASSWORD)
    ann.get_by_role("button", name="Log in").click()
    expect(ann).to_have_url(re.compile("/console/dashboard/$"))
    ann.goto(link)
    expect(ann.get_by_text("This link was used already")).to_be_visible()
    ann.goto("/console/workbench/")

    boss.goto("/console/people/")
    boss.get_by_role("link", name="ann", exact=True).click()
    boss.get_by_role("button", name="End the seat").click()
    expect(boss.get_by_role("row", name="ann operations")).to_contain_text("seat ended")
    ann.reload()
    expect(ann.get_by_role("button", name="Log in")).to_be_visible()

    boss.goto("/console/audit/?actor=ann")
    expect(boss.get_by_role("table").get_by_text("signed in", exact=True)).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(visit: Visit, shop: Shop) -> None:
    page = visit(add_member(tenant=shop.tenant, role=Role.ADMIN, username="boss"), language="zh-hans")
    page.goto("/console/api-keys/")
    page.get_by_label("哪个程序使用").fill("ERP")
    page.get_by_role("button", name="创建密钥").click()
    expect(page.locator(".fc-secret")).to_contain_text("fc_")
    page.goto("/console/api-keys/")
    expect(page.locator(".fc-secret")).to_have_count(0)
    page.get_by_role("row", name="ERP").get_by_role("button").click()
    expect(page.get_by_role("row", name="ERP")).to_contain_text("已作废")
