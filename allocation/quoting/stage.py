"""The quoting stage of the queue: lease orders, ask about all of them at once, store what was answered, let them be decided.

Nothing is asked inside a transaction, and all orders of a batch share one deadline, so that an order waits for a deadline at most
and never for a carrier to come back: where nobody answered, the decision falls back to the rate card or rejects the channel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

import structlog

from allocation import store
from allocation.core.live import LiveAnswer, pack_answers
from allocation.core.world import World
from allocation.quoting.lanes import ask_carriers
from allocation.quoting.questions import Question, questions_about
from allocation.quoting.store import LEASE_SECONDS, Leased, lease_orders, make_ready
from allocation.races import DATABASE_ERRORS
from allocation.worlds import current_world
from carriers.live.gateway import DEADLINE_SECONDS, Gateway
from carriers.models import LiveService
from orders.hints import hint_when_committed
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

PAIRS_OF_A_BATCH: Final = 200
"""Requests of one deadline. Writing and reading one takes 1.4 ms of a processor, three times that on a busy machine."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quoted:
    """For how many orders quotes were stored, in how many batches."""

    orders: int = 0
    batches: int = 0


def quote_waiting(
    *,
    tenant_id: int,
    at: datetime,
    most_batches: int | None = None,
    through: Gateway | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
    lease_seconds: float = LEASE_SECONDS,
) -> Quoted:
    """Fetch quotes for the tenant's orders that wait for them until none is left, or for `most_batches`."""
    quoted = Quoted()
    while most_batches is None or quoted.batches < most_batches:
        leased = _lease(tenant_id, at, lease_seconds)
        if leased is None:
            break
        answers = _answers(tenant_id, at, leased, through, deadline_seconds)
        quoted = Quoted(quoted.orders + _store(tenant_id, at, leased, answers), quoted.batches + 1)
    return quoted


def _lease(tenant_id: int, at: datetime, seconds: float) -> Leased | None:
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        limit = _orders_of_a_batch(current_world(tenant_id=tenant_id, at=at).world)
        return lease_orders(cursor, tenant_id=tenant_id, lease=uuid4(), limit=limit, seconds=seconds)


def _orders_of_a_batch(world: World) -> int:
    """Return how many orders make about PAIRS_OF_A_BATCH requests if every warehouse has the goods."""
    accounts = LiveService.objects.values("account_id").distinct().count()
    return max(1, PAIRS_OF_A_BATCH // max(1, accounts * len(world.origins)))


def _answers(
    tenant_id: int, at: datetime, leased: Leased, through: Gateway | None, deadline_seconds: float
) -> Mapping[int, Sequence[LiveAnswer]]:
    """Return the answers by order id; none at all where asking failed in a way that only we can mend: no order waits for that."""
    try:
        with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
            claim = store.Claim(heads=leased.heads, needs=leased.needs, need_counts=leased.need_counts)
            loaded = current_world(tenant_id=tenant_id, at=at)
            questions = questions_about(cursor, tenant_id=tenant_id, loaded=loaded, claim=claim, at=at)
        return _ask(questions, at, through, deadline_seconds)
    except DATABASE_ERRORS:
        raise
    except Exception:
        log.exception("quoting_failed", tenant_id=tenant_id, orders=len(leased.heads))
        return {}


def _ask(questions: Sequence[Question], at: datetime, through: Gateway | None, deadline_seconds: float) -> dict[int, list[LiveAnswer]]:
    answers: dict[int, list[LiveAnswer]] = defaultdict(list)
    answered = ask_carriers(questions, at=at, through=through, deadline_seconds=deadline_seconds)
    for question, answer in zip(questions, answered, strict=True):
        answers[question.order_id].append(answer)
    return answers


def _store(tenant_id: int, at: datetime, leased: Leased, answers: Mapping[int, Sequence[LiveAnswer]]) -> int:
    asked_at = int(at.timestamp())
    packed = [
        pack_answers(order_id=order_id, asked_at=asked_at, answers=answers.get(order_id, ())) for order_id in leased.order_ids.tolist()
    ]
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        ready = make_ready(cursor, tenant_id=tenant_id, lease=leased.lease, order_ids=leased.order_ids, quotes=packed)
        if ready:
            hint_when_committed(tenant_id=tenant_id)
    return ready
