"""Rules as people write them in a file, with codes and amounts, and as they are stored, with ids and whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from allocation.core.rules.documents import Document, RuleFault, condition_from_document
from allocation.core.rules.terms import NUMBERS, TESTS_OF, Condition, Field, Group, Unserved
from allocation.naming import ids_named, names_of
from allocation.rule_models import Rule
from allocation.rules.editing import SavedRule, StatedRule, save_rule
from allocation.rules.errors import RuleInvalid
from allocation.rules.reading import terms_of
from allocation.rules.texts import bound_text, read_bound
from allocation.stated_files import EntryOdd, Stated
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from orders.models import Store
from wms.tenancy.models import Seller, Tenant
from wms.tenancy.scope import tenant_scope

RULE: Final = ("name", "condition", "action", "unserved", "enabled", "effective_from", "effective_to")
GROUP: Final = ("every", "parts")
CONDITION: Final = ("field", "test", "values", "within", "least", "most")
ACTION: Final = ("act", "warehouses", "channels")
NAMED: Final[Mapping[Field, Any]] = {Field.SELLER: Seller, Field.STORE: Store, Field.SKU: Sku}
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def rules_stated(document: Document) -> tuple[Document, ...]:
    """Return the rules of a file: each table [[rule]], or the file itself where it states but one."""
    if "rule" not in document:
        return (document,)
    return tuple(Stated(document, place=_("the file"), known=("rule",)).tables("rule"))


def add_stated_rules(*, tenant_id: int, documents: Sequence[Document], actor: str, at: datetime) -> tuple[SavedRule, ...]:
    """Store rules at the end of the draft, all of them or none; raises the sentence of the first thing that is wrong."""
    with tenant_scope(tenant_id=tenant_id):
        return tuple(_save(tenant_id, document, None, actor, at) for document in documents)


def change_to_stated_rule(*, tenant_id: int, key: int, document: Document, actor: str, at: datetime) -> SavedRule:
    """Let a rule of the draft be as stated; raises the sentence of what is wrong."""
    with tenant_scope(tenant_id=tenant_id):
        return _save(tenant_id, document, key, actor, at)


def _save(tenant_id: int, document: Document, key: int | None, actor: str, at: datetime) -> SavedRule:
    timezone = Tenant.objects.values_list("timezone", flat=True).get(pk=tenant_id)
    stated = rule_from_names(document, timezone=timezone)
    return save_rule(tenant_id=tenant_id, stated=stated, key=key, actor=actor, at=at)


def rule_from_names(document: Document, *, timezone: str) -> StatedRule:
    """Return the rule that a table states by names. Call it inside the tenant's scope."""
    stated = Stated(document, place=_("a rule"), known=RULE)
    unserved = stated.text("unserved", Unserved.SMART)
    if unserved not in tuple(Unserved):
        raise EntryOdd(entry="unserved", place=_("a rule"), value=unserved)
    try:
        return StatedRule(
            name=stated.text("name"),
            condition=_group(stated.table("condition"), timezone),
            action=_action(stated.table("action")),
            unserved=unserved,
            enabled=stated.flag("enabled", default=True),
            effective_from=stated.day("effective_from"),
            effective_to=stated.day("effective_to"),
        )
    except RuleFault as fault:
        raise RuleInvalid(fault) from fault


def _group(document: Document, timezone: str) -> Document:
    stated = Stated(document, place=_("a group of conditions"), known=GROUP)
    parts = [_group(part, timezone) if "parts" in part else _condition(part, timezone) for part in stated.tables("parts")]
    return {"every": stated.flag("every", default=True), "parts": parts}


def _condition(document: Document, timezone: str) -> Document:
    stated = Stated(document, place=_("a condition"), known=CONDITION)
    name = stated.text("field")
    if name not in tuple(Field):
        raise RuleFault("field_unknown", value=name)
    field, within = Field(name), stated.text("within")
    if field == Field.WEEK_TIME:
        within = within or timezone
    read: Document = {"field": field.value, "test": stated.text("test", TESTS_OF[field][0]), "within": within}
    read["values"] = _values(field, stated.names("values"))
    for bound in ("least", "most"):
        if stated.has(bound) and field in NUMBERS:
            read[bound] = read_bound(field, stated.text(bound), within=within, timezone=timezone)
    condition_from_document(read)
    return read


def _values(field: Field, names: Sequence[str]) -> list[Any]:
    if field in NAMED:
        return list(ids_named(NAMED[field], names))
    if field != Field.WEEK_TIME:
        return list(names)
    for name in names:
        if name.casefold() not in WEEKDAYS:
            raise EntryOdd(entry="values", place=_("a condition"), value=name)
    return [WEEKDAYS.index(name.casefold()) for name in names]


def _action(document: Document) -> Document:
    stated = Stated(document, place=_("an action"), known=ACTION)
    return {
        "act": stated.text("act"),
        "warehouse_ids": list(ids_named(Warehouse, stated.names("warehouses"))),
        "channel_ids": list(ids_named(Channel, stated.names("channels"))),
    }


def rule_to_names(row: Rule, *, timezone: str) -> Document:
    """Return a stored rule as `rule_from_names` reads it, in JSON values. Call it inside the tenant's scope."""
    terms = terms_of(row)
    action = {"act": terms.action.act.value, "warehouses": names_of(Warehouse, terms.action.warehouse_ids)}
    action["channels"] = names_of(Channel, terms.action.channel_ids)
    days = {"effective_from": terms.effective_from, "effective_to": terms.effective_to}
    return {
        "name": terms.name,
        "enabled": row.enabled,
        "unserved": terms.unserved.value,
        **{name: day.isoformat() for name, day in days.items() if day},
        "condition": _named_group(terms.condition, timezone),
        "action": {name: value for name, value in action.items() if value},
    }


def _named_group(group: Group, timezone: str) -> Document:
    parts = [_named_group(part, timezone) if isinstance(part, Group) else _named_condition(part, timezone) for part in group.parts]
    return {"every": group.every, "parts": parts}


def _named_condition(condition: Condition, timezone: str) -> Document:
    field, values = condition.field, condition.values
    if field in NAMED:
        names = names_of(NAMED[field], map(int, values))
    elif field == Field.WEEK_TIME:
        names = [WEEKDAYS[int(value)] for value in values]
    else:
        names = [str(value) for value in values]
    bounds = {"least": condition.least, "most": condition.most}
    told = {
        name: bound_text(field, bound, within=condition.within, timezone=timezone) for name, bound in bounds.items() if bound is not None
    }
    stated = {"field": field.value, "test": condition.test.value, "values": names, "within": condition.within, **told}
    return {name: value for name, value in stated.items() if value}
