"""Stock counts and articles of one seller, from files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory import services, store
from inventory.core.types import MOST_UNITS, Count, NewSku
from inventory.errors import MeasureOutOfRange, SkuUnknown, TagTooLong, UnitMissing, UnitUnknown, WarehouseUnknown
from inventory.models import Stock, Warehouse
from wms.arrays import array_cursor
from wms.errors import DomainError
from wms.tabular.cells import decimal, identifier, text, whole_number, yes_no
from wms.tabular.columns import Column, Layout
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated, Row
from wms.tenancy.access import UseCase
from wms.values.length import length_um, length_unit
from wms.values.mass import mass_mg, mass_unit

type RowFault = tuple[int, str, DomainError]
type TakeCounts = Callable[[Sequence[Count]], object]

MASS_UNITS: Final = {
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms", "公斤", "千克"), "kg"),
    **dict.fromkeys(("g", "gram", "grams", "克"), "g"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds", "磅"), "lb"),
    **dict.fromkeys(("oz", "ounce", "ounces", "盎司"), "oz"),
}
LENGTH_UNITS: Final = {
    **dict.fromkeys(("cm", "centimetre", "centimeter", "厘米", "公分"), "cm"),
    **dict.fromkeys(("mm", "millimetre", "millimeter", "毫米"), "mm"),
    **dict.fromkeys(("m", "metre", "meter", "米"), "m"),
    **dict.fromkeys(("in", "inch", "inches", "英寸", '"'), "in"),
}
MOST_MASS_MG: Final = 10_000_000_000
MOST_SIDE_UM: Final = 10_000_000
MOST_TAG: Final = 24
MEASURE: Final = decimal(least=Decimal(0), most=Decimal(1_000_000_000))
SKU_COLUMN: Final = Column(
    name="sku",
    label=_("SKU"),
    read=identifier(most=64),
    required=True,
    aliases=("sku code", "code", "seller sku", "item", "商品编码", "商品sku", "产品编码", "货品编码"),
)


def _side(name: str, label: Any, *aliases: str) -> Column:
    return Column(name=name, label=label, read=MEASURE, required=True, aliases=aliases, units=LENGTH_UNITS)


SKU_COLUMNS: Final = (
    SKU_COLUMN,
    Column(name="name", label=_("name"), read=text(most=200), aliases=("title", "description", "名称", "品名", "商品名称", "中文名称")),
    Column(
        name="weight",
        label=_("weight"),
        read=MEASURE,
        required=True,
        aliases=("gross weight", "mass", "重量", "毛重", "单品重量"),
        units=MASS_UNITS,
    ),
    _side("length", _("length"), "长", "长度"),
    _side("width", _("width"), "宽", "宽度"),
    _side("height", _("height"), "depth", "高", "高度"),
    Column(name="weight_unit", label=_("unit of weight"), read=text(most=16), aliases=("unit of weight", "重量单位")),
    Column(
        name="length_unit",
        label=_("unit of length"),
        read=text(most=16),
        aliases=("size unit", "dimension unit", "unit of length", "尺寸单位", "长度单位"),
    ),
    Column(name="tags", label=_("tags"), read=text(most=500), aliases=("tag", "labels", "标签", "属性")),
    Column(name="category", label=_("category"), read=text(most=64), aliases=("类别", "分类", "品类", "类目")),
    Column(
        name="ships_alone",
        label=_("ships alone"),
        read=yes_no,
        aliases=("own parcel", "separate parcel", "单独包装", "独立包装", "单独发货"),
    ),
)
STOCK_COLUMNS: Final = (
    Column(
        name="warehouse",
        label=_("warehouse"),
        read=identifier(most=32),
        required=True,
        aliases=("warehouse code", "location", "仓库", "仓库编码", "仓库代码"),
    ),
    SKU_COLUMN,
    Column(
        name="units",
        label=_("units on hand"),
        read=whole_number(least=0, most=MOST_UNITS),
        required=True,
        aliases=("on hand", "quantity", "qty", "stock", "count", "数量", "库存", "在库数量", "实际库存", "库存数量"),
    ),
)


class SkuImport:
    """Takes articles of one seller; what a column that the file lacks says stays as it was."""

    columns: Sequence[Column] = SKU_COLUMNS
    key: tuple[str, ...] = ("sku",)
    most_rows_per_key = 1
    rows_may_repeat = False
    things: str | Promise = _("SKUs")
    use_case = UseCase.BRING_ORDERS

    def __init__(self, *, tenant_id: int, seller_id: int) -> None:
        self._tenant_id = tenant_id
        self._seller_id = seller_id
        self._units: Mapping[str, str] = {}
        self._kept: tuple[str, ...] = ()

    def begin(self, layout: Layout) -> None:
        """Learn from the header which units are meant, and which columns there are."""
        self._units = layout.units
        self._kept = tuple(name for name in ("name", "tags", "category", "ships_alone") if not layout.has(name))

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each row."""
        codes = [group.rows[0].values["sku"] for group in groups]
        with array_cursor() as cursor:
            known = store.skus_with_codes(cursor, tenant_id=self._tenant_id, seller_id=self._seller_id, codes=codes)
        return [self._outcome(group.rows[0], known.get(code)) for group, code in zip(groups, codes, strict=True)]

    def save(self, items: Sequence[NewSku]) -> None:
        """Add or change articles."""
        if items:
            services.save_skus(tenant_id=self._tenant_id, seller_id=self._seller_id, skus=items)

    def finish(self) -> None:
        """Tell nobody."""

    def _outcome(self, row: Row, known: NewSku | None) -> Outcome:
        faults: list[RowFault] = []
        mass = self._mass(row, faults)
        sides = [self._side(row, name, faults) for name in ("length", "width", "height")]
        tags = _tags(row, faults)
        if faults:
            return Bad(tuple(faults))
        sku = NewSku(
            code=row.values["sku"],
            name=row.values["name"] or row.values["sku"],
            mass_mg=mass,
            length_um=sides[0],
            width_um=sides[1],
            height_um=sides[2],
            tags=tags,
            category=row.values["category"] or "",
            ships_alone=bool(row.values["ships_alone"]),
        )
        if known is not None:
            sku = replace(sku, **{name: getattr(known, name) for name in self._kept})
        return Repeated() if sku == known else Good(sku)

    def _mass(self, row: Row, faults: list[RowFault]) -> int:
        unit = self._unit(row, "weight", "weight_unit", MASS_UNITS, faults)
        value = row.values["weight"]
        mass = mass_mg(value, mass_unit(unit)) if unit else 1
        if not 0 < mass <= MOST_MASS_MG:
            faults.append((row.line, "weight", MeasureOutOfRange(value=value, unit=unit, most="10 t")))
        return mass

    def _side(self, row: Row, name: str, faults: list[RowFault]) -> int:
        unit = self._unit(row, name, "length_unit", LENGTH_UNITS, faults)
        value = row.values[name]
        side = length_um(value, length_unit(unit)) if unit else 1
        if not 0 < side <= MOST_SIDE_UM:
            faults.append((row.line, name, MeasureOutOfRange(value=value, unit=unit, most="10 m")))
        return side

    def _unit(self, row: Row, name: str, unit_column: str, known: Mapping[str, str], faults: list[RowFault]) -> str | None:
        """Return the unit that the row's unit column names, else the header, else note that none does."""
        word = row.values[unit_column]
        if word is None:
            if name not in self._units:
                faults.append((row.line, name, UnitMissing()))
            return self._units.get(name)
        unit = known.get(word.casefold())
        if unit is None and not any(column == unit_column for _, column, _ in faults):
            faults.append((row.line, unit_column, UnitUnknown(unit=word, known=", ".join(dict.fromkeys(known.values())))))
        return unit


