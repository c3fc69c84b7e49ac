"""Rules in sentences, in the reader's language; what they name by its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allocation.core.rules.findings import Finding, Trouble
from allocation.core.rules.matching import LookedAt, Seen, Traits
from allocation.core.rules.terms import Action, Condition, Field, Group, RuleTerms
from allocation.rules.words import ACTS, FIELDS, TESTS, WEEKDAYS
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from orders.models import Store
from wms.tenancy.models import Seller
from wms.values.mass import mass_text
from wms.values.money import from_minor

_NAMED: dict[Field, tuple[Any, str]] = {Field.SELLER: (Seller, "name"), Field.STORE: (Store, "name"), Field.SKU: (Sku, "code")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What rules name, by id; `timezone` is the company's, in which instants are told."""

    things: Mapping[tuple[Field, int], str]
    warehouses: Mapping[int, str]
    channels: Mapping[int, str]
    timezone: str


def names_in(rules: Iterable[RuleTerms], *, timezone: str) -> Names:
    """Return the names of all that these rules name. Call it inside the tenant's scope."""
    held = tuple(rules)
    conditions = [condition for rule in held for condition in rule.condition.conditions()]
    things: dict[tuple[Field, int], str] = {}
    for field, (table, column) in _NAMED.items():
        ids = {int(value) for condition in conditions if condition.field == field for value in condition.values}
        if ids:
            things |= {(field, key): name for key, name in table.objects.filter(pk__in=ids).values_list("pk", column)}
    return Names(
        things=things,
        warehouses=dict(Warehouse.objects.values_list("pk", "code")),
        channels=dict(Channel.objects.values_list("pk", "code")),
        timezone=timezone,
    )


def tell_part(part: Condition | Group, names: Names) -> str:
    """Return a condition, or a group of them, in words."""
    if isinstance(part, Condition):
        return tell_condition(part, names)
    told = [f"({tell_part(inner, names)})" if isinstance(inner, Group) else tell_condition(inner, names) for inner in part.parts]
    return (_(" and ") if part.every else _(" or ")).join(told)


def tell_condition(condition: Condition, names: Names) -> str:
    """Return a condition in words: “platform is one of amazon, temu”."""
    field = f"{FIELDS[condition.field]} ({condition.within})" if condition.within else str(FIELDS[condition.field])
    if condition.field == Field.WEEK_TIME:
        days = ", ".join(str(WEEKDAYS[int(day)]) for day in condition.values)
        return " ".join(part for part in (field, days, _bounds(condition, names)) if part)
    if not condition.values:
        return f"{field} {_bounds(condition, names)}"
    values = ", ".join(_value(condition.field, value, names) for value in condition.values)
    return f"{field} {TESTS[condition.test]} {values}"


def _value(field: Field, value: int | str, names: Names) -> str:
    if field in _NAMED:
        return names.things.get((field, int(value)), f"#{value}")
    return str(value).upper() if field == Field.STATE else str(value)


def _bounds(condition: Condition, names: Names) -> str:
    least, most = (None if bound is None else _bound(condition, bound, names) for bound in (condition.least, condition.most))
    if least is None and most is None:
        return ""
    if most is None:
        return _("from %(least)s") % {"least": least}
    return _("up to %(most)s") % {"most": most} if least is None else f"{least} – {most}"


def _bound(condition: Condition, bound: int, names: Names) -> str:
    if condition.field == Field.WEIGHT:
        return mass_text(bound, "kg")
    if condition.field == Field.VALUE:
        return str(from_minor(bound, condition.within))
    if condition.field == Field.WEEK_TIME:
        return f"{bound // 60:02}:{bound % 60:02}"
    if condition.field == Field.PLACED:
        return date_format(datetime.fromtimestamp(bound, UTC).astimezone(ZoneInfo(names.timezone)), "Y-m-d H:i")
    return str(bound)


def tell_action(action: Action, names: Names) -> str:
    """Return an action in words: “ship only from or by NJ1, GROUND”."""
    named = [names.warehouses.get(key, f"#{key}") for key in action.warehouse_ids]
    named += [names.channels.get(key, f"#{key}") for key in action.channel_ids]
    return f"{ACTS[action.act]} {', '.join(named)}".rstrip()


def tell_finding(finding: Finding) -> str:
    """Return a finding in a sentence."""
    names = {"rule": finding.rule.name, "earlier": finding.earlier.name if finding.earlier else ""}
    sentences = {
        Trouble.CONTRADICTS_ITSELF: _("“%(rule)s” can never match: its conditions exclude each other."),
        Trouble.NEVER_IN_FORCE: _("“%(rule)s” is never in force: it ends before it begins."),
        Trouble.SHADOWED: _("“%(rule)s” can never match: every order that fits it is taken by “%(earlier)s” before."),
        Trouble.CONFLICT: _("“%(rule)s” contradicts “%(earlier)s”, which comes first: some orders fit both."),
    }
    return sentences[finding.trouble] % names


def tell_example(order: Traits) -> str:
    """Return an example order in words."""
    place = " ".join(part for part in (order.country, order.state_code, order.postcode) if part)
    parts = [order.platform, place, order.service_level, f"{order.units} ×", mass_text(order.weight_mg, "kg")]
    parts.append(f"{order.currency} {from_minor(order.value_minor, order.currency)}")
    return _("For example: %(order)s") % {"order": " · ".join(part for part in parts if part)}


def tell_look(looked: LookedAt, names: Names) -> str:
    """Return what became of a rule that was looked at for an order."""
    if looked.failed is not None:
        return _("did not match: %(condition)s") % {"condition": tell_part(looked.failed, names)}
    return {
        Seen.DECIDED: _("matched and decided"),
        Seen.MATCHED_AND_COULD_NOT_SERVE: _("matched, but nothing that it permits could serve"),
        Seen.NOT_IN_FORCE: _("not in force on that day"),
        Seen.REVIEWED_ALREADY: _("passed over: the order was in review before"),
        Seen.DID_NOT_MATCH: _("did not match"),
    }[looked.seen]
