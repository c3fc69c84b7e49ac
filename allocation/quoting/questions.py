"""What is asked of whom: each order that waits, from every warehouse that has all its goods, by every live channel open to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import PreparedBatch, prepare_batch
from allocation.core.world import World
from allocation.quoting.lanes import LaneQuestion, origin_of
from allocation.shelf import Shelf
from allocation.worlds import LoadedWorld
from carriers.core.card import MOST_PIECES
from carriers.live.accounts import load_accounts
from carriers.live.protocol import Account, Address, QuoteRequest
from carriers.models import LiveService
from inventory.models import Warehouse
from orders.models import Order

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(LaneQuestion):
    """One order from one warehouse by one channel."""

    order_id: int


def questions_about(cursor: store.Cursor, *, tenant_id: int, loaded: LoadedWorld, claim: store.Claim, at: datetime) -> tuple[Question, ...]:
    """Return what is to be asked about these orders. Call it inside the tenant's scope."""
    batch = prepare_batch(cursor, claim=claim, shelf=Shelf(tenant_id=tenant_id, world=loaded.world), fresh=True, at=at)
    batch.read_stock(cursor, fresh=True)
    open_lanes = permitted_lanes(world=loaded.world, attempts=batch.batch.attempts)
    return questions_from(tenant_id=tenant_id, loaded=loaded, batch=batch, lanes=open_lanes, available=batch.available)


def questions_from(*, tenant_id: int, loaded: LoadedWorld, batch: PreparedBatch, lanes: Bools, available: Int64s) -> tuple[Question, ...]:
    """Return what is to be asked about the orders of a batch by these of their lanes, (order, warehouse, channel).

    `available` are the units by (SKU row, warehouse): nobody is asked about a warehouse without the goods.
    """
    cells = np.argwhere(lanes & _holds_all(batch, available)[:, :, None])
    services = {service.channel_id: service for service in LiveService.objects.all()}
    accounts = {account.id: account for account in load_accounts(tenant_id=tenant_id)}
    return tuple(_Desk(loaded, batch, services, accounts).questions(cells.tolist()))


def permitted_lanes(*, world: World, attempts: Int64s) -> Bools:
    """Return which live channels some attempt of each order may use, by (order, warehouse, channel)."""
    live = np.isin(np.arange(len(world.channels)), world.live_columns)
    allowed: Bools = world.permits.allowed[attempts].any(axis=1) & live
    return allowed


def _holds_all(batch: PreparedBatch, available: Int64s) -> Bools:
    """Return which warehouses have all units of each order."""
    needs = batch.batch
    enough = available[needs.need_row] >= needs.need_units[:, None]
    return np.logical_and.reduceat(enough, needs.starts, axis=0)


class _Desk:
    """Writes the questions; a request is written once for all the accounts that are asked it."""

    def __init__(self, loaded: LoadedWorld, batch: PreparedBatch, services: dict[int, LiveService], accounts: dict[int, Account]) -> None:
        self._loaded, self._batch, self._services, self._accounts = loaded, batch, services, accounts
        order_ids = batch.heads["order_id"].tolist()
        self._orders = {order.pk: order for order in Order.objects.filter(pk__in=order_ids)}
        self._origins = {warehouse.pk: origin_of(warehouse) for warehouse in Warehouse.objects.filter(active=True)}
        self._order_ids = order_ids
        self._requests: dict[tuple[int, int], QuoteRequest] = {}

    def questions(self, cells: Iterable[Sequence[int]]) -> Iterator[Question]:
        """Yield the question of each (order, warehouse, channel) cell whose account may be asked."""
        settings = self._loaded.world.settings
        for order, warehouse, channel in cells:
            channel_id = settings.channels[channel].id
            service = self._services.get(channel_id)
            account = self._accounts.get(service.account_id) if service else None
            if service is not None and account is not None and len(self._batch.pricer.parcels(order)) <= MOST_PIECES:
                yield Question(
                    order_id=self._order_ids[order],
                    warehouse_id=settings.warehouses[warehouse].id,
                    channel_id=channel_id,
                    request=self._request(order, settings.warehouses[warehouse].id),
                    account=account,
                    carrier=service.carrier,
                    service=service.service,
                )

    def _request(self, row: int, warehouse_id: int) -> QuoteRequest:
        if (row, warehouse_id) not in self._requests:
            order = self._orders[self._order_ids[row]]
            self._requests[row, warehouse_id] = QuoteRequest(
                origin=self._origins[warehouse_id],
                destination=destination_of(order),
                parcels=self._batch.pricer.parcels(row),
                ship_date=self._loaded.ship_date,
                value_minor=order.value_minor,
                currency=order.currency,
            )
        return self._requests[row, warehouse_id]


def destination_of(order: Order) -> Address:
    """Return where an order goes, as carriers are told."""
    return Address(
        country=order.country,
        postcode=order.postcode,
        state=order.state_code,
        city=order.city,
        street=order.address,
        name=order.recipient,
        residential=order.residential,
    )
