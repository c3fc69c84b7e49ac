"""Put the benchmark's world into a migrated database: straight into the tables, past row security and triggers.

Only a superuser can do this, and only a benchmark may: what is measured comes after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import numpy as np
import psycopg

from benchmarks import cards
from benchmarks.content import (
    CHANNELS_PER_TENANT,
    PLACED_FROM,
    SELLERS_PER_TENANT,
    SKUS_PER_TENANT,
    WAREHOUSES,
    WAREHOUSES_PER_TENANT,
    Baskets,
    Size,
    channel_id,
    draw_baskets,
    draw_mass_mg,
    draw_on_hand,
    draw_sides_um,
    lines_of,
    packed_heads,
    packed_lines,
    places,
    seller_id,
    seller_of_sku,
    sku_id,
    warehouse_id,
)
from benchmarks.past import load_stored_orders
from orders.core.states import OrderState

Connection = psycopg.Connection[Any]

MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
BINARY_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_COPY_END = b"\xff\xff"

# The queue rows of the waiting orders lie here until they are let into the queue.
WAITING_TABLE = "benchmark_waiting"
QUEUE_COLUMNS = "order_id, tenant_id, seller_id, ready, head, lines, queued_at"


def load_world(connection: Connection, size: Size) -> None:
    """Load everything; the queue is empty, and `release_orders` fills it."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for tenant in range(size.tenants):
            _load_company(connection, tenant)
            _load_prices(connection, tenant)
            _load_strategy(connection, tenant)
        baskets = draw_baskets(size)
        _load_stock(connection, baskets, tenants=size.tenants)
        load_stored_orders(connection, count=size.stored_orders)
        _load_orders(connection, baskets)
        _load_waiting(connection, baskets)
        _move_sequences(connection)
    connection.execute("VACUUM ANALYZE")


def release_orders(connection: Connection, ids: range) -> None:
    """Put waiting orders into the queue."""
    connection.execute(
        f"INSERT INTO orders_queuedorder ({QUEUE_COLUMNS}) SELECT {QUEUE_COLUMNS} FROM {WAITING_TABLE} "
        "WHERE order_id BETWEEN %s AND %s ORDER BY order_id",
        [ids.start, ids.stop - 1],
    )


