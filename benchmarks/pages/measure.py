"""Ask for each page many times and print what it took, as JSON. Runs in a process of its own, set up as a web server is."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402 - only now are there models
from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from allocation.ledger import keep_ledger  # noqa: E402
from wms.tenancy.models import Membership, Role, Seller  # noqa: E402
from wms.tenancy.scope import tenant_scope  # noqa: E402

TENANT = 1
SEED = 20261126
WARM_UP = 3
WAITING = 1000
"""So many orders wait; their ids follow those of the stored ones."""

type Addresses = Iterator[str]


def main(samples: int, stored: int) -> dict[str, Any]:
    """Return the figures."""
    settings.ALLOWED_HOSTS = ["testserver"]
    draw = random.Random(SEED)
    started = time.perf_counter()
    keep_ledger(tenant_id=TENANT, at=timezone.now())
    figures: dict[str, Any] = {"ledger_first_s": round(time.perf_counter() - started, 1)}
    staff, seller = _client(Role.ADMIN), _client(Role.SELLER)
    pages: dict[str, tuple[Client, Callable[[], str]]] = {
        "workbench": (staff, lambda: f"{reverse('console:workbench')}?q={_search(draw, stored)}"),
        "candidates": (staff, lambda: reverse("console:workbench_order", args=[draw.randint(stored + 1, stored + WAITING)])),
        "records": (staff, lambda: f"{reverse('console:records')}?{_two_filters(draw)}"),
        "records_last_page": (staff, lambda: f"{reverse('console:records')}?before={draw.randint(60, 200)}"),
        "dashboard": (staff, lambda: f"{reverse('console:dashboard')}?since=2026-06-01&until=2026-08-{draw.randint(10, 28)}"),
        "portal": (seller, lambda: f"{reverse('portal:orders')}?number=SHOP-{draw.randint(0, 9)}"),
    }
    for name, (client, address) in pages.items():
        taken, size = _ask(client, address, samples)
        figures[f"{name}_p95_ms"] = round(float(np.percentile(taken, 95)), 1)
        figures[f"{name}_median_ms"] = round(median(taken), 1)
        figures[f"{name}_html_kb"] = round(size / 1024, 1)
    figures["portal_kb"] = figures["portal_html_kb"]
    return figures


def _client(role: Role) -> Client:
    user = User.objects.create(username=f"bench-{role}")
    with tenant_scope(tenant_id=TENANT):
        seller = Seller.objects.order_by("pk").first() if role == Role.SELLER else None
        Membership.objects.create(tenant_id=TENANT, user=user, role=role, seller=seller)
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.force_login(user)
    return client


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


def _ask(client: Client, address: Callable[[], str], samples: int) -> tuple[list[float], int]:
    """Return the milliseconds of each answer, and the bytes of the longest."""
    taken, longest = [], 0
    for number in range(samples + WARM_UP):
        target = address()
        started = time.perf_counter()
        answer = client.get(target)
        milliseconds = (time.perf_counter() - started) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{target}: {answer.status_code}")
        if number >= WARM_UP:
            taken.append(milliseconds)
            longest = max(longest, len(answer.content))
    return taken, longest


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
