"""Decide again from what a record stores, and say whether the result is the same."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.core.reference import Chosen, decide_choice, decide_order
from allocation.core.types import AUTOMATIC, Candidate, Decision, Served
from allocation.facts import RecordFacts, facts_of
from allocation.models import Record


@dataclass(frozen=True, slots=True)
class Replay:
    """The differences between a record and the decision made again, as (what, recorded, again); none means the same."""

    record_id: int
    differences: tuple[tuple[str, object, object], ...]

    @property
    def same(self) -> bool:
        """Return whether the decision came out as recorded."""
        return not self.differences


def replay_record(record: Record) -> Replay:
    """Decide again with the reference decision. Call it inside the tenant's scope.

    Records that decide nothing (a cancellation, an undo back to unassigned) are their own replay.
    """
    if not record.candidates:
        return Replay(record.pk, ())
    facts = facts_of(record)
    again = _decide(facts)
    recorded = (record.mode, record.warehouse_id, record.channel_id, record.cost_minor, record.nearest_cost_minor)
    mode = again.mode if record.mode in AUTOMATIC else record.mode
    result = (mode, again.warehouse_id, again.channel_id, again.cost_minor, again.nearest_cost_minor)
    names = ("mode", "warehouse", "channel", "cost_minor", "nearest_cost_minor")
    outcome = zip(names, recorded, result, strict=True)
    return Replay(record.pk, tuple(row for row in (*outcome, *_candidates(facts, again)) if row[1] != row[2]))


def _decide(facts: RecordFacts) -> Decision:
    """Decide again. A person's choice is taken as forced: had it not been, nothing that was wished stood in its way."""
    record = facts.record
    if record.mode in AUTOMATIC:
        return decide_order(book=facts.book, order=facts.order, supply=facts.supply)
    assert record.warehouse_id is not None
    chosen = Chosen(warehouse_id=record.warehouse_id, channel_id=record.channel_id, forced=True)
    return decide_choice(book=facts.book, order=facts.order, supply=facts.supply, chosen=chosen)


def _candidates(facts: RecordFacts, again: Decision) -> list[tuple[str, object, object]]:
    channel_ids = [terms.id for terms in facts.book.settings.channels]
    rows: list[tuple[str, object, object]] = []
    for w, candidate in enumerate(again.candidates):
        stored = (facts.unpacked.reason[w], facts.unpacked.cost[w], facts.unpacked.channel[w])
        rows.append((f"candidate {candidate.warehouse_id}", stored, _as_stored(candidate, channel_ids)))
    return rows


def _as_stored(candidate: Candidate, channel_ids: list[int]) -> tuple[int, int, int]:
    if isinstance(candidate.result, Served):
        return 0, candidate.result.cost_minor, channel_ids.index(candidate.result.channel_id)
    return int(candidate.result), -1, -1
