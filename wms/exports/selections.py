"""What can be exported: each selection is a named table that is read page by page.

A room that offers one registers it when its app is ready, and asks for it by its code:

    register(Selection(code="records", name=_("allocation records"), use_case=UseCase.SEE_ORDERS,
                       header=record_header, count=count_records, page=page_of_records))
    request_export(seat=seat, user_id=user.pk, selection="records", parameters={"state": 3}, file_format="csv", language="en", at=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise

from wms.exports.errors import SelectionUnknown
from wms.tabular.writing import Cell
from wms.tenancy.access import UseCase

type Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the key after which the next page begins; None where this is the last."""

    rows: Sequence[Sequence[Cell]]
    next_key: Any = None


class Header(Protocol):
    def __call__(self, parameters: Parameters) -> Sequence[str]:
        """Return the names of the columns, in the language that is active."""


class Count(Protocol):
    def __call__(self, parameters: Parameters) -> int:
        """Return about how many rows there will be."""


class PageReader(Protocol):
    def __call__(self, parameters: Parameters, after: Any) -> Page:
        """Return the page after a key, the first one for None. Called within the scope of whoever asked, each in its own transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A named table: who may export it, and how it is read."""

    code: str
    name: str | Promise
    use_case: UseCase
    header: Header
    count: Count
    page: PageReader


_registered: dict[str, Selection] = {}


def register(selection: Selection) -> None:
    """Offer a selection."""
    _registered[selection.code] = selection


def selection_named(code: str) -> Selection:
    """Return a selection. Raises SelectionUnknown."""
    if code not in _registered:
        raise SelectionUnknown(value=code)
    return _registered[code]
