"""A decision beside the one that it superseded: what changed, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from allocation.models import Record
from wms.figures import money, signed_money


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    name: str
    before: str
    now: str

    @property
    def changed(self) -> bool:
        """Return whether it is another one now."""
        return self.before != self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`difference` is how much more the later decision costs, empty where either ships nothing."""

    record_id: int
    superseded_id: int
    rows: tuple[ComparedRow, ...]
    difference: str
    dearer: bool


def compare_records(*, record: Record, superseded: Record, currency: str, own: Iterable[tuple[str, str, str]] = ()) -> Comparison:
    """Return both side by side, and what only the reader's side may see: `own`, by (name, before, now).

    Call it inside the reader's scope; the records come with their warehouses and channels.
    """
    both = (superseded, record)
    costs = (superseded.cost_minor, record.cost_minor)
    difference = None if None in costs else (record.cost_minor or 0) - (superseded.cost_minor or 0)
    told = (
        (_("warehouse"), *(str(each.warehouse) if each.warehouse else "–" for each in both)),
        (_("channel"), *(str(each.channel) if each.channel else "–" for each in both)),
        (_("cost"), *(money(cost, currency) for cost in costs)),
        (_("decided by"), *(str(each.get_mode_display()) for each in both)),
        (_("when"), *(date_format(localtime(each.decided_at), "DATETIME_FORMAT") for each in both)),
    )
    return Comparison(
        record_id=record.pk,
        superseded_id=superseded.pk,
        rows=tuple(ComparedRow(name=name, before=before, now=now) for name, before, now in (*told, *own)),
        difference="" if difference is None else signed_money(difference, currency),
        dearer=bool(difference and difference > 0),
    )
