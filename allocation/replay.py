"""Decide again from what a record stores, and say whether the result is the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allocation.core.reference import Chosen, decide_choice, decide_order
from allocation.core.reference_splits import main_of
from allocation.core.types import AUTOMATIC, Candidate, Decision, Served, Shipped
from allocation.facts import PartFacts, RecordFacts, facts_of
from allocation.models import Record

TOLD = ("warehouse_id", "channel_id", "cost_minor", "nearest_cost_minor", "cheapest_cost_minor", "decided_by_id")
"""What a record and a decision both tell, besides the mode and the candidates."""


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

    Records that decide nothing (a cancellation, an undo back to unassigned) are their own replay. Of a split that a person took
    back to, the parts are priced again.
    """
    if not record.candidates:
        return Replay(record.pk, ())
    facts = facts_of(record)
    again = _decide(facts)
    if facts.unpacked.parts and record.mode not in AUTOMATIC:
        again = _with_parts(facts, again)
    outcome = [(name, getattr(record, name), getattr(again, name)) for name in TOLD]
    if record.mode in AUTOMATIC:
        outcome.append(("mode", record.mode, int(again.mode)))
    rows = (*outcome, *_candidates(facts, again), ("split", _as_recorded(facts), _as_decided(again)))
    return Replay(record.pk, tuple(row for row in rows if row[1] != row[2]))


def _with_parts(facts: RecordFacts, again: Decision) -> Decision:
    """Return the decision with the recorded parts, each at its price; that is also what they are compared with."""
    split = tuple(_priced_again(facts, part) for part in facts.split)
    main, cost = main_of(split), sum(shipped.cost_minor for shipped in split)
    return replace(
        again,
        warehouse_id=main.warehouse_id,
        channel_id=main.channel_id,
        cost_minor=cost,
        nearest_cost_minor=cost,
        cheapest_cost_minor=cost,
        split=split,
    )


def _priced_again(facts: RecordFacts, part: PartFacts) -> Shipped:
    landed = facts.book.landed(order=part.order, warehouse=part.warehouse, channel=part.channel, at=facts.record.decided_at)
    return Shipped(
        warehouse_id=part.warehouse.id,
        channel_id=part.channel.id,
        cost_minor=landed.cost_minor if isinstance(landed, Served) else -1,
        arrival_date=landed.arrival_date if isinstance(landed, Served) else facts.record.decided_at.date(),
        units=part.units,
    )


def _as_recorded(facts: RecordFacts) -> tuple[tuple[int, int, int, tuple[int, ...]], ...]:
    return tuple((part.warehouse.id, part.channel.id, part.cost_minor, part.units) for part in facts.split)


def _as_decided(again: Decision) -> tuple[tuple[int, int, int, tuple[int, ...]], ...]:
    return tuple((shipped.warehouse_id, shipped.channel_id, shipped.cost_minor, shipped.units) for shipped in again.split)


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
