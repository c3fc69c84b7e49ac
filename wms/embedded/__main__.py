"""`python -m wms.embedded start | stop | status`, for the Makefile.

A service whose address the environment gives (DATABASE_URL, REDIS_URL) is somebody else's: it is left alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from wms.embedded import EMBEDDED, EmbeddedBroker, EmbeddedPostgres, ServiceFailed

Service = EmbeddedPostgres | EmbeddedBroker


def main() -> int:
    """Do what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wms.embedded", description="The demo's own PostgreSQL and Valkey.")
    parser.add_argument("action", choices=ACTIONS)
    action = ACTIONS[parser.parse_args().action]
    services: dict[str, tuple[str, Service]] = {
        "PostgreSQL": ("DATABASE_URL", EMBEDDED.postgres),
        "Valkey": ("REDIS_URL", EMBEDDED.broker),
    }
    try:
        for name, (variable, service) in services.items():
            print(f"{name}: {'elsewhere, at ' + variable if os.environ.get(variable) else action(service)}")
    except ServiceFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def start(service: Service) -> str:
    """Start the service and say where it is."""
    service.start()
    return f"running, process {service.pid()}"


def stop(service: Service) -> str:
    """Stop the service."""
    service.stop()
    return "stopped"


def status(service: Service) -> str:
    """Say whether the service runs."""
    pid = service.pid()
    return "not running" if pid is None else f"running, process {pid}"


ACTIONS: dict[str, Callable[[Service], str]] = {"start": start, "stop": stop, "status": status}


if __name__ == "__main__":
    sys.exit(main())
