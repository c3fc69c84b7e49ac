"""The scope around a request, through Django's own request handling."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from tests.world import add_member, add_platform_user, add_seller, add_tenant
from wms.tenancy.middleware import CHOSEN_TENANT
from wms.tenancy.models import Membership, Role, Seller, Tenant
from wms.tenancy.scope import current_scope, tenant_scope

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def show_scope(request: HttpRequest) -> JsonResponse:
    scope = current_scope()
    return JsonResponse({"scope": None if scope is None else [scope.tenant_id, scope.seller_id]})


def write_then_fail(request: HttpRequest) -> HttpResponse:
    _add_seller_named("ghost")
    raise RuntimeError("after the write")


def write_then_miss(request: HttpRequest) -> HttpResponse:
    _add_seller_named("ghost")
    raise Http404


def write_then_answer(request: HttpRequest) -> HttpResponse:
    _add_seller_named("kept")
    return HttpResponse()


def stream_sellers(request: HttpRequest) -> StreamingHttpResponse:
    sellers = Seller.objects.order_by("code").values_list("code", flat=True)
    return StreamingHttpResponse(f"{code}\n" for code in sellers.iterator())


def hint(request: HttpRequest) -> HttpResponse:
    transaction.on_commit(lambda: hints.append(current_scope()))
    return HttpResponse()


hints: list[object] = []
urlpatterns = [
    path("scope", show_scope),
    path("fail", write_then_fail),
    path("miss", write_then_miss),
    path("write", write_then_answer),
    path("stream", stream_sellers),
    path("hint", hint),
]


def _add_seller_named(code: str) -> None:
    scope = current_scope()
    assert scope is not None
    Seller.objects.create(tenant_id=scope.tenant_id, code=code, name=code)


def _scope_of(client: Client) -> list[int | None] | None:
    scope: list[int | None] | None = client.get("/scope").json()["scope"]
    return scope


def _sellers_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant_id=tenant.pk):
        return list(Seller.objects.order_by("code").values_list("code", flat=True))


def test_a_stranger_s_page_opens_no_scope(client: Client) -> None:
    add_tenant()

    assert _scope_of(client) is None


def test_a_member_works_in_the_scope_of_the_only_company(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.OPERATIONS))

    assert _scope_of(client) == [tenant.pk, None]


def test_a_seller_works_in_the_seller_s_persona(client: Client) -> None:
    tenant = add_tenant()
    seller = add_seller(tenant=tenant)
    client.force_login(add_member(tenant=tenant, role=Role.SELLER, seller=seller))

    assert _scope_of(client) == [tenant.pk, seller.pk]


def test_a_person_of_two_companies_chooses_one(client: Client) -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    user = add_member(tenant=east, role=Role.ADMIN, username="ann")
    add_member(tenant=west, role=Role.READ_ONLY, username="ann")
    client.force_login(user)

    assert _scope_of(client) is None
    _choose(client, west.pk)
    assert _scope_of(client) == [west.pk, None]


def test_a_choice_of_a_company_that_one_is_no_member_of_counts_for_nothing(client: Client) -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    client.force_login(add_member(tenant=east, role=Role.ADMIN))
    _choose(client, west.pk)

    assert _scope_of(client) == [east.pk, None]


def test_a_seat_that_was_taken_away_is_gone_with_the_next_request(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.ADMIN))
    _choose(client, tenant.pk)
    with tenant_scope(tenant_id=tenant.pk):
        Membership.objects.all().delete()

    assert _scope_of(client) is None


def test_platform_staff_sit_nowhere_until_they_choose(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_platform_user())

    assert _scope_of(client) is None
    _choose(client, tenant.pk)
    assert _scope_of(client) == [tenant.pk, None]


def test_former_platform_staff_fall_back_to_their_own_seats(client: Client) -> None:
    tenant = add_tenant()
    user = add_platform_user()
    client.force_login(user)
    _choose(client, tenant.pk)
    User.objects.filter(pk=user.pk).update(is_superuser=False)

    assert _scope_of(client) is None


@pytest.mark.parametrize(("address", "status"), [("/fail", 500), ("/miss", 404)])
def test_what_a_failing_page_wrote_is_rolled_back(client: Client, address: str, status: int) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.ADMIN))
    client.raise_request_exception = False

    assert client.get(address).status_code == status
    assert _sellers_of(tenant) == []


def test_what_a_page_wrote_is_kept(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.ADMIN))
    client.get("/write")

    assert _sellers_of(tenant) == ["kept"]


def test_a_streamed_body_is_read_within_the_scope(client: Client) -> None:
    tenant = add_tenant(code="east")
    add_seller(tenant=tenant, code="lumen")
    add_seller(tenant=add_tenant(code="west"), code="stranger")
    client.force_login(add_member(tenant=tenant, role=Role.ADMIN))

    assert client.get("/stream").getvalue() == b"lumen\n"
    assert current_scope() is None


def test_hints_leave_when_the_page_has_committed_and_outside_its_scope(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    client.force_login(add_member(tenant=add_tenant(), role=Role.ADMIN))
    hints.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/hint")
        assert hints == []

    assert hints == [None]


def test_nothing_of_the_scope_is_left_on_the_connection(client: Client) -> None:
    client.force_login(add_member(tenant=add_tenant(), role=Role.ADMIN))
    client.get("/scope")

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant'), current_setting('app.scope'), current_setting('app.seller')")
        assert cursor.fetchone() == ("", "", "")


def _choose(client: Client, tenant_id: int) -> None:
    session = client.session
    session[CHOSEN_TENANT] = tenant_id
    session.save()
