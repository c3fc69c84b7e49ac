"""A decision in a reader's words: step by step, and each warehouse's answer. The console and the sellers' portal tell it alike.

Both give the warehouses as they may see them (allocation.explain, allocation.seller_view); what only one of them may tell, it adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.words import reason
from wms.figures import distance, money, signed_money


class Units(Protocol):
    """What was needed of an article, and what a warehouse had of it (`at_least`: that many or more)."""

    @property
    def sku_code(self) -> str: ...
    @property
    def needed(self) -> int: ...
    @property
    def available(self) -> int: ...
    @property
    def at_least(self) -> bool: ...


class Answer(Protocol):
    """One warehouse's answer: what it would have cost in all, or the code of why it could not serve."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def chosen(self) -> bool: ...
    @property
    def distance_m(self) -> int | None: ...
    @property
    def cost_minor(self) -> int | None: ...
    @property
    def rejection(self) -> str | None: ...
    @property
    def units(self) -> Sequence[Units]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a decision: its landed cost (None: nothing ships) and the nearest able warehouse's, and whether a person chose."""

    currency: str
    cost_minor: int | None
    nearest_cost_minor: int | None
    by_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsTold:
    sku_code: str
    needed: int
    available: str
    short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseTold:
    """One warehouse's answer in finished words, and how much dearer it would have been than what was taken."""

    name: str
    chosen: bool
    distance: str
    cost: str
    dearer: str
    rejection: str
    units: tuple[UnitsTold, ...]


def tell_warehouse(warehouse: Answer, outcome: Outcome) -> WarehouseTold:
    """Return a warehouse as a row."""
    is_priced = warehouse.cost_minor is not None and outcome.cost_minor is not None
    return WarehouseTold(
        name=f"{warehouse.code} {warehouse.name}",
        chosen=warehouse.chosen,
        distance=distance(warehouse.distance_m),
        cost=money(warehouse.cost_minor, outcome.currency),
        dearer=signed_money((warehouse.cost_minor or 0) - (outcome.cost_minor or 0), outcome.currency)
        if is_priced and not warehouse.chosen
        else "",
        rejection=reason(warehouse.rejection) if warehouse.rejection else "",
        units=tuple(
            UnitsTold(
                sku_code=units.sku_code,
                needed=units.needed,
                available=f"{units.available}{'+' if units.at_least else ''}",
                short=units.available < units.needed,
            )
            for units in warehouse.units
        ),
    )


def tell_steps(warehouses: Sequence[Answer], outcome: Outcome) -> Iterator[str]:
    """Yield how the decision came about, each step a sentence."""
    if outcome.by_person:
        yield _("A person at the warehouse company decided this by hand.")
    if not warehouses:
        return
    count = len(warehouses)
    yield ngettext("%(count)d warehouse was looked at.", "%(count)d warehouses were looked at.", count) % {"count": count}
    yield from _rejected(warehouses)
    able = sorted((each for each in warehouses if each.cost_minor is not None), key=lambda each: (each.cost_minor or 0, each.code))
    yield from _able(able, outcome)
    chosen = [each for each in warehouses if each.chosen]
    if not chosen or outcome.cost_minor is None:
        return
    if len(chosen) > 1:
        told = {"warehouses": ", ".join(each.name for each in chosen), "cost": money(outcome.cost_minor, outcome.currency)}
        yield _("It ships in parts, from %(warehouses)s, for %(cost)s in all.") % told
    yield from _against_others(chosen, able, outcome.cost_minor, outcome.currency)
    if outcome.nearest_cost_minor is not None and (saved := outcome.nearest_cost_minor - outcome.cost_minor) > 0:
        yield _("The nearest that could serve would have cost %(saved)s more.") % {"saved": money(saved, outcome.currency)}


def _rejected(warehouses: Sequence[Answer]) -> Iterator[str]:
    """Yield who could not serve, the commonest reason first."""
    refused: dict[str, list[str]] = {}
    for warehouse in warehouses:
        if warehouse.rejection:
            refused.setdefault(warehouse.rejection, []).append(warehouse.code)
    for code, places in sorted(refused.items(), key=lambda item: -len(item[1])):
        told = {"count": len(places), "reason": reason(code), "warehouses": ", ".join(places)}
        yield _("%(count)d could not serve: %(reason)s (%(warehouses)s).") % told


def _able(able: Sequence[Answer], outcome: Outcome) -> Iterator[str]:
    if not able:
        yield _("No warehouse could serve the order as it stood then.")
    elif len(able) == 1:
        yield _("One could, at %(cost)s.") % {"cost": money(able[0].cost_minor, outcome.currency)}
    else:
        costs = {"least": money(able[0].cost_minor, outcome.currency), "most": money(able[-1].cost_minor, outcome.currency)}
        yield _("%(count)d could, for %(least)s to %(most)s.") % {"count": len(able), **costs}


def _against_others(chosen: Sequence[Answer], able: Sequence[Answer], cost_minor: int, currency: str) -> Iterator[str]:
    """Yield by how much the chosen one won, or what another would have cost less."""
    other = next((each for each in able if not each.chosen), None)
    if other is None or other.cost_minor is None:
        return
    difference = other.cost_minor - cost_minor
    facts = {"warehouse": " + ".join(each.name for each in chosen), "other": other.name, "difference": money(abs(difference), currency)}
    if difference > 0:
        yield _("%(warehouse)s was taken: it is cheaper than the next, %(other)s, by %(difference)s.") % facts
    elif difference == 0:
        yield _("%(warehouse)s was taken; %(other)s would have cost the same.") % facts
    else:
        yield _("%(warehouse)s was taken, although %(other)s would have cost %(difference)s less.") % facts
