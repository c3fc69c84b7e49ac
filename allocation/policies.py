"""What a company has set about its exceptions."""

from __future__ import annotations

from allocation.models import ExceptionPolicy


def policy_of_company() -> ExceptionPolicy:
    """Return the company's settings about exceptions, the defaults where it has none. Call it inside the tenant's scope."""
    policy: ExceptionPolicy | None = ExceptionPolicy.objects.first()
    return policy or ExceptionPolicy()
