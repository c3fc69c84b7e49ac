"""Whether a strategy may be saved: each check raises the sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allocation.core.strategies import EXCEPTION, Fallback, Objective, StrategyDraft, Terms, circle_in
from allocation.models import Lane, Strategy
from allocation.strategies.errors import (
    StrategyBanEmpty,
    StrategyCountryUnknown,
    StrategyFallbackCircular,
    StrategyFallbackUnreachable,
    StrategyLimitInvalid,
    StrategyNamesUnknown,
    StrategyNameTaken,
    StrategyWeighsNothing,
    StrategyWithoutChannel,
    StrategyWithoutLane,
    StrategyWithoutName,
    StrategyWithoutWarehouse,
)
from carriers.models import Channel
from inventory.models import Warehouse
from orders.models import Store
from wms.tenancy.models import Seller

MOST_NAME = 120
MOST_SHIPMENTS = 8
MOST_MINOR = 1_000_000_000
MOST_METRES = 20_040_000
MOST_UNITS = 1_000_000

LIMITS: Mapping[str, tuple[Promise, int, int]] = {
    "late_day_price_minor": (_("price of a day late, in cents"), 0, MOST_MINOR),
    "split_price_minor": (_("price of a split, in cents"), 0, MOST_MINOR),
    "most_shipments": (_("most shipments of an order"), 1, MOST_SHIPMENTS),
    "least_split_value_minor": (_("least value of each half of a split, in cents"), 0, MOST_MINOR),
    "most_distance_m": (_("most distance, in metres"), 0, MOST_METRES),
    "most_over_cheapest_minor": (_("most over the cheapest, in cents"), 0, MOST_MINOR),
    "keep_back_units": (_("units kept back beyond the safety stock"), 0, MOST_UNITS),
}


def check_draft(*, draft: StrategyDraft, strategy_id: int | None, others: Mapping[int, StrategyDraft]) -> None:
    """Raise the first thing that is wrong with a draft; `others` are the tenant's other strategies by id."""
    _check_name(draft, others)
    _check_terms(draft)
    _check_named(draft, strategy_id, others)
    _check_lanes(draft)
    _check_fallbacks(draft, strategy_id, others)


def _check_name(draft: StrategyDraft, others: Mapping[int, StrategyDraft]) -> None:
    if not draft.name.strip() or len(draft.name) > MOST_NAME:
        raise StrategyWithoutName
    if draft.name in {other.name for other in others.values()}:
        raise StrategyNameTaken(name=draft.name)


def _check_terms(draft: StrategyDraft) -> None:
    terms = draft.terms
    for name, (label, least, most) in LIMITS.items():
        value = getattr(terms, name)
        if value is not None and not least <= value <= most:
            raise StrategyLimitInvalid(limit=label, value=value, least=least, most=most)
    if terms.objective is Objective.WEIGHTED and not terms.late_day_price_minor and not terms.split_price_minor:
        raise StrategyWeighsNothing(name=draft.name)
    for country in draft.scope.countries:
        if not re.fullmatch("[A-Z]{2}", country):
            raise StrategyCountryUnknown(country=country)
    _check_bans(terms)


def _check_bans(terms: Terms) -> None:
    for ban in terms.restrictions:
        if not ban.tag.strip() or (ban.warehouse_id is None and ban.channel_id is None):
            raise StrategyBanEmpty


def _check_named(draft: StrategyDraft, strategy_id: int | None, others: Mapping[int, StrategyDraft]) -> None:
    if not draft.warehouse_ids:
        raise StrategyWithoutWarehouse(name=draft.name)
    if not draft.channel_ids:
        raise StrategyWithoutChannel(name=draft.name)
    bans = draft.terms.restrictions
    warehouse_ids = {*draft.warehouse_ids, *(ban.warehouse_id for ban in bans if ban.warehouse_id is not None)}
    channel_ids = {*draft.channel_ids, *(ban.channel_id for ban in bans if ban.channel_id is not None)}
    _all_known(draft, _("warehouse"), warehouse_ids, Warehouse.objects.filter(pk__in=warehouse_ids).values_list("pk", flat=True))
    _all_known(draft, _("channel"), channel_ids, Channel.objects.filter(pk__in=channel_ids).values_list("pk", flat=True))
    sellers, stores = draft.scope.seller_ids, draft.scope.store_ids
    _all_known(draft, _("seller"), sellers, Seller.objects.filter(pk__in=sellers).values_list("pk", flat=True))
    _all_known(draft, _("store"), stores, Store.objects.filter(pk__in=stores).values_list("pk", flat=True))
    steps = [step for step in draft.fallbacks if isinstance(step, int) and step != strategy_id]
    _all_known(draft, _("smart allocation setting"), steps, others)


def _all_known(draft: StrategyDraft, kind: Promise, named: Iterable[int], known: Iterable[int]) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise StrategyNamesUnknown(name=draft.name, kind=kind, unknown=", ".join(map(str, unknown)))


def _check_lanes(draft: StrategyDraft) -> None:
    if not Lane.objects.filter(warehouse_id__in=draft.warehouse_ids, channel_id__in=draft.channel_ids).exists():
        raise StrategyWithoutLane(name=draft.name)


def _check_fallbacks(draft: StrategyDraft, strategy_id: int | None, others: Mapping[int, StrategyDraft]) -> None:
    steps = draft.fallbacks
    if EXCEPTION in steps[:-1] or len(set(steps)) < len(steps):
        raise StrategyFallbackUnreachable(name=draft.name)
    # A new strategy has no id that another one could name.
    if strategy_id is None:
        return
    all_steps: dict[int, tuple[Fallback, ...]] = {key: other.fallbacks for key, other in others.items()} | {strategy_id: steps}
    if circle := circle_in(all_steps, start=strategy_id):
        names = {key: other.name for key, other in others.items()} | {strategy_id: draft.name}
        raise StrategyFallbackCircular(circle=" → ".join(names.get(key, str(key)) for key in circle))


def lock_strategies() -> None:
    """Let nobody else save a strategy of this tenant until the transaction ends."""
    list(Strategy.objects.select_for_update().order_by("pk").values_list("pk"))
