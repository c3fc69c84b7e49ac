"""When a company's batches are decided together."""

from __future__ import annotations

from allocation.errors import JointThresholdOdd
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope


def set_joint_threshold(*, tenant_id: int, from_orders: int | None) -> None:
    """Decide batches together in which so many orders come too late for their best warehouse; None: never.

    The next batch heeds it. Raises JointThresholdOdd below one order.
    """
    if from_orders is not None and from_orders < 1:
        raise JointThresholdOdd(value=from_orders)
    with tenant_scope(tenant_id=tenant_id):
        Tenant.objects.filter(pk=tenant_id).update(joint_from_orders=from_orders)
