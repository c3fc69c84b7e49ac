"""A seller's people see their seller's things, and nobody else's by guessing an address."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from allocation.models import Record
from orders.models import Order
from tests.markup import markup_of
from tests.portal.market import Stall, open_market
from tests.world import NOON
from wms.exports.models import ExportJob, ExportState
from wms.portal.urls import urlpatterns
from wms.tenancy.models import ApiKey
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

OUTSIDE = {"sign_in", "code", "sign_out", "security", "company", "welcome"}
PLAIN = sorted(str(url.name) for url in urlpatterns if not url.pattern.converters and url.name not in OUTSIDE)
NUMBERED = sorted(
    (str(url.name), next(iter(url.pattern.converters))) for url in urlpatterns if url.pattern.converters and url.name not in OUTSIDE
)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> tuple[Stall, Stall, Stall]:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    return open_market()


def own_number(stall: Stall, argument: str) -> int:
    return {"order_id": stall.order.pk, "job_id": stall.export_id, "key_id": stall.key_id}[argument]


@pytest.mark.parametrize("name", PLAIN)
def test_a_list_names_nothing_of_others(market: tuple[Stall, Stall, Stall], name: str) -> None:
    own, neighbour, stranger = market
    page = own.client().get(reverse(f"portal:{name}"))
    body = b"".join(page.streaming_content) if page.streaming else page.content  # type: ignore[attr-defined]

    assert page.status_code == 200
    for other in (neighbour, stranger):
        for word in (other.order.external_number, other.seller.name, other.shop.lamp.code, f"person@{other.seller.code}"):
            assert word not in body.decode()


@pytest.mark.parametrize(("name", "argument"), NUMBERED)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_guessed_number_opens_and_changes_nothing(market: tuple[Stall, Stall, Stall], name: str, argument: str, method: str) -> None:
    own, *others = market
    for other in others:
        answer = getattr(own.client(), method)(reverse(f"portal:{name}", args=[own_number(other, argument)]))

        assert answer.status_code in (302, 404, 405)
        with tenant_scope(tenant_id=other.shop.tenant.pk):
            assert ApiKey.objects.get(pk=other.key_id).revoked_at is None
            assert ExportJob.objects.get(pk=other.export_id).state == ExportState.DONE


@pytest.mark.parametrize(("name", "argument"), NUMBERED)
def test_the_own_number_opens(market: tuple[Stall, Stall, Stall], name: str, argument: str) -> None:
    own = market[0]
    address = reverse(f"portal:{name}", args=[own_number(own, argument)])

    assert own.client().get(address).status_code in (200, 405)


def test_nobody_fetches_a_colleague_s_export(market: tuple[Stall, Stall, Stall]) -> None:
    own = market[0]
    with tenant_scope(tenant_id=own.shop.tenant.pk):
        ExportJob.objects.filter(pk=own.export_id).update(user_id=market[1].person.pk)

    assert own.client().get(reverse("portal:download_export", args=[own.export_id])).status_code == 404


def test_an_order_s_page_tells_totals_and_no_contract_price(market: tuple[Stall, Stall, Stall]) -> None:
    own = market[0]
    page = markup_of(own.client().get(reverse("portal:order", args=[own.order.pk])))

    # 5.00 of freight and 0.70 of handling, 0.90 at the far warehouse: the totals are told, their parts are not.
    assert "$5.70" in page
    assert "$5.90" in page
    assert not re.search(r"\$5\.00|\$0\.70|\$0\.90|freight|handling|contract", page, re.IGNORECASE)


def test_who_decided_by_hand_is_not_named(market: tuple[Stall, Stall, Stall]) -> None:
    own = market[0]
    with tenant_scope(tenant_id=own.shop.tenant.pk):
        by_rule = Record.objects.get(order=own.order)
        Record.objects.create(
            **{name: getattr(by_rule, name) for name in ("tenant_id", "seller_id", "order_id", "settings_version_id", "warehouse_id")},
            **{name: getattr(by_rule, name) for name in ("channel_id", "cost_minor", "nearest_cost_minor", "candidates", "mode")},
            actor="li.wei",
            reason="the customer called",
            decided_at=NOON,
        )
    page = markup_of(own.client().get(reverse("portal:order", args=[own.order.pk])))

    assert "decided this by hand" in page
    assert "li.wei" not in page
    assert "the customer called" not in page


def test_orders_stay_as_they_are_however_they_are_asked_for(market: tuple[Stall, Stall, Stall]) -> None:
    own, neighbour, _stranger = market
    own.client().post(reverse("portal:upload"), {"store": neighbour.shop.store.code})

    with tenant_scope(tenant_id=own.shop.tenant.pk):
        assert Order.objects.count() == 2
