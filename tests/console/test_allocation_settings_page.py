"""The page on which a company says when batches are decided together and when an exception is a person's matter."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from allocation.policies import policy_of_company
from tests.console.shop import Shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import AuditEntry, Role, Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def page() -> str:
    return reverse("console:allocation_settings")


def stored(shop: Shop) -> tuple[int | None, int, int]:
    """Return (threshold, most rejections, overdue hours)."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        policy = policy_of_company()
        return Tenant.objects.get().joint_from_orders, policy.most_rejections, policy.overdue_hours


def test_each_form_saves_its_own_settings_and_shows_them_again(shop: Shop, staff: Client) -> None:
    assert stored(shop) == (5, 2, 24)
    assert staff.post(page(), {"form": "joint", "from_orders": "40"}).headers["Location"] == page()
    staff.post(page(), {"form": "exceptions", "most_rejections": "3", "overdue_hours": "48"})
    assert stored(shop) == (40, 3, 48)
    shown = markup_of(staff.get(page(), headers=ENGLISH))
    assert all(f'value="{value}"' in shown for value in (40, 3, 48))


def wishes(shop: Shop) -> tuple[int | None, int | None]:
    """Return the least saving in cents, and the days by whose orders stock is priced."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        tenant = Tenant.objects.get()
        return tenant.reoptimise_from_minor, tenant.stock_price_days


def test_deciding_again_and_prices_of_stock_are_switched_on_and_off(shop: Shop, staff: Client) -> None:
    assert wishes(shop) == (None, None)
    staff.post(page(), {"form": "reoptimising", "least_saving": "12.50"})
    staff.post(page(), {"form": "stock_prices", "stock_price_days": "14"})
    assert wishes(shop) == (1250, 14)
    shown = markup_of(staff.get(page(), headers=ENGLISH))
    assert all(f'value="{value}"' in shown for value in ("12.50", "14"))
    assert "Least saving together, in USD" in shown
    with tenant_scope(tenant_id=shop.tenant.pk):
        noted = AuditEntry.objects.order_by("pk").values_list("actor", "use_case", "changes")
        assert list(noted)[-2:] == [
            ("operator@east", "configure", {"reoptimise_from_minor": [None, 1250]}),
            ("operator@east", "configure", {"stock_price_days": [None, 14]}),
        ]
    staff.post(page(), {"form": "reoptimising", "least_saving": ""})
    staff.post(page(), {"form": "stock_prices", "stock_price_days": ""})
    assert wishes(shop) == (None, None)


def test_an_empty_threshold_means_first_come_first_served(shop: Shop, staff: Client) -> None:
    staff.post(page(), {"form": "joint", "from_orders": ""})
    assert stored(shop) == (None, 2, 24)


@pytest.mark.parametrize(
    "posted",
    [
        {"form": "joint", "from_orders": "0"},
        {"form": "joint", "from_orders": "1000001"},
        {"form": "exceptions", "most_rejections": "0", "overdue_hours": "48"},
        {"form": "exceptions", "most_rejections": "3", "overdue_hours": ""},
        {"form": "reoptimising", "least_saving": "0"},
        {"form": "reoptimising", "least_saving": "0.015"},
        {"form": "reoptimising", "least_saving": "10000000.01"},
        {"form": "reoptimising", "least_saving": "much"},
        {"form": "stock_prices", "stock_price_days": "0"},
        {"form": "stock_prices", "stock_price_days": "91"},
        {"form": "another", "from_orders": "9"},
    ],
)
def test_what_is_out_of_range_is_shown_by_its_field_and_not_saved(shop: Shop, staff: Client, posted: dict[str, str]) -> None:
    answer = staff.post(page(), posted, headers=ENGLISH)
    assert answer.status_code == 200
    assert stored(shop) == (5, 2, 24)
    assert wishes(shop) == (None, None)


def test_who_may_only_look_changes_nothing(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.READ_ONLY))
    shown = markup_of(client.get(page(), headers=ENGLISH))
    assert 'name="form"' not in shown
    assert client.post(page(), {"form": "joint", "from_orders": "40"}).status_code == 403
    assert stored(shop) == (5, 2, 24)
