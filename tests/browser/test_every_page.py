"""Each page of the URL map in both languages, light and dark, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Visit
from tests.browser.looks import DESK, PHONE, Colours, Language
from tests.browser.pages import Route, address_of, routes, visitor_of
from tests.browser.watching import grave_findings, overflow_px
from tests.console.shop import Shop

NOT_FOR_READING = (301, 302, 405)
"""Answers of addresses that lead elsewhere, or that take POST only."""

SHUT_WHERE_NOTHING_CHANGES = ("_add", "_delete")
"""Addresses that Django's admin gives to every model, also to one that nobody changes there."""

LOOKS: dict[Language, tuple[tuple[ViewportSize, Colours], ...]] = {
    "zh-hans": ((DESK, "light"), (PHONE, "dark")),
    "en": ((DESK, "dark"), (PHONE, "light")),
}
"""Two looks in each language: its words decide what fits, not what contrasts, and the two together show every pair."""


@pytest.mark.parametrize("route", routes(), ids=str)
def test_the_page_is_sound_in_every_look(route: Route, visit: Visit, shop: Shop) -> None:
    address = address_of(route, shop)
    person = visitor_of(address, shop)
    for language, looks in LOOKS.items():
        page = visit(person, language=language)
        if not is_page(page, address, may_be_shut=route.name.endswith(SHUT_WHERE_NOTHING_CHANGES)):
            return
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        for viewport, colours in looks:
            check_look(page, viewport, colours)


def is_page(page: Page, address: str, *, may_be_shut: bool) -> bool:
    """Return whether a person would read what the address answers: a whole page, not a piece of one, data or a way elsewhere."""
    answer = page.request.get(address, max_redirects=0)
    if answer.status in NOT_FOR_READING or (may_be_shut and answer.status == 403):
        return False
    assert answer.status == 200, f"{address}: {answer.status}"
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    return is_html and answer.text().lstrip().lower().startswith("<!doctype html")


def check_look(page: Page, viewport: ViewportSize, colours: Colours) -> None:
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=colours)
    look = f"{page.url}, {colours}, {viewport['width']} px"
    assert not (found := grave_findings(page)), f"{look}:\n" + "\n".join(found)
    assert overflow_px(page) <= 0, f"{look}: the page is {overflow_px(page)} px wider than the window"
