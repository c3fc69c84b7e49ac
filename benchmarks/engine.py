"""The engine in its own process: allocation.runner.drain_tenant on the product's settings, as the runtime role."""

from __future__ import annotations

import resource
import sys

import django

from benchmarks.race import GO, WARM_UP, Answer, serve

django.setup()

from django.utils import timezone  # noqa: E402

from allocation.runner import Drained, drain_tenant  # noqa: E402 - models can be imported only now


def main() -> None:
    """Be one engine process: BATCH-ORDERS TENANT-ID…, with the database in DATABASE_URL."""
    batch_orders, tenant_ids = int(sys.argv[1]), [int(word) for word in sys.argv[2:]]

    def drain() -> Answer:
        total = Drained()
        for tenant_id in tenant_ids:
            total += drain_tenant(tenant_id=tenant_id, at=timezone.now(), batch_orders=batch_orders)
        return {
            "decided": total.decided,
            "lost_races": total.lost_races,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }

    serve({WARM_UP: drain, GO: drain})


if __name__ == "__main__":
    main()
