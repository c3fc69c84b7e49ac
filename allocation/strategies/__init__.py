"""Strategies of smart allocation (智能分仓设置): what is in force, how it is saved, and its history."""

from __future__ import annotations

from allocation.strategies.reading import draft_of, read_drafts, read_strategies, strategy_versions
from allocation.strategies.saving import SavedStrategy, overlaps_of, restore_strategy, save_strategy, set_strategy_active

__all__ = [
    "SavedStrategy",
    "draft_of",
    "overlaps_of",
    "read_drafts",
    "read_strategies",
    "restore_strategy",
    "save_strategy",
    "set_strategy_active",
    "strategy_versions",
]
