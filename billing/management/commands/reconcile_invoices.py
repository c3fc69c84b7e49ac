"""对账: compare what carriers billed with what was reckoned."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.reconciling import reconcile_invoices
from billing.selectors import By, totals, variances_by_reason
from billing.services import carrier_with
from billing.words import reason
from wms.errors import DomainError
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.terminal import table
from wms.values.money import format_minor


class Command(BaseCommand):
    help = _("Reconcile carriers' invoices with the estimates, and print why they differ.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--carrier", help=_("only this carrier's"))
        parser.add_argument("--by", choices=list(By), default=By.CARRIER, help=_("what the totals are made by"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=options["tenant"])
            done = reconcile_invoices(tenant_id=tenant_id, at=timezone.now(), carrier_id=_carrier(tenant_id, options["carrier"]))
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        told = _("Looked at %(parcels)s open parcels: %(matched)s are shipments of ours, %(agreed)s agree.")
        self.stdout.write(told % {"parcels": f"{done.parcels:,}", "matched": f"{done.matched:,}", "agreed": f"{done.agreed:,}"})
        with tenant_scope(tenant_id=tenant_id):
            lines = [*_totals(By(options["by"])), "", *_reasons()]
        for line in lines:
            self.stdout.write(line)


def _carrier(tenant_id: int, code: str | None) -> int | None:
    if code is None:
        return None
    with tenant_scope(tenant_id=tenant_id):
        return int(carrier_with(code=code).pk)


def _totals(by: By) -> list[str]:
    header = [_("of"), _("currency"), _("parcels"), _("billed"), _("estimated"), _("difference"), _("disputed")]
    rows = [
        [
            total.label or _("no shipment of ours"),
            total.currency,
            f"{total.parcels:,}",
            *(
                format_minor(amount, total.currency)
                for amount in (total.billed_minor, total.estimated_minor, total.variance_minor, total.disputed_minor)
            ),
        ]
        for total in totals(by=by)
    ]
    return table(header=header, rows=rows, right=(2, 3, 4, 5, 6))


def _reasons() -> list[str]:
    header = [_("reason"), _("currency"), _("parcels"), _("difference")]
    rows = [
        [reason(found.reason), found.currency, f"{found.parcels:,}", format_minor(found.variance_minor, found.currency)]
        for found in variances_by_reason()
    ]
    return table(header=header, rows=rows, right=(2, 3))
