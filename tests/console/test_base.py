"""The traps that the shared base closes, shown on pages that exist only here."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from unfold.decorators import action

from allocation.models import Lane
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from tests.console.shop import add_shop
from tests.world import add_seller, add_tenant
from wms.console.base import TenantAdmin, TenantInline
from wms.console.site import ConsoleSite
from wms.tenancy.access import Seat, UseCase
from wms.tenancy.models import Membership, Role
from wms.tenancy.scope import tenant_scope

SITE = ConsoleSite(name="elsewhere")


class WarehousePage(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.CONFIGURE
    actions_row = ("close",)
    actions_detail = ("close",)

    @action(description="Close")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponse(f"closed {object_id}")


class SkuPage(TenantAdmin):
    seen_by = UseCase.SEE_GOODS
    changed_by = UseCase.BRING_ORDERS


def made(page: Any, model: type[Model]) -> Any:
    """Return a page as a site makes it."""
    return page(model, SITE)


def request_of(role: str, tenant_id: int = 1, method: str = "get") -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(), method)("/")
    request.seat = Seat(tenant_id=tenant_id, role=role)  # type: ignore[attr-defined]
    return request


def test_actions_answer_to_post_only() -> None:
    page = made(WarehousePage, Warehouse)

    for found in (page.get_actions_row(request_of("admin"))[0], page.get_actions_detail(request_of("admin"), 7)[0]):
        assert found.method(request_of("admin"), object_id="7").status_code == 405
        assert found.method(request_of("admin", method="post"), object_id="7").content == b"closed 7"


def test_the_addresses_of_actions_refuse_a_link() -> None:
    page = made(WarehousePage, Warehouse)
    action_urls = [url for url in page.get_urls() if "close" in str(url.pattern)]

    assert len(action_urls) == 2
    for name in ("_get_base_actions_row", "_get_base_actions_detail"):
        assert getattr(page, name)()[0].method(request_of("admin"), object_id="7").status_code == 405


@pytest.mark.parametrize(
    ("role", "sees", "changes"),
    [("admin", True, True), ("operator", True, True), ("operations", True, False), ("read_only", True, False), ("seller", False, False)],
)
def test_the_table_of_roles_decides(role: str, sees: bool, changes: bool) -> None:
    page, request = made(WarehousePage, Warehouse), request_of(role)

    assert (page.has_view_permission(request), page.has_module_permission(request)) == (sees, sees)
    assert {page.has_add_permission(request), page.has_change_permission(request), page.has_delete_permission(request)} == {changes}


def test_nobody_sees_anything_without_a_seat() -> None:
    assert not made(WarehousePage, Warehouse).has_view_permission(RequestFactory().get("/"))


def test_a_page_without_a_use_case_for_changes_is_read_only() -> None:
    class Looking(TenantAdmin):
        seen_by = UseCase.SEE_SETTINGS

    assert not made(Looking, Warehouse).has_change_permission(request_of("admin"))


def test_a_choice_from_a_table_that_all_companies_share_is_refused() -> None:
    class MemberPage(TenantAdmin):
        seen_by = UseCase.MANAGE_PEOPLE
        changed_by = UseCase.MANAGE_PEOPLE

    class MemberInline(TenantInline):
        seen_by = UseCase.MANAGE_PEOPLE
        model = Membership

    user = Membership._meta.get_field("user")
    for page in (made(MemberPage, Membership), made(MemberInline, Warehouse)):
        with pytest.raises(ImproperlyConfigured, match="every tenant shares"):
            page.formfield_for_dbfield(user, request_of("admin"))


@pytest.mark.django_db
def test_a_form_offers_and_takes_rows_of_the_own_company_only() -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    lumen, mango = add_seller(tenant=east, code="lumen"), add_seller(tenant=west, code="mango")
    goods = {"code": "X", "name": "X", "mass_mg": 1, "length_um": 1, "width_um": 1, "height_um": 1}

    with tenant_scope(tenant_id=east.pk):
        page, request = made(SkuPage, Sku), request_of(Role.OPERATOR, east.pk)
        form = page.get_form(request)
        assert "tenant" not in form.base_fields
        assert list(form.base_fields["seller"].queryset) == [lumen]
        assert not form({**goods, "seller": mango.pk}).is_valid()
        filled = form({**goods, "seller": lumen.pk})
        assert filled.is_valid(), filled.errors
        page.save_model(request, filled.save(commit=False), filled, change=False)
        assert Sku.objects.get().tenant_id == east.pk


@pytest.mark.django_db
def test_an_inline_offers_and_takes_rows_of_the_own_company_only() -> None:
    class LaneInline(TenantInline):
        seen_by = UseCase.SEE_SETTINGS
        changed_by = UseCase.CONFIGURE
        model = Lane

    shops = [add_shop(code=code) for code in ("east", "west")]
    own, other = shops
    with tenant_scope(tenant_id=own.tenant.pk):
        Lane.objects.all().delete()
        inline, request = made(LaneInline, Channel), request_of(Role.ADMIN, own.tenant.pk)
        form = inline.get_formset(request).form
        assert "tenant" not in form.base_fields
        assert set(form.base_fields["warehouse"].queryset) == {own.near, own.far}
        refused = {shop: "warehouse" in form({"warehouse": shop.near.pk, "channel": own.channel.pk}).errors for shop in shops}
    assert refused == {own: False, other: True}


def test_two_people_at_one_page_do_not_share_their_request() -> None:
    page, both_set = made(WarehousePage, Warehouse), Barrier(2)
    seen: dict[str, Any] = {}

    def visit(role: str) -> None:
        request = request_of(role)
        page.request = request
        both_set.wait()
        seen[role] = page.request is request

    visits = [Thread(target=visit, args=(role,)) for role in ("admin", "operator")]
    for one in visits:
        one.start()
    for one in visits:
        one.join()
    assert seen == {"admin": True, "operator": True}
