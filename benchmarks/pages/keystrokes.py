"""Reassign orders by keyboard in a real browser, and print what machine time that takes, as JSON; in a process of its own.

The person's part of the ten seconds is reckoned in docs/workbench.md; this is the rest: from the first key to the sentence that says
where the order ships from now, with nobody thinking in between.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402 - only now are there models
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.test.testcases import QuietWSGIRequestHandler  # noqa: E402
from django.urls import reverse  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from benchmarks.pages.visitors import session_of, signed_in  # noqa: E402
from tests.browser.chromium import NoChromium, chromium  # noqa: E402
from wms.tenancy.models import Role  # noqa: E402

HOST = "127.0.0.1"
WARM_UP = 2
PATIENCE_MS = 30_000


def main(runs: int, stored: int) -> dict[str, Any]:
    """Return the seconds that a run takes; where there is no browser, why there are none."""
    settings.ALLOWED_HOSTS = [HOST]
    try:
        browser_path = chromium()
    except NoChromium as missing:
        return {"reassign_machine_s": None, "reassign_machine_why": str(missing)}
    session = session_of(signed_in(Role.OPERATIONS))
    with _serving() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, chromium_sandbox=os.geteuid() != 0)
        context = browser.new_context(base_url=address, locale="zh-CN")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        page = context.new_page()
        taken = [_reassign(page, f"SHOP-{stored + 1 + run:08}") for run in range(runs + WARM_UP)][WARM_UP:]
        browser.close()
    return {
        "reassign_machine_s": round(float(np.percentile(taken, 95)), 2),
        "reassign_machine_median_s": round(median(taken), 2),
    }


def _reassign(page: Page, number: str) -> float:
    """Press the keys of one reassignment in a workbench just opened, and return the seconds until it says that it is done."""
    page.goto(reverse("console:workbench"), wait_until="networkidle")
    started = time.perf_counter()
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("#wb-order h2").first).to_contain_text(number, timeout=PATIENCE_MS)
    page.keyboard.press("2")
    expect(page.locator("#wb-order [role=status]")).not_to_be_empty(timeout=PATIENCE_MS)
    return time.perf_counter() - started


@contextmanager
def _serving() -> Iterator[str]:
    """Serve the product on a free port from a thread of this process."""
    server = ThreadedWSGIServer((HOST, 0), QuietWSGIRequestHandler)
    server.daemon_threads = True
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
