"""Holidays from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carriers.models import Holiday
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.cells import day, text
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import DuplicateRow
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated
from wms.tenancy.access import UseCase

COLUMNS: Final = (
    Column(name="country", label=_("country"), read=text(most=60), required=True, aliases=("country code", "国家", "国家代码")),
    Column(name="date", label=_("day"), read=day, required=True, aliases=("day", "holiday", "日期", "放假日期")),
    Column(name="name", label=_("name"), read=text(most=120), aliases=("holiday name", "名称", "节日", "节假日")),
)

HOLIDAYS: Final = _("holidays")

type Key = tuple[str, date]


@dataclass(slots=True)
class HolidayImport:
    """Takes the days on which countries' warehouses and carriers do not work; it only adds and renames."""

    tenant_id: int
    columns: Sequence[Column] = COLUMNS
    key: tuple[str, ...] = ("country", "date")
    most_rows_per_key: int = 1
    rows_may_repeat: bool = False
    things: str | Promise = HOLIDAYS
    use_case: UseCase = UseCase.CONFIGURE

    def begin(self, layout: Layout) -> None:
        """Look nothing up: holidays refer to nothing."""

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each row."""
        known = {(country, day): name for country, day, name in Holiday.objects.values_list("country", "date", "name")}
        lines: dict[Key, int] = {}
        return [self._outcome(group, known, lines) for group in groups]

    def _outcome(self, group: Group, known: dict[Key, str], lines: dict[Key, int]) -> Outcome:
        row = group.rows[0]
        country = country_code(row.values["country"])
        if country is None:
            return Bad(((row.line, "country", CountryUnknown(country=row.values["country"])),))
        holiday = Holiday(tenant_id=self.tenant_id, country=country, date=row.values["date"], name=row.values["name"] or "")
        key = (country, holiday.date)
        if lines.setdefault(key, row.line) != row.line:
            return Bad(((row.line, "date", DuplicateRow(line=lines[key])),))
        return Repeated() if known.get(key) == holiday.name else Good(holiday)

    def save(self, items: Sequence[Holiday]) -> None:
        """Add or rename holidays."""
        keys = ["tenant_id", "country", "date"]
        if items:
            Holiday.objects.bulk_create(items, update_conflicts=True, unique_fields=keys, update_fields=["name"])

    def finish(self) -> None:
        """Tell nobody: calendars are read when they are needed."""
