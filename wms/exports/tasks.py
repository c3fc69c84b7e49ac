"""What the workers do for exports. Each task takes ids and may run twice without harm."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from wms.exports.runner import remove_expired, run_export, tenants_with_exports, unwritten_exports

HINT_SECONDS = 10
"""How long the hint of a sweep is worth heeding."""


@shared_task(name="exports.run")
def run(tenant_id: int, job_id: int) -> None:
    """Write one export."""
    run_export(tenant_id=tenant_id, job_id=job_id, now=timezone.now)


@shared_task(name="exports.sweep")
def sweep() -> None:
    """Hint at the exports that wait, and remove those whose time is over."""
    for tenant_id in tenants_with_exports():
        for job_id in unwritten_exports(tenant_id=tenant_id, at=timezone.now()):
            run.apply_async((tenant_id, job_id), expires=HINT_SECONDS)
        remove_expired(tenant_id=tenant_id, at=timezone.now())
