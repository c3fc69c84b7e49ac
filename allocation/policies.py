"""What a company has set about its exceptions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from allocation.models import ExceptionPolicy
from wms.errors import DomainError
from wms.tenancy.scope import tenant_scope

MOST_OF_EITHER = 10_000


class PolicyOutOfRange(DomainError):
    code = "exception_policy_out_of_range"
    sentence = _("Rejections and hours are between 1 and %(most)s: %(value)s.")


def policy_of_company() -> ExceptionPolicy:
    """Return the company's settings about exceptions, the defaults where it has none. Call it inside the tenant's scope."""
    policy: ExceptionPolicy | None = ExceptionPolicy.objects.first()
    return policy or ExceptionPolicy()


def set_exception_policy(*, tenant_id: int, most_rejections: int | None = None, overdue_hours: int | None = None) -> ExceptionPolicy:
    """Set after how many rejections a person decides, and from how many hours on waiting is overdue; None leaves one as it is."""
    given = {"most_rejections": most_rejections, "overdue_hours": overdue_hours}
    changes = {name: value for name, value in given.items() if value is not None}
    for value in changes.values():
        if not 0 < value <= MOST_OF_EITHER:
            raise PolicyOutOfRange(value=value, most=MOST_OF_EITHER)
    with tenant_scope(tenant_id=tenant_id):
        policy, _made = ExceptionPolicy.objects.update_or_create(tenant_id=tenant_id, defaults=changes)
        return policy
