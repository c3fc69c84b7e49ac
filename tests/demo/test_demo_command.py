"""`manage.py demo` from its start to its end: real web server, worker, beat and broker."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

from wms.demo.programs import CHECKOUT

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 180


def demo(tmp_path, *options, **variables):
    """Return the demo's command and environment: the test's own database and broker, files in a directory of its own."""
    command = [sys.executable, "manage.py", "demo", "--orders", "60", *options]
    environment = {**os.environ, "FENCANG_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1", **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return {"args": command, "cwd": CHECKOUT, "env": environment, "text": True}


def run(tmp_path, *options, **variables):
    return subprocess.run(**demo(tmp_path, "--once", *options, **variables), capture_output=True, timeout=PATIENCE_SECONDS, check=False)


@contextmanager
def running(tmp_path):
    """Run the demo until it says that it stays up; yield it with its children and what it has printed."""
    process = subprocess.Popen(**demo(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        printed = []
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C" in line:
                break
        children = psutil.Process(process.pid).children(recursive=True)
        yield process, children, "".join(printed)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def figures(printed, label):
    line = next(line for line in printed.splitlines() if line.startswith(label))
    return [int(figure) for figure in re.findall(r"(?<=\s)\d+(?=\s|$)", line)]


def test_the_demo_allocates_all_orders_by_its_worker_and_a_second_run_finds_them(committed_db, broker, tmp_path):
    first, second = run(tmp_path), run(tmp_path)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert figures(first.stdout, "实时报价")[1] > 0  # the worker asked the sandbox carrier
    assert "new orders: 60" in first.stdout
    assert "new orders: 0; 已有 found: 60" in second.stdout
    assert figures(first.stdout, "订单") == figures(second.stdout, "订单") == [36, 24, 60]
    assert figures(first.stdout, "待分仓") == [0, 0, 0]
    assert figures(first.stdout, "已分仓") == figures(second.stdout, "已分仓")
    assert "Task allocation.drain" in (tmp_path / "logs" / "worker.log").read_text()


def test_ctrl_c_stops_the_demo_and_all_that_it_started(committed_db, broker, tmp_path):
    with running(tmp_path) as (process, children, printed):
        address = re.search(r"http://127\.0\.0\.1:\d+", printed).group()
        with urllib.request.urlopen(f"{address}/console/login/", timeout=30) as page:
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 0
    assert len(children) >= 3
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_the_demo_ends_when_a_program_of_its_does(committed_db, broker, tmp_path):
    with running(tmp_path) as (process, children, _):
        web = next(child for child in children if "gunicorn" in child.cmdline())
        web.kill()
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 1
    assert "web 已退出 ended with code -9" in complaint
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_the_demo_goes_on_without_a_broker(committed_db, tmp_path):
    done = run(tmp_path, REDIS_URL=f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0")

    assert done.returncode == 0, done.stderr
    assert "the broker does not answer" in done.stdout
    assert figures(done.stdout, "待分仓") == [0, 0, 0]


def test_a_port_that_is_taken_is_named(committed_db, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(tmp_path, PORT=port)

    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_named(committed_db, tmp_path):
    done = run(tmp_path, DATABASE_URL=os.environ["DATABASE_URL"].replace("?host", "_nowhere?host"))

    assert done.returncode == 1
    assert "the database is not ready" in done.stderr
    assert "Traceback" not in done.stderr
