"""Decide again from what a record stores."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from allocation.models import Record
from allocation.replay import replay_record
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = "Decide again from a record's stored inputs and say whether the result is the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record", type=int)
        parser.add_argument("--tenant", required=True, help="the code of the company whose record it is")

    def handle(self, *, record: int, tenant: str, **options: Any) -> None:
        with tenant_scope(tenant_id=tenant_id_of(code=tenant)):
            row = Record.objects.filter(pk=record).first()
            if row is None:
                raise CommandError(f"{tenant} has no record {record}.")
            replay = replay_record(row)
        for what, recorded, again in replay.differences:
            self.stdout.write(f"{what}: recorded {recorded}, again {again}")
        if not replay.same:
            raise CommandError(f"Record {record} comes out differently.")
        self.stdout.write(f"Record {record}: the same decision.")
