"""A rule as plain form fields: blocks of conditions, each condition a row of inputs that depend on its field.

Names are b{block}-every and b{block}-c{row}-{part}, in the order in which they stand on the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as fresh
from typing import Any, Final

from django.http import QueryDict

from allocation.core.rules.documents import Document, RuleFault, condition_from_document
from allocation.core.rules.terms import GOODS, NUMBERS, TESTS_OF, Condition, Field, Group
from allocation.core.rules.terms import Test as Comparison
from allocation.rules.errors import RuleInvalid, RuleNamesUnknown
from allocation.rules.texts import bound_text, read_bound
from allocation.rules.words import FIELDS, TESTS, WEEKDAYS
from inventory.models import Sku, Warehouse
from orders.models import Store
from wms.errors import DomainError
from wms.tenancy.models import Seller

NAME: Final = re.compile(r"b(\d{1,2})-c(\d{1,3})-(field|test|values|within|least|most)")
CHOSEN: Final = frozenset({Field.SELLER, Field.STORE})


@dataclass(slots=True)
class Row:
    """One condition as a person writes it: `values` are words or chosen ids, `least` and `most` texts."""

    field: Field
    test: str = ""
    values: list[str] = fresh(default_factory=list)
    within: str = ""
    least: str = ""
    most: str = ""
    fault: str = ""


@dataclass(slots=True)
class Block:
    """Conditions of which all, or any, must hold."""

    every: bool = True
    rows: list[Row] = fresh(default_factory=list)


@dataclass(slots=True)
class Written:
    """The conditions of a rule as written; `every` joins the blocks."""

    every: bool = True
    blocks: list[Block] = fresh(default_factory=list)


def read_post(data: QueryDict) -> Written:
    """Return what the form says, however much of it is nonsense."""
    rows: dict[tuple[int, int], dict[str, list[str]]] = {}
    for name in data:
        match = NAME.fullmatch(name)
        if match:
            rows.setdefault((int(match[1]), int(match[2])), {})[match[3]] = data.getlist(name)
    written = Written(every=data.get("every") != "any")
    for number in sorted({block for block, _ in rows} | {int(name[1:-6]) for name in data if re.fullmatch(r"b\d{1,2}-every", name)}):
        of_block = [parts for (block, _), parts in sorted(rows.items()) if block == number]
        written.blocks.append(Block(every=data.get(f"b{number}-every") != "any", rows=[_row(parts) for parts in of_block]))
    return written


def _row(parts: Mapping[str, list[str]]) -> Row:
    def one(name: str) -> str:
        return (parts.get(name) or [""])[0].strip()

    known = one("field") if one("field") in FIELDS else Field.PLATFORM
    return Row(Field(known), one("test"), parts.get("values") or [], one("within"), one("least"), one("most"))


def as_document(written: Written, *, timezone: str) -> Document:
    """Return the conditions as the core reads them; each row is told its own fault. Raises the first of them."""
    faults: list[DomainError] = []
    blocks = []
    for block in written.blocks:
        parts = []
        for row in block.rows:
            try:
                parts.append(_document(row, timezone))
            except DomainError as fault:
                row.fault = str(fault)
                faults.append(fault)
        blocks.append({"every": block.every, "parts": parts})
    if faults:
        raise faults[0]
    return {"every": written.every, "parts": [block for block in blocks if block["parts"]]}


def _document(row: Row, timezone: str) -> Document:
    document: Document = {"field": row.field.value, "test": row.test or TESTS_OF[row.field][0].value}
    if row.within or row.field == Field.WEEK_TIME:
        document["within"] = timezone if row.field == Field.WEEK_TIME else row.within
    try:
        document["values"] = _values(row)
        bounds = {"least": row.least, "most": row.most}
        document |= {name: read_bound(row.field, text, within=row.within, timezone=timezone) for name, text in bounds.items() if text}
        condition_from_document(document)
    except RuleFault as fault:
        raise RuleInvalid(fault) from fault
    return document


def _values(row: Row) -> list[Any]:
    if row.field in CHOSEN or row.field == Field.WEEK_TIME:
        return [int(value) for value in row.values if value.isdecimal()]
    words = [word.strip() for text in row.values for word in re.split(r"[,，;；\n]", text) if word.strip()]
    if row.field != Field.SKU:
        return words
    found = list(Sku.objects.filter(code__in=words).values_list("code", "pk"))
    missing = sorted(set(words) - {code for code, _ in found})
    if missing:
        raise RuleNamesUnknown(kind=FIELDS[Field.SKU], value=missing[0])
    return [pk for _, pk in found]


def as_written(group: Group, *, timezone: str) -> Written:
    """Return stored conditions as a person would write them. Groups within groups are drawn up into one block each."""
    alone = [part for part in group.parts if isinstance(part, Condition)]
    blocks = [Block(every=group.every, rows=[_written(part, timezone) for part in alone])] if alone else []
    inner = [part for part in group.parts if isinstance(part, Group)]
    blocks += [Block(every=part.every, rows=[_written(each, timezone) for each in part.conditions()]) for part in inner]
    return Written(every=group.every, blocks=blocks)


def is_deep(group: Group) -> bool:
    """Return whether groups stand in each other deeper than the page can show."""
    return any(isinstance(inner, Group) for part in group.parts if isinstance(part, Group) for inner in part.parts)


def _written(condition: Condition, timezone: str) -> Row:
    asked = {"within": condition.within, "timezone": timezone}
    least, most = ("" if bound is None else bound_text(condition.field, bound, **asked) for bound in (condition.least, condition.most))
    values = [str(value) for value in condition.values]
    if condition.field == Field.SKU:
        values = [", ".join(Sku.objects.filter(pk__in=condition.values).order_by("code").values_list("code", flat=True))]
    elif condition.field not in CHOSEN and condition.field != Field.WEEK_TIME:
        values = [", ".join(value.upper() if condition.field == Field.STATE else value for value in values)]
    return Row(condition.field, condition.test.value, values, condition.within, least, most)


def shown(written: Written, *, currency: str) -> dict[str, Any]:
    """Return the builder's content for its template: flat rows with every choice marked.

    A condition without a country or currency is offered that of the first warehouse, and the tenant's `currency`.
    """
    country = Warehouse.objects.filter(active=True).order_by("priority", "pk").values_list("country", flat=True).first() or ""
    usual = {Field.STATE: country, Field.POSTCODE: country, Field.VALUE: currency}
    choices = {
        Field.SELLER: [(str(row.pk), row.name) for row in Seller.objects.order_by("name")],
        Field.STORE: [(str(row.pk), row.name) for row in Store.objects.order_by("name")],
        Field.WEEK_TIME: [(str(day), name) for day, name in enumerate(WEEKDAYS)],
    }
    blocks = [
        {
            "number": number,
            "every": block.every,
            "rows": [_shown(row, number, place, choices, usual) for place, row in enumerate(block.rows)],
        }
        for number, block in enumerate(written.blocks)
    ]
    return {"every": written.every, "blocks": blocks}


def _shown(
    row: Row, block: int, place: int, choices: Mapping[Field, Sequence[tuple[str, Any]]], usual: Mapping[Field, str]
) -> dict[str, Any]:
    tests = TESTS_OF[row.field]
    return {
        "prefix": f"b{block}-c{place}",
        "place": f"{block}.{place}",
        "fault": row.fault,
        "fields": [(each.value, FIELDS[each], each == row.field) for each in Field],
        "tests": [(each.value, TESTS[each], each.value == row.test) for each in tests] if tests != (Comparison.BETWEEN,) else [],
        "choices": [(value, name, value in row.values) for value, name in choices.get(row.field, ())],
        "days": row.field == Field.WEEK_TIME,
        "text": ", ".join(row.values) if row.field not in choices and row.field not in NUMBERS else None,
        "within": (row.within or usual[row.field]) if row.field in usual else None,
        "is_postcode": row.field == Field.POSTCODE,
        "is_weight": row.field == Field.WEIGHT,
        "is_goods": row.field in GOODS,
        "bounds": {Field.PLACED: "datetime-local", Field.WEEK_TIME: "time"}.get(row.field, "text") if row.field in NUMBERS else None,
        "least": row.least,
        "most": row.most,
    }
