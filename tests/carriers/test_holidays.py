"""Holidays come from files and make up a country's calendar."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from carriers.core.calendar import MONDAY_TO_SATURDAY, Calendar
from carriers.selectors import read_calendar
from tests.tabular.tables import write_text
from tests.world import add_tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

HOLIDAYS = "国家,日期,节日\nUS,2026-11-26,Thanksgiving\n美国,2026/12/25,Christmas\nGB,2026-12-28,\n"


def take(path: Path) -> str:
    said = StringIO()
    call_command("import_holidays", str(path), "--tenant", "eastlake", stdout=said)
    return said.getvalue()


def calendar(tenant_id: int, country: str) -> Calendar:
    with tenant_scope(tenant_id=tenant_id):
        return read_calendar(country=country)


def test_each_country_has_its_own_holidays(tmp_path: Path) -> None:
    tenant, other = add_tenant(), add_tenant(code="westlake")
    assert "Saved: 3 holidays" in take(write_text(tmp_path / "holidays.csv", HOLIDAYS))
    assert calendar(tenant.pk, "US").holidays == {date(2026, 11, 26), date(2026, 12, 25)}
    assert calendar(tenant.pk, "GB").holidays == {date(2026, 12, 28)}
    assert calendar(tenant.pk, "FR").holidays == calendar(other.pk, "US").holidays == frozenset()


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    add_tenant()
    path = write_text(tmp_path / "holidays.csv", HOLIDAYS)
    take(path)
    assert "accepted 0 + repeated 3" in take(path)


def test_bad_rows_are_named_and_nothing_is_saved(tmp_path: Path) -> None:
    tenant = add_tenant()
    path = write_text(tmp_path / "holidays.csv", "country,date\nUS,2026-11-26\nUSA,2026-11-26\nNarnia,2026-12-25\nUS,Christmas\n")
    with pytest.raises(CommandError, match="Rows were refused"):
        take(path)
    assert calendar(tenant.pk, "US").holidays == frozenset()


def test_a_channel_s_own_weekdays_replace_the_country_s(tmp_path: Path) -> None:
    tenant = add_tenant()
    take(write_text(tmp_path / "holidays.csv", HOLIDAYS))
    with tenant_scope(tenant_id=tenant.pk):
        found = read_calendar(country="US", weekdays=MONDAY_TO_SATURDAY)
    assert found.works_on(date(2026, 11, 28))
    assert not found.works_on(date(2026, 11, 26))
