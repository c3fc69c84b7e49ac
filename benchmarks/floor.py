"""The floor: the fewest durable writes for the same result, by any means that the database allows.

Nothing is decided: the rows are those that the engine wrote for the same world, kept in PostgreSQL's own binary format.
Per batch of 1,000 orders, in one transaction: binary COPY into tables of the same shape by a superuser, who passes row
security; one update of stock, one of order states, one delete of queue rows, one outbox row. Foreign keys, checks and
triggers are gone, and so is every key that no look-up needs. Commits are durable (synchronous_commit, fsync).
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.errors import DeadlockDetected

from benchmarks.content import Size
from benchmarks.race import GO, WARM_UP, Answer, serve
from orders.core.states import OrderState
from wms.arrays import ArrayDumper

Connection = psycopg.Connection[Any]
Ints = npt.NDArray[np.int64]

BATCH_ORDERS = 1_000
WRITTEN = ("allocation_record", "allocation_shipment", "inventory_reservation", "allocation_orderexception")
CHANGED = ("inventory_stock", "orders_order", "orders_queuedorder", "allocation_outboxbatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction writes: rows by table as COPY reads them, and the arrays of its other statements."""

    tenant_id: int
    order_ids: Ints
    states: Ints
    record_ids: Ints
    stock_ids: Ints
    units: Ints
    rows: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All batches of a world: those of each round of warming up, and those that are measured."""

    warm_up: tuple[tuple[Batch, ...], ...]
    measured: tuple[Batch, ...]


def read_answers(connection: Connection, size: Size) -> Answers:
    """Return what the engine wrote into a world that it has finished."""
    rounds = [size.warm_up_ids(warm_up_round) for warm_up_round in range(size.warm_up_rounds)]
    return Answers(
        warm_up=tuple(_read_batches(connection, size, ids) for ids in rounds),
        measured=_read_batches(connection, size, size.measured_ids),
    )


def _read_batches(connection: Connection, size: Size, ids: range) -> tuple[Batch, ...]:
    """Return the batches of orders with these ids, tenant by tenant."""
    found = []
    for tenant_id in range(1, size.tenants + 1):
        query = "SELECT id FROM orders_order WHERE tenant_id = %s AND id BETWEEN %s AND %s ORDER BY id"
        rows = connection.execute(query, [tenant_id, ids.start, ids.stop - 1]).fetchall()
        found += [_read_batch(connection, tenant_id, each) for each in _in_batches(np.array(rows, dtype=np.int64).ravel())]
    return tuple(found)


def _in_batches(order_ids: Ints) -> Iterator[Ints]:
    for start in range(0, len(order_ids), BATCH_ORDERS):
        yield order_ids[start : start + BATCH_ORDERS]


STOCK_CHANGES = """
SELECT s.id, sum(held.units) FROM inventory_reservation r, unnest(r.sku_ids, r.units) AS held (sku_id, units), inventory_stock s
WHERE r.tenant_id = %(tenant)s AND r.order_id BETWEEN %(first)s AND %(last)s
  AND s.tenant_id = r.tenant_id AND s.sku_id = held.sku_id AND s.warehouse_id = r.warehouse_id
GROUP BY 1 ORDER BY 1
"""


def _read_batch(connection: Connection, tenant_id: int, order_ids: Ints) -> Batch:
    span = {"tenant": tenant_id, "first": int(order_ids[0]), "last": int(order_ids[-1])}
    within = "tenant_id = {tenant} AND order_id BETWEEN {first} AND {last}".format(**span)
    orders = connection.execute(
        "SELECT o.state, r.id FROM orders_order o JOIN allocation_record r ON (r.tenant_id, r.order_id) = (o.tenant_id, o.id) "
        "WHERE o.tenant_id = %(tenant)s AND o.id BETWEEN %(first)s AND %(last)s ORDER BY o.id",
        span,
    ).fetchall()
    stock = np.array(connection.execute(STOCK_CHANGES, span).fetchall(), dtype=np.int64).reshape(-1, 2)
    return Batch(
        tenant_id=tenant_id,
        order_ids=order_ids,
        states=np.array([state for state, _ in orders], dtype=np.int64),
        record_ids=np.array([record for _, record in orders], dtype=np.int64),
        stock_ids=stock[:, 0],
        units=stock[:, 1],
        rows={table: rows for table in WRITTEN if (rows := _copy_out(connection, table, within)) is not None},
    )


def _copy_out(connection: Connection, table: str, within: str) -> bytes | None:
    """Return the rows as COPY reads them, or None if there are none."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {within} ORDER BY order_id) TO STDOUT (FORMAT binary)") as copy:
            found = b"".join(bytes(block) for block in copy)
        return found if cursor.rowcount else None


