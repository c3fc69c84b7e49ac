"""What a what-if run changes: drafts of strategies, the draft of the rules, prices of stock, in place of what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from allocation.core.rules.terms import RuleTerms
from allocation.core.settings import Settings
from allocation.core.strategies import StrategyDraft, StrategyTerms, draft_from_document, rank_of

type Document = dict[str, Any]

NEW: int = -1
"""The id of a strategy that is not saved yet; further ones count down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Drafts by the id of the strategy that they take the place of, below zero for new ones; and whether the rules' draft is tried.

    `stock_price_days` prices scarce stock by the orders of so many days, 0 lets only costs count; None is as it is in force.
    """

    strategies: Mapping[int, StrategyDraft]
    rules_draft: bool = False
    stock_price_days: int | None = None

    def to_document(self) -> Document:
        """Return the scenario as JSON values."""
        drafts = {str(key): draft.to_document() for key, draft in self.strategies.items()}
        return {"strategies": drafts, "rules_draft": self.rules_draft, "stock_price_days": self.stock_price_days}


def scenario_from_document(document: Document) -> Scenario:
    """Return the scenario that `Scenario.to_document` wrote."""
    drafts = {int(key): draft_from_document(draft) for key, draft in document["strategies"].items()}
    return Scenario(strategies=drafts, rules_draft=document["rules_draft"], stock_price_days=document.get("stock_price_days"))


def settings_under(
    *, scenario: Scenario, settings: Settings, drafts: Mapping[int, StrategyDraft], rules: tuple[RuleTerms, ...]
) -> Settings:
    """Return the settings as they would be; `drafts` are all strategies as saved, `rules` those of the rules' draft."""
    saved = {**drafts, **scenario.strategies}
    versions = {strategy.id: strategy.version for strategy in settings.strategies}
    active = {key: draft for key, draft in saved.items() if draft.active}
    asked = sorted(active, key=lambda key: rank_of(scope=active[key].scope, priority=active[key].priority, strategy_id=key))
    strategies = tuple(_in_force(key, active[key], versions) for key in asked)
    return replace(settings, strategies=strategies, rules=rules if scenario.rules_draft else settings.rules)


def _in_force(strategy_id: int, draft: StrategyDraft, versions: Mapping[int, int]) -> StrategyTerms:
    return draft.in_force(strategy_id=strategy_id, version=versions.get(strategy_id, 0))
