"""A tenant's warehouses from files, with what they charge for handling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory import services
from inventory.core.types import NewWarehouse
from inventory.errors import CoordinatesHalfGiven, TimeZoneUnknown
from inventory.models import Warehouse
from inventory.tag_fees import read_tag_fees
from wms.errors import DomainError
from wms.places.errors import PlaceFault
from wms.places.services import Place, Placed, locate_many
from wms.tabular.cells import currency, decimal, identifier, text, time_of_day, whole_number, yes_no
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import TooFine
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated, Row
from wms.tenancy.access import UseCase
from wms.values.money import to_minor

type RowFault = tuple[int, str, DomainError]

FEE: Final = decimal(least=Decimal(0), most=Decimal(1_000_000))
FEES: Final = ("handling_per_order", "handling_per_piece", "handling_per_kg")

WAREHOUSE_COLUMNS: Final = (
    Column(
        name="code",
        label=_("code"),
        read=identifier(most=32),
        required=True,
        aliases=("warehouse", "warehouse code", "仓库编码", "仓库代码", "编码"),
    ),
    Column(name="name", label=_("name"), read=text(most=120), aliases=("warehouse name", "仓库名称", "仓库", "名称")),
    Column(
        name="country",
        label=_("country"),
        read=text(most=60),
        required=True,
        aliases=("country code", "国家", "国家代码"),
    ),
    Column(name="state", label=_("state"), read=text(most=40), aliases=("province", "州", "省", "省/州", "州/省")),
    Column(name="city", label=_("city"), read=text(most=80), aliases=("城市",)),
    Column(name="address", label=_("address"), read=text(most=200), aliases=("street", "street address", "地址", "详细地址")),
    Column(
        name="postcode",
        label=_("postcode"),
        read=identifier(most=20),
        required=True,
        aliases=("zip", "zip code", "postal code", "邮编", "邮政编码"),
    ),
    Column(name="lat", label=_("latitude"), read=decimal(least=Decimal(-90), most=Decimal(90)), aliases=("latitude", "纬度")),
    Column(
        name="lon",
        label=_("longitude"),
        read=decimal(least=Decimal(-180), most=Decimal(180)),
        aliases=("lng", "long", "longitude", "经度"),
    ),
    Column(name="timezone", label=_("time zone"), read=text(most=64), aliases=("tz", "时区")),
    Column(name="priority", label=_("priority"), read=whole_number(least=0, most=1_000_000), aliases=("优先级",)),
    Column(
        name="daily_capacity",
        label=_("orders a day"),
        read=whole_number(least=0, most=1_000_000_000),
        aliases=("capacity", "orders per day", "日处理能力", "每日单量", "日产能"),
    ),
    Column(name="cutoff_time", label=_("cut-off time"), read=time_of_day, aliases=("cutoff", "cut off", "截单时间")),
    Column(name="active", label=_("active"), read=yes_no, aliases=("enabled", "启用", "是否启用")),
    Column(name="handling_currency", label=_("handling currency"), read=currency, aliases=("currency", "币种", "操作费币种")),
    Column(
        name="handling_per_order",
        label=_("handling per order"),
        read=FEE,
        aliases=("order fee", "outbound fee", "每单操作费", "出库费", "处理费/单"),
    ),
    Column(name="handling_per_piece", label=_("handling per piece"), read=FEE, aliases=("piece fee", "每件操作费", "处理费/件")),
    Column(name="handling_per_kg", label=_("handling per kilogram"), read=FEE, aliases=("kg fee", "每公斤操作费", "处理费/kg")),
    Column(
        name="handling_per_tag",
        label=_("handling per tag"),
        read=text(most=1_000),
        aliases=("tag fee", "tag fees", "标签操作费", "处理费/标签"),
    ),
)


class WarehouseImport:
    """Takes warehouses of one tenant; what a column that the file lacks says stays as it was."""

    columns: Sequence[Column] = WAREHOUSE_COLUMNS
    key: tuple[str, ...] = ("code",)
    most_rows_per_key = 1
    rows_may_repeat = False
    things: str | Promise = _("warehouses")
    use_case = UseCase.CONFIGURE

    def __init__(self, *, tenant_id: int, default_timezone: str, default_currency: str) -> None:
        self._tenant_id = tenant_id
        self._defaults = {"timezone": default_timezone, "handling_currency": default_currency}
        self._known: dict[str, NewWarehouse] = {}
        self._given: frozenset[str] = frozenset()

    def begin(self, layout: Layout) -> None:
        """Learn the warehouses that there are, and which columns the file has."""
        names = [field.name for field in fields(NewWarehouse)]
        self._known = {row["code"]: NewWarehouse(**row) for row in Warehouse.objects.values(*names)}
        self._given = frozenset(column.name for column in self.columns if layout.has(column.name))

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each row."""
        rows = [group.rows[0] for group in groups]
        places = locate_many({(row.values["country"], row.values["postcode"]) for row in rows})
        return [self._outcome(row, places) for row in rows]

    def save(self, items: Sequence[NewWarehouse]) -> None:
        """Add or change warehouses."""
        services.save_warehouses(tenant_id=self._tenant_id, warehouses=items)

    def finish(self) -> None:
        """Tell nobody: the database notes that the settings have changed."""

    def _outcome(self, row: Row, places: Placed) -> Outcome:
        known = self._known.get(row.values["code"])
        place = places[row.values["country"], row.values["postcode"]]
        if isinstance(place, PlaceFault):
            return Bad(((row.line, place.field, place),))
        faults: list[RowFault] = []
        values = {
            **self._texts_and_numbers(row),
            **_place_of(row, place, faults),
            **self._fees(row, known, faults),
        }
        if values.get("timezone", "UTC") not in available_timezones():
            faults.append((row.line, "timezone", TimeZoneUnknown(value=values["timezone"])))
        if faults:
            return Bad(tuple(faults))
        warehouse = _over(known, values) if known else NewWarehouse(**{**self._defaults, "name": values["code"], **values})
        return Repeated() if warehouse == known else Good(warehouse)

    def _texts_and_numbers(self, row: Row) -> dict[str, Any]:
        """Return what the file says; a blank cell means the default."""
        plain = ("code", "name", "state", "city", "address", "timezone", "priority", "daily_capacity", "cutoff_time", "active")
        return {name: row.values[name] for name in plain if name in self._given and row.values[name] is not None}

    def _fees(self, row: Row, known: NewWarehouse | None, faults: list[RowFault]) -> dict[str, Any]:
        code = row.values["handling_currency"] or (known.handling_currency if known else self._defaults["handling_currency"])
        fees: dict[str, Any] = {"handling_currency": code}
        for name in FEES:
            if row.values[name] is not None:
                try:
                    fees[f"{name}_minor"] = to_minor(row.values[name], code)
                except ValueError:
                    faults.append((row.line, name, TooFine(value=row.values[name], currency=code)))
        if row.values["handling_per_tag"] is not None:
            try:
                fees["handling_per_tag_minor"] = read_tag_fees(row.values["handling_per_tag"], currency=code)
            except DomainError as fault:
                faults.append((row.line, "handling_per_tag", fault))
        return fees


def _place_of(row: Row, place: Place, faults: list[RowFault]) -> dict[str, Any]:
    lat, lon = row.values["lat"], row.values["lon"]
    if (lat is None) != (lon is None):
        faults.append((row.line, "lat" if lat is None else "lon", CoordinatesHalfGiven()))
    found: dict[str, Any] = {"country": place.country, "postcode": place.postcode}
    if lat is not None and lon is not None:
        return {**found, "lat": float(lat), "lon": float(lon)}
    return {**found, "lat": place.lat, "lon": place.lon}


def _over(known: NewWarehouse, values: Mapping[str, Any]) -> NewWarehouse:
    """Return the known warehouse with these values; coordinates of the same postcode stay if the list has none."""
    before = {field.name: getattr(known, field.name) for field in fields(NewWarehouse)}
    after = {**before, **values}
    if after["lat"] is None and known.postcode == after["postcode"]:
        after |= {"lat": known.lat, "lon": known.lon}
    return NewWarehouse(**after)
