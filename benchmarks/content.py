"""What the benchmark's world holds: drawn from a fixed seed, so that every run and every machine has the same.

Warehouses and destinations are real places; popularity, baskets and stock are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import zipcodes

from orders.core.packing import HEAD, pack_needs

Ints = npt.NDArray[np.int64]

SEED = 20261122
SELLERS_PER_TENANT = 5
SKUS_PER_TENANT = 5_000
CHANNELS_PER_TENANT = 12
MOST_LINES = 4
PLACED_FROM = np.datetime64("2026-11-01T00:00:00", "s")

# Postcodes where logistics companies have large warehouses; coordinates are the postcodes' (GeoNames).
WAREHOUSES = (
    ("07001", "Avenel", "NJ", 40.5826, -74.2785),
    ("18202", "Hazleton", "PA", 40.9506, -76.0487),
    ("23836", "Chester", "VA", 37.3475, -77.3386),
    ("30518", "Buford", "GA", 34.1124, -83.9965),
    ("33811", "Lakeland", "FL", 27.9865, -82.0139),
    ("38118", "Memphis", "TN", 35.0514, -89.9265),
    ("40165", "Shepherdsville", "KY", 38.0045, -85.6888),
    ("43125", "Groveport", "OH", 39.8581, -82.8872),
    ("46168", "Plainfield", "IN", 39.6893, -86.3919),
    ("60436", "Joliet", "IL", 41.4884, -88.1572),
    ("66111", "Kansas City", "KS", 39.0803, -94.7806),
    ("75261", "Dallas", "TX", 32.7673, -96.7776),
    ("77041", "Houston", "TX", 29.8602, -95.5817),
    ("80011", "Aurora", "CO", 39.7378, -104.8152),
    ("84116", "Salt Lake City", "UT", 40.7857, -111.9291),
    ("85043", "Phoenix", "AZ", 33.4491, -112.1972),
    ("89506", "Reno", "NV", 39.6412, -119.8735),
    ("91761", "Ontario", "CA", 34.0316, -117.6187),
    ("95206", "Stockton", "CA", 37.9177, -121.3123),
    ("98390", "Sumner", "WA", 47.2099, -122.2280),
)
WAREHOUSES_PER_TENANT = len(WAREHOUSES)
CONTIGUOUS_STATES = frozenset(
    "AL AR AZ CA CO CT DC DE FL GA IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN "
    "TX UT VA VT WA WI WV WY".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a world is.

    `orders` wait and are measured, spread evenly over the tenants. Before them come the orders for warming up, one per tenant
    and round, and before those `stored_orders`, long decided and shipped. Ids follow in this order, from 1.
    """

    tenants: int
    orders: int
    warm_up_rounds: int = 0
    stored_orders: int = 0

    @property
    def waiting_orders(self) -> int:
        """Return the number of orders that are not decided yet."""
        return self.warm_up_rounds * self.tenants + self.orders

    @property
    def first_waiting_id(self) -> int:
        """Return the id of the first order that is not decided yet."""
        return self.stored_orders + 1

    def warm_up_ids(self, warm_up_round: int) -> range:
        """Return the ids of one order of each tenant."""
        first = self.first_waiting_id + warm_up_round * self.tenants
        return range(first, first + self.tenants)

    @property
    def measured_ids(self) -> range:
        """Return the ids of the orders that are measured."""
        first = self.first_waiting_id + self.warm_up_rounds * self.tenants
        return range(first, first + self.orders)


@dataclass(frozen=True, slots=True)
class Place:
    """A postcode of the United States."""

    postcode: str
    city: str
    state: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Baskets:
    """The waiting orders of a world, one row each: whose, to where, and what.

    `tenant`, `seller`, `place` and `sku` count from 0; `sku` and `units` have MOST_LINES columns, of which `line_count` are
    used.
    """

    order_id: Ints
    tenant: Ints
    seller: Ints
    place: Ints
    line_count: Ints
    sku: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.tenant)


@cache
def places() -> tuple[Place, ...]:
    """Return the delivery postcodes of the contiguous United States, in order."""
    rows = (row for row in zipcodes.list_all() if row["zip_code_type"] == "STANDARD" and row["state"] in CONTIGUOUS_STATES)
    found = (Place(row["zip_code"], row["city"], row["state"], float(row["lat"]), float(row["long"])) for row in rows)
    return tuple(sorted(found, key=lambda place: place.postcode))


def popularity() -> npt.NDArray[np.float64]:
    """Return each SKU's share of the lines: Zipf's law with exponent 1, the ranks strewn over the SKUs."""
    share = 1 / np.arange(1, SKUS_PER_TENANT + 1)
    return np.random.default_rng(SEED).permutation(share / share.sum())


def seller_of_sku(sku: Any) -> Any:
    """Return the seller, from 0, that owns a SKU."""
    return sku % SELLERS_PER_TENANT


