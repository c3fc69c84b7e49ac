"""A seller who guesses addresses in the browser gets nothing of a neighbour's or a stranger's, and nothing of the console."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.portal.market import Stall, open_market
from wms.exports.models import ExportJob
from wms.tenancy.models import ApiKey
from wms.tenancy.scope import tenant_scope

REFUSED = ("status of 404", "status of 403")


def market_of_today() -> tuple[Stall, Stall, Stall]:
    """Return the market with files that are still kept: what is refused is not refused for its age."""
    stalls = open_market()
    for stall in stalls:
        with tenant_scope(tenant_id=stall.shop.tenant.pk):
            ExportJob.objects.filter(pk=stall.export_id).update(expires_at=timezone.now() + timedelta(days=1))
    return stalls


def test_addresses_of_others_answer_as_if_there_were_nothing(visit: Visit) -> None:
    own, *others = market_of_today()
    page = visit(own.person, forgiving=REFUSED)
    page.goto(f"/portal/orders/{own.order.pk}/")
    expect(page.get_by_role("heading", name=own.order.external_number).first).to_be_visible()
    assert page.request.get(f"/portal/exports/{own.export_id}/file/").status == 200
    for other in others:
        answer = page.goto(f"/portal/orders/{other.order.pk}/")
        assert answer is not None
        assert answer.status == 404
        assert page.request.get(f"/portal/exports/{other.export_id}/file/").status == 404
        assert told_of(page, other) == []


def test_lists_and_the_statement_asked_for_others_tell_nothing_of_them(visit: Visit) -> None:
    own, *others = market_of_today()
    page = visit(own.person)
    for other in others:
        for address in (
            f"/portal/?q={other.order.external_number}",
            f"/portal/?seller={other.seller.pk}",
            f"/portal/statement/?month=2026-03&seller={other.seller.pk}&seller_id={other.seller.pk}",
            f"/portal/stock/?q={other.shop.lamp.code}",
            f"/portal/exports/?seller={other.seller.pk}",
        ):
            page.goto(address)
            expect(page.locator("main")).to_be_visible()
            shown = page.locator("main").inner_text()
            assert other.seller.name not in shown, address
            assert f"person@{other.seller.code}" not in shown, address
        sheet = page.request.get(f"/portal/statement.csv?month=2026-03&seller={other.seller.pk}").text()
        assert other.order.external_number not in sheet


def test_guessed_buttons_end_nobody_else_s_key_or_file(visit: Visit) -> None:
    own, *others = market_of_today()
    page = visit(own.person)
    page.goto("/portal/keys/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    for other in others:
        for address in (f"/portal/keys/{other.key_id}/revoke/", f"/portal/exports/{other.export_id}/cancel/"):
            sent = page.request.post(address, form={"csrfmiddlewaretoken": token}, max_redirects=0)
            assert sent.status in (302, 404), address
        with tenant_scope(tenant_id=other.shop.tenant.pk):
            assert ApiKey.objects.get(pk=other.key_id).revoked_at is None
    page.request.post(f"/portal/keys/{own.key_id}/revoke/", form={"csrfmiddlewaretoken": token})
    with tenant_scope(tenant_id=own.shop.tenant.pk):
        assert ApiKey.objects.get(pk=own.key_id).revoked_at is not None


def test_the_console_stays_shut(visit: Visit) -> None:
    own = market_of_today()[0]
    page = visit(own.person, forgiving=REFUSED)
    for address in ("/console/dashboard/", f"/console/orders/order/{own.order.pk}/change/", "/console/audit/", "/console/people/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_text("Your role does not open the console.")).to_be_visible()


def told_of(page: Page, other: Stall) -> list[str]:
    shown = page.content()
    return [word for word in (other.order.external_number, other.seller.name, other.shop.lamp.code) if word in shown]
