"""Save, restore and switch strategies. Each save is a version with its author; one function, one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allocation.core.strategies import StrategyDraft, overlapping
from allocation.models import (
    Strategy,
    StrategyBan,
    StrategyChannel,
    StrategySeller,
    StrategyStore,
    StrategyVersion,
    StrategyWarehouse,
)
from allocation.strategies.checking import check_draft, lock_strategies
from allocation.strategies.errors import StrategyChanged, StrategyNotFound
from allocation.strategies.reading import PLAIN_TERMS, draft_of, read_drafts
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStrategy:
    """What was saved, and the names of the active strategies that are as specific and may cover the same orders.

    Between those the priority decides, then the older one: a warning, not a fault.
    """

    strategy_id: int
    version: int
    overlaps: tuple[str, ...]


def save_strategy(
    *,
    tenant_id: int,
    draft: StrategyDraft,
    author: str,
    comment: str = "",
    at: datetime,
    strategy_id: int | None = None,
    expected_version: int | None = None,
) -> SavedStrategy:
    """Save a new strategy, or the next version of one.

    Raises an error of allocation.strategies.errors, and saves nothing, where the draft is wrong, or where another version than the
    expected one is in force.
    """
    with tenant_scope(tenant_id=tenant_id):
        lock_strategies()
        drafts = read_drafts()
        others = {key: other for key, other in drafts.items() if key != strategy_id}
        row = Strategy(tenant_id=tenant_id) if strategy_id is None else _row(strategy_id, expected_version)
        check_draft(draft=draft, strategy_id=strategy_id, others=others)
        _put_in_force(row, draft)
        StrategyVersion.objects.create(
            tenant_id=tenant_id,
            strategy=row,
            number=row.version,
            document=draft.to_document(),
            author=author,
            comment=comment,
            saved_at=at,
        )
        return SavedStrategy(strategy_id=row.pk, version=row.version, overlaps=_overlaps(row.pk, draft, others))


def restore_strategy(*, tenant_id: int, strategy_id: int, number: int, author: str, comment: str = "", at: datetime) -> SavedStrategy:
    """Save an earlier version of a strategy as its next one; raises what `save_strategy` raises."""
    with tenant_scope(tenant_id=tenant_id):
        draft = draft_of(strategy_id=strategy_id, number=number)
        return save_strategy(
            tenant_id=tenant_id, draft=draft, author=author, comment=comment or f"v{number}", at=at, strategy_id=strategy_id
        )


def set_strategy_active(*, tenant_id: int, strategy_id: int, active: bool, author: str, comment: str = "", at: datetime) -> SavedStrategy:
    """Switch a strategy on or off; that too is a version. Raises what `save_strategy` raises."""
    with tenant_scope(tenant_id=tenant_id):
        draft = replace(draft_of(strategy_id=strategy_id), active=active)
        return save_strategy(tenant_id=tenant_id, draft=draft, author=author, comment=comment, at=at, strategy_id=strategy_id)


def overlaps_of(*, strategy_id: int) -> tuple[str, ...]:
    """Return the names of the active strategies that are as specific and may cover the same orders. Call it inside the scope."""
    drafts = read_drafts()
    others = {key: other for key, other in drafts.items() if key != strategy_id}
    return _overlaps(strategy_id, drafts[strategy_id], others)


def _overlaps(strategy_id: int, draft: StrategyDraft, others: Mapping[int, StrategyDraft]) -> tuple[str, ...]:
    if not draft.active:
        return ()
    scopes = {key: other.scope for key, other in others.items() if other.active} | {strategy_id: draft.scope}
    pairs = [pair for pair in overlapping(scopes) if strategy_id in pair]
    return tuple(others[one if other == strategy_id else other].name for one, other in pairs)


def _row(strategy_id: int, expected_version: int | None) -> Strategy:
    row: Strategy | None = Strategy.objects.filter(pk=strategy_id).first()
    if row is None:
        raise StrategyNotFound(strategy_id=strategy_id)
    if expected_version not in (None, row.version):
        raise StrategyChanged(name=row.name, version=row.version)
    return row


def _put_in_force(row: Strategy, draft: StrategyDraft) -> None:
    row.name, row.priority, row.active = draft.name, draft.priority, draft.active
    row.platforms, row.countries = list(draft.scope.platforms), list(draft.scope.countries)
    row.objective, row.fallbacks = draft.terms.objective.value, list(draft.fallbacks)
    for name in PLAIN_TERMS:
        setattr(row, name, getattr(draft.terms, name))
    row.version = 1 if row.pk is None else row.version + 1
    row.save()
    _name(row, StrategyWarehouse, [{"warehouse_id": key} for key in draft.warehouse_ids])
    _name(row, StrategyChannel, [{"channel_id": key} for key in draft.channel_ids])
    _name(row, StrategySeller, [{"seller_id": key} for key in draft.scope.seller_ids])
    _name(row, StrategyStore, [{"store_id": key} for key in draft.scope.store_ids])
    bans = draft.terms.restrictions
    _name(row, StrategyBan, [{"tag": ban.tag, "warehouse_id": ban.warehouse_id, "channel_id": ban.channel_id} for ban in bans])


def _name(row: Strategy, model: Any, named: list[dict[str, Any]]) -> None:
    """Let the strategy name these rows and no others; those that stay are left as they are."""
    stored = list(model.objects.filter(strategy=row))
    gone = [old.pk for old in stored if not any(_is_named(old, each) for each in named)]
    new = [each for each in named if not any(_is_named(old, each) for old in stored)]
    if gone:
        model.objects.filter(pk__in=gone).delete()
    if new:
        model.objects.bulk_create(model(tenant_id=row.tenant_id, strategy=row, **each) for each in new)


def _is_named(stored: Any, named: Mapping[str, Any]) -> bool:
    return all(getattr(stored, column) == value for column, value in named.items())
