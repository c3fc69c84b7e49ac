"""The audit log in the reader's words: tables and columns by the names that they have elsewhere, keys as what they point to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.db.models.fields.related import RelatedField
from django.urls import NoReverseMatch, reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from allocation.models import OrderInHand, Record
from wms.console import words
from wms.tenancy.access import UseCase
from wms.tenancy.audit import SECOND_FACTOR, SESSION
from wms.tenancy.models import AuditEntry

OTHER_WORDS: Final = {
    SESSION: gettext_lazy("session"),
    SECOND_FACTOR: gettext_lazy("second factor"),
    "accepted": gettext_lazy("accepted"),
    "refused": gettext_lazy("refused"),
    "repeated": gettext_lazy("there already"),
    "password": gettext_lazy("password"),
    "recovery_codes": gettext_lazy("recovery codes"),
}
ABOUT_ORDERS: Final = (Record._meta.db_table, OrderInHand._meta.db_table)
USE_CASES: Final = {use_case.value: use_case.label for use_case in UseCase}

type Related = Mapping[tuple[type[Model], Any], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A column that changed, from what to what."""

    column: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.column}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry in finished words. `link` is the page of what it is about, "" where there is none."""

    key: int
    at: datetime
    person: str
    use_case: str
    verb: str
    subject: str
    name: str
    rows: int
    link: str
    changes: tuple[Told, ...]


def tell(entries: Sequence[AuditEntry], *, currency: str) -> list[Entry]:
    """Return the entries in words; the tenant's scope is open. Amounts of allocation are in the tenant's `currency`."""
    related = _related(entries)
    return [_entry(entry, related, currency) for entry in entries]


def subject_name(subject: str) -> str:
    """Return what a table holds one of, in the reader's words."""
    model = _models().get(subject)
    return capfirst(str(model._meta.verbose_name) if model else str(OTHER_WORDS.get(subject) or gettext(subject)))


def _entry(entry: AuditEntry, related: Related, currency: str) -> Entry:
    model = _models().get(entry.subject)
    return Entry(
        key=entry.pk,
        at=entry.at,
        person=entry.actor or _("a command"),
        use_case=str(USE_CASES.get(entry.use_case, entry.use_case)),
        verb=str(entry.get_verb_display()),
        subject=subject_name(entry.subject),
        name=entry.subject_name,
        rows=entry.rows,
        link=_link(entry, model),
        changes=tuple(_told(model, column, pair, related, currency) for column, pair in sorted(entry.changes.items())),
    )


def _link(entry: AuditEntry, model: type[Model] | None) -> str:
    if entry.subject_key is None or model is None:
        return ""
    page = "orders_order" if entry.subject in ABOUT_ORDERS else f"{model._meta.app_label}_{model._meta.model_name}"
    try:
        return reverse(f"console:{page}_change", args=[entry.subject_key])
    except NoReverseMatch:
        return ""


def _told(model: type[Model] | None, column: str, pair: Sequence[Any], related: Related, currency: str) -> Told:
    field = _field(model, column)
    name = str(field.verbose_name) if field else str(OTHER_WORDS.get(column, column.replace("_", " ")))
    is_money = column.endswith("_minor") and model is not None and model._meta.app_label == "allocation"
    before, after = (words.money(value, currency) if is_money else _said(field, value, related) for value in pair)
    return Told(column=capfirst(name), before=before, after=after)


def _said(field: Field[Any, Any] | None, value: Any, related: Related) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, RelatedField):
        return related.get((field.related_model, value), f"#{value}")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return number_format(value, force_grouping=False) if isinstance(value, int | float) else str(value)


def _related(entries: Iterable[AuditEntry]) -> Related:
    """Return the names of all rows that the entries' columns point to, each table read once."""
    keys: defaultdict[type[Model], set[Any]] = defaultdict(set)
    for entry in entries:
        model = _models().get(entry.subject)
        for column, pair in entry.changes.items():
            field = _field(model, column)
            if isinstance(field, RelatedField):
                keys[field.related_model] |= {value for value in pair if value is not None}
    return {(model, key): str(row) for model, wanted in keys.items() for key, row in model._default_manager.in_bulk(wanted).items()}


def _field(model: type[Model] | None, column: str) -> Field[Any, Any] | None:
    if model is None:
        return None
    try:
        found = model._meta.get_field(column.removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _models() -> Mapping[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}
