"""How a carrier's invoice files are read: which column is which, and which cost line each of its charges is.

A file names its charges in three ways, of which it may use several. Each row has one charge, its word in the column `charge` and
its amount in `amount`. Or it has many, each in two columns beside each other, one for the word and one for the amount, which `pairs`
names; both headers may be repeated any number of times. In both cases `codes` gives the cost line of each word ("*" of every other
one). Or each charge of a parcel has a column of its own; then `charges` gives the cost line of each such column.

    [columns]                               # our column = the file's; what is named as we name it needs no entry
    tracking_number = "Tracking #"
    [defaults]                              # what the file does not say
    currency = "USD"
    [charges]                               # column of the file = cost line
    "Freight Charge" = "base"
    [pairs]                                 # column of the words = column of their amounts
    "Charge Description" = "Charge Amount"
    [codes]                                 # carrier's word = cost line
    "Fuel Surcharge" = "fuel"
    [options]                               # encoding, sheet, date_pattern ("%m/%d/%Y"), weight_unit, rows_go_on ("yes": a row
                                            # that names no parcel belongs to the parcel of the row above)
    weight_unit = "lb"
    [tolerance]
    amount = "0.05"
    percent = "0.5"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from billing.core.comparing import Tolerance
from billing.errors import InvoiceFormatInvalid
from carriers.measures import MASS_WORDS
from wms.errors import DomainError
from wms.tabular.cells import Reader, currency, day, decimal, identifier, moment, shown, text
from wms.tabular.columns import Column, ColumnMapping
from wms.tabular.errors import MappingUnreadable, NotDate, NotMoment, NotNumber
from wms.values.mass import MassUnit
from wms.values.money import minor_digits

MOST_AMOUNT: Final = Decimal(10_000_000)
COST_LINE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
AMOUNT: Final = re.compile(r"(?P<open>\()?(?P<sign>-)?[$¥€£￥]? ?(?P<number>[-+]?[0-9][0-9,]*(?:\.[0-9]+)?)(?(open)\))")
ANY_OTHER: Final = "*"
WIDE: Final = "charge:"
WORD: Final = "word:"
PAID: Final = "paid:"
OPTIONS: Final = frozenset({"encoding", "sheet", "date_pattern", "weight_unit", "rows_go_on"})
YES, NO = "yes", "no"
TABLES: Final = ("columns", "defaults", "charges", "pairs", "codes", "options", "tolerance")

type Document = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A checked format. `codes` are by the carrier's word in lower case; `pairs` are columns of words and of their amounts."""

    mapping: ColumnMapping
    columns: tuple[Column, ...]
    wide: Mapping[str, tuple[str, str]]
    pairs: tuple[tuple[str, str], ...]
    codes: Mapping[str, str]
    weight_unit: MassUnit | None

    def code_of(self, word: str) -> str | None:
        """Return the cost line of the carrier's word, None where the format says nothing of it."""
        return self.codes.get(word.casefold(), self.codes.get(ANY_OTHER))


