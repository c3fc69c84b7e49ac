"""Lists of millions: pages by key instead of by number, and counts that stop at a bound.

The last page costs what the first costs. Numbered pages read and drop every row before theirs, and a full count reads all.
"""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

COUNT_BOUND = 10_000
"""Up to here a list says how many rows it has; beyond, that there are more."""

ROWS_LOOKED_AT = 100_000
"""So many rows a page of a narrowed list looks at, found or not: what is rare costs no more than what is common."""

OLDER, NEWER = "before", "after"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than the bound. What would be a wrong estimate is told as "more than"."""

    template_name = "console/pager.html"

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: COUNT_BOUND + 1].count()


class KeysetChangeList(ChangeList):
    """A list by falling primary key, turned by ?before=KEY and ?after=KEY."""

    queryset: QuerySet[Any]
    older_link: str | None = None
    newer_link: str | None = None
    rows_looked_at: int | None = None
    """How many rows this page looked at where that was not all of them."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return ["-pk"]

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> QuerySet[Any]:
        """Return the filtered rows; the links of filters and search start over at the first page."""
        for name in (OLDER, NEWER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        before, after = key_asked(request, OLDER), key_asked(request, NEWER)
        floor = self._floor(before) if self.has_active_filters and after is None else None
        if floor is not None:
            self.queryset = self.queryset.filter(pk__gte=floor)
            self.rows_looked_at = ROWS_LOOKED_AT
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        rows, has_older, has_newer = self._page(before, after)
        self.result_list = rows
        self.result_count = self.paginator.count
        self.counts_all = self.result_count <= COUNT_BOUND
        self.count_bound = COUNT_BOUND
        # Unfold offers "show all" beside the count wherever the two differ.
        self.full_result_count = None if self.query or self.has_active_filters else self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = False
        if floor is not None and not has_older:
            self.older_link = self.get_query_string({OLDER: floor})
        if has_older:
            self.older_link = self.get_query_string({OLDER: rows[-1].pk})
        if has_newer:
            self.newer_link = self.get_query_string({NEWER: rows[0].pk})

    def _floor(self, before: int | None) -> int | None:
        """Return the key at which a page of a narrowed list stops looking, None where fewer rows are left."""
        rows = self.root_queryset.order_by("-pk") if before is None else self.root_queryset.filter(pk__lt=before).order_by("-pk")
        last = list(rows.values_list("pk", flat=True)[ROWS_LOOKED_AT - 1 : ROWS_LOOKED_AT + 1])
        return int(last[0]) if len(last) == 2 else None

    def _page(self, before: int | None, after: int | None) -> tuple[list[Any], bool, bool]:
        size = self.list_per_page
        if after is not None:
            rows = list(self._above(after).order_by("pk")[: size + 1])
            if len(rows) > size:
                return rows[size - 1 :: -1], True, True
            before = None
        queryset = self.queryset if before is None else self.queryset.filter(pk__lt=before)
        rows = list(queryset[: size + 1])
        return rows[:size], len(rows) > size, before is not None and bool(rows)

    def _above(self, after: int) -> QuerySet[Any]:
        """Return the rows above a key, as far as a page looks."""
        rows = self.queryset.filter(pk__gt=after)
        if not self.has_active_filters:
            return rows
        looked_at = self.root_queryset.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        ceiling = list(looked_at[ROWS_LOOKED_AT : ROWS_LOOKED_AT + 1])
        return rows.filter(pk__lt=ceiling[0]) if ceiling else rows


def key_asked(request: HttpRequest, name: str) -> int | None:
    """Return the key that the address names, None where it names none."""
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
