"""How an order is split by hand, as it is typed: so many units of each article from each warehouse that has free ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.candidates import Candidate, Candidates, UnitsHere
from allocation.services import HandPart
from wms.console.workbench.showing import number

FIELD: Final = re.compile(r"units-(\d{1,18})-(\d{1,18})")
MOST_TYPED: Final = 9
"""Digits of a number of units: more are no number that an order could ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A warehouse with free units of an article, and what was typed for it."""

    warehouse_id: int
    code: str
    free: int
    field: str
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One article of the order, the warehouses that may ship some of it, and what is wrong with what was typed."""

    sku_code: str
    needed: int
    places: tuple[Place, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChoice:
    """The channels of one warehouse, and the chosen one (None: the cheapest)."""

    field: str
    code: str
    channels: tuple[tuple[int, str], ...]
    chosen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitForm:
    """The form with what was typed into it. `parts` are what it says where no line is at fault."""

    lines: tuple[Line, ...]
    choices: tuple[ChannelChoice, ...]
    parts: tuple[HandPart, ...]

    @property
    def is_sound(self) -> bool:
        """Return whether no line is at fault."""
        return not any(line.faults for line in self.lines)

    @property
    def stated(self) -> str:
        """Return the parts as one text, by which it is seen whether somebody changed them since they looked at their prices."""
        return ";".join(f"{part.warehouse_id}@{part.channel_id or ''}:{sorted(part.units.items())}" for part in self.parts)


def read_split(*, found: Candidates, typed: Mapping[str, str]) -> SplitForm:
    """Return the form for an order's candidates as they are now, with what was typed.

    Warehouses without a free unit of the order's articles are not offered. Units that are typed for one all the same, that are no
    whole number, more than are free, or not as many as the order asks for are faults of their line, each a sentence. Without
    anything typed it is the empty form, which is at fault in every line.
    """
    offered = [one for one in found.warehouses if any(units.available > 0 for units in one.units)]
    needs = found.warehouses[0].units if found.warehouses else ()
    given = {need.sku_id: dict(_given(need.sku_id, typed)) for need in needs}
    return SplitForm(
        lines=tuple(_line(place, need, found, given[need.sku_id]) for place, need in enumerate(needs)),
        choices=tuple(_choice(one, typed) for one in offered),
        parts=tuple(_parts(offered, given, typed)),
    )


def _given(sku_id: int, typed: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the warehouses for which something was typed for an article, and what."""
    for field, text in typed.items():
        named = FIELD.fullmatch(field)
        if named and int(named[1]) == sku_id and text.strip():
            yield int(named[2]), text.strip()


def _line(at: int, need: UnitsHere, found: Candidates, given: Mapping[int, str]) -> Line:
    free = {one.warehouse_id: one.units[at].available for one in found.warehouses}
    codes = {one.warehouse_id: one.code for one in found.warehouses}
    told = [_fault(codes.get(warehouse_id, f"#{warehouse_id}"), free.get(warehouse_id, 0), text) for warehouse_id, text in given.items()]
    faults = [fault for fault in told if fault]
    total = sum(_units(text) or 0 for text in given.values())
    if not faults and total != need.needed:
        faults.append(_sum_fault(need, total))
    return Line(
        sku_code=need.sku_code,
        needed=need.needed,
        places=tuple(_place(one, one.units[at], given) for one in found.warehouses if one.units[at].available > 0),
        faults=tuple(faults),
    )


def _place(one: Candidate, units: UnitsHere, given: Mapping[int, str]) -> Place:
    return Place(
        warehouse_id=one.warehouse_id,
        code=one.code,
        free=units.available,
        field=f"units-{units.sku_id}-{one.warehouse_id}",
        typed=given.get(one.warehouse_id, ""),
    )


def _fault(code: str, free: int, text: str) -> str:
    units = _units(text)
    if units is None:
        return _("“%(text)s” for %(warehouse)s is no whole number of units.") % {"text": text[:20], "warehouse": code}
    if units and not free:
        return _("%(warehouse)s has no free unit of it, so it is not offered; %(units)s were typed.") % {"warehouse": code, "units": units}
    if units > free:
        words = ngettext(
            "%(warehouse)s has %(free)s free unit of it, not %(units)s.",
            "%(warehouse)s has %(free)s free units of it, not %(units)s.",
            free,
        )
        return words % {"warehouse": code, "free": free, "units": units}
    return ""


def _sum_fault(need: UnitsHere, total: int) -> str:
    words = ngettext(
        "The order asks for %(needed)s unit of it, the parts have %(total)s.",
        "The order asks for %(needed)s units of it, the parts have %(total)s.",
        need.needed,
    )
    return words % {"needed": need.needed, "total": total}


def _units(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= MOST_TYPED else None


def _choice(one: Candidate, typed: Mapping[str, str]) -> ChannelChoice:
    field = f"channel-{one.warehouse_id}"
    channels = tuple((channel.channel_id, f"{channel.code} {channel.name}") for channel in one.channels)
    chosen = number(typed.get(field, ""))
    return ChannelChoice(field=field, code=one.code, channels=channels, chosen=chosen)


def _parts(offered: list[Candidate], given: Mapping[int, Mapping[int, str]], typed: Mapping[str, str]) -> Iterator[HandPart]:
    """Yield what each offered warehouse ships, those left empty left out."""
    for one in offered:
        units = {sku_id: _units(texts.get(one.warehouse_id, "")) or 0 for sku_id, texts in given.items()}
        shipped = {sku_id: count for sku_id, count in units.items() if count}
        if shipped:
            yield HandPart(warehouse_id=one.warehouse_id, units=shipped, channel_id=number(typed.get(f"channel-{one.warehouse_id}", "")))
