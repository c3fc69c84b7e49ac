"""Seal records: a hash chain over a tenant's records, so that what they said can be proven later.

Each link covers the link before it and all records with ids up to its last one, where no running transaction can still insert.
Keep the newest link's hash somewhere else, and nobody can rewrite what it covers, whatever rights he has here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection

from allocation.models import Record, RecordSeal, SettingsVersion
from allocation.settled import PATIENCE_SECONDS, settled_record_id
from wms.tenancy.scope import tenant_scope
from wms.values.fingerprint import fingerprint_of

RECORDS_A_LINK = 10_000

COLUMNS: Final = (
    "id",
    "seller_id",
    "order_id",
    "settings_version_id",
    "mode",
    "warehouse_id",
    "channel_id",
    "cost_minor",
    "nearest_cost_minor",
    "candidates",
    "supersedes",
    "actor",
    "reason",
    "decided_at",
)
"""What a link covers of a record, in this order; the fingerprint of its settings version follows."""

LATER_COLUMNS: Final = ("cheapest_otherwise_minor", "decided_by_id")
"""What it covers besides where they are set: links over records that were written before these columns stay true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the chain: the records after `after_id` up to `last_record_id`, and what they hash to."""

    after_id: int
    last_record_id: int
    record_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many records and links were read, the newest link's hash, and in words what is not as it was sealed."""

    records: int
    links: int
    sha256: str
    faults: tuple[str, ...]


def seal_records(*, tenant_id: int, at: datetime, records_a_link: int = RECORDS_A_LINK, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Seal the tenant's records that are not sealed yet; return how many.

    Raises RecordsStillWritten where a transaction that began before keeps writing.
    """
    with tenant_scope(tenant_id=tenant_id):
        _one_at_a_time(tenant_id)
        last = settled_record_id(patience_seconds=patience_seconds)
        sealed = 0
        while link := _next_link(last, records_a_link):
            RecordSeal.objects.create(
                tenant_id=tenant_id,
                last_record_id=link.last_record_id,
                record_count=link.record_count,
                sha256=link.sha256,
                sealed_at=at,
            )
            sealed += link.record_count
    return sealed


def newest_seal(*, tenant_id: int) -> str:
    """Return the hash of the newest link, or "" where nothing is sealed."""
    with tenant_scope(tenant_id=tenant_id):
        return RecordSeal.objects.order_by("-last_record_id").values_list("sha256", flat=True).first() or ""


def verify_records(*, tenant_id: int) -> Verified:
    """Read all sealed records and settings versions again, and say what is not as it was sealed."""
    with tenant_scope(tenant_id=tenant_id):
        faults = [f"settings version {version_id} is not what its fingerprint says" for version_id in _changed_versions()]
        after_id, before, records = 0, "", 0
        seals = list(RecordSeal.objects.order_by("last_record_id"))
        for seal in seals:
            link = _link(before, after_id, seal.last_record_id)
            if (link.record_count, link.sha256) != (seal.record_count, seal.sha256):
                found = f"{link.record_count} records of {seal.record_count}"
                faults.append(f"records {after_id + 1} to {seal.last_record_id} are not what was sealed ({found})")
            after_id, before, records = seal.last_record_id, seal.sha256, records + link.record_count
    return Verified(records, len(seals), before, tuple(faults))


def _one_at_a_time(tenant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('allocation_recordseal', %s))", [tenant_id])


def _next_link(last: int, most: int) -> Link | None:
    """Return the link over the next records that are not sealed, at most so many, up to the id `last`."""
    seal = RecordSeal.objects.order_by("-last_record_id").first()
    before, after_id = (seal.sha256, seal.last_record_id) if seal else ("", 0)
    ids = Record.objects.filter(pk__gt=after_id, pk__lte=last).order_by("pk").values_list("pk", flat=True)
    end = max(ids[:most], default=None)
    return None if end is None else _link(before, after_id, end)


def _link(before: str, after_id: int, last: int) -> Link:
    digest, count = hashlib.sha256(before.encode()), 0
    for line in _lines(after_id, last):
        digest.update(line)
        count += 1
    return Link(after_id=after_id, last_record_id=last, record_count=count, sha256=digest.hexdigest())


def _lines(after_id: int, last: int) -> Iterator[bytes]:
    fingerprints = dict(SettingsVersion.objects.values_list("pk", "sha256"))
    rows = Record.objects.filter(pk__gt=after_id, pk__lte=last).order_by("pk").values_list(*COLUMNS, *LATER_COLUMNS)
    for row in rows.iterator(chunk_size=1000):
        yield _line(row, fingerprints.get(row[COLUMNS.index("settings_version_id")], ""))


def _line(row: Sequence[Any], fingerprint: str) -> bytes:
    """Return a record as one line of JSON."""
    later = row[len(COLUMNS) :]
    told = [*map(_plain, row[: len(COLUMNS)]), fingerprint, *(() if set(later) == {None} else later)]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value


def _changed_versions() -> list[int]:
    rows = SettingsVersion.objects.order_by("pk").values_list("pk", "sha256", "document")
    return [version_id for version_id, sha256, document in rows.iterator(chunk_size=50) if fingerprint_of(document) != sha256]
