"""What rules make of an order's attempts: each rule that matches is an attempt before those of smart allocation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allocation.core.permissions import Attempt
from allocation.core.rules.matching import Traits
from allocation.core.rules.terms import Act, RuleTerms, Unserved
from allocation.core.settings import Settings
from allocation.core.strategies import PLAIN, StrategyTerms
from allocation.core.types import Mode, OrderFacts
from orders.core.packing import fit_text


def rule_attempt(*, settings: Settings, rule: RuleTerms, strategy: StrategyTerms | None) -> Attempt:
    """Return the attempt of a rule for orders that this strategy covers (None: none does).

    What the rule does not name is as the strategy has it, or all that is active; what is wished of the answer is as there, too.
    """
    terms = PLAIN if strategy is None else strategy.terms
    if rule.action.act == Act.REVIEW:
        return Attempt(mode=Mode.REVIEW, warehouse_ids=frozenset(), terms=terms, source_id=rule.id)
    warehouses = (
        each.id
        for each in settings.warehouses
        if rule.action.permits_warehouse(each.id, otherwise=strategy is None or each.id in strategy.warehouse_ids)
    )
    channels = (
        each.id
        for each in settings.channels
        if rule.action.permits_channel(each.id, otherwise=strategy is None or each.id in strategy.channel_ids)
    )
    return Attempt(mode=Mode.RULE, warehouse_ids=frozenset(warehouses), channel_ids=frozenset(channels), terms=terms, source_id=rule.id)


def rule_attempts(settings: Settings) -> Iterable[Attempt]:
    """Yield every attempt of a rule that some order may have."""
    for rule in settings.rules:
        if rule.in_force(settings.ship_date):
            for strategy in (None, *settings.strategies):
                yield rule_attempt(settings=settings, rule=rule, strategy=strategy)


def with_rules(
    plain: tuple[Attempt, ...], *, settings: Settings, rules: Sequence[RuleTerms], strategy: StrategyTerms | None
) -> tuple[Attempt, ...]:
    """Return the attempts of an order that these rules decide in turn; `plain` are those that it has without them."""
    if not rules:
        return plain
    tried = tuple(rule_attempt(settings=settings, rule=rule, strategy=strategy) for rule in rules)
    ends_here = rules[-1].unserved == Unserved.EXCEPTION or rules[-1].action.act == Act.REVIEW
    return tried if ends_here else (*tried, *plain)


def traits_of(order: OrderFacts) -> Traits:
    """Return what rules read of an order; its texts are as long as the queue carries them."""
    destination = order.destination
    return Traits(
        seller_id=order.seller_id,
        store_id=order.store_id,
        platform=fit_text(order.platform, "platform").decode(),
        country=destination.country,
        state_code=fit_text(order.state_code, "state_code").decode(),
        postcode=destination.postcode,
        service_level=fit_text(order.service_level, "service_level").decode(),
        sku_ids=tuple(need.sku_id for need in order.needs),
        units=sum(need.units for need in order.needs),
        weight_mg=order.parcel.actual_mg,
        value_minor=order.value_minor,
        currency=order.currency,
        placed_at=int(order.placed_at.timestamp()),
        marks=order.marks,
        reviewed=order.reviewed,
    )
