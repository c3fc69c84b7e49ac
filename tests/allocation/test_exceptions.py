"""Exceptions are tried again when something that can help has changed, and only then (ADR 0005)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from allocation.models import OrderException
from allocation.services import cancel_order
from tests.allocation.scene import Scene
from tests.allocation.threads import in_thread
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

TOMORROW = NOON + timedelta(days=1)


def test_is_not_tried_when_nothing_changed(build: Build) -> None:
    scene = build(DAL="5.00")
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.retry() == 0
    assert scene.drain().decided == 0
    assert len(scene.records(order)) == 1


def test_is_tried_when_its_article_arrives(stuck: Scene) -> None:
    stuck.receive("LAMP", NJ1=2)
    assert stuck.retry() == 1
    assert stuck.state(stuck.placed[0]) == "pending"
    stuck.drain()
    assert stuck.decision(stuck.placed[0]) == ("smart", "NJ1", 700)
    assert stuck.reasons(stuck.placed[0]) is None
    assert stuck.retry() == 0


def test_is_not_tried_when_another_article_arrives(stuck: Scene) -> None:
    stuck.receive("CUP", DAL=2)
    assert stuck.retry() == 0


def test_is_tried_once_for_one_arrival_that_does_not_suffice(stuck: Scene) -> None:
    stuck.receive("LAMP", DAL=1)
    assert stuck.retry() == 1
    stuck.drain()
    assert stuck.state(stuck.placed[0]) == "exception"
    assert stuck.retry() == 0
    stuck.receive("LAMP", DAL=1)
    assert stuck.retry() == 1


def test_is_tried_when_a_cancelled_order_gives_its_units_back(stuck: Scene) -> None:
    stuck.receive("LAMP", DAL=2)
    stuck.retry()
    stuck.drain()
    late = stuck.place(LAMP=1)
    stuck.drain()
    assert stuck.state(late) == "exception"
    cancel_order(tenant_id=stuck.tenant_id, order_id=stuck.placed[0], actor="Li", at=NOON)
    assert stuck.retry() == 1
    stuck.drain()
    assert stuck.decision(late) == ("smart", "DAL", 500)


def test_is_tried_when_a_count_finds_more(stuck: Scene) -> None:
    stuck.count("LAMP", DAL=2)
    assert stuck.retry() == 1


def test_is_tried_when_a_receipt_commits_after_the_look_that_it_came_before(stuck: Scene) -> None:
    """The receipt is written, the order looked at and made an exception, and only then the receipt committed."""
    with in_thread() as storekeeper:
        storekeeper.run(lambda: storekeeper.open_scope(stuck.tenant_id))
        storekeeper.run(lambda: stuck.receive("LAMP", DAL=2))
        late = stuck.place(LAMP=2)
        stuck.drain()
        assert stuck.state(late) == "exception"
        assert stuck.retry() == 0
        storekeeper.run(storekeeper.commit)
    assert stuck.retry() == 2


def test_by_the_clock_such_a_receipt_would_be_missed(stuck: Scene) -> None:
    """The control: what a comparison of times sees of the same story."""
    with in_thread() as storekeeper:
        storekeeper.run(lambda: storekeeper.open_scope(stuck.tenant_id))
        storekeeper.run(lambda: stuck.receive("LAMP", DAL=2))
        received_at = storekeeper.run(_transaction_time)
        stuck.place(LAMP=2)
        stuck.drain()
        looked_at = _transaction_time()
        storekeeper.run(storekeeper.commit)
    assert received_at < looked_at


def _transaction_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
        return now


def test_a_receipt_that_is_rolled_back_is_none(stuck: Scene) -> None:
    with in_thread() as storekeeper:
        storekeeper.run(lambda: storekeeper.open_scope(stuck.tenant_id))
        storekeeper.run(lambda: stuck.receive("LAMP", DAL=2))
        storekeeper.run(storekeeper.roll_back)
    assert stuck.retry() == 0


def test_keeps_the_time_since_when_and_names_what_it_supersedes(stuck: Scene) -> None:
    stuck.receive("LAMP", DAL=1)
    stuck.retry(at=TOMORROW)
    stuck.drain(at=TOMORROW)
    first, second = stuck.records(stuck.placed[0])
    assert second.supersedes == first.pk
    with tenant_scope(tenant_id=stuck.tenant_id):
        assert OrderException.objects.get(pk=stuck.placed[0]).since == NOON


def test_what_is_held_for_a_person_is_not_tried(stuck: Scene) -> None:
    with tenant_scope(tenant_id=stuck.tenant_id):
        OrderException.objects.filter(pk=stuck.placed[0]).update(held=True)
    stuck.receive("LAMP", DAL=9)
    assert stuck.retry(at=TOMORROW) == 0


def test_many_are_queued_a_few_at_a_time(stuck: Scene) -> None:
    stuck.place_many(4, LAMP=2)
    stuck.drain()
    stuck.receive("LAMP", DAL=10)
    assert stuck.retry(most_at_once=2) == 5
    assert stuck.drain().allocated == 5


def test_another_tenant_s_exceptions_stay_where_they_are(stuck: Scene, committed_scene: Build) -> None:
    other = committed_scene(code="westlake", DAL="5.00")
    theirs = other.place(LAMP=1)
    other.drain()
    stuck.receive("LAMP", DAL=2)
    assert other.retry() == 0
    assert stuck.retry() == 1
    assert other.state(theirs) == "exception"
