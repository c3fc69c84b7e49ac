"""A real browser at the real pages: Chromium, our web server on a free port, PostgreSQL with row security.

    def test_an_order_is_found_by_its_number(visit, shop):
        page = visit(add_member(tenant=shop.tenant, role=Role.OPERATIONS), language="zh-hans", colours="dark", phone=True)
        page.goto("/console/orders/order/")
        ...

`visit` opens a window for a person (None: a stranger). When the test ends, it fails on whatever went wrong in its windows
unseen: console errors, script errors, failed requests, violations of the content security policy (see watching.py).
What the test makes in the database is committed, and removed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.chromium import NoChromium, chromium
from tests.browser.looks import LOCALES, Colours, Language, Look
from tests.browser.watching import Faults
from tests.console.shop import Shop, add_decided_order, add_shop

PATIENCE_MS = 20_000
"""How long a page may take to show what is expected of it: a busy machine is slow, not wrong."""

expect.set_options(timeout=PATIENCE_MS)

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
)


class Visit(Protocol):
    def __call__(
        self,
        person: User | None,
        *,
        language: Language = "en",
        colours: Colours = "light",
        phone: bool = False,
        forgiving: tuple[str, ...] = (),
    ) -> Page: ...


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Drive the browser for one module's tests.

    Playwright's synchronous interface leaves an event loop in this thread that only its own greenlet runs. Django takes
    that for an asynchronous caller and would refuse every query of the test, so it is told not to, until the loop is gone.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as driver:
            yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    try:
        path = chromium()
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)
    running = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0, args=list(QUIET))
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    return {}


@pytest.fixture
def visit(playwright: Playwright, committed_db: None, live_server: LiveServer, new_context: CreateContextCallback) -> Iterator[Visit]:
    watched: list[Faults] = []

    def visit(
        person: User | None,
        *,
        language: Language = "en",
        colours: Colours = "light",
        phone: bool = False,
        forgiving: tuple[str, ...] = (),
    ) -> Page:
        look = Look(language=language, colours=colours, phone=phone)
        context = new_context(
            base_url=live_server.url,
            locale=LOCALES[look.language],
            color_scheme=look.colours,
            viewport=look.viewport,
            reduced_motion="reduce",
        )
        watched.append(Faults(context, forgiven=forgiving))
        if person is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(person), "url": live_server.url}])
        return context.new_page()

    yield visit
    for faults in watched:
        faults.check()


@pytest.fixture
def shop(playwright: Playwright, committed_db: None) -> Shop:
    """Return a company with two decided orders and one that nothing can serve."""
    made = add_shop(code="east")
    add_decided_order(made, number="1001")
    add_decided_order(made, number="1002", units=2)
    add_decided_order(made, number="1003", units=9)
    return made


def session_of(person: User) -> str:
    """Return the key of a session in which the person is signed in."""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