def strip_tables(connection: Connection) -> None:
    """Take everything from the tables that only guards them."""
    tables = [*WRITTEN, *CHANGED]
    guards = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('f', 'c') AND conrelid::regclass::text = ANY(%s)",
        [tables],
    ).fetchall()
    for table, name in guards:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
    for table in tables:
        connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")


ALL_BUT_ROWS = f"""
WITH moved AS (
  UPDATE orders_order
  SET state = CASE WHEN id = ANY(%(exceptions)s) THEN {OrderState.EXCEPTION.value} ELSE {OrderState.ALLOCATED.value} END
  WHERE tenant_id = %(tenant)s AND id = ANY(%(orders)s)
), taken AS (
  DELETE FROM orders_queuedorder WHERE tenant_id = %(tenant)s AND ready AND order_id BETWEEN %(first)s AND %(last)s
), told AS (
  INSERT INTO allocation_outboxbatch (tenant_id, record_ids, created_at) VALUES (%(tenant)s, %(records)s, now())
)
UPDATE inventory_stock s SET reserved = s.reserved + u.units FROM unnest(%(stock)s, %(units)s) AS u (id, units)
WHERE s.tenant_id = %(tenant)s AND s.id = u.id
"""


def write_batch(connection: Connection, batch: Batch) -> None:
    """Write one batch in one durable transaction: the rows by COPY, all else in one statement."""
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        for table, rows in batch.rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows)
        cursor.execute(
            ALL_BUT_ROWS,
            {
                "tenant": batch.tenant_id,
                "orders": batch.order_ids,
                "exceptions": batch.order_ids[batch.states == OrderState.EXCEPTION],
                "first": int(batch.order_ids[0]),
                "last": int(batch.order_ids[-1]),
                "records": batch.record_ids,
                "stock": batch.stock_ids,
                "units": batch.units.astype(np.int32),
            },
        )


def write_batches(connection: Connection, batches: tuple[Batch, ...]) -> int:
    """Write all batches, again where two processes blocked each other; return how often that was."""
    deadlocks = 0
    for batch in batches:
        while True:
            try:
                write_batch(connection, batch)
                break
            except DeadlockDetected:
                deadlocks += 1
    return deadlocks


def share_of(batches: tuple[Batch, ...], *, index: int, of: int) -> tuple[Batch, ...]:
    """Return one process's share: whole tenants if there are enough of them, else every so many-th batch."""
    if len({batch.tenant_id for batch in batches}) >= of:
        return tuple(batch for batch in batches if batch.tenant_id % of == index)
    return batches[index::of]


def main() -> None:
    """Be one floor process: DATABASE-URL ANSWERS-FILE INDEX COUNT."""
    url, answers_file, index, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    answers: Answers = pickle.loads(answers_file.read_bytes())
    warm_up, measured = iter(answers.warm_up[index::count]), share_of(answers.measured, index=index, of=count)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.adapters.register_dumper(np.ndarray, ArrayDumper)

        def write(batches: tuple[Batch, ...]) -> Answer:
            return {"lost_races": write_batches(connection, batches)}

        serve({WARM_UP: lambda: write(next(warm_up)), GO: lambda: write(measured)})


if __name__ == "__main__":
    main()
