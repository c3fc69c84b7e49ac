import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from wms.env import broker_url, postgres_url
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE

ROOT = Path(__file__).resolve().parents[2]
SECRET = re.compile(r"\$\{\w*(SECRET|PASSWORD)\w*:\?[^}]*\}")
ADDRESSES = {"DATABASE_URL": RUNTIME_ROLE, "OWNER_DATABASE_URL": OWNER_ROLE, "ADMIN_DATABASE_URL": "postgres"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return the services of docker-compose.yml."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_every_part_of_the_product_is_there(services):
    assert set(services) == {"postgres", "valkey", "migrate", "web", "worker", "beat"}


def test_everything_that_stays_up_has_a_health_check(services):
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}


def test_the_product_starts_when_the_database_is_migrated(services):
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_only_the_migration_knows_the_owner_and_the_superuser(services):
    knowing = {
        name for name, service in services.items() if {"OWNER_DATABASE_URL", "ADMIN_DATABASE_URL"} & set(service.get("environment", ()))
    }

    assert knowing == {"migrate"}


def test_the_addresses_are_ones_that_the_settings_read(services):
    given = {name: SECRET.sub("abc", str(value)) for name, value in services["migrate"]["environment"].items()}

    assert {name: postgres_url(name, given[name]).user for name in ADDRESSES} == ADDRESSES
    assert urlsplit(broker_url("REDIS_URL", given["REDIS_URL"])).hostname in services


def test_no_secret_is_written_down(services):
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            text = str(value)
            if "PASSWORD" in name or "SECRET" in name or "://" in text.replace("redis://valkey", ""):
                assert SECRET.search(text), f"{name} must come from the environment"


def test_the_programs_of_each_service_are_installed(services):
    programs = {service["command"][0] for name, service in services.items() if name in {"web", "worker", "beat"}}

    assert programs == {"gunicorn", "celery"}
    assert "--require-hashes -r requirements.lock" in (ROOT / "Dockerfile").read_text()
