"""Orders of the past: decided, shipped and kept, so that the cost of an order can be measured in an old database."""

from __future__ import annotations

from typing import Any

import psycopg

from benchmarks.content import CHANNELS_PER_TENANT, SELLERS_PER_TENANT, SKUS_PER_TENANT, WAREHOUSES_PER_TENANT
from orders.core.states import OrderState

SHIPPED = 3
BATCH_ORDERS = 1_000
CANDIDATE_HASHES = 14
"""MD5 sums of 16 bytes that make up as many bytes as a record of 20 warehouses has."""

# The first tenant's, like benchmarks.content numbers them.
SELLER = f"(100 + mod(key, {SELLERS_PER_TENANT}))"
WAREHOUSE = f"(100 + mod(key, {WAREHOUSES_PER_TENANT}))"
CHANNEL = f"(100 + mod(key, {CHANNELS_PER_TENANT}))"
DECIDED_AT = "timestamptz '2026-06-01' + key * interval '8 seconds'"
SKU = f"(10000 + mod(key * 7919 + number * 104729, {SKUS_PER_TENANT}))"

STORED = f"""
INSERT INTO orders_order (id, tenant_id, seller_id, store_id, external_number, state, recipient, country, state_code, city, address,
  postcode, lat, lon, residential, service_level, value_minor, currency, placed_at, received_at)
SELECT key, 1, {SELLER}, {SELLER}, 'SHOP-' || lpad(key::text, 8, '0'), {OrderState.SHIPPED.value}, 'Customer ' || key, 'US', 'TX',
  'Springfield', mod(key, 9000) || ' Main Street', '75001', 32.96, -96.83, true, '', 2500, 'USD', {DECIDED_AT},
  '2026-06-01'
FROM generate_series(1, %(count)s::bigint) key;

INSERT INTO orders_orderline (tenant_id, seller_id, order_id, number, sku_id, units)
SELECT 1, {SELLER}, key, number, {SKU}, 1 FROM generate_series(1, %(count)s::bigint) key, generate_series(1, 1 + mod(key, 4)) number;

INSERT INTO allocation_record (tenant_id, seller_id, order_id, settings_version_id, mode, warehouse_id, channel_id, cost_minor,
  nearest_cost_minor, candidates, decided_at)
SELECT 1, {SELLER}, key, 1, 1, {WAREHOUSE}, {CHANNEL}, 1234, 1300, decode(repeat(md5(key::text), {CANDIDATE_HASHES}), 'hex'),
  {DECIDED_AT}
FROM generate_series(1, %(count)s::bigint) key;

INSERT INTO allocation_outboxbatch (tenant_id, record_ids, created_at, sent_at)
SELECT 1, array_agg(id), '2026-06-01', '2026-06-01' FROM allocation_record GROUP BY id / {BATCH_ORDERS};

INSERT INTO allocation_shipment (tenant_id, seller_id, order_id, warehouse_id, channel_id, rate_card_id, state, cost_minor, cost_lines,
  created_at)
SELECT 1, {SELLER}, key, {WAREHOUSE}, {CHANNEL}, {CHANNEL}, {SHIPPED}, 1234, '{{900,100,80,134,20}}', '2026-06-01'
FROM generate_series(1, %(count)s::bigint) key;

INSERT INTO inventory_reservation (tenant_id, seller_id, order_id, warehouse_id, sku_ids, units, state, created_at)
SELECT 1, {SELLER}, key, {WAREHOUSE}, array_agg({SKU}), array_agg(1), {SHIPPED}, '2026-06-01'
FROM generate_series(1, %(count)s::bigint) key, generate_series(1, 1 + mod(key, 4)) number GROUP BY key ORDER BY key;
"""


def load_stored_orders(connection: psycopg.Connection[Any], *, count: int) -> None:
    """Store so many orders of the first tenant, with all that was written when they were decided and shipped."""
    for statement in STORED.split(";"):
        if count and statement.strip():
            connection.execute(statement, {"count": count})
