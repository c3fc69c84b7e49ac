"""Tell the workers that a tenant has orders waiting. PostgreSQL is the truth: a hint that is lost costs seconds, not orders."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog
from celery import current_app
from django.db import transaction

DRAIN: Final = "allocation.drain"
QUOTE: Final = "allocation.quote"

log = structlog.get_logger(__name__)


def hint_when_committed(*, tenant_id: int, task: str = DRAIN) -> None:
    """Publish the hint once the transaction that is open has been committed, and not if it is rolled back."""
    transaction.on_commit(partial(_publish, task, tenant_id))


def _publish(task: str, tenant_id: int) -> None:
    try:
        current_app.send_task(task, kwargs={"tenant_id": tenant_id}, retry=False, ignore_result=True)
    except Exception as fault:  # whatever a broker's client raises: the orders are stored, the sweeper finds them
        log.warning("hint_not_published", tenant_id=tenant_id, cause=str(fault))
