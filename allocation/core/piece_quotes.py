"""What a rate card says of an order that ships in several parcels: asked of the scalar rating, since such orders are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.world import ChannelPrices, World
from carriers.core.batch import UNPRICED, Prices
from carriers.core.rating import quote, quotes
from carriers.core.tiers import TierMarkup
from carriers.core.types import Destination, Parcel, Quote, Rejection

Bools = npt.NDArray[np.bool_]
ZoneIndex = npt.NDArray[np.int16]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Consignment:
    """The parcels of one order, where they go, and in which zones of a chart that is seen from each warehouse."""

    parcels: Sequence[Parcel]
    destination: Destination
    zones: ZoneIndex
    estimated: Bools


def card_quote(
    world: World,
    prices: ChannelPrices,
    *,
    origin: int,
    destination: Destination,
    parcels: Sequence[Parcel],
    markup: TierMarkup | None = None,
) -> Quote | Rejection:
    """Return what a channel's card says of a shipment from a warehouse (a column), line by line."""
    return quote(
        card=prices.card.card,
        chart=world.charts[prices.chart].chart,
        origin=world.origins[origin],
        destination=destination,
        parcels=parcels,
        ship_date=world.settings.ship_date,
        fuel=prices.fuel,
        areas=prices.card.areas,
        markup=markup,
    )


def with_pieces(prices: Prices, *, world: World, channel: ChannelPrices, consignments: dict[int, Consignment]) -> Prices:
    """Return a card's prices in which the orders in these rows cost what their parcels come to."""
    total, rejection, days = prices.total_minor.copy(), prices.rejection.copy(), prices.days.copy()
    for row, consignment in consignments.items():
        alike = _alike(consignment)
        quoted = quotes(
            card=channel.card.card,
            chart=world.charts[channel.chart].chart,
            origins=[world.origins[columns[0]] for columns in alike],
            destination=consignment.destination,
            parcels=consignment.parcels,
            ship_date=world.settings.ship_date,
            fuel=channel.fuel,
            areas=channel.card.areas,
        )
        for columns, answer in zip(alike, quoted, strict=True):
            total[row, columns], rejection[row, columns], days[row, columns] = _as_columns(answer)
    return Prices(currency=prices.currency, total_minor=total, rejection=rejection, days=days)


def _alike(consignment: Consignment) -> list[list[int]]:
    """Return the warehouses (columns) by zone: from all of one zone the price is the same."""
    found: dict[tuple[int, bool], list[int]] = {}
    for column, seen in enumerate(zip(consignment.zones.tolist(), consignment.estimated.tolist(), strict=True)):
        found.setdefault(seen, []).append(column)
    return list(found.values())


def _as_columns(quoted: Quote | Rejection) -> tuple[int, int, int]:
    """Return total, rejection and days as the columns of Prices have them."""
    if isinstance(quoted, Rejection):
        return UNPRICED, int(quoted.code), UNKNOWN
    return quoted.total_minor, 0, UNKNOWN if quoted.transit_days is None else quoted.transit_days
