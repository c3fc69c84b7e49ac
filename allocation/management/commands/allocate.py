"""Decide waiting orders in this process: needs PostgreSQL, but no broker."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from allocation.retries import queue_exceptions_worth_a_try
from allocation.runner import Drained, drain_tenant
from allocation.sweeps import tenants_with_exceptions, tenants_with_orders_ready
from wms.tenancy.services import tenant_id_of

IDLE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Decide the orders that wait, without the broker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="the code of the only company to serve")
        parser.add_argument("--loop", action="store_true", help="go on until interrupted")

    def handle(self, *, tenant: str | None, loop: bool, **options: Any) -> None:
        only = None if tenant is None else tenant_id_of(code=tenant)
        while True:
            drained = self._pass(only)
            if drained.decided or not loop:
                self.stdout.write(f"allocated {drained.allocated}, exceptions {drained.exceptions}, lost races {drained.lost_races}")
            if not loop:
                return
            if not drained.decided:
                time.sleep(IDLE_SECONDS)

    def _pass(self, only: int | None) -> Drained:
        for tenant_id in self._of(only, tenants_with_exceptions()):
            queue_exceptions_worth_a_try(tenant_id=tenant_id, at=timezone.now())
        total = Drained()
        for tenant_id in self._of(only, tenants_with_orders_ready()):
            total += drain_tenant(tenant_id=tenant_id, at=timezone.now())
        return total

    @staticmethod
    def _of(only: int | None, tenant_ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(tenant_id for tenant_id in tenant_ids if only in (None, tenant_id))
