"""发货渠道: which warehouse ships by which channel, as one table to tick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from allocation.lanes import LanePair, change_lanes, lanes_in_force
from carriers.models import Channel
from inventory.models import Warehouse
from wms.console.site import console, own_page_response
from wms.console.visit import covers, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Whether a warehouse ships by a channel; `value` names the pair, `name` says it to people who can't see the table."""

    value: str
    name: str
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A channel with its cell of each warehouse."""

    channel: Channel
    cells: tuple[Cell, ...]


@console.own_page("lanes/", name="lanes", seen_by=UseCase.SEE_SETTINGS, changed_by=UseCase.CONFIGURE)
def lanes(request: HttpRequest) -> HttpResponse:
    """Show the table; a POST opens and closes what was ticked and unticked."""
    if request.method == "POST":
        _change(request)
        return redirect("console:lanes")
    warehouses = list(Warehouse.objects.order_by("code"))
    in_force = lanes_in_force()
    channels = Channel.objects.select_related("carrier").order_by("carrier__code", "code")
    lines = [Line(channel=channel, cells=tuple(_cell(warehouse, channel, in_force) for warehouse in warehouses)) for channel in channels]
    may_change = covers(request, UseCase.CONFIGURE)
    return own_page_response(
        request, "console/lanes.html", title=_("Channels of warehouses"), warehouses=warehouses, lines=lines, may_change=may_change
    )


def _cell(warehouse: Warehouse, channel: Channel, in_force: frozenset[LanePair]) -> Cell:
    return Cell(
        value=f"{warehouse.pk}:{channel.pk}", name=f"{warehouse.code} → {channel.code}", ticked=(warehouse.pk, channel.pk) in in_force
    )


def _change(request: HttpRequest) -> None:
    try:
        opened, closed = change_lanes(
            tenant_id=tenant_of(request),
            seen=_pairs(request.POST.getlist("seen")),
            wanted=_pairs(request.POST.getlist("lane")),
        )
    except DomainError as refused:
        messages.error(request, str(refused))
        return
    messages.success(request, _("Opened: %(opened)d. Closed: %(closed)d.") % {"opened": opened, "closed": closed})


def _pairs(values: Iterable[str]) -> frozenset[LanePair]:
    parts = (value.partition(":") for value in values)
    return frozenset((int(warehouse), int(channel)) for warehouse, _colon, channel in parts if _is_key(warehouse) and _is_key(channel))


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
