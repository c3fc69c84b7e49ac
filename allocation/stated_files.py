"""Settings that people write down in a file, TOML or JSON: read into tables whose every entry is known."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError

type Document = dict[str, Any]


class StatedFileUnreadable(DomainError):
    code = "stated_file_unreadable"
    sentence = _("%(path)s can't be read as TOML or JSON: %(cause)s")


class EntryUnknown(DomainError):
    code = "stated_entry_unknown"
    sentence = _("“%(entry)s” is not known in %(place)s. Known are: %(known)s.")


class EntryOdd(DomainError):
    code = "stated_entry_odd"
    sentence = _("“%(entry)s” in %(place)s can't be “%(value)s”.")


def read_stated_file(path: Path) -> Document:
    """Return what a file states: JSON where its name ends in .json, else TOML. Raises StatedFileUnreadable."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as fault:
        raise StatedFileUnreadable(path=str(path), cause=str(fault)) from fault
    if not isinstance(document, dict):
        raise StatedFileUnreadable(path=str(path), cause=type(document).__name__)
    return document


class Stated:
    """A table of a file, each of whose entries is asked for by what it must be. `place` is what people call the table."""

    def __init__(self, document: object, *, place: str, known: Collection[str]) -> None:
        if not isinstance(document, dict):
            raise EntryOdd(entry=place, place=place, value=document)
        for entry in document:
            if entry not in known:
                raise EntryUnknown(entry=entry, place=place, known=", ".join(known))
        self._document, self._place = document, place

    def text(self, entry: str, default: str = "") -> str:
        """Return an entry as text, a number or a moment as it is written."""
        value = self._document.get(entry, default)
        if isinstance(value, datetime | time):
            return value.isoformat(timespec="minutes")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._odd(entry)
        return str(value)

    def flag(self, entry: str, *, default: bool) -> bool:
        """Return an entry that is true or false."""
        value = self._document.get(entry, default)
        if not isinstance(value, bool):
            raise self._odd(entry)
        return value

    def whole(self, entry: str, default: int) -> int:
        """Return a whole number."""
        value = self._document.get(entry, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._odd(entry)
        return value

    def day(self, entry: str) -> date | None:
        """Return a day, None where it is not stated."""
        try:
            return date.fromisoformat(self.text(entry)) if self._document.get(entry) else None
        except ValueError:
            raise self._odd(entry) from None

    def names(self, entry: str) -> list[str]:
        """Return a list of words."""
        values = self._document.get(entry, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._odd(entry)
        return values

    def table(self, entry: str) -> Document:
        """Return a table within the table, empty where it is not stated."""
        value = self._document.get(entry, {})
        if not isinstance(value, dict):
            raise self._odd(entry)
        return value

    def tables(self, entry: str) -> list[Any]:
        """Return a list of tables."""
        values = self._document.get(entry, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self._odd(entry)
        return values

    def has(self, entry: str) -> bool:
        """Return whether the entry is stated."""
        return entry in self._document

    def _odd(self, entry: str) -> EntryOdd:
        return EntryOdd(entry=entry, place=self._place, value=self._document[entry])