def draw_baskets(size: Size) -> Baskets:
    """Return the orders: 1 to 4 lines, evenly; all lines of an order are its seller's; most ask for one unit."""
    rng = np.random.default_rng(SEED + 1)
    count = size.waiting_orders
    first = rng.choice(SKUS_PER_TENANT, size=count, p=popularity())
    seller = seller_of_sku(first)
    sku = np.empty((count, MOST_LINES), dtype=np.int64)
    sku[:, 0] = first
    for one in range(SELLERS_PER_TENANT):
        sku[seller == one, 1:] = _draw_skus(rng, seller=one, shape=(int((seller == one).sum()), MOST_LINES - 1))
    return Baskets(
        order_id=np.arange(count) + size.first_waiting_id,
        tenant=np.arange(count) % size.tenants,
        seller=seller,
        place=rng.integers(len(places()), size=count),
        line_count=rng.integers(1, MOST_LINES + 1, size=count),
        sku=sku,
        units=rng.choice(np.array([1, 2, 3]), size=(count, MOST_LINES), p=[0.8, 0.15, 0.05]),
    )


def _draw_skus(rng: np.random.Generator, *, seller: int, shape: tuple[int, int]) -> Ints:
    own = np.flatnonzero(seller_of_sku(np.arange(SKUS_PER_TENANT)) == seller)
    share = popularity()[own]
    return rng.choice(own, size=shape, p=share / share.sum())


def draw_on_hand(baskets: Baskets, *, tenants: int) -> Ints:
    """Return units on hand, warehouses × SKUs, alike for every tenant.

    Each warehouse holds 10 to 40 % of all that is asked for and ten units more: together five times the need, yet the
    nearest warehouse of a popular SKU does run out.
    """
    rng = np.random.default_rng(SEED + 2)
    used = np.arange(MOST_LINES) < baskets.line_count[:, None]
    asked = np.bincount(baskets.sku[used], weights=baskets.units[used], minlength=SKUS_PER_TENANT) / tenants
    share = rng.uniform(0.1, 0.4, size=(WAREHOUSES_PER_TENANT, SKUS_PER_TENANT))
    on_hand: Ints = np.ceil(asked * share).astype(np.int64) + 10
    return on_hand


def draw_mass_mg() -> Ints:
    """Return the mass of one unit of each SKU: 30 g to 9 kg, half of them below 520 g."""
    drawn = np.random.default_rng(SEED + 3).lognormal(mean=np.log(520_000), sigma=0.9, size=SKUS_PER_TENANT)
    mass: Ints = np.clip(drawn, 30_000, 9_000_000).astype(np.int64)
    return mass


def draw_sides_um() -> Ints:
    """Return the three sides of each SKU: 4 to 45 cm."""
    sides: Ints = np.random.default_rng(SEED + 4).integers(40_000, 450_000, size=(SKUS_PER_TENANT, 3))
    return sides


def seller_id(tenant: Any, seller: Any) -> Any:
    """Return the id of a tenant's seller; its one store has the same id."""
    return (tenant + 1) * 100 + seller


def sku_id(tenant: Any, sku: Any) -> Any:
    """Return the id of a tenant's SKU."""
    return (tenant + 1) * 10_000 + sku


def warehouse_id(tenant: Any, warehouse: Any) -> Any:
    """Return the id of a tenant's warehouse."""
    return (tenant + 1) * 100 + warehouse


def channel_id(tenant: Any, channel: Any) -> Any:
    """Return the id of a tenant's channel."""
    return (tenant + 1) * 100 + channel


def packed_heads(baskets: Baskets) -> list[bytes]:
    """Return the packed head of each order."""
    heads = np.zeros(len(baskets), dtype=HEAD)
    heads["order_id"] = baskets.order_id
    heads["seller_id"] = heads["store_id"] = seller_id(baskets.tenant, baskets.seller)
    heads["value_minor"] = 2_500
    heads["lat"] = np.array([place.lat for place in places()])[baskets.place]
    heads["lon"] = np.array([place.lon for place in places()])[baskets.place]
    heads["placed_at"] = PLACED_FROM.astype(np.int64) + baskets.order_id
    heads["residential"] = baskets.order_id % 4 != 0
    heads["country"] = "US"
    heads["state_code"] = np.array([place.state for place in places()])[baskets.place]
    heads["postcode"] = np.array([place.postcode for place in places()])[baskets.place]
    heads["currency"] = "USD"
    heads["platform"] = "shopify"
    packed, step = heads.tobytes(), HEAD.itemsize
    return [packed[start : start + step] for start in range(0, len(packed), step)]


def lines_of(baskets: Baskets) -> Iterator[list[tuple[int, int]]]:
    """Yield the (sku_id, units) lines of each order."""
    ids = sku_id(baskets.tenant[:, None], baskets.sku)
    for skus, units, count in zip(ids.tolist(), baskets.units.tolist(), baskets.line_count.tolist(), strict=True):
        yield list(zip(skus[:count], units[:count], strict=True))


def packed_lines(baskets: Baskets) -> list[bytes]:
    """Return the packed needs of each order."""
    return [pack_needs(lines) for lines in lines_of(baskets)]
