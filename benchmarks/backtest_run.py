"""Try the nearest warehouse as the best on every order that waits, and print what it took, as JSON."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - only now are there models

from allocation.core.strategies import Objective  # noqa: E402
from allocation.models import SimulationRun  # noqa: E402
from allocation.simulation.running import run_simulation  # noqa: E402
from allocation.simulation.scenarios import Scenario  # noqa: E402
from allocation.simulation.services import Asked, request_simulation  # noqa: E402
from allocation.strategies.reading import read_drafts  # noqa: E402
from wms.tenancy.scope import tenant_scope  # noqa: E402

TENANT = 1


def main() -> dict[str, Any]:
    """Return the figures."""
    with tenant_scope(tenant_id=TENANT):
        drafts = read_drafts()
    tried = {key: replace(draft, terms=replace(draft.terms, objective=Objective.NEAREST)) for key, draft in drafts.items()}
    scenario, now = Scenario(strategies=tried), timezone.now()
    run_id = request_simulation(tenant_id=TENANT, name="nearest", author="bench", scenario=scenario, asked=Asked(), at=now)
    started, worked = time.perf_counter(), time.process_time()
    run_simulation(tenant_id=TENANT, run_id=run_id, at=now)
    seconds, processor_seconds = time.perf_counter() - started, time.process_time() - worked
    with tenant_scope(tenant_id=TENANT):
        run = SimulationRun.objects.get(pk=run_id)
    if run.result is None:
        raise SystemExit(f"the run ended as {run.state}")
    sides = {name: {key: run.result[name][key] for key in ("served", "cost_minor")} for name in ("before", "after")}
    return {
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor_seconds, 1),
        "orders": run.orders,
        "differences": run.result["differences"],
        **sides,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
