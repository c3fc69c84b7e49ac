"""The entries of the audit log that a filter finds, as a table to be exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wms.console.audit_form import filter_of
from wms.console.audit_words import Entry, tell
from wms.exports.selections import Page, Parameters, Selection, register
from wms.tabular.writing import Cell
from wms.tenancy.access import UseCase
from wms.tenancy.audit import search_audit
from wms.tenancy.models import AuditEntry, Tenant

ROWS_A_PAGE: Final = 2_000
AUDIT: Final = "audit"
NAME: Final = gettext_lazy("audit log")


def header(parameters: Parameters) -> Sequence[str]:
    """Return the columns."""
    return [_("entry"), _("when"), _("person"), _("use case"), _("what was done"), _("object"), _("name"), _("rows"), _("changes")]


def count(parameters: Parameters) -> int:
    """Return how many entries there are in all: an upper bound, where a filter was asked for."""
    return AuditEntry.objects.count()


def page(parameters: Parameters, after: Any) -> Page:
    """Return the next entries, the newest first."""
    company = Tenant.objects.get()
    entries, older = search_audit(wanted=filter_of(parameters, company=company), before=after, limit=ROWS_A_PAGE)
    zone = ZoneInfo(company.timezone)
    return Page([_row(told, zone) for told in tell(entries, currency=company.currency)], older)


def register_selection() -> None:
    """Offer the audit log for export."""
    register(Selection(code=AUDIT, name=NAME, use_case=UseCase.SEE_AUDIT, header=header, count=count, page=page))


def _row(told: Entry, zone: ZoneInfo) -> list[Cell]:
    at = localtime(told.at, zone).replace(tzinfo=None)
    return [told.key, at, told.person, told.use_case, told.verb, told.subject, told.name, told.rows, "; ".join(map(str, told.changes))]
