"""A person sets up a second factor, signs in with it, and loses the phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import Language
from tests.console.shop import Shop
from tests.tenancy.codes import app_code
from tests.world import add_member
from wms.tenancy.access import Seat
from wms.tenancy.models import Role
from wms.tenancy.people import require_second_factor

PASSWORD = "nine-quiet-cranes"
WORDS: dict[Language, dict[str, str]] = {
    "en": {"set up": "Set up", "switch on": "Switch on", "code": "One-time code", "log in": "Log in"},
    "zh-hans": {"set up": "开始设置", "switch on": "启用", "code": "验证码", "log in": "登录"},
}


@pytest.mark.parametrize(("role", "language"), [(Role.ADMIN, "en"), (Role.SELLER, "zh-hans")])
def test_a_second_factor_is_set_up_and_asked_for(visit: Visit, shop: Shop, role: Role, language: Language) -> None:
    person = add_member(tenant=shop.tenant, role=role, username="ann", seller=shop.seller if role == Role.SELLER else None)
    person.set_password(PASSWORD)
    person.save()
    require_second_factor(seat=Seat(tenant_id=shop.tenant.pk, role=Role.ADMIN), required=True)
    words, page = WORDS[language], visit(None, language=language)
    home = "/portal/" if role == Role.SELLER else "/console/"

    page.goto(home)
    give_password(page, words)
    expect(page).to_have_url(re.compile("/security/$"))
    page.get_by_role("button", name=words["set up"]).click()
    expect(page.locator("svg path").last).to_be_visible()
    key = page.locator("ol code").inner_text()
    page.get_by_label(words["code"]).fill(app_code(key, timezone.now()))
    page.get_by_role("button", name=words["switch on"], exact=True).click()
    recovery = page.locator("ul code").all_inner_texts()
    assert len(recovery) == 10
    page.goto(home)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    again = visit(None, language=language)
    again.goto(home)
    give_password(again, words)
    expect(again).to_have_url(re.compile("/code/$"))
    again.get_by_label(words["code"]).fill(app_code(key, timezone.now() + timedelta(seconds=30)))
    again.get_by_role("button", name=words["log in"]).click()
    expect(again).not_to_have_url(re.compile("/code/$"))

    without_phone = visit(None, language=language)
    without_phone.goto(home)
    give_password(without_phone, words)
    without_phone.get_by_label(words["code"]).fill(recovery[0])
    without_phone.keyboard.press("Enter")
    expect(without_phone).not_to_have_url(re.compile("/code/$"))


def give_password(page: Page, words: dict[str, str]) -> None:
    page.locator("#id_username").fill("ann")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name=words["log in"]).click()
