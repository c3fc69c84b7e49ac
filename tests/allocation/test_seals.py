"""The hash chain over the records: it covers each record once, whatever the order of commits, and shows any change."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.core.management import CommandError, call_command

from allocation.models import Record, RecordSeal
from allocation.seals import newest_seal, seal_records, verify_records
from allocation.services import cancel_order
from allocation.settled import RecordsStillWritten
from allocation.sweeps import tenants_with_records_to_seal
from allocation.tasks import seal as seal_task
from tests.allocation.scene import Scene
from tests.allocation.threads import in_thread
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(committed_scene: Build) -> Scene:
    """Return a scene with five records; its books are not looked at, since the tests change them behind our back."""
    scene = committed_scene(checked=False, DAL="5.00")
    scene.receive("LAMP", DAL=9)
    scene.receive("CUP", DAL=9)
    scene.place_many(5, LAMP=1)
    scene.drain()
    return scene


def seal(scene: Scene, **options: float) -> int:
    return seal_records(tenant_id=scene.tenant_id, at=NOON, **options)  # type: ignore[arg-type]


def cancel(scene: Scene, order: int) -> int:
    return cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)


def faults(scene: Scene) -> tuple[str, ...]:
    return verify_records(tenant_id=scene.tenant_id).faults


def record_ids(scene: Scene) -> list[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return list(Record.objects.order_by("pk").values_list("pk", flat=True))


def links(scene: Scene) -> list[tuple[int, int]]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return list(RecordSeal.objects.order_by("last_record_id").values_list("record_count", "last_record_id"))


def behind_our_back(admin: psycopg.Connection, change: str, *parameters: object) -> None:
    """Do what not even the owner may, as one does who has the server itself."""
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        assert admin.execute(change, parameters).rowcount


def test_each_record_is_sealed_once(scene: Scene) -> None:
    assert seal(scene) == 5
    assert seal(scene) == 0
    scene.place_many(2, LAMP=1)
    scene.drain()
    assert seal(scene) == 2
    assert [count for count, _ in links(scene)] == [5, 2]
    assert faults(scene) == ()


def test_many_records_make_several_links(scene: Scene) -> None:
    assert seal(scene, records_a_link=2) == 5
    ids = record_ids(scene)
    assert links(scene) == [(2, ids[1]), (2, ids[3]), (1, ids[4])]
    verified = verify_records(tenant_id=scene.tenant_id)
    assert (verified.records, verified.links, verified.sha256) == (5, 3, newest_seal(tenant_id=scene.tenant_id))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE allocation_record SET cost_minor = 1 WHERE id = %s",
        "UPDATE allocation_record SET candidates = 'x' WHERE id = %s",
        "UPDATE allocation_record SET actor = 'Wu' WHERE id = %s",
        "UPDATE allocation_record SET decided_at = decided_at - interval '1 second' WHERE id = %s",
        "DELETE FROM allocation_record WHERE id = %s",
        "UPDATE allocation_settingsversion SET document = jsonb_set(document, '{currency}', '\"EUR\"') WHERE %s > 0",
        "UPDATE allocation_recordseal SET sha256 = repeat('0', 64) WHERE last_record_id > %s",
    ],
)
def test_any_change_shows(scene: Scene, admin_connection: psycopg.Connection, change: str) -> None:
    seal(scene)
    behind_our_back(admin_connection, change, record_ids(scene)[2])
    assert len(faults(scene)) == 1


def test_a_record_that_is_slipped_in_shows(scene: Scene, admin_connection: psycopg.Connection) -> None:
    scene.place_many(1, LAMP=1)
    scene.drain()
    ids = record_ids(scene)
    behind_our_back(admin_connection, "UPDATE allocation_record SET id = id + 1000 WHERE id = %s", ids[-1])
    seal(scene)
    assert faults(scene) == ()
    slip_in = (
        "INSERT INTO allocation_record (id, tenant_id, seller_id, order_id, settings_version_id, mode, candidates, decided_at) "
        "SELECT id + 1, tenant_id, seller_id, order_id, settings_version_id, mode, candidates, decided_at FROM allocation_record "
        "WHERE id = %s"
    )
    behind_our_back(admin_connection, slip_in, ids[-2])
    assert len(faults(scene)) == 1


def test_a_change_makes_a_link_of_its_own_false_and_not_the_later_ones(scene: Scene, admin_connection: psycopg.Connection) -> None:
    seal(scene, records_a_link=2)
    ids = record_ids(scene)
    behind_our_back(admin_connection, "UPDATE allocation_record SET mode = 4 WHERE id = %s", ids[0])
    assert faults(scene) == (f"records 1 to {ids[1]} are not what was sealed (2 records of 2)",)


def test_a_record_that_commits_late_is_waited_for(scene: Scene) -> None:
    """Ids are given out before they are committed: here the lower ones come later."""
    early, late = scene.place(CUP=1), scene.place(LAMP=1)
    with in_thread() as slow, in_thread() as sealer:
        slow.run(lambda: slow.open_scope(scene.tenant_id))
        slow.run(lambda: cancel(scene, early))
        scene.drain()
        assert scene.state(early) == "pending"
        assert scene.state(late) == "allocated"
        with pytest.raises(RecordsStillWritten):
            seal(scene, patience_seconds=0.1)
        assert links(scene) == []
        sealing = sealer.start(lambda: seal(scene))
        slow.run(slow.commit)
        assert sealing.result(timeout=30) == 7
    assert faults(scene) == ()


def test_without_waiting_the_late_record_would_break_the_chain(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same story, where nobody looks who is still writing."""
    monkeypatch.setattr("allocation.settled._writers", set)
    early = scene.place(CUP=1)
    scene.place(LAMP=1)
    with in_thread() as slow:
        slow.run(lambda: slow.open_scope(scene.tenant_id))
        slow.run(lambda: cancel(scene, early))
        scene.drain()
        assert seal(scene) == 6
        slow.run(slow.commit)
    assert len(faults(scene)) == 1


