"""The names by which people write down warehouses, channels, sellers, stores, articles and settings, for the ids that are stored.

A store or an article whose code several sellers use is written seller/code. Call these inside the tenant's scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from allocation.models import Strategy
from carriers.models import Channel
from inventory.models import Sku, Warehouse
from orders.models import Store
from wms.errors import DomainError
from wms.tenancy.models import Seller

type Table = type[Warehouse | Channel | Seller | Store | Sku | Strategy]

OWNED: Final = frozenset({Store, Sku})
"""What belongs to a seller, whose code makes its own code unique."""


class NamedUnknown(DomainError):
    code = "named_unknown"
    sentence = _("There is no %(kind)s “%(name)s” in this company: write one that there is, by its code.")


def ids_named(table: Table, names: Sequence[str]) -> tuple[int, ...]:
    """Return the ids of what is named, sorted; a code that several sellers use stands for all of them. Raises NamedUnknown."""
    return tuple(sorted({key for name in names for key in _ids(table, name)}))


def id_named(table: Table, name: str) -> int:
    """Return the one id that is named. Raises NamedUnknown, also where several have the name."""
    found = _ids(table, name)
    if len(found) > 1:
        raise NamedUnknown(kind=table._meta.verbose_name, name=name)
    return found[0]


def names_by_id(table: Table, ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of these ids, as `ids_named` reads them; what is not there is left out."""
    if table not in OWNED:
        return dict(table.objects.filter(pk__in=ids).values_list("pk", _column(table)))
    rows = list(table.objects.filter(pk__in=ids).values_list("pk", "seller__code", "code"))
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for code, seller in table.objects.filter(code__in={row[-1] for row in rows}).values_list("code", "seller__code"):
        owners[code].add(seller)
    return {key: code if len(owners[code]) == 1 else f"{seller}/{code}" for key, seller, code in rows}


def names_of(table: Table, ids: Iterable[int]) -> list[str]:
    """Return the names of these ids in their order; #id for what is not there any more."""
    held = tuple(ids)
    names = names_by_id(table, held)
    return [names.get(key, f"#{key}") for key in held]


def _ids(table: Table, name: str) -> list[int]:
    found = list(table.objects.filter(**{_column(table): name}).values_list("pk", flat=True))
    seller, slash, code = name.partition("/")
    if not found and slash and table in OWNED:
        found = list(table.objects.filter(seller__code=seller, code=code).values_list("pk", flat=True))
    if not found:
        raise NamedUnknown(kind=table._meta.verbose_name, name=name)
    return found


def _column(table: Any) -> str:
    return "name" if table is Strategy else "code"
