"""What would help an order that nothing serves: suggestions for a person, the most useful first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carriers.core.types import RejectionCode


class Help(StrEnum):
    ASSIGN = "assign"
    OVERRIDE = "override"
    TRANSFER = "transfer"
    SPLIT = "split"
    OTHER_CHANNEL = "other_channel"
    FIX_ADDRESS = "fix_address"
    RESTOCK = "restock"


OF_THE_ADDRESS: Final = frozenset(code.slug for code in (RejectionCode.NO_ZONE, RejectionCode.NOT_SERVED))
OF_THE_CHANNELS: Final = frozenset({"no_channel", "too_heavy", "too_large", "no_rate", "restricted", "not_effective", "tag_restricted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A warehouse as it stands: needs as code → (needed, available); `cost_minor` is known whatever the stock, if there is a price."""

    code: str
    distance_m: int | None
    cost_minor: int | None
    blocked: str | None
    soft: bool
    rejections: tuple[str, ...]
    units: Mapping[str, tuple[int, int]]

    @property
    def short(self) -> dict[str, int]:
        """Return how many units of which article are missing here."""
        return {code: needed - available for code, (needed, available) in self.units.items() if available < needed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One suggestion: what helps, in which warehouse (of several: those of a split), at which cost, and the units that it takes.

    `moves` are (article, units, from which warehouse); for RESTOCK the warehouse is empty: nobody has them.
    """

    help: Help
    warehouses: tuple[str, ...] = ()
    cost_minor: int | None = None
    moves: tuple[tuple[str, int, str], ...] = ()


def remedies_of(*, sites: Sequence[Site]) -> tuple[Remedy, ...]:
    """Return what would let an order be served; where a warehouse may be chosen as it is, that is the first suggestion."""
    found = (_assign(sites), _override(sites), _transfer(sites), _split(sites), _other_channel(sites), _fix_address(sites), _restock(sites))
    return tuple(remedy for remedy in found if remedy is not None)


def _assign(sites: Sequence[Site]) -> Remedy | None:
    able = [(site.cost_minor, site.code) for site in sites if site.blocked is None and site.cost_minor is not None]
    return Remedy(help=Help.ASSIGN, warehouses=(min(able)[1],), cost_minor=min(able)[0]) if able else None


def _override(sites: Sequence[Site]) -> Remedy | None:
    held = [(site.cost_minor, site.code) for site in sites if site.soft and site.cost_minor is not None]
    return Remedy(help=Help.OVERRIDE, warehouses=(min(held)[1],), cost_minor=min(held)[0]) if held else None


def _transfer(sites: Sequence[Site]) -> Remedy | None:
    """Suggest the nearest warehouse with a price to which the missing units can be moved from others."""
    for site in _nearest_first(sites):
        if site.cost_minor is None or not site.short:
            continue
        moves = _moves_to(site, sites)
        if moves is not None:
            return Remedy(help=Help.TRANSFER, warehouses=(site.code,), cost_minor=site.cost_minor, moves=moves)
    return None


def _moves_to(target: Site, sites: Sequence[Site]) -> tuple[tuple[str, int, str], ...] | None:
    moves: list[tuple[str, int, str]] = []
    for sku, short in target.short.items():
        missing = short
        for site in _nearest_first(sites):
            taken = 0 if site is target else min(missing, site.units[sku][1])
            if taken:
                moves.append((sku, taken, site.code))
            missing -= taken
        if missing:
            return None
    return tuple(moves)


def _split(sites: Sequence[Site]) -> Remedy | None:
    """Suggest the warehouses, nearest first, that together hold what none holds alone."""
    if not sites or any(not site.short for site in sites):
        return None
    missing = {sku: needed for sku, (needed, _) in sites[0].units.items()}
    chosen: list[str] = []
    for site in _nearest_first(sites):
        taken = {sku: min(missing[sku], site.units[sku][1]) for sku in missing}
        if site.cost_minor is not None and any(taken.values()):
            chosen.append(site.code)
            missing = {sku: missing[sku] - taken[sku] for sku in missing}
    return Remedy(help=Help.SPLIT, warehouses=tuple(chosen)) if not any(missing.values()) and len(chosen) > 1 else None


def _other_channel(sites: Sequence[Site]) -> Remedy | None:
    stocked = [site.code for site in _nearest_first(sites) if not site.short and site.cost_minor is None]
    reasons = {reason for site in sites if site.code in stocked for reason in (*site.rejections, site.blocked)}
    return Remedy(help=Help.OTHER_CHANNEL, warehouses=tuple(stocked[:1])) if stocked and reasons & OF_THE_CHANNELS else None


def _fix_address(sites: Sequence[Site]) -> Remedy | None:
    """Suggest a look at the address where every channel of every warehouse stumbles over it."""
    answers = [site for site in sites if site.rejections or site.cost_minor is not None]
    stumble = answers and all(site.cost_minor is None and set(site.rejections) <= OF_THE_ADDRESS for site in answers)
    return Remedy(help=Help.FIX_ADDRESS) if stumble else None


def _restock(sites: Sequence[Site]) -> Remedy | None:
    """Name the articles that all warehouses together are short of."""
    needed = {sku: units for site in sites for sku, (units, _) in site.units.items()}
    short = {sku: units - sum(site.units[sku][1] for site in sites) for sku, units in needed.items()}
    moves = tuple((sku, units, "") for sku, units in short.items() if units > 0)
    return Remedy(help=Help.RESTOCK, moves=moves) if moves else None


def _nearest_first(sites: Sequence[Site]) -> list[Site]:
    return sorted(sites, key=lambda site: (site.distance_m is None, site.distance_m or 0, site.code))
