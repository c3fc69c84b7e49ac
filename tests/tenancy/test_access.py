import pytest
from django.utils import translation

from wms.tenancy.access import MAY, PLATFORM, AccessDenied, Seat, UseCase, may, require
from wms.tenancy.models import Role


def test_every_use_case_has_a_row_and_every_role_in_it_exists() -> None:
    assert set(MAY) == set(UseCase)
    assert set().union(*MAY.values()) <= {PLATFORM, *Role.values}


def test_sellers_use_the_portal_and_never_the_console() -> None:
    assert [role for role in (PLATFORM, *Role.values) if may(role=role, use_case=UseCase.USE_PORTAL)] == [Role.SELLER]
    assert not may(role=Role.SELLER, use_case=UseCase.USE_CONSOLE)


@pytest.mark.parametrize("role", [PLATFORM, Role.READ_ONLY])
def test_platform_staff_and_readers_change_nothing_of_a_company(role: str) -> None:
    changes = {UseCase.BRING_ORDERS, UseCase.ASSIGN, UseCase.COUNT_STOCK, UseCase.CONFIGURE, UseCase.RECONCILE, UseCase.MANAGE_PEOPLE}

    assert not any(may(role=role, use_case=use_case) for use_case in changes)


def test_contract_prices_are_closed_to_sellers_and_to_the_floor() -> None:
    assert {role for role in Role.values if not may(role=role, use_case=UseCase.SEE_PRICES)} == {Role.SELLER, Role.OPERATIONS}


def test_a_refusal_names_the_use_case_in_the_reader_s_language() -> None:
    seat = Seat(tenant_id=1, role=Role.READ_ONLY)

    with pytest.raises(AccessDenied, match="assign orders by hand"):
        require(seat=seat, use_case=UseCase.ASSIGN)
    with translation.override("zh-hans"), pytest.raises(AccessDenied, match="手动分仓"):
        require(seat=seat, use_case=UseCase.ASSIGN)


def test_a_stranger_may_do_nothing() -> None:
    with pytest.raises(AccessDenied):
        require(seat=None, use_case=UseCase.SEE_ORDERS)
