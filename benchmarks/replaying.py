"""The child of benchmarks.decisions_replay: decides what waits for the first tenant, and decides every record again."""

from __future__ import annotations

import json

import django

django.setup()

from django.utils import timezone  # noqa: E402 - models can be imported only now

from allocation.core.contention import Together  # noqa: E402
from allocation.core.packing import unpack_record  # noqa: E402
from allocation.models import Record  # noqa: E402
from allocation.replay import replay_record  # noqa: E402
from allocation.runner import drain_tenant  # noqa: E402
from wms.tenancy.scope import tenant_scope  # noqa: E402

TENANT_ID = 1


def main() -> None:
    """Print the figures as one line of JSON."""
    drained = drain_tenant(tenant_id=TENANT_ID, at=timezone.now())
    with tenant_scope(tenant_id=TENANT_ID):
        records = list(Record.objects.order_by("pk"))
        differing = [record.pk for record in records if not replay_record(record).same]
        jointly = sum(unpack_record(bytes(record.candidates)).together is Together.JOINTLY for record in records)
    figures = {
        "replay_differences": len(differing),
        "replay_records": len(records),
        "replay_decided_together": jointly,
        "replay_exceptions": drained.exceptions,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
