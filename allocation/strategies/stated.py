"""Strategies as people write them in a file, with codes, amounts and kilometres, and as they are stored."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from allocation.core.strategies import (
    DEFAULT_WAREHOUSE,
    EXCEPTION,
    PLAIN,
    Fallback,
    Objective,
    Scope,
    StrategyDraft,
    TagRestriction,
    Terms,
)
from allocation.models import Strategy
from allocation.naming import NamedUnknown, id_named, ids_named, names_of
from allocation.stated_files import Document, EntryOdd, Stated
from allocation.strategies.reading import draft_of
from allocation.strategies.saving import SavedStrategy, save_strategy
from carriers.models import Channel
from inventory.models import Warehouse
from orders.models import Store
from wms.tenancy.models import Seller, Tenant
from wms.tenancy.scope import tenant_scope
from wms.values.money import format_minor, to_minor

STRATEGY: Final = ("name", "active", "priority", "warehouses", "channels", "scope", "terms", "fallbacks")
SCOPE: Final = ("stores", "sellers", "platforms", "countries")
RESTRICTION: Final = ("tag", "warehouse", "channel")
MONEY: Final = ("late_day_price", "split_price", "least_split_value", "most_over_cheapest")
FLAGS: Final = ("promise_is_hard", "same_day", "live_fallback")
WHOLE: Final = ("most_shipments", "keep_back_units")
TERMS: Final = ("objective", *MONEY, "most_distance_km", *WHOLE, *FLAGS, "restrictions")
METRES_A_KM: Final = 1000
PLAIN_FALLBACKS: Final[dict[str, Fallback]] = {DEFAULT_WAREHOUSE: DEFAULT_WAREHOUSE, EXCEPTION: EXCEPTION}
_DEFAULTS: Final[dict[str, Any]] = {field.name: getattr(PLAIN, field.name) for field in fields(Terms)}


def save_stated_strategy(
    *, tenant_id: int, document: Document, change: str = "", author: str, comment: str = "", at: datetime
) -> SavedStrategy:
    """Save the strategy that a table states: the next version of the one named `change`, a new one where that is empty.

    Raises the sentence of the first thing that is wrong, and saves nothing then.
    """
    with tenant_scope(tenant_id=tenant_id):
        strategy_id = id_named(Strategy, change) if change else None
        draft = draft_stated(document, currency=_currency(tenant_id))
        return save_strategy(tenant_id=tenant_id, draft=draft, author=author, comment=comment, at=at, strategy_id=strategy_id)


def draft_stated(document: Document, *, currency: str) -> StrategyDraft:
    """Return the draft that a table states by names. Call it inside the tenant's scope."""
    stated = Stated(document, place=_("a setting"), known=STRATEGY)
    scope = Stated(stated.table("scope"), place=_("the scope"), known=SCOPE)
    fallbacks = stated.names("fallbacks") if stated.has("fallbacks") else [DEFAULT_WAREHOUSE]
    return StrategyDraft(
        name=stated.text("name"),
        warehouse_ids=ids_named(Warehouse, stated.names("warehouses")),
        channel_ids=ids_named(Channel, stated.names("channels")),
        scope=Scope(
            store_ids=ids_named(Store, scope.names("stores")),
            seller_ids=ids_named(Seller, scope.names("sellers")),
            platforms=tuple(sorted(scope.names("platforms"))),
            countries=tuple(sorted(scope.names("countries"))),
        ),
        terms=_terms(stated.table("terms"), currency),
        fallbacks=tuple(_fallback(name) for name in fallbacks),
        priority=stated.whole("priority", 100),
        active=stated.flag("active", default=True),
    )


def _fallback(name: str) -> Fallback:
    return PLAIN_FALLBACKS[name] if name in PLAIN_FALLBACKS else id_named(Strategy, name)


