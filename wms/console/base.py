"""The one base of the console's model pages. It closes what Unfold and Django's admin leave open between tenants.

Row security keeps other tenants' rows out of every list, form choice and look-up, as long as the model is sealed; what it
can't know is closed here: roles, look-ups by hidden fields, changes by GET, and state kept on the shared admin object.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ClassVar

from django.contrib.admin import ListFilter, ShowFacets
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Field
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import UnfoldAction

from wms.console.visit import covers
from wms.tenancy.access import UseCase
from wms.tenancy.models import TenantModel


class _PerRequest:
    """Keeps `admin.request` apart between threads: Unfold sets it on the one object that serves everyone."""

    def __init__(self) -> None:
        self._current: ContextVar[HttpRequest] = ContextVar("console_request")

    def __get__(self, owner: object, kind: type) -> HttpRequest:
        try:
            return self._current.get()
        except LookupError:
            raise AttributeError("request") from None

    def __set__(self, owner: object, request: HttpRequest) -> None:
        self._current.set(request)


class _Guarded(BaseModelAdmin):  # type: ignore[type-arg]
    """What pages and their inlines share: roles decide, and nothing points out of the tenant.

    `seen_by` and `changed_by` are the use cases that open the page; without the latter nobody changes anything here.
    """

    seen_by: ClassVar[UseCase]
    changed_by: ClassVar[UseCase | None] = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return covers(request, self.seen_by)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return covers(request, self.seen_by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return covers(request, self.changed_by)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return covers(request, self.changed_by)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return covers(request, self.changed_by)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*(super().get_exclude(request, obj) or ()), "tenant")

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, RelatedField) and not issubclass(db_field.related_model, TenantModel):
            raise ImproperlyConfigured(f"{db_field} points to a table that every tenant shares: its choices would show them all")
        return super().formfield_for_dbfield(db_field, request, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLink:
    """A page of ours that belongs to a list: its title, its name with arguments, and whom it is for."""

    title: Promise
    page: str
    use_case: UseCase
    arguments: Mapping[str, str] = field(default_factory=dict)


class TenantAdmin(_Guarded, ModelAdmin):
    """A model's pages for the tenant of the request. `list_links` stand above its list."""

    list_links: ClassVar[tuple[ListLink, ...]] = ()
    list_before_template = "console/list_links.html"

    request = _PerRequest()
    actions = None
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Return whether the address may filter by this: by what the page offers as a filter, never by hidden fields."""
        return lookup in {parameter for item in self.get_list_filter(request) for parameter in self._parameters_of(item)}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        links = [
            {"title": link.title, "address": reverse(f"console:{link.page}", kwargs=dict(link.arguments))}
            for link in self.list_links
            if covers(request, link.use_case)
        ]
        shown: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "list_links": links})
        return shown

    def get_unfold_action(self, action: str) -> UnfoldAction:
        found = super().get_unfold_action(action)
        found.method = _by_post(found.method)
        return found

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        obj.tenant_id = request.seat.tenant_id  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        for row in formset.forms:
            row.instance.tenant_id = request.seat.tenant_id  # type: ignore[attr-defined]
        super().save_formset(request, form, formset, change)

    def _parameters_of(self, item: Any) -> tuple[str, ...]:
        if isinstance(item, type) and issubclass(item, ListFilter):
            return (item.parameter_name,)  # type: ignore[attr-defined]
        name = item[0] if isinstance(item, tuple) else item
        field = self.opts.get_field(name)
        target = f"{name}__{field.target_field.name}" if isinstance(field, RelatedField) else name
        return (f"{target}__exact", f"{name}__isnull")


class KeptAdmin(TenantAdmin):
    """Rows that others refer to: they are changed or switched off, never removed."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionAdmin(KeptAdmin):
    """Rows that decisions may have been made by: another one is added, none is changed."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TenantInline(_Guarded, TabularInline):
    """Rows of a model within the page of the row that they belong to."""


def _by_post(method: Any) -> Any:
    """Return an action that refuses GET: Unfold links to row and detail actions, and a link changes nothing."""
    refusing = require_POST(method)

    @wraps(method)
    def posted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = refusing(request, *args, **kwargs)
        return answer

    return posted
