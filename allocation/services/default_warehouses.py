"""Which warehouse serves a seller's orders when nothing else decides (默认仓库)."""

from __future__ import annotations

from allocation.models import DefaultWarehouse
from wms.tenancy.scope import tenant_scope


def set_default_warehouse(*, tenant_id: int, seller_id: int, warehouse_id: int | None) -> None:
    """Let a warehouse serve what nothing else decides, or none: then such an order is an exception. The next batch heeds it."""
    with tenant_scope(tenant_id=tenant_id):
        kept = DefaultWarehouse.objects.filter(seller_id=seller_id)
        if warehouse_id is None:
            kept.delete()
        elif not kept.exclude(warehouse_id=warehouse_id).update(warehouse_id=warehouse_id) and not kept.exists():
            DefaultWarehouse.objects.create(tenant_id=tenant_id, seller_id=seller_id, warehouse_id=warehouse_id)
