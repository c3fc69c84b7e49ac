"""Up to which id a tenant's records are all there.

Ids are given out before they are committed, so a record may appear below one that has been visible for a while. Whoever reads the
records once, in the order of their ids, stops where no running transaction can still insert.
"""

from __future__ import annotations

import time
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from allocation.models import Record
from wms.errors import DomainError

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.02

# Whoever inserts holds this lock on the table before its rows get their ids, and until its rows can be seen.
WRITERS: Final = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND relation = 'allocation_record'::regclass
"""


class RecordsStillWritten(DomainError):
    code = "records_still_written"
    sentence = _("A transaction has been writing records for more than %(seconds)s seconds; try again later.")


def settled_record_id(*, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Return an id up to which every record that will ever be there can be seen: all who wrote when it was newest have ended.

    Call it inside the tenant's scope. Raises RecordsStillWritten where one of them does not end in time.
    """
    newest: int = Record.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    writers, deadline = _writers(), time.monotonic() + patience_seconds
    while writers:
        if time.monotonic() > deadline:
            raise RecordsStillWritten(seconds=f"{patience_seconds:g}")
        time.sleep(LOOK_SECONDS)
        writers &= _writers()
    return newest


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS)
        return {transaction for (transaction,) in cursor.fetchall()}
