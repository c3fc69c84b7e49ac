"""5,000 orders while workers, broker and database are killed: none is lost, none decided twice, no unit sold twice."""

from __future__ import annotations

import pytest

from tests.allocation.chaos.house import House, Seller, kill, own_house, wait_until
from tests.allocation.chaos.seller import LAMPS

PORTION = 625
ORDERS = 8 * PORTION
WORKERS = ("first", "second")

UNDECIDED = "SELECT count(*) FROM orders_order WHERE state = 1"
STATES = "SELECT state, count(*) FROM orders_order GROUP BY 1 ORDER BY 1"
DECIDED_NOT_ONCE = """
SELECT o.external_number, count(r.id) FROM orders_order o LEFT JOIN allocation_record r ON r.order_id = o.id
GROUP BY o.id, 1 HAVING count(r.id) <> 1
"""
TOLD_NOT_ONCE = """
SELECT r.id, count(t.id) FROM allocation_record r
LEFT JOIN (SELECT unnest(record_ids) AS id FROM allocation_outboxbatch) t ON t.id = r.id
GROUP BY 1 HAVING count(t.id) <> 1
"""
OVERSOLD = "SELECT id FROM inventory_stock WHERE reserved + safety > on_hand OR reserved < 0"
SOLD_LAMPS = "SELECT sum(s.reserved) FROM inventory_stock s JOIN inventory_sku k ON k.id = s.sku_id WHERE k.code = 'LAMP'"
SEALED = "SELECT sum(record_count) FROM allocation_recordseal"

ALLOCATED, EXCEPTION = 3, 4


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_oversold_whatever_is_killed() -> None:
    with own_house() as house:
        start_everything(house)
        seller = Seller(house.start("seller", "tests.allocation.chaos.seller"))
        break_everything(house, seller)
        wait_until(lambda: house.ask(UNDECIDED) == [(0,)])

        lamps = sum(LAMPS.values())
        assert house.ask(STATES) == [(ALLOCATED, ORDERS // 2 + lamps), (EXCEPTION, ORDERS // 2 - lamps)]
        assert house.ask(DECIDED_NOT_ONCE) == []
        assert house.ask(TOLD_NOT_ONCE) == []
        assert house.ask(OVERSOLD) == []
        assert house.ask(SOLD_LAMPS) == [(lamps,)]
        for command in ("reconcile", "seal_records", "verify_records"):
            house.manage(command)
        assert house.ask(SEALED) == [(ORDERS,)]


def start_everything(house: House) -> None:
    for name in WORKERS:
        house.start_worker(name)
    house.start_beat()


def break_everything(house: House, seller: Seller) -> None:
    """Place eight portions of orders, and break something in the middle of each."""
    workers_killed(house, seller)
    pool_process_killed(house, seller)
    broker_flushed(house, seller)
    broker_killed(house, seller)
    database_killed(house, seller)
    database_process_killed(house, seller)
    database_killed_under_the_seller(house, seller)
    all_but_the_database_killed(house, seller)


def workers_killed(house: House, seller: Seller) -> None:
    with house.worker_in_the_middle(lambda: seller.place(PORTION)):
        house.kill(*WORKERS)
    for name in WORKERS:
        house.start_worker(name)


def pool_process_killed(house: House, seller: Seller) -> None:
    """Kill the processes that decide; their parents go on and start others."""
    with house.worker_in_the_middle(lambda: seller.place(PORTION)):
        kill([child for name in WORKERS for child in house.family(name)[1:]])


def broker_flushed(house: House, seller: Seller) -> None:
    with house.worker_in_the_middle(lambda: seller.place(PORTION)), house.broker.client() as client:
        client.flushall()


def broker_killed(house: House, seller: Seller) -> None:
    """Kill it before the orders come, so that nobody hears of them until it is back."""
    house.broker.kill()
    seller.place(PORTION)
    house.broker.start()


def database_killed(house: House, seller: Seller) -> None:
    with house.worker_in_the_middle(lambda: seller.place(PORTION)):
        house.postgres.kill()
    house.postgres.start()


def database_process_killed(house: House, seller: Seller) -> None:
    """Kill the one that serves the worker: the server ends all the others and recovers by itself."""
    with house.worker_in_the_middle(lambda: seller.place(PORTION)) as backend_pid:
        house.kill_backend(backend_pid)


def database_killed_under_the_seller(house: House, seller: Seller) -> None:
    seller.begin(PORTION)
    house.postgres.kill()
    house.postgres.start()
    seller.wait_for("placed")


def all_but_the_database_killed(house: House, seller: Seller) -> None:
    with house.worker_in_the_middle(lambda: seller.place(PORTION)):
        house.kill(*WORKERS, "beat")
        house.broker.kill()
    house.broker.start()
    start_everything(house)
