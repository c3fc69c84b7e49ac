"""Rate cards as files in the console."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from carriers.models import RateCard
from tests.console.shop import Shop, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

UPLOAD = "/console/rate-files/"
PRICES = "max_weight_kg,1\n1,5.50\n2,6.60\n30,20.00\n"


def review_of(client: Client, shop: Shop, content: bytes, **answers: str) -> str:
    given = {"channel": shop.channel.code, "effective_from": "2026-05-01", "source": "", **answers}
    sent = client.post(UPLOAD, {"file": SimpleUploadedFile("prices.csv", content), **given}, headers={"Accept-Language": "en"})
    assert sent.status_code == 302, markup_of(sent)
    return sent.headers["Location"]


def text_of(client: Client, address: str, language: str = "en") -> str:
    page = client.get(address, headers={"Accept-Language": language})
    assert page.status_code == 200
    return markup_of(page)


def versions(shop: Shop) -> list[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return [card.effective_from.isoformat() for card in RateCard.objects.filter(channel=shop.channel).order_by("effective_from")]


def test_the_difference_is_shown_and_becomes_a_new_version_only_on_confirmation(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, PRICES.encode())
    text = text_of(staff, address)
    assert "Compared with the version in force since 2026-01-01" in text
    assert "5.00 → 5.50 (+10.0 %)" in text
    assert "Put in force from 2026-05-01" in text
    assert versions(shop) == ["2026-01-01"]

    staff.post(address)
    assert versions(shop) == ["2026-01-01", "2026-05-01"]
    assert staff.get(address).status_code == 404


def test_a_bad_cell_is_named_as_spreadsheets_call_it_and_nothing_can_be_confirmed(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, PRICES.replace("6.60", "six").encode())
    text = text_of(staff, address)
    assert ">B3</th>" in text
    assert "six" in text
    assert "Put in force" not in text
    staff.post(address)
    assert versions(shop) == ["2026-01-01"]


def test_a_file_that_is_forgotten_changes_nothing(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, PRICES.encode())
    staff.post(address, {"forget": "1"})
    assert staff.get(address).status_code == 404
    assert versions(shop) == ["2026-01-01"]


def test_a_file_that_names_no_channel_is_refused_in_a_sentence(shop: Shop, staff: Client) -> None:
    text = text_of(staff, review_of(staff, shop, PRICES.encode(), channel=""))
    assert "There is no channel “–”." in text
    assert "Put in force" not in text


def test_the_exported_version_can_be_uploaded_again_and_changes_nothing(shop: Shop, staff: Client) -> None:
    exported = staff.get(f"/console/rate-files/channels/{shop.channel.pk}.xlsx", headers={"Accept-Language": "en"})
    assert exported.headers["Content-Disposition"] == f'attachment; filename="rate-card-{shop.channel.pk}.xlsx"'
    address = review_of(staff, shop, exported.content, channel="", effective_from="")
    assert "nothing" in text_of(staff, address)


def test_the_template_is_a_workbook_in_the_reader_s_language(staff: Client) -> None:
    sheets = {
        language: load_workbook(BytesIO(staff.get(f"{UPLOAD}template.xlsx", headers={"Accept-Language": language}).content)).sheetnames
        for language in ("en", "zh-hans")
    }
    assert sheets["en"] != sheets["zh-hans"]


def test_another_company_s_channel_is_not_exported(shop: Shop, staff: Client) -> None:
    other = add_shop(code="west")
    assert staff.get(f"/console/rate-files/channels/{other.channel.pk}.xlsx").status_code == 302


def test_only_who_configures_uploads_and_only_who_sees_prices_exports(shop: Shop, client: Client) -> None:
    for role, uploads, exports in ((Role.OPERATOR, 200, 200), (Role.READ_ONLY, 403, 200), (Role.OPERATIONS, 403, 403)):
        client.force_login(add_member(tenant=shop.tenant, role=role))
        assert client.get(UPLOAD).status_code == uploads
        assert client.post(UPLOAD, {}).status_code == uploads
        assert client.get(f"/console/rate-files/channels/{shop.channel.pk}.xlsx").status_code == exports