def read_format_file(path: Path) -> Document:
    """Return the document that a TOML file holds. Raises MappingUnreadable or InvoiceFormatInvalid."""
    try:
        return read_format_text(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise MappingUnreadable(path=str(path), cause=str(fault)) from fault


def read_format_text(text: str) -> Document:
    """Return the document that is written as TOML. Raises InvoiceFormatInvalid."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvoiceFormatInvalid(place="TOML", cause=str(fault)) from fault
    return checked_document(document)


def format_text(document: Document) -> str:
    """Return a document as `read_format_text` reads it; tables without entries are left out."""
    lines: list[str] = []
    for name in TABLES:
        if document.get(name):
            lines += [f"[{name}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in document[name].items()), ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def checked_document(document: Mapping[str, Any]) -> Document:
    """Return the document with all its tables and plain texts. Raises InvoiceFormatInvalid."""
    for name, table in document.items():
        if name not in TABLES or not isinstance(table, Mapping):
            raise InvoiceFormatInvalid(place=f"[{name}]", cause=_("there is no such table"))
        for key, value in table.items():
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise InvoiceFormatInvalid(place=f"[{name}] {key}", cause=_("the value must be a text"))
    checked = {name: {str(key): str(value) for key, value in document.get(name, {}).items()} for name in TABLES}
    format_of(checked)
    tolerance_of(checked, currency_code="USD")
    return checked


def format_of(document: Document) -> Format:
    """Return the format of a document. Raises InvoiceFormatInvalid."""
    options, pairs = document["options"], document.get("pairs", {})  # formats were stored before there were pairs
    _refuse_unknown(document)
    wide = {f"{WIDE}{header}": (header, code) for header, code in document["charges"].items()}
    mapping = ColumnMapping(
        headers={
            **document["columns"],
            **{name: header for name, (header, _code) in wide.items()},
            **{f"{WORD}{word}": word for word in pairs},
            **{f"{PAID}{word}": paid for word, paid in pairs.items()},
        },
        defaults=document["defaults"],
        encoding=options.get("encoding"),
        sheet=options.get("sheet"),
        rows_go_on=options.get("rows_go_on") == YES,
    )
    columns = (
        *_columns(options.get("date_pattern")),
        *(Column(name=name, label=header, read=amount) for name, (header, _code) in wide.items()),
        *(Column(name=f"{WORD}{word}", label=word, read=text(most=120), repeats=True) for word in pairs),
        *(Column(name=f"{PAID}{word}", label=paid, read=amount, repeats=True) for word, paid in pairs.items()),
    )
    if unknown := {*mapping.headers, *mapping.defaults} - {column.name for column in columns}:
        raise InvoiceFormatInvalid(place=min(unknown), cause=_("there is no such column"))
    return Format(
        mapping=mapping,
        columns=columns,
        wide=wide,
        pairs=tuple((f"{WORD}{word}", f"{PAID}{word}") for word in pairs),
        codes={word.casefold(): code for word, code in document["codes"].items()},
        weight_unit=MASS_WORDS.get(options.get("weight_unit", "").casefold()),
    )


def tolerance_of(document: Document, *, currency_code: str) -> Tolerance:
    """Return the tolerance that a document states, its amount in the currency. Raises InvoiceFormatInvalid."""
    read = decimal(least=Decimal(0), most=Decimal(1_000))
    try:
        stated = {name: read(value) for name, value in document["tolerance"].items()}
    except DomainError as fault:
        raise InvoiceFormatInvalid(place="[tolerance]", cause=str(fault)) from fault
    if unknown := stated.keys() - {"amount", "percent"}:
        raise InvoiceFormatInvalid(place=f"[tolerance] {min(unknown)}", cause=_("there is no such option"))
    minor = stated.get("amount", Decimal(0)).scaleb(minor_digits(currency_code))
    return Tolerance(amount_minor=int(minor), percent=stated.get("percent", Decimal(0)))


def _refuse_unknown(document: Document) -> None:
    for table in ("charges", "codes"):
        for word, code in document[table].items():
            if not COST_LINE.fullmatch(code):
                raise InvoiceFormatInvalid(place=f"[{table}] {word}", cause=_("a cost line is written like residential or peak_2"))
    pairs = document.get("pairs", {})
    if pairs.keys() & pairs.values() or len({*pairs.values()}) < len(pairs):
        raise InvoiceFormatInvalid(place="[pairs]", cause=_("a column stands in two pairs"))
    if not document["codes"] and (pairs or not document["charges"]):
        raise InvoiceFormatInvalid(place="[codes]" if pairs else "[charges]", cause=_("no charge is given a cost line"))
    for name, value in document["options"].items():
        if name not in OPTIONS:
            raise InvoiceFormatInvalid(place=f"[options] {name}", cause=_("there is no such option"))
        if name == "weight_unit" and value.casefold() not in MASS_WORDS:
            raise InvoiceFormatInvalid(place=f"[options] {name}", cause=_("the unit is kg, g, lb or oz"))
        if name == "rows_go_on" and value not in (YES, NO):
            raise InvoiceFormatInvalid(place=f"[options] {name}", cause=_("the answer is yes or no"))


def _columns(date_pattern: str | None) -> tuple[Column, ...]:
    read_day = _day_reader(date_pattern) if date_pattern else day
    return (
        Column(
            name="invoice_number",
            label=_("invoice number"),
            read=identifier(most=64),
            required=True,
            aliases=("invoice", "invoice no", "invoice #", "bill number", "账单号", "发票号", "账单编号"),
        ),
        Column(
            name="invoice_date",
            label=_("invoice date"),
            read=read_day,
            required=True,
            aliases=("bill date", "billing date", "账单日期", "发票日期", "出账日期"),
        ),
        Column(
            name="currency",
            label=_("currency"),
            read=currency,
            required=True,
            aliases=("currency code", "invoice currency", "币种", "币别"),
        ),
        Column(
            name="tracking_number",
            label=_("tracking number"),
            read=identifier(most=64),
            aliases=("tracking", "tracking no", "tracking #", "tracking id", "waybill", "awb", "运单号", "转单号", "快递单号"),
        ),
        Column(
            name="order_number",
            label=_("order number"),
            read=identifier(most=64),
            aliases=("reference", "customer reference", "order", "order no", "订单号", "客户单号", "参考号", "客户订单号"),
        ),
        Column(name="ship_date", label=_("ship date"), read=read_day, aliases=("shipment date", "pickup date", "发货日期", "出货日期")),
        Column(
            name="weight",
            label=_("billed weight"),
            read=decimal(least=Decimal(0), most=Decimal(10_000_000)),
            aliases=("billed weight", "billable weight", "charged weight", "rated weight", "计费重", "计费重量", "收费重"),
            units=MASS_WORDS,
        ),
        Column(name="weight_unit", label=_("unit of weight"), read=text(most=16), aliases=("unit of weight", "重量单位")),
        Column(name="zone", label=_("zone"), read=identifier(most=16), aliases=("rated zone", "分区", "区域")),
        Column(
            name="charge",
            label=_("charge"),
            read=text(most=120),
            aliases=("charge description", "charge code", "charge type", "fee", "费用", "费用名称", "费用类型", "费用项"),
        ),
        Column(
            name="amount",
            label=_("amount"),
            read=amount,
            aliases=("net amount", "charge amount", "net charge", "金额", "费用金额", "应付金额"),
        ),
    )


def amount(cell: str) -> Decimal:
    """Return an amount such as 1,234.50, -3.20, (3.20) or $12.30."""
    match = AMOUNT.fullmatch(cell)
    if match is None:
        raise NotNumber(value=shown(cell))
    number = decimal(least=-MOST_AMOUNT, most=MOST_AMOUNT)(match["number"])
    return -number if match["open"] or match["sign"] else number


def _day_reader(pattern: str) -> Reader:
    """Return a reader of days in the pattern of strptime."""
    read = moment(zone=UTC, pattern=pattern)
    try:
        datetime(2026, 11, 22, tzinfo=UTC).strftime(pattern)
    except ValueError as fault:
        raise InvoiceFormatInvalid(place="[options] date_pattern", cause=str(fault)) from fault

    def read_day(cell: str) -> date:
        try:
            found: datetime = read(cell)
        except NotMoment as fault:
            raise NotDate(value=fault.fields["value"]) from fault
        return found.date()

    return read_day
