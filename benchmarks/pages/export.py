"""Export records as a worker does, and print what it took, as JSON. Runs in a process of its own, for its memory's sake."""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - only now are there models

from allocation.models import Record  # noqa: E402
from benchmarks.pages.visitors import TENANT, person_of  # noqa: E402
from wms.exports.models import ExportJob  # noqa: E402
from wms.exports.runner import run_export  # noqa: E402
from wms.exports.services import request_export  # noqa: E402
from wms.tenancy.access import Seat  # noqa: E402
from wms.tenancy.models import Role  # noqa: E402
from wms.tenancy.scope import tenant_scope  # noqa: E402


def main(rows: int) -> dict[str, Any]:
    """Return how long an export of about so many records takes, and the most memory that it needed."""
    user = person_of(Role.ADMIN)
    with tenant_scope(tenant_id=TENANT):
        boundary = Record.objects.order_by("-pk").values_list("decided_at", flat=True)[rows]
    since = (timezone.localdate(boundary) + timedelta(days=1)).isoformat()
    seat = Seat(tenant_id=TENANT, role=Role.ADMIN)
    wish = {"selection": "records", "parameters": {"since": since}, "file_format": "xlsx", "language": "zh-hans"}
    job = request_export(seat=seat, user_id=user.pk, at=timezone.now(), **wish)  # type: ignore[arg-type]
    started = time.perf_counter()
    run_export(tenant_id=TENANT, job_id=job.pk, now=timezone.now)
    seconds = time.perf_counter() - started
    with tenant_scope(tenant_id=TENANT):
        written = ExportJob.objects.get(pk=job.pk).rows_done
    return {
        "export_s": round(seconds, 1),
        "export_rows": written,
        "export_100k_s": round(seconds * 100_000 / max(written, 1), 1),
        "export_rss_mb": round(_peak_mb(), 1),
    }


def _peak_mb() -> float:
    """Return the most memory that this program had; what the system counts for a process includes what started it."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
