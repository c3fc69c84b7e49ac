"""Decide waiting orders in this process: needs PostgreSQL, but no broker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.quoting.stage import quote_waiting
from allocation.races import DATABASE_ERRORS
from allocation.retries import queue_every_exception, queue_exceptions_worth_a_try
from allocation.runner import Drained, drain_tenant
from allocation.sweeps import tenants_with_exceptions, tenants_with_orders_ready, tenants_with_orders_to_quote
from wms.tenancy.commands import EachTenantCommand

IDLE_SECONDS = 0.5

log = structlog.get_logger(__name__)


def drain_waiting(tenant_id: int) -> Drained:
    """Decide the company's orders that are ready."""
    return drain_tenant(tenant_id=tenant_id, at=timezone.now())


def quote_and_drain(tenant_id: int) -> Drained:
    """Ask carriers about the company's orders that wait for them, and decide those."""
    return drain_waiting(tenant_id) if quote_waiting(tenant_id=tenant_id, at=timezone.now()).orders else Drained()


class Command(EachTenantCommand):
    help = _("Decide the orders that wait, without the broker.")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--loop", action="store_true", help=_("go on until interrupted, whatever happens to the database"))
        parser.add_argument(
            "--retry-all", action="store_true", help=_("first try every exception again, also where nothing changed: after a restore")
        )

    def handle(self, *, tenant: str | None, loop: bool, retry_all: bool, **options: Any) -> None:
        if retry_all:
            for tenant_id in self._with_exceptions(tenant):
                queue_every_exception(tenant_id=tenant_id, at=timezone.now())
        while loop:
            try:
                decided = self._pass(tenant, loop=True).decided
            except DATABASE_ERRORS as lost:
                log.warning("database_lost", cause=str(lost))
                connection.close()
                decided = 0
            if not decided:
                time.sleep(IDLE_SECONDS)
        self._pass(tenant, loop=False)

    def _pass(self, tenant: str | None, *, loop: bool) -> Drained:
        chosen, total = self.chosen(tenant), Drained()
        failed: list[str] = []
        for tenant_id in self._with_exceptions(tenant):
            queue_exceptions_worth_a_try(tenant_id=tenant_id, at=timezone.now())
        for tenant_id in tenants_with_orders_ready():
            if tenant_id in chosen:
                total += self._serve(tenant_id, chosen[tenant_id], failed, drain_waiting)
        for tenant_id in tenants_with_orders_to_quote():
            if tenant_id in chosen:
                total += self._serve(tenant_id, chosen[tenant_id], failed, quote_and_drain)
        if total.decided or not loop:
            told = {"allocated": total.allocated, "exceptions": total.exceptions, "races": total.lost_races}
            self.stdout.write(_("allocated %(allocated)s, exceptions %(exceptions)s, lost races %(races)s") % told)
        if failed and not loop:
            raise CommandError(_("Not served, see the log: %(tenants)s") % {"tenants": ", ".join(failed)})
        return total

    def _with_exceptions(self, tenant: str | None) -> list[int]:
        chosen = self.chosen(tenant)
        return [tenant_id for tenant_id in tenants_with_exceptions() if tenant_id in chosen]

    @staticmethod
    def _serve(tenant_id: int, code: str, failed: list[str], work: Callable[[int], Drained]) -> Drained:
        """Serve one company; what is wrong with it must not keep the others waiting."""
        try:
            return work(tenant_id)
        except DATABASE_ERRORS:
            raise
        except Exception:
            log.exception("tenant_not_served", tenant=code)
            failed.append(code)
            return Drained()
