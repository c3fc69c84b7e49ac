"""The watch notices what it is there for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.watching import Faults, grave_findings, overflow_px

SIGN_IN = "/console/login/"
ADD_INLINE_SCRIPT = """() => new Promise((told) => {
  document.addEventListener("securitypolicyviolation", told);
  document.head.append(Object.assign(document.createElement("script"), { textContent: "1" }));
})"""


@pytest.fixture
def blank(browser: Browser) -> Page:
    return browser.new_page()


def shown(page: Page, body: str) -> Page:
    page.set_content(f"<!doctype html><html lang=en><title>A page</title><body style='background: white'><main>{body}</main>")
    return page


@pytest.mark.parametrize("colour", ["rgb(200, 200, 200)", "oklch(85% 0.01 250)"])
def test_pale_text_is_found_however_its_colour_is_written(blank: Page, colour: str) -> None:
    assert "serious color-contrast" in grave_findings(shown(blank, f"<h1 style='color: {colour}'>Pale</h1>"))[0]


def test_a_sound_page_has_no_findings_and_fits(blank: Page) -> None:
    page = shown(blank, "<h1 style='color: oklch(20% 0.01 250)'>Dark</h1>")

    assert grave_findings(page) == []
    assert overflow_px(page) <= 0


def test_a_page_wider_than_its_window_is_noticed(blank: Page) -> None:
    assert overflow_px(shown(blank, "<div style='width: 3000px'>wide</div>")) > 0


def test_a_script_that_the_policy_forbids_is_noticed(live_server: LiveServer, new_context: CreateContextCallback) -> None:
    context = new_context(base_url=live_server.url)
    faults = Faults(context)
    page = context.new_page()
    page.goto(SIGN_IN)
    page.evaluate(ADD_INLINE_SCRIPT)

    with pytest.raises(AssertionError, match="policy: script-src-elem forbids inline"):
        faults.check()


def test_a_failing_script_and_a_missing_file_are_noticed(blank: Page) -> None:
    faults = Faults(blank.context)
    shown(blank, "<img alt='' src='http://127.0.0.1:9/none.png'>")
    blank.evaluate("() => { console.error('told'); setTimeout(() => { throw new Error('thrown') }) }")
    blank.wait_for_timeout(50)

    with pytest.raises(AssertionError) as found:
        faults.check()
    assert all(part in str(found.value) for part in ("console: told", "script: thrown", "none.png"))
