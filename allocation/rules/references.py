"""Whether what a rule names exists and is of use. Call it inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allocation.core.rules.terms import Act, Action, Field, RuleTerms
from allocation.models import Lane
from allocation.rules.errors import RuleLaneMissing, RuleNamesInactive, RuleNamesUnknown
from allocation.rules.words import FIELDS
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from orders.models import Store
from wms.tenancy.models import Seller

_TABLES: dict[Field, Any] = {Field.SELLER: Seller, Field.STORE: Store, Field.SKU: Sku}


def refuse_unknown(rule: RuleTerms) -> None:
    """Raise the sentence for the first thing that the rule names and that is not there, or is switched off."""
    for condition in rule.condition.conditions():
        if condition.field in _TABLES:
            ids = [int(value) for value in condition.values]
            known = set(_TABLES[condition.field].objects.filter(pk__in=ids).values_list("pk", flat=True))
            _refuse_missing(ids, known, FIELDS[condition.field])
    _refuse_inactive(rule.action.warehouse_ids, Warehouse)
    _refuse_inactive(rule.action.channel_ids, Channel)
    _refuse_without_lane(rule.action)


def _refuse_missing(ids: Iterable[int], known: Iterable[int], kind: Any) -> None:
    missing = sorted(set(ids) - set(known))
    if missing:
        raise RuleNamesUnknown(kind=kind, value=missing[0])


def _refuse_inactive(ids: Iterable[int], table: type[Warehouse] | type[Channel]) -> None:
    rows = {row.pk: row for row in table.objects.filter(pk__in=ids)}
    kind = table._meta.verbose_name
    _refuse_missing(ids, rows, kind)
    for row in rows.values():
        if not row.active:
            raise RuleNamesInactive(kind=kind, value=row.code)


def _refuse_without_lane(action: Action) -> None:
    if action.act == Act.FORBID or not (action.warehouse_ids and action.channel_ids):
        return
    if not Lane.objects.filter(warehouse__in=action.warehouse_ids, channel__in=action.channel_ids).exists():
        raise RuleLaneMissing
