"""Ask for each page many times and print what it took, as JSON. Runs in a process of its own, set up as a web server is."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402 - only now are there models
from django.contrib.staticfiles import finders  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from allocation.ledger import keep_ledger  # noqa: E402
from benchmarks.pages.visitors import TENANT, signed_in  # noqa: E402
from wms.tenancy.models import Role  # noqa: E402

SEED = 20261126
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a person of a role asks for, with another address every time."""

    name: str
    role: Role
    address: Callable[[], str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer took: by the clock, and of this process's processor; the rest are the database and other programs."""

    address: str
    milliseconds: float
    processor_ms: float
    html_bytes: int


def main(samples: int, stored: int, waiting: int) -> dict[str, Any]:
    """Return the figures; the orders that wait have the ids after those of the stored ones."""
    settings.ALLOWED_HOSTS = ["testserver"]
    draw = random.Random(SEED)
    started = time.perf_counter()
    keep_ledger(tenant_id=TENANT, at=timezone.now())
    figures: dict[str, Any] = {"ledger_first_s": round(time.perf_counter() - started, 1)}
    for page in _pages(draw, stored, waiting):
        figures |= _figures(page, signed_in(page.role), samples)
    figures["workbench_html_kb"] = max(figures["workbench_html_kb"], figures["candidates_html_kb"])
    figures["portal_kb"] = round(figures["portal_html_kb"] + _portal_files_kb(), 1)
    return figures


def _pages(draw: random.Random, stored: int, waiting: int) -> tuple[Page, ...]:
    bench, records = reverse("console:workbench"), reverse("console:records")
    return (
        Page("workbench", Role.ADMIN, lambda: f"{bench}?q={_search(draw, stored)}"),
        Page("candidates", Role.ADMIN, lambda: reverse("console:workbench_order", args=[draw.randint(stored + 1, stored + waiting)])),
        # What a click or Enter in the workbench fetches: the order's part of the page.
        Page(
            "candidates_part",
            Role.ADMIN,
            lambda: reverse("console:workbench_order", args=[draw.randint(stored + 1, stored + waiting)]),
            {"HX-Request": "true"},
        ),
        Page("records", Role.ADMIN, lambda: f"{records}?{_two_filters(draw)}"),
        Page("records_first_page", Role.ADMIN, lambda: records),
        Page("records_last_page", Role.ADMIN, lambda: f"{records}?before={draw.randint(60, 200)}"),
        Page("dashboard", Role.ADMIN, lambda: f"{reverse('console:dashboard')}?since=2026-06-01&until=2026-08-{draw.randint(10, 28)}"),
        Page("portal", Role.SELLER, lambda: f"{reverse('portal:orders')}?{_of_a_seller(draw)}"),
    )


def _figures(page: Page, client: Client, samples: int) -> dict[str, Any]:
    asked = sorted(_ask(page, client, samples), key=lambda answer: answer.milliseconds)
    milliseconds = [answer.milliseconds for answer in asked]
    return {
        f"{page.name}_p95_ms": round(float(np.percentile(milliseconds, 95)), 1),
        f"{page.name}_median_ms": round(median(milliseconds), 1),
        f"{page.name}_processor_median_ms": round(median(answer.processor_ms for answer in asked), 1),
        f"{page.name}_html_kb": round(max(answer.html_bytes for answer in asked) / 1024, 1),
        f"{page.name}_slowest": asked[-1].address,
    }


def _portal_files_kb() -> float:
    """Return the size of the style sheets and scripts that every page of the portal brings."""
    found = [finders.find(f"portal/{name}") for name in ("portal.css", "exports.js")]
    return sum(Path(str(path)).stat().st_size for path in found if path) / 1024


def _search(draw: random.Random, stored: int) -> str:
    """Return what a person types: a whole number, its last digits, or a postcode."""
    number = f"{draw.randint(1, stored):08}"
    return draw.choice([f"SHOP-{number}", number[-5:], "75001"])


def _two_filters(draw: random.Random) -> str:
    """Return two filters, common ones and some that hardly anything fits."""
    offered = [
        f"warehouse={100 + draw.randrange(20)}",
        f"channel={100 + draw.randrange(12)}",
        f"seller={100 + draw.randrange(5)}",
        f"mode={draw.choice([1, 4])}",
        f"cost_from={draw.choice([10, 50])}",
        f"since=2026-0{draw.randint(6, 8)}-01",
        f"number=SHOP-0{draw.randint(0, 9)}",
    ]
    return "&".join(draw.sample(offered, 2))


def _of_a_seller(draw: random.Random) -> str:
    """Return what a seller asks the list for: a beginning of a number, a state that is common or rare, or a day."""
    return draw.choice([f"number=SHOP-0{draw.randint(0, 9)}", "state=6", "state=4", f"until=2026-0{draw.randint(6, 8)}-15"])


def _ask(page: Page, client: Client, samples: int) -> Iterator[Answer]:
    """Yield each answer after those that warm up."""
    for number in range(samples + WARM_UP):
        address = page.address()
        started, worked = time.perf_counter(), time.process_time()
        response = client.get(address, headers=page.headers)
        passed, worked = time.perf_counter() - started, time.process_time() - worked
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code}")
        if number >= WARM_UP:
            yield Answer(address, passed * 1000, worked * 1000, len(response.content))


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
