"""操作日志: who did what, on what, from what to what; found by person, use case, object and day."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from wms.console.audit_form import AuditForm, filter_of, people
from wms.console.audit_words import tell
from wms.console.paging import OLDER, key_asked
from wms.console.site import console, own_page_response
from wms.console.visit import company_of
from wms.tenancy.access import UseCase
from wms.tenancy.audit import search_audit

ROWS_A_PAGE = 50


@console.own_page("audit/", name="audit", seen_by=UseCase.SEE_AUDIT)
def audit(request: HttpRequest) -> HttpResponse:
    """Show the entries that the address asks for, the newest first."""
    company = company_of(request)
    assert company is not None
    form = AuditForm(request.GET)
    asked = form.asked() if form.is_valid() else {}
    entries, older = search_audit(wanted=filter_of(asked, company=company), before=key_asked(request, OLDER), limit=ROWS_A_PAGE)
    return own_page_response(
        request,
        "console/audit.html",
        title=_("Audit log"),
        form=form,
        people=people(),
        rows=tell(entries, currency=company.currency),
        asked=tuple(asked.items()),
        older="" if older is None else urlencode({**asked, OLDER: older}),
        newest=urlencode(asked) if OLDER in request.GET else None,
    )