def _tags(row: Row, faults: list[RowFault]) -> tuple[str, ...]:
    """Return the tags, which are separated by comma, semicolon or | and stored in lower case, each once."""
    words = (row.values["tags"] or "").replace(";", ",").replace("；", ",").replace("，", ",").replace("|", ",").split(",")
    tags = tuple(sorted({word.strip().casefold() for word in words if word.strip()}))
    faults += [(row.line, "tags", TagTooLong(tag=tag, most=MOST_TAG)) for tag in tags if len(tag) > MOST_TAG]
    return tags


class StockImport:
    """Takes counts of one seller's articles; `take_counts` is the use case that they go to."""

    columns: Sequence[Column] = STOCK_COLUMNS
    key: tuple[str, ...] = ("warehouse", "sku")
    most_rows_per_key = 1
    rows_may_repeat = False
    things: str | Promise = _("stock counts")
    use_case = UseCase.COUNT_STOCK

    def __init__(self, *, tenant_id: int, seller_id: int, take_counts: TakeCounts) -> None:
        self._tenant_id = tenant_id
        self._seller_id = seller_id
        self._take_counts = take_counts
        self._warehouses: dict[str, int] = {}

    def begin(self, layout: Layout) -> None:
        """Learn the tenant's warehouses."""
        self._warehouses = dict(Warehouse.objects.values_list("code", "id"))

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each count."""
        codes = {group.rows[0].values["sku"] for group in groups}
        with array_cursor() as cursor:
            skus = store.sku_ids_of(cursor, tenant_id=self._tenant_id, seller_id=self._seller_id, codes=codes)
        on_hand = {
            (warehouse_id, sku_id): units
            for warehouse_id, sku_id, units in Stock.objects.filter(sku_id__in=skus.values()).values_list(
                "warehouse_id", "sku_id", "on_hand"
            )
        }
        return [self._outcome(group.rows[0], skus, on_hand) for group in groups]

    def save(self, items: Sequence[Count]) -> None:
        """Hand the counts on."""
        if items:
            self._take_counts(items)

    def finish(self) -> None:
        """Tell nobody: who takes the counts does."""

    def _outcome(self, row: Row, skus: Mapping[str, int], on_hand: Mapping[tuple[int, int], int]) -> Outcome:
        warehouse_id, sku_id = self._warehouses.get(row.values["warehouse"]), skus.get(row.values["sku"])
        faults: list[RowFault] = []
        if warehouse_id is None:
            faults.append((row.line, "warehouse", WarehouseUnknown(warehouse=row.values["warehouse"])))
        if sku_id is None:
            faults.append((row.line, "sku", SkuUnknown(sku=row.values["sku"])))
        if warehouse_id is None or sku_id is None:
            return Bad(tuple(faults))
        if on_hand.get((warehouse_id, sku_id)) == row.values["units"]:
            return Repeated()
        return Good(Count(warehouse_id=warehouse_id, sku_id=sku_id, units=row.values["units"]))