def _copy(connection: Connection, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _load_company(connection: Connection, tenant: int) -> None:
    own = tenant + 1
    _copy(
        connection,
        "tenancy_tenant",
        "id, code, name, currency, timezone, settings_revision",
        [(own, f"company-{own}", f"Company {own}", "USD", "America/Los_Angeles", 1)],
    )
    sellers = [(seller_id(tenant, s), own, f"seller-{s}", f"Seller {s}") for s in range(SELLERS_PER_TENANT)]
    _copy(connection, "tenancy_seller", "id, tenant_id, code, name", sellers)
    stores = [(key, own, key, "shopify", "main", f"{name} store") for key, own, _, name in sellers]
    _copy(connection, "orders_store", "id, tenant_id, seller_id, platform, code, name", stores)
    _copy(
        connection,
        "inventory_warehouse",
        "id, tenant_id, code, name, country, state, city, address, postcode, lat, lon, timezone, priority, active, "
        "handling_currency, handling_per_order_minor, handling_per_piece_minor, handling_per_kg_minor",
        (
            (warehouse_id(tenant, w), own, f"W{w:02}", city, "US", state, city, "", postcode, lat, lon, "UTC", 100, True)
            + ("USD", 120 + 5 * (w % 7), 20 + w % 3, 8)
            for w, (postcode, city, state, lat, lon) in enumerate(WAREHOUSES)
        ),
    )
    mass, sides = draw_mass_mg().tolist(), draw_sides_um().tolist()
    _copy(
        connection,
        "inventory_sku",
        "id, tenant_id, seller_id, code, name, mass_mg, length_um, width_um, height_um, tags, category",
        (
            (sku_id(tenant, k), own, seller_id(tenant, seller_of_sku(k)), f"SKU-{k:05}", f"Article {k}", mass[k], *sides[k], "{}", "")
            for k in range(SKUS_PER_TENANT)
        ),
    )


def _load_prices(connection: Connection, tenant: int) -> None:
    own = tenant + 1
    carriers = [(channel_id(tenant, c), own, carrier.code, carrier.name) for c, carrier in enumerate(cards.CARRIERS)]
    _copy(connection, "carriers_carrier", "id, tenant_id, code, name", carriers)
    charts = [
        (channel_id(tenant, c), own, channel_id(tenant, c), "2026", cards.as_text(chart), cards.fingerprint(chart), cards.SOURCE, MADE_AT)
        for c, chart in enumerate(cards.zone_charts())
    ]
    _copy(connection, "carriers_zonechart", "id, tenant_id, carrier_id, code, document, sha256, source, created_at", charts)
    pairs = [(channel_id(tenant, c), cards.offer(tenant, c)) for c in range(CHANNELS_PER_TENANT)]
    _copy(
        connection,
        "carriers_channel",
        "id, tenant_id, carrier_id, code, name, active",
        ((key, own, channel_id(tenant, offer.service.carrier), offer.service.code, offer.service.code, True) for key, offer in pairs),
    )
    _copy(
        connection,
        "carriers_ratecard",
        "id, tenant_id, channel_id, zone_chart_id, effective_from, currency, document, sha256, source, created_at",
        (
            (key, own, key, channel_id(tenant, offer.service.carrier), cards.EFFECTIVE_FROM, "USD", cards.as_text(offer.document))
            + (cards.fingerprint(offer.document), cards.SOURCE, MADE_AT)
            for key, offer in pairs
        ),
    )
    fuel = ((own, key, cards.EFFECTIVE_FROM, offer.service.fuel_percent) for key, offer in pairs if offer.service.fuel_percent)
    _copy(connection, "carriers_fuelrate", "tenant_id, channel_id, effective_from, percent", fuel)


def _load_strategy(connection: Connection, tenant: int) -> None:
    own = tenant + 1
    warehouses = [warehouse_id(tenant, w) for w in range(WAREHOUSES_PER_TENANT)]
    channels = [channel_id(tenant, c) for c in range(CHANNELS_PER_TENANT)]
    lanes = ((own, warehouse, channel) for warehouse in warehouses for channel in channels)
    _copy(connection, "allocation_lane", "tenant_id, warehouse_id, channel_id", lanes)
    columns = "id, tenant_id, name, priority, active, platforms, countries"
    _copy(connection, "allocation_strategy", columns, [(own, own, "all", 100, True, "{}", "{}")])
    _copy(connection, "allocation_strategywarehouse", "tenant_id, strategy_id, warehouse_id", ((own, own, key) for key in warehouses))
    _copy(connection, "allocation_strategychannel", "tenant_id, strategy_id, channel_id", ((own, own, key) for key in channels))


def _load_stock(connection: Connection, baskets: Baskets, *, tenants: int) -> None:
    """Load every SKU of every warehouse, warehouse by warehouse, as stock files arrive."""
    on_hand = draw_on_hand(baskets, tenants=tenants)
    warehouse, sku = (axis.ravel() for axis in np.indices(on_hand.shape))
    with connection.cursor() as cursor:
        columns = "tenant_id, seller_id, warehouse_id, sku_id, on_hand, reserved, safety, arrived_xid"
        with cursor.copy(f"COPY inventory_stock ({columns}) FROM STDIN (FORMAT binary)") as copy:
            copy.write(BINARY_COPY_HEAD)
            for tenant in range(tenants):
                bigints = [
                    np.full(sku.shape, tenant + 1),
                    seller_id(tenant, seller_of_sku(sku)),
                    warehouse_id(tenant, warehouse),
                    sku_id(tenant, sku),
                ]
                zero = np.zeros_like(sku)
                copy.write(_binary_rows([(8, one) for one in bigints] + [(4, on_hand.ravel()), (4, zero), (4, zero), (8, zero)]))
            copy.write(BINARY_COPY_END)


def _binary_rows(columns: Sequence[tuple[int, Any]]) -> bytes:
    """Return rows of integers, given as (width in bytes, values), in PostgreSQL's binary COPY format."""
    fields = [("fields", ">i2")]
    for at, (width, _) in enumerate(columns):
        fields += [(f"width{at}", ">i4"), (f"value{at}", f">i{width}")]
    rows = np.zeros(len(columns[0][1]), dtype=fields)
    rows["fields"] = len(columns)
    for at, (width, values) in enumerate(columns):
        rows[f"width{at}"], rows[f"value{at}"] = width, values
    return rows.tobytes()


def _load_orders(connection: Connection, baskets: Baskets) -> None:
    ids, tenants = baskets.order_id.tolist(), (baskets.tenant + 1).tolist()
    sellers = seller_id(baskets.tenant, baskets.seller).tolist()
    where = [places()[place] for place in baskets.place.tolist()]
    placed_at = [moment.isoformat() + "Z" for moment in (PLACED_FROM + baskets.order_id).tolist()]
    _copy(
        connection,
        "orders_order",
        "id, tenant_id, seller_id, store_id, external_number, state, recipient, country, state_code, city, address, postcode, "
        "lat, lon, residential, service_level, value_minor, currency, placed_at, received_at",
        (
            (key, tenant, seller, seller, f"SHOP-{key:08}", OrderState.PENDING.value, f"Customer {key}", "US", place.state)
            + (place.city, f"{key % 9000} Main Street", place.postcode, place.lat, place.lon, key % 4 != 0)
            + ("", 2_500, "USD", at, MADE_AT)
            for key, tenant, seller, place, at in zip(ids, tenants, sellers, where, placed_at, strict=True)
        ),
    )
    _copy(
        connection,
        "orders_orderline",
        "tenant_id, seller_id, order_id, number, sku_id, units",
        (
            (tenant, seller, key, number, sku, units)
            for key, tenant, seller, lines in zip(ids, tenants, sellers, lines_of(baskets), strict=True)
            for number, (sku, units) in enumerate(lines, 1)
        ),
    )


def _load_waiting(connection: Connection, baskets: Baskets) -> None:
    rows = zip(
        baskets.order_id.tolist(),
        (baskets.tenant + 1).tolist(),
        seller_id(baskets.tenant, baskets.seller).tolist(),
        repeat(True),
        packed_heads(baskets),
        packed_lines(baskets),
        repeat(MADE_AT),
    )
    connection.execute(f"CREATE TABLE {WAITING_TABLE} AS SELECT {QUEUE_COLUMNS} FROM orders_queuedorder")
    _copy(connection, WAITING_TABLE, QUEUE_COLUMNS, rows)
    connection.execute(f"ALTER TABLE {WAITING_TABLE} ADD PRIMARY KEY (order_id)")


def _move_sequences(connection: Connection) -> None:
    """Set every identity sequence beyond the ids that were loaded by hand."""
    identities = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'"
    ).fetchall()
    for table, column in identities:
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), GREATEST(1, (SELECT max({column}) FROM {table})))"
        )
