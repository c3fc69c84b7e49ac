"""Run everything on a sample world: web server, worker, beat, 2,000 orders allocated, a summary; until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from wms.demo import programs as running
from wms.demo.billing import bill_sample_parcels
from wms.demo.errors import DemoFailed
from wms.demo.live import running_sandbox
from wms.demo.programs import Programs
from wms.demo.summary import Speed, summary_lines
from wms.demo.waiting import wait_until_decided
from wms.demo.world import World, ensure_world, place_sample_orders
from wms.embedded import EMBEDDED
from wms.env import Environment
from wms.errors import DomainError

ORDERS = 2_000
MOST_ORDERS = 100_000
LOOK_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Run web server, worker and beat on a sample world, allocate its orders, print a summary, and stay up until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the summary")
        parser.add_argument("--orders", type=int, default=ORDERS, help=f"how many orders the sample world has (default: {ORDERS})")

    def handle(self, *, once: bool, orders: int, **options: Any) -> None:
        if not 0 <= orders <= MOST_ORDERS:
            raise CommandError(f"--orders: 0 – {MOST_ORDERS}")
        _heed_signals()
        try:
            self._check_database()
            with running_sandbox() as sandbox_url, Programs(EMBEDDED.data_dir / "logs") as programs:
                self._run(programs, once=once, orders=orders, data_dir=EMBEDDED.data_dir, sandbox_url=sandbox_url)
        except (DemoFailed, DomainError) as failed:
            raise CommandError(str(failed)) from failed
        except KeyboardInterrupt:
            raise CommandError("已中断 interrupted.", returncode=130) from None

    def _run(self, programs: Programs, *, once: bool, orders: int, data_dir: Path, sandbox_url: str) -> None:
        address = running.start_web(programs, port=_port())
        worker_listens = self._start_deciding(programs, data_dir)
        world = self._load(data_dir, sandbox_url)
        programs.wait_until(lambda: running.answers(address), what="网页服务 the web server")
        programs.wait_until(worker_listens, what="后台任务 the worker")
        speed = self._allocate(programs, world, orders)
        bill_sample_parcels(world=world, at=timezone.now())
        for line in summary_lines(world=world, speed=speed, address=address):
            self.stdout.write(line)
        if not once:
            self._stay(programs)
        self._say("停止服务 stopping ...")

    def _start_deciding(self, programs: Programs, data_dir: Path) -> Callable[[], bool]:
        if running.broker_answers():
            return running.start_worker(programs, data_dir=data_dir)
        self._say("消息服务没有响应，改用无消息模式 the broker does not answer: deciding without it, by manage.py allocate --loop.")
        running.start_allocating_loop(programs)
        return lambda: True

    def _load(self, data_dir: Path, sandbox_url: str) -> World:
        began = time.monotonic()
        world = ensure_world(data_dir=data_dir, at=timezone.now(), sandbox_url=sandbox_url)
        seconds = time.monotonic() - began
        done = "载入样例数据 sample world loaded" if world.is_new else "样例数据已存在 sample world found"
        self._say(f"{done} ({seconds:.1f} s)")
        return world

    def _allocate(self, programs: Programs, world: World, orders: int) -> Speed:
        at = timezone.now()
        placed = place_sample_orders(world=world, count=orders, at=at)
        self._say(f"新订单 new orders: {placed:,}; 已有 found: {orders - placed:,}")
        tenant_ids = [tenant_id for _, tenant_id in world.tenants]
        seconds = wait_until_decided(programs=programs, tenant_ids=tenant_ids, total=orders, stream=sys.stderr)
        return Speed(orders=placed, seconds=seconds)

    def _stay(self, programs: Programs) -> None:
        self._say("运行中，按 Ctrl-C 停止 running: Ctrl-C stops everything.")
        with suppress(KeyboardInterrupt):
            while True:
                programs.check()
                time.sleep(LOOK_EVERY_SECONDS)

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    @staticmethod
    def _check_database() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM allocation_record LIMIT 1")
        except DatabaseError as fault:
            raise DemoFailed(f"数据库未就绪 the database is not ready ({str(fault).strip()}). Run: make demo") from fault


def _port() -> int | None:
    env = Environment.of_process()
    return env.integer("PORT", default=0, least=1, most=65_535) if env.text("PORT") else None


def _heed_signals() -> None:
    """Let the signals that ask to stop do so; Python leaves out SIGINT where a shell started us in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        was_started_by_nohup = number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN
        if not was_started_by_nohup:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
