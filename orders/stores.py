"""Open a seller's stores, and rename them."""

from __future__ import annotations

from orders.models import Store
from wms.tenancy.scope import tenant_scope


def open_store(*, tenant_id: int, seller_id: int, code: str, platform: str, name: str) -> Store:
    """Add a seller's account on a platform. Files of orders name it by its code, rules and settings by its platform."""
    with tenant_scope(tenant_id=tenant_id):
        store: Store = Store.objects.create(tenant_id=tenant_id, seller_id=seller_id, code=code, platform=platform, name=name)
        return store


def rename_store(*, tenant_id: int, store_id: int, name: str) -> None:
    """Give a store another name; what orders were decided by stays."""
    with tenant_scope(tenant_id=tenant_id):
        Store.objects.filter(pk=store_id).update(name=name)