def test_a_record_that_was_rolled_back_is_not_missed(scene: Scene) -> None:
    scene.place_many(2, LAMP=1)
    with in_thread() as slow:
        slow.run(lambda: slow.open_scope(scene.tenant_id))
        slow.run(lambda: scene.drain(batch_orders=1, most_batches=1))
        slow.run(slow.roll_back)
    scene.drain()
    assert seal(scene) == 7
    assert faults(scene) == ()


def test_two_who_seal_at_once_make_one_chain(scene: Scene) -> None:
    with in_thread() as first, in_thread() as second:
        first.run(lambda: first.open_scope(scene.tenant_id))
        assert first.run(lambda: seal(scene)) == 5
        waiting = second.start(lambda: seal(scene))
        second.wait_until_blocked()
        first.run(first.commit)
        assert waiting.result(timeout=30) == 0
    assert len(links(scene)) == 1


def test_a_sealed_tenant_is_left_alone_until_it_decides_again(scene: Scene, committed_scene: Build) -> None:
    committed_scene(code="westlake", DAL="5.00")
    assert tenants_with_records_to_seal() == (scene.tenant_id,)
    seal_task()
    assert tenants_with_records_to_seal() == ()
    assert len(links(scene)) == 1


def test_the_commands_seal_and_verify(scene: Scene, admin_connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seal_records")
    sealed = capsys.readouterr().out
    assert sealed == f"eastlake: 5 records sealed; newest hash {newest_seal(tenant_id=scene.tenant_id)}\n"
    call_command("verify_records", tenant="eastlake")
    assert "5 records in 1 links" in capsys.readouterr().out
    behind_our_back(admin_connection, "UPDATE allocation_record SET mode = 4 WHERE id = %s", record_ids(scene)[0])
    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify_records")
