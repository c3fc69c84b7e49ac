"""A person asks carriers what an order costs now: outside any transaction, all by one deadline, and kept for the choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from allocation.batches import prepare_batch
from allocation.candidates import units_open_to
from allocation.core.live import LiveAnswer
from allocation.errors import OrderNotFound
from allocation.quoting.lanes import ask_carriers
from allocation.quoting.questions import Question, destination_of, questions_from
from allocation.quoting.stored import keep_quotes
from allocation.services.assigning import claim_of
from allocation.shelf import Shelf
from allocation.worlds import current_world
from carriers.live.gateway import DEADLINE_SECONDS, Gateway
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope


def ask_about_order(
    *, tenant_id: int, order_id: int, at: datetime, through: Gateway | None = None, deadline_seconds: float = DEADLINE_SECONDS
) -> tuple[LiveAnswer, ...]:
    """Ask every live channel of every warehouse that has the order's goods, keep the answers and return them.

    Choices by hand take them while they are good. Never call it inside a transaction. Raises OrderNotFound.
    """
    questions = _questions(tenant_id, order_id, at)
    answers = ask_carriers(questions, at=at, through=through, deadline_seconds=deadline_seconds)
    if questions:
        _keep(tenant_id, order_id, at, questions, answers)
    return tuple(answers)


def _questions(tenant_id: int, order_id: int, at: datetime) -> tuple[Question, ...]:
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order: Order | None = Order.objects.filter(pk=order_id).first()
        if order is None:
            raise OrderNotFound(order_id=order_id)
        loaded = current_world(tenant_id=tenant_id, at=at)
        world = loaded.world
        if not world.live_columns:
            return ()
        batch = prepare_batch(cursor, claim=claim_of([order]), shelf=Shelf(tenant_id=tenant_id, world=world), fresh=True, at=at)
        batch.read_stock(cursor, fresh=True)
        lanes = world.lanes & np.isin(np.arange(len(world.channels)), world.live_columns)
        available = units_open_to(order, loaded, batch)
        return questions_from(tenant_id=tenant_id, loaded=loaded, batch=batch, lanes=lanes[None], available=available)


def _keep(tenant_id: int, order_id: int, at: datetime, questions: Sequence[Question], answers: Sequence[LiveAnswer]) -> None:
    """Keep the answers, unless the order goes elsewhere by now."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
        if destination_of(order) != questions[0].request.destination:
            return
        asked_at = int(at.timestamp())
        keep_quotes(cursor, tenant_id=tenant_id, seller_id=order.seller_id, order_id=order_id, asked_at=asked_at, answers=answers)
