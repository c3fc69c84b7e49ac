"""What goes wrong in a page without the test looking: console errors, failed requests, violated policies, findings of axe."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import axe_core_python
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

AXE_SOURCE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = Path(__file__).with_name("axe_in_rgb.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const what = event.blockedURI || event.sample;
  window.tellViolation(`${event.violatedDirective} forbids ${what} at ${event.sourceFile}:${event.lineNumber}`);
});
"""


class Faults:
    """Gathers what goes wrong in the pages of a browser context.

    `forgiven` are parts of messages that the test expects, such as "status of 409".
    """

    def __init__(self, context: BrowserContext, *, forgiven: Iterable[str] = ()) -> None:
        self._context = context
        self._forgiven = tuple(forgiven)
        self._found: list[str] = []
        context.expose_binding("tellViolation", lambda source, told: self._add(f"policy: {told}"))
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._add(f"script: {error.error}"))
        context.on("requestfailed", self._on_request_failed)
        context.on("response", self._on_response)

    def check(self) -> None:
        """Fail if anything was found, also what a page has told and we have not heard yet."""
        for page in self._context.pages:
            page.evaluate("() => 0")
        assert not self._found, "\n".join(self._found)

    def _add(self, told: str) -> None:
        if not any(part in told for part in self._forgiven):
            self._found.append(told)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_request_failed(self, request: Request) -> None:
        # A page that is left while something loads ends its requests: that is no fault.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"request: {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self._add(f"response: {response.url}: status of {response.status}")


SETTLED = "() => document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().endTime === Infinity)"
"""Whether every transition has ended: half-way between two themes a colour contrasts with nothing."""


def grave_findings(page: Page) -> list[str]:
    """Return axe's serious and critical findings on the page once its colours have settled, each with the elements concerned."""
    page.wait_for_function(SETTLED)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SOURCE)
    found: list[dict[str, Any]] = page.evaluate(RUN_AXE)
    return [_told(finding) for finding in found if finding["impact"] in GRAVE]


def overflow_px(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def _told(finding: dict[str, Any]) -> str:
    places = [f"    {json.dumps(node['target'])} {node['html'][:200]}" for node in finding["nodes"][:5]]
    return "\n".join([f"{finding['impact']} {finding['id']}: {finding['help']} ({len(finding['nodes'])} places)", *places])
