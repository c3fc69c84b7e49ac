"""What is written down of a decision: it can be replayed, explained to the cent, and never be changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from allocation.core.types import SOFT, Mode, Reason
from allocation.explain import ChannelExplained, Explanation, explain_record
from allocation.models import Record, SettingsVersion, Shipment
from allocation.replay import replay_record
from allocation.worlds import book_of_version
from tests.allocation.random_run import random_run
from tests.allocation.scene import Scene
from wms.tenancy.scope import tenant_scope
from wms.values.fx import convert_minor

type Build = Callable[..., Scene]

SEALED = ["allocation_record", "allocation_settingsversion"]

SHOWN_ELSEWHERE = {Mode.HOLD, Mode.RESUME, Mode.FORCED, Mode.ADDRESS, Mode.REJECTED}
"""What people do besides assigning has tests of its own (test_hands, test_rejections, test_addresses)."""


def test_every_record_of_three_random_runs_replays_explains_and_adds_up(committed_scene: Build) -> None:
    modes: set[Mode] = set()
    for seed in range(3):
        scene = random_run(partial(committed_scene, code=f"run-{seed}"), seed)
        with tenant_scope(tenant_id=scene.tenant_id):
            records = list(Record.objects.order_by("pk"))
            told = [explain_record(record) for record in records]
            for record, story in zip(records, told, strict=True):
                assert replay_record(record).differences == ()
                _agrees(story, record)
            _shipments_add_up(records, told)
        modes |= {Mode(record.mode) for record in records}
    assert modes == set(Mode) - SHOWN_ELSEWHERE


def _agrees(told: Explanation, record: Record) -> None:
    chosen = [warehouse for warehouse in told.warehouses if warehouse.chosen]
    assert [warehouse.code for warehouse in chosen] == ([record.warehouse.code] if record.warehouse_id else [])
    for warehouse in told.warehouses:
        open_channels = [channel for channel in warehouse.channels if channel.rejection is None]
        if warehouse.rejection is None:
            by_hand = warehouse.chosen and record.mode in (Mode.MANUAL, Mode.UNDO)
            asked = [channel for channel in open_channels if channel.chosen] if by_hand else open_channels
            assert warehouse.cost_minor in {channel.cost_minor for channel in asked}
            assert all(units.available >= units.needed for units in warehouse.units)
        elif warehouse.rejection == "out_of_stock":
            kept_back = 1
            assert any(units.available < units.needed + kept_back for units in warehouse.units)
        elif warehouse.rejection in {reason.slug for reason in SOFT - {Reason.LATE}}:
            assert open_channels
        elif warehouse.rejection != "not_covered":
            assert not open_channels
    for warehouse in chosen:
        (channel,) = [channel for channel in warehouse.channels if channel.chosen]
        assert channel.cost_minor == record.cost_minor == warehouse.cost_minor
        assert _landed(channel, record) == record.cost_minor


def _landed(channel: ChannelExplained, record: Record) -> int:
    """Return the lines of a channel in the tenant's currency: freight and handling are each converted once."""
    settings = book_of_version(record.settings_version_id).settings
    freight = [line for line in channel.lines if line.code != "handling"]
    handling = [line for line in channel.lines if line.code == "handling"]
    total = 0
    for lines in (freight, handling):
        if lines:
            rate = settings.rate_from(lines[0].currency)
            assert rate is not None
            assert {line.currency for line in lines} == {lines[0].currency}
            total += convert_minor(sum(line.amount_minor for line in lines), rate)
    return total


def _shipments_add_up(records: list[Record], stories: list[Explanation]) -> None:
    """See that the stored cost lines are those of the explanation, for every shipment ever planned."""
    shipments: dict[int, list[Shipment]] = {}
    for shipment in Shipment.objects.order_by("pk"):
        shipments.setdefault(shipment.order_id, []).append(shipment)
    for record, told in zip(records, stories, strict=True):
        if record.warehouse_id is not None:
            shipment = shipments[record.order_id].pop(0)
            (channel,) = [c for warehouse in told.warehouses for c in warehouse.channels if warehouse.chosen and c.chosen]
            assert (shipment.warehouse_id, shipment.channel_id) == (record.warehouse_id, record.channel_id)
            assert shipment.cost_minor == record.cost_minor
            assert shipment.cost_lines == [line.amount_minor for line in channel.lines]
    assert not any(shipments.values())


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with one record."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=2)
    scene.drain()
    return scene


def test_a_record_is_replayed_with_the_settings_of_its_time(scene: Scene) -> None:
    scene.add_channel("CHEAP", DAL="1.00")
    (record,) = scene.records(scene.placed[0])
    with tenant_scope(tenant_id=scene.tenant_id):
        assert replay_record(record).same


def test_a_replay_that_comes_out_differently_says_what_differs(scene: Scene) -> None:
    """The control: a record that says something else than its inputs give."""
    (record,) = scene.records(scene.placed[0])
    record.cost_minor = 499
    with tenant_scope(tenant_id=scene.tenant_id):
        replay = replay_record(record)
    assert replay.differences == (("cost_minor", 499, 500), ("cheapest_cost_minor", 499, 500))


def test_the_command_replays_a_record(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = scene.records(scene.placed[0])
    call_command("replay", str(record.pk), tenant="eastlake")
    assert capsys.readouterr().out == f"Record {record.pk}: the same decision.\n"
    with pytest.raises(CommandError, match="eastlake has no record 99999"):
        call_command("replay", "99999", tenant="eastlake")


def test_an_explanation_tells_what_each_warehouse_had_and_would_have_cost(scene: Scene) -> None:
    (record,) = scene.records(scene.placed[0])
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(record)
    dallas, newark = told.warehouses
    assert (dallas.code, dallas.chosen, dallas.cost_minor, dallas.rejection) == ("DAL", True, 500, None)
    assert (newark.code, newark.chosen, newark.cost_minor, newark.rejection) == ("NJ1", False, None, "out_of_stock")
    assert [(channel.code, channel.cost_minor, channel.chosen) for channel in newark.channels] == [("GROUND", 700, False)]
    assert [(units.sku_code, units.needed, units.available) for units in newark.units] == [("LAMP", 2, 0)]
    assert told.strategy == "Smart"


@pytest.mark.parametrize("table", SEALED)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_written_down_can_not_be_changed_by_the_product(scene: Scene, table: str, verb: str) -> None:
    with tenant_scope(tenant_id=scene.tenant_id), connection.cursor() as cursor, transaction.atomic():
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(verb.format(table))
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", SEALED)
def test_nor_by_the_owner_of_the_tables(committed_scene: Build, owner_connection: psycopg.Connection, table: str) -> None:
    scene = committed_scene(DAL="5.00")
    scene.place(LAMP=1)
    scene.drain()
    owner_connection.execute("SELECT set_config('app.tenant', %s, false), set_config('app.scope', 'tenant', false)", [str(scene.tenant_id)])
    assert owner_connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
    for change in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="is append-only"):
            owner_connection.execute(change)


def test_a_settings_version_that_was_rolled_back_is_written_again(scene: Scene) -> None:
    scene.add_channel("NEW", DAL="4.00")
    scene.receive("CUP", DAL=1)
    order = scene.place(CUP=1)
    with transaction.atomic():
        scene.drain()
        transaction.set_rollback(True)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert SettingsVersion.objects.filter(pk=scene.records(order)[-1].settings_version_id).exists()


def test_equal_settings_are_stored_once(scene: Scene) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        before = SettingsVersion.objects.count()
    scene.place(LAMP=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert SettingsVersion.objects.count() == before == 1
