"""A decision beside the one that it superseded: what changed, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from allocation.models import Record
from wms.console import words


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    name: str
    before: str
    now: str
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`difference` is how much more the later decision costs, empty where either ships nothing."""

    record_id: int
    superseded_id: int
    rows: tuple[ComparedRow, ...]
    difference: str
    dearer: bool


def compare_records(*, record: Record, superseded: Record, currency: str) -> Comparison:
    """Return both side by side. Call it inside the tenant's scope; the records come with their warehouses and channels."""
    both = (superseded, record)
    costs = (superseded.cost_minor, record.cost_minor)
    difference = None if None in costs else (record.cost_minor or 0) - (superseded.cost_minor or 0)
    return Comparison(
        record_id=record.pk,
        superseded_id=superseded.pk,
        rows=(
            _row(_("warehouse"), *(str(each.warehouse) if each.warehouse else "–" for each in both)),
            _row(_("channel"), *(str(each.channel) if each.channel else "–" for each in both)),
            _row(_("cost"), *(words.money(cost, currency) for cost in costs)),
            _row(_("decided by"), *(str(each.get_mode_display()) for each in both)),
            _row(_("by"), *(words.who(each.actor) for each in both)),
            _row(_("reason"), *(each.reason or "–" for each in both)),
            _row(_("when"), *(date_format(localtime(each.decided_at), "DATETIME_FORMAT") for each in both)),
            _row(_("settings version"), *(str(each.settings_version_id) for each in both)),
        ),
        difference="" if difference is None else words.signed_money(difference, currency),
        dearer=bool(difference and difference > 0),
    )


def _row(name: str, before: str, now: str) -> ComparedRow:
    return ComparedRow(name=name, before=before, now=now, changed=before != now)
