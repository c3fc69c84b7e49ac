"""Orders from files: one row per line of an order, the order's own columns on each of its rows or only on the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders import store
from orders.checking import LONGEST, Surroundings, faults_of
from orders.core.types import MOST_LINES, MOST_UNITS, NewLine, NewOrder
from orders.errors import OrderFault, RowsOfOrderDisagree, SkuUnknown, StoreUnknown
from orders.hints import hint_when_committed
from orders.models import Store
from orders.services import store_checked_orders
from wms.arrays import array_cursor
from wms.errors import DomainError
from wms.places.services import locate_many
from wms.tabular.cells import currency, day, decimal, identifier, moment, text, whole_number, yes_no
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import DuplicateRow, TooFine
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated
from wms.tenancy.access import UseCase
from wms.values.money import to_minor

MOST_VALUE: Final = Decimal(10_000_000_000)

# The columns that say something of the order as a whole.
OF_THE_ORDER: Final = (
    "recipient",
    "country",
    "state",
    "city",
    "address",
    "postcode",
    "residential",
    "service_level",
    "value",
    "currency",
    "placed_at",
    "promised_date",
)
COLUMN_OF_FIELD: Final = {"external_number": "order_number", "state_code": "state", "value_minor": "value", "lines": "sku"}


def order_columns(*, zone: tzinfo, moment_pattern: str | None = None) -> tuple[Column, ...]:
    """Return the columns of an order file; times without a zone are meant in `zone`."""
    return (
        Column(
            name="store",
            label=_("store"),
            read=identifier(most=64),
            required=True,
            aliases=("store code", "shop", "shop name", "account", "店铺", "店铺编码", "店铺名称", "店铺账号"),
        ),
        Column(
            name="order_number",
            label=_("order number"),
            read=identifier(most=LONGEST["external_number"]),
            required=True,
            aliases=("order", "order no", "order id", "external number", "reference", "订单号", "订单编号", "平台订单号", "参考号"),
        ),
        Column(name="line", label=_("line"), read=whole_number(least=1, most=32_767), aliases=("line number", "行号", "序号")),
        Column(
            name="sku",
            label=_("SKU"),
            read=identifier(most=64),
            required=True,
            aliases=("sku code", "seller sku", "msku", "item", "lineitem sku", "商品编码", "商品sku", "产品编码", "货品编码"),
        ),
        Column(
            name="units",
            label=_("units"),
            read=whole_number(least=1, most=MOST_UNITS),
            required=True,
            aliases=("quantity", "qty", "quantity purchased", "lineitem quantity", "数量", "商品数量", "件数"),
        ),
        Column(
            name="recipient",
            label=_("recipient"),
            read=text(most=LONGEST["recipient"]),
            aliases=("recipient name", "name", "ship to", "shipping name", "consignee", "收件人", "收货人", "收件人姓名"),
        ),
        Column(
            name="country",
            label=_("country"),
            read=text(most=60),
            required=True,
            aliases=("country code", "ship country", "shipping country", "国家", "国家代码", "收件国家", "国家/地区"),
        ),
        Column(
            name="state",
            label=_("state or province"),
            read=text(most=LONGEST["state_code"]),
            aliases=("state code", "province", "region", "ship state", "shipping province", "州", "省", "省/州", "州/省"),
        ),
        Column(
            name="city",
            label=_("city"),
            read=text(most=LONGEST["city"]),
            aliases=("town", "ship city", "shipping city", "城市", "市"),
        ),
        Column(
            name="address",
            label=_("address"),
            read=text(most=LONGEST["address"]),
            aliases=("street", "address 1", "ship address 1", "shipping address", "shipping street", "地址", "详细地址", "收件地址"),
        ),
        Column(
            name="postcode",
            label=_("postcode"),
            read=identifier(most=20),
            aliases=("zip", "zip code", "postal code", "ship postal code", "shipping zip", "邮编", "邮政编码"),
        ),
        Column(
            name="residential",
            label=_("residential address"),
            read=yes_no,
            aliases=("is residential", "address type", "住宅", "是否住宅", "住宅地址", "地址类型"),
        ),
        Column(
            name="service_level",
            label=_("service level"),
            read=text(most=LONGEST["service_level"]),
            aliases=("service", "ship service level", "shipping method", "服务等级", "物流服务", "配送方式"),
        ),
        Column(
            name="value",
            label=_("order value"),
            read=decimal(least=Decimal(0), most=MOST_VALUE),
            aliases=("total", "amount", "order total", "order amount", "订单金额", "金额", "总金额"),
        ),
        Column(name="currency", label=_("currency"), read=currency, aliases=("currency code", "币种", "货币", "币别")),
        Column(
            name="placed_at",
            label=_("placed"),
            read=moment(zone=zone, pattern=moment_pattern),
            aliases=("order date", "order time", "purchase date", "created at", "paid at", "下单时间", "订单时间", "付款时间"),
        ),
        Column(
            name="promised_date",
            label=_("promised"),
            read=day,
            aliases=("promise date", "deliver by", "ship by", "latest ship date", "承诺日期", "最晚发货时间", "要求送达日期"),
        ),
    )


class OrderImport:
    """Takes the orders of one seller."""

    key: tuple[str, ...] = ("store", "order_number")
    most_rows_per_key = MOST_LINES
    rows_may_repeat = False
    things: str | Promise = _("orders")
    use_case = UseCase.BRING_ORDERS

    def __init__(self, *, tenant_id: int, seller_id: int, at: datetime, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._tenant_id = tenant_id
        self._seller_id = seller_id
        self._at = at
        self._stores: dict[str, int] = {}
        self._around = Surroundings({}, {}, {})

    def begin(self, layout: Layout) -> None:
        """Learn the seller's stores."""
        found = Store.objects.filter(seller_id=self._seller_id).values_list("code", "id", "platform")
        self._stores = {code: store_id for code, store_id, _platform in found}
        rows = {store_id: store.StoreRow(self._seller_id, platform) for _code, store_id, platform in found}
        self._around = Surroundings(rows, {}, {})

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each order."""
        with array_cursor() as cursor:
            codes = {row.values["sku"] for group in groups for row in group.rows}
            skus = store.skus_with_codes(cursor, seller_id=self._seller_id, codes=codes)
            drafts = [self._draft(group, skus) for group in groups]
            orders = [draft for draft in drafts if isinstance(draft, NewOrder)]
            self._around = Surroundings(
                stores=self._around.stores,
                seller_of_sku=dict.fromkeys(skus.values(), self._seller_id),
                places=locate_many({(order.country, order.postcode) for order in orders}),
            )
            known = store.known_numbers(cursor, keys={(order.store_id, order.external_number) for order in orders})
        return [self._outcome(group, draft, known) for group, draft in zip(groups, drafts, strict=True)]

    def save(self, items: Sequence[NewOrder]) -> None:
        """Store the orders of the groups that were checked last."""
        with array_cursor() as cursor:
            store_checked_orders(cursor, tenant_id=self._tenant_id, orders=items, around=self._around, at=self._at)

    def finish(self) -> None:
        """Tell the workers, once for all."""
        hint_when_committed(tenant_id=self._tenant_id)

    def _draft(self, group: Group, skus: dict[str, int]) -> NewOrder | Bad:
        first = group.rows[0].values
        merged, faults = _merged(group)
        faults += _repeated_lines(group)
        faults += [(row.line, "sku", SkuUnknown(sku=row.values["sku"])) for row in group.rows if row.values["sku"] not in skus]
        store_id = self._stores.get(first["store"])
        if store_id is None:
            faults.append((group.rows[0].line, "store", StoreUnknown(store=first["store"])))
        value_minor = _value_minor(merged, group.rows[0].line, faults)
        if faults or store_id is None:
            return Bad(tuple(faults))
        return NewOrder(
            store_id=store_id,
            external_number=first["order_number"],
            recipient=merged["recipient"] or "",
            country=merged["country"],
            state_code=merged["state"] or "",
            city=merged["city"] or "",
            address=merged["address"] or "",
            postcode=merged["postcode"] or "",
            residential=True if merged["residential"] is None else merged["residential"],
            service_level=merged["service_level"] or "",
            value_minor=value_minor,
            currency=merged["currency"] or "USD",
            placed_at=merged["placed_at"] or self._at,
            promised_date=merged["promised_date"],
            lines=tuple(NewLine(sku_id=skus[row.values["sku"]], units=row.values["units"]) for row in group.rows),
        )

    def _outcome(self, group: Group, draft: NewOrder | Bad, known: set[tuple[int, str]]) -> Outcome:
        if isinstance(draft, Bad):
            return draft
        if (draft.store_id, draft.external_number) in known:
            return Repeated()
        if faults := faults_of(orders=[draft], around=self._around):
            return Bad(tuple(_at_row(group, fault) for fault in faults))
        return Good(draft)


type RowFault = tuple[int, str, DomainError]


def _merged(group: Group) -> tuple[dict[str, Any], list[RowFault]]:
    """Return what the rows say of the order as a whole; a blank cell agrees with everything."""
    merged: dict[str, Any] = dict.fromkeys(OF_THE_ORDER)
    said_in: dict[str, int] = {}
    faults: list[RowFault] = []
    for row in group.rows:
        for name in OF_THE_ORDER:
            value = row.values[name]
            if value is None or value == merged[name]:
                continue
            if name in said_in:
                error = RowsOfOrderDisagree(line=said_in[name], first=merged[name], second=value)
                faults.append((row.line, name, error))
            else:
                merged[name], said_in[name] = value, row.line
    return merged, faults


def _repeated_lines(group: Group) -> Iterator[RowFault]:
    line_of_number: dict[int, int] = {}
    for row in group.rows:
        number = row.values["line"]
        if number is not None and line_of_number.setdefault(number, row.line) != row.line:
            yield row.line, "line", DuplicateRow(line=line_of_number[number])


def _value_minor(merged: dict[str, Any], line: int, faults: list[RowFault]) -> int:
    value, code = merged["value"], merged["currency"] or "USD"
    if value is None:
        return 0
    try:
        return to_minor(value, code)
    except ValueError:
        faults.append((line, "value", TooFine(value=value, currency=code)))
        return 0


def _at_row(group: Group, fault: OrderFault) -> RowFault:
    line = group.rows[fault.line or 0].line
    return line, COLUMN_OF_FIELD.get(fault.field, fault.field), fault.error
