"""A seller who places orders while everything around him breaks: `python -m tests.allocation.chaos.seller`.

Reads from standard input how many orders to place next, and says "placed" when they are stored. An attempt that fails is made
again: orders have numbers, so none becomes two.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import django

CHUNK_ORDERS = 125
LAMPS, CUPS = {"DAL": 700, "NJ1": 500, "SAV": 300}, {"DAL": 9_000}


def main() -> None:
    django.setup()
    from tests.allocation.scene import Scene  # noqa: PLC0415 - models can be imported only after the set-up

    scene = Scene(DAL="5.00", NJ1="6.00", SAV="7.00")
    scene.receive("LAMP", **LAMPS)
    scene.receive("CUP", **CUPS)
    say("ready")
    articles = itertools.cycle(["LAMP", "CUP"])
    for line in sys.stdin:
        wanted = [scene.new_order(lines=[(next(articles), 1)]) for _ in range(int(line))]
        for start in range(0, len(wanted), CHUNK_ORDERS):
            place(scene.tenant_id, wanted[start : start + CHUNK_ORDERS])
        say("placed")


def place(tenant_id: int, orders: list[Any]) -> None:
    from django.db import Error, connection  # noqa: PLC0415

    from orders.services import place_orders  # noqa: PLC0415
    from tests.world import NOON  # noqa: PLC0415

    while True:
        try:
            place_orders(tenant_id=tenant_id, orders=orders, at=NOON)
            return
        except Error:
            connection.close()
            time.sleep(0.1)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
