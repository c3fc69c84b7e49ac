"""What a live channel costs: what the carrier answered, or its rate card where it gave no price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.channel_costs import UNKNOWN_DAYS, ChannelCosts
from allocation.core.live import NO_DAYS, Heard
from allocation.core.settings import Settings
from carriers.core.types import RejectionCode
from wms.values.fx import convert_minor_batch

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """The handling fees by (order, warehouse) in the tenant's currency, and for which warehouses they are known."""

    fees: Int64s
    known: Bools


def live_costs(*, settings: Settings, said: SaidPrices, card: ChannelCosts, handling: Handling) -> ChannelCosts:
    """Return the costs by a live channel with what its carrier gave in place of the card's prices, wherever it gave one."""
    landed, days = card.landed.copy(), card.days.copy()
    rejection = np.where(card.rejection == 0, np.int16(0), np.int16(RejectionCode.LIVE_QUOTE_FAILED))
    fallen_back = np.ones(rejection.shape, dtype=np.bool_)
    for currency in np.unique(said.currency):
        mine = said.currency == currency
        order, warehouse = said.order[mine], said.warehouse[mine]
        fallen_back[order, warehouse] = False
        rate = settings.rate_from(currency.decode("ascii"))
        if rate is None:
            rejection[order, warehouse] = RejectionCode.NO_FX
            continue
        landed[order, warehouse] = convert_minor_batch(said.amount_minor[mine], rate) + handling.fees[order, warehouse]
        days[order, warehouse] = np.where(said.days[mine] == NO_DAYS, UNKNOWN_DAYS, np.minimum(said.days[mine], UNKNOWN_DAYS - 1))
        rejection[order, warehouse] = np.where(handling.known[warehouse], 0, RejectionCode.NO_FX)
    return ChannelCosts(landed, days, rejection, fallen_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPrices:
    """The prices that carriers gave for one channel, as columns; `order` and `warehouse` are rows and columns of the batch."""

    order: Int64s
    warehouse: Int64s
    amount_minor: Int64s
    days: Int64s
    currency: npt.NDArray[np.bytes_]

    def amounts_of(self, order: Int64s, warehouse: Int64s) -> Int64s:
        """Return the prices of these shipments, each of which has one, in the carriers' own currencies."""
        pitch = 1 + max(self.warehouse.max(initial=0), warehouse.max(initial=0))
        said = self.order * pitch + self.warehouse
        by_cell = np.argsort(said)
        return self.amount_minor[by_cell[np.searchsorted(said, order * pitch + warehouse, sorter=by_cell)]]


def prices_of(*, settings: Settings, channel: int, heard: Heard) -> SaidPrices:
    """Return the prices that carriers gave for a channel (a column) from warehouses that are still active."""
    place = {terms.id: column for column, terms in enumerate(settings.warehouses)}
    quotes = heard.quotes
    warehouse = np.array([place.get(warehouse_id, -1) for warehouse_id in quotes["warehouse_id"].tolist()], dtype=np.int64)
    mine = (quotes["channel_id"] == settings.channels[channel].id) & (quotes["cause"] == 0) & (warehouse >= 0)
    return SaidPrices(
        order=heard.order[mine],
        warehouse=warehouse[mine],
        amount_minor=quotes["amount_minor"][mine],
        days=quotes["days"][mine].astype(np.int64),
        currency=quotes["currency"][mine],
    )
