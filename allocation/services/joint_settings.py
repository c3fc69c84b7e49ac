"""When a company's batches are decided together, and its planned orders again."""

from __future__ import annotations

from typing import Final

from allocation.errors import JointThresholdOdd, LeastSavingOdd
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_ORDERS: Final = 1_000_000
"""A threshold that no batch reaches; more is a mistake."""

MOST_SAVING_MINOR: Final = 1_000_000_000
"""A saving that no batch brings; more is a mistake."""


def set_joint_threshold(*, tenant_id: int, from_orders: int | None) -> None:
    """Decide batches together in which so many orders come too late for their best warehouse; None: never.

    The next batch heeds it. Raises JointThresholdOdd below one order or above MOST_ORDERS.
    """
    if from_orders is not None and not 1 <= from_orders <= MOST_ORDERS:
        raise JointThresholdOdd(value=from_orders, most=MOST_ORDERS)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(joint_from_orders=from_orders)


def set_least_saving(*, tenant_id: int, least_saving_minor: int | None) -> None:
    """Decide planned orders again on the schedule, and move them where together that saves at least so much; None: never.

    Raises LeastSavingOdd below one minor unit or above MOST_SAVING_MINOR.
    """
    if least_saving_minor is not None and not 1 <= least_saving_minor <= MOST_SAVING_MINOR:
        raise LeastSavingOdd(value=least_saving_minor, most=MOST_SAVING_MINOR)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(reoptimise_from_minor=least_saving_minor)
