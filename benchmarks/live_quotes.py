"""How long a batch of live quotes takes: 30 accounts that answer in 500 ms each, and 30 of which one hangs.

The accounts are of all eight providers, the carriers a process of their own on loopback, the answers not cached.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.services import CHECKOUT

# The gateway reads Django's settings, which make a key when none is given; it goes with the directory.
DIRECTORY = tempfile.TemporaryDirectory()
os.environ["FENCANG_DATA_DIR"] = DIRECTORY.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wms.settings")

import django  # noqa: E402

# As every process of ours has done before it asks anybody.
django.setup()

from carriers.live.gateway import Gateway  # noqa: E402
from carriers.live.stores import LocalStore  # noqa: E402
from tests.carriers.live.accounts import KEY, PROVIDER_CODES, account, shipment  # noqa: E402
from tests.carriers.live.stub_apis import PREFIXES  # noqa: E402
from wms.sealing import Sealer  # noqa: E402

ACCOUNTS = 30
FANOUT, HANG = "live_fanout_s", "live_hang_s"


def live_seconds(rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round, the first of which opens the connections and fetches the tokens."""
    with _carriers() as port:
        return {FANOUT: _rounds(port, rounds, hanging=0), HANG: _rounds(port, rounds, hanging=1)}


@contextmanager
def _carriers() -> Iterator[int]:
    """Run the stub server in another process, and say at which port."""
    command = [sys.executable, "-m", "tests.carriers.live.stub_server"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def _rounds(port: int, rounds: int, *, hanging: int) -> list[float]:
    faults = ["hang"] * hanging + ["delay500"] * (ACCOUNTS - hanging)
    codes = [PROVIDER_CODES[number % len(PROVIDER_CODES)] for number in range(ACCOUNTS)]
    accounts = [
        account(code, f"http://127.0.0.1:{port}/{fault}/{code}{PREFIXES.get(code, '')}", account_id=number)
        for number, (code, fault) in enumerate(zip(codes, faults, strict=True), start=1)
    ]
    gateway = Gateway(make_store=LocalStore, sealer=Sealer([KEY]), hosts=[f"127.0.0.1:{port}"])
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        [answers] = gateway.quote_batch(requests=[shipment()], accounts=accounts)
        took.append(time.perf_counter() - begun)
        assert [bool(answer.rates) for answer in answers] == [fault != "hang" for fault in faults]
    gateway.close()
    return took
