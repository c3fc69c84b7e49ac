"""Wait until all sample orders are decided, and show how far it has come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from tqdm import tqdm

from allocation.reports import count_undecided
from wms.demo.errors import DemoFailed
from wms.demo.programs import Programs
from wms.tenancy.scope import tenant_scope

LOOK_EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


def wait_until_decided(*, programs: Programs, tenant_ids: Sequence[int], total: int, stream: TextIO) -> float:
    """Return the seconds until no order waits. Raises DemoFailed when a program ends, or nothing is decided for a minute."""
    began = moved = time.monotonic()
    with tqdm(total=total, desc="分仓 allocating", unit=" orders", file=stream, mininterval=0.1) as bar:
        while waiting := _waiting(tenant_ids):
            programs.check()
            decided = max(0, total - waiting)
            if decided > bar.n:
                moved = time.monotonic()
                bar.update(decided - bar.n)
            elif time.monotonic() - moved > PATIENCE_SECONDS:
                raise DemoFailed(
                    f"{waiting} 个订单 {PATIENCE_SECONDS:.0f} 秒没有进展 orders wait, and none was decided for {PATIENCE_SECONDS:.0f} s. "
                    f"日志 the logs are in {programs.log_dir}."
                )
            time.sleep(LOOK_EVERY_SECONDS)
        seconds = time.monotonic() - began
        bar.update(max(0, total - bar.n))
    return seconds


def _waiting(tenant_ids: Sequence[int]) -> int:
    waiting = 0
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id=tenant_id):
            waiting += count_undecided()
    return waiting
