import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.world import add_member, add_seller, add_tenant
from wms.errors import DomainError
from wms.tenancy.models import Membership, Role, Seller, Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import (
    AlreadyMember,
    CodeNotSimple,
    CodeTaken,
    CurrencyUnknown,
    PasswordTooWeak,
    SellerNotFitting,
    SellerUnknown,
    TenantUnknown,
    TimeZoneUnknown,
    UserNameTaken,
    create_member,
    create_tenant,
    create_user,
    tenant_id_of,
)

pytestmark = pytest.mark.django_db

PASSWORD = "nine-quiet-cranes"


def test_opens_a_company_that_only_its_own_scope_sees() -> None:
    tenant = create_tenant(code="eastlake", name="Eastlake", currency="JPY", timezone="Asia/Tokyo")

    assert not Tenant.objects.filter(pk=tenant.pk).exists()
    with tenant_scope(tenant_id=tenant.pk):
        assert Tenant.objects.get() == tenant
    assert tenant_id_of(code="eastlake") == tenant.pk


def test_refuses_a_company_with_a_code_that_another_one_has() -> None:
    create_tenant(code="eastlake", name="Eastlake")

    with pytest.raises(CodeTaken, match="eastlake"):
        create_tenant(code="eastlake", name="Another")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code": "east lake"}, CodeNotSimple),
        ({"currency": "usd"}, CurrencyUnknown),
        ({"timezone": "Mars/Olympus"}, TimeZoneUnknown),
    ],
)
def test_refuses_a_company_with_an_odd_value(wrong: dict[str, str], error: type[DomainError]) -> None:
    with pytest.raises(error):
        create_tenant(**{"code": "eastlake", "name": "Eastlake", **wrong})


def test_two_companies_may_have_sellers_of_the_same_code() -> None:
    add_seller(tenant=add_tenant(code="east"), code="lumen")
    add_seller(tenant=add_tenant(code="west"), code="lumen")


def test_refuses_a_second_seller_of_the_same_code_and_leaves_the_outer_scope_usable() -> None:
    tenant = add_tenant()
    with tenant_scope(tenant_id=tenant.pk):
        add_seller(tenant=tenant, code="lumen")
        with pytest.raises(CodeTaken):
            add_seller(tenant=tenant, code="lumen")
        assert Seller.objects.count() == 1


def test_refuses_a_second_seat_in_one_company() -> None:
    tenant = add_tenant()
    user = add_member(tenant=tenant, role=Role.OPERATOR)

    with pytest.raises(AlreadyMember):
        create_member(tenant_id=tenant.pk, user_id=user.pk, role="admin")


@pytest.mark.parametrize(("role", "with_seller"), [("seller", False), ("operator", True)])
def test_a_seller_is_named_for_the_role_seller_only(role: str, with_seller: bool) -> None:
    tenant = add_tenant()
    seller_id = add_seller(tenant=tenant).pk if with_seller else None

    with pytest.raises(SellerNotFitting):
        create_member(tenant_id=tenant.pk, user_id=User.objects.create(username="ann").pk, role=role, seller_id=seller_id)


def test_refuses_a_seat_for_a_seller_of_another_company() -> None:
    stranger = add_seller(tenant=add_tenant(code="west"))

    with pytest.raises(SellerUnknown):
        create_member(
            tenant_id=add_tenant(code="east").pk, user_id=User.objects.create(username="ann").pk, role="seller", seller_id=stranger.pk
        )


def test_refuses_a_weak_password_and_a_taken_name() -> None:
    with pytest.raises(PasswordTooWeak):
        create_user(username="ann", password="12345")
    create_user(username="ann", password=PASSWORD)
    with pytest.raises(UserNameTaken):
        create_user(username="ann", password=PASSWORD)


def test_commands_open_a_company_and_seat_a_person(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FENCANG_PASSWORD", PASSWORD)
    call_command("create_tenant", "eastlake", "Eastlake", currency="USD")
    call_command("create_member", "ann", tenant="eastlake", role="operator")

    with tenant_scope(tenant_id=tenant_id_of(code="eastlake")):
        assert Membership.objects.get().role == Role.OPERATOR
    assert User.objects.get().check_password(PASSWORD)
    assert "ann" in capsys.readouterr().out


def test_a_command_says_what_was_wrong_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENCANG_PASSWORD", PASSWORD)
    add_tenant(code="eastlake")

    with pytest.raises(CommandError, match="nowhere"):
        call_command("create_member", "ann", tenant="nowhere", role="operator")
    with pytest.raises(CommandError, match="seller"):
        call_command("create_member", "ann", tenant="eastlake", role="seller")
    assert not User.objects.exists()


def test_an_unknown_company_is_an_error() -> None:
    with pytest.raises(TenantUnknown):
        tenant_id_of(code="nowhere")