def _terms(document: Document, currency: str) -> Terms:
    stated = Stated(document, place=_("the terms"), known=TERMS)
    objective = stated.text("objective", Objective.COST)
    if objective not in tuple(Objective):
        raise EntryOdd(entry="objective", place=_("the terms"), value=objective)
    read: dict[str, Any] = {name: stated.flag(name, default=_DEFAULTS[name]) for name in FLAGS}
    read |= {name: stated.whole(name, _DEFAULTS[name]) for name in WHOLE}
    read |= {f"{name}_minor": _minor(stated, name, currency) for name in MONEY if stated.has(name)}
    if stated.has("most_distance_km"):
        read["most_distance_m"] = _metres(stated)
    restrictions = tuple(_restriction(each) for each in stated.tables("restrictions"))
    return Terms(objective=Objective(objective), restrictions=restrictions, **read)


def _minor(stated: Stated, name: str, currency: str) -> int:
    text = stated.text(name)
    try:
        return to_minor(text, currency)
    except ValueError:
        raise EntryOdd(entry=name, place=_("the terms"), value=text) from None


def _metres(stated: Stated) -> int:
    text = stated.text("most_distance_km")
    try:
        metres = Decimal(text) * METRES_A_KM
        if metres != int(metres):
            raise ValueError
    except (ArithmeticError, ValueError):
        raise EntryOdd(entry="most_distance_km", place=_("the terms"), value=text) from None
    return int(metres)


def _restriction(document: Document) -> TagRestriction:
    stated = Stated(document, place=_("a restriction"), known=RESTRICTION)
    warehouse, channel = stated.text("warehouse"), stated.text("channel")
    return TagRestriction(
        tag=stated.text("tag"),
        warehouse_id=id_named(Warehouse, warehouse) if warehouse else None,
        channel_id=id_named(Channel, channel) if channel else None,
    )


def stated_strategy(*, strategy_id: int, number: int | None = None, currency: str) -> Document:
    """Return a strategy, or a version of it, as `draft_stated` reads it, in JSON values. Call it inside the tenant's scope."""
    draft = draft_of(strategy_id=strategy_id, number=number)
    scope = {
        "stores": names_of(Store, draft.scope.store_ids),
        "sellers": names_of(Seller, draft.scope.seller_ids),
        "platforms": list(draft.scope.platforms),
        "countries": list(draft.scope.countries),
    }
    return {
        "name": draft.name,
        "active": draft.active,
        "priority": draft.priority,
        "warehouses": names_of(Warehouse, draft.warehouse_ids),
        "channels": names_of(Channel, draft.channel_ids),
        "scope": {name: names for name, names in scope.items() if names},
        "terms": _terms_stated(draft.terms, currency),
        "fallbacks": [step if isinstance(step, str) else names_of(Strategy, [step])[0] for step in draft.fallbacks],
    }


def _terms_stated(terms: Terms, currency: str) -> Document:
    stated: Document = {"objective": terms.objective.value}
    for name in MONEY:
        amount = getattr(terms, f"{name}_minor")
        if amount != _DEFAULTS[f"{name}_minor"]:
            stated[name] = format_minor(amount, currency)
    if terms.most_distance_m is not None:
        stated["most_distance_km"] = f"{Decimal(terms.most_distance_m) / METRES_A_KM:f}"
    stated |= {name: getattr(terms, name) for name in (*WHOLE, *FLAGS) if getattr(terms, name) != _DEFAULTS[name]}
    if terms.restrictions:
        stated["restrictions"] = [_restriction_stated(ban) for ban in terms.restrictions]
    return stated


def _restriction_stated(ban: TagRestriction) -> Document:
    stated = {"tag": ban.tag}
    if ban.warehouse_id is not None:
        stated["warehouse"] = names_of(Warehouse, [ban.warehouse_id])[0]
    if ban.channel_id is not None:
        stated["channel"] = names_of(Channel, [ban.channel_id])[0]
    return stated


def strategy_stated_by(document: Document) -> int | None:
    """Return the id of the strategy whose name a table states, None where it is a new one. Call it inside the tenant's scope."""
    try:
        return id_named(Strategy, Stated(document, place=_("a setting"), known=STRATEGY).text("name"))
    except NamedUnknown:
        return None


def _currency(tenant_id: int) -> str:
    return str(Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id))
