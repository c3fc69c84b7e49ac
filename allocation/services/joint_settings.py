"""When a company's batches are decided together."""

from __future__ import annotations

from typing import Final

from allocation.errors import JointThresholdOdd
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_ORDERS: Final = 1_000_000
"""A threshold that no batch reaches; more is a mistake."""


def set_joint_threshold(*, tenant_id: int, from_orders: int | None) -> None:
    """Decide batches together in which so many orders come too late for their best warehouse; None: never.

    The next batch heeds it. Raises JointThresholdOdd below one order or above MOST_ORDERS.
    """
    if from_orders is not None and not 1 <= from_orders <= MOST_ORDERS:
        raise JointThresholdOdd(value=from_orders, most=MOST_ORDERS)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(joint_from_orders=from_orders)
