"""What the page of a what-if run shows: both sides beside each other, and the orders that they decide otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from allocation.models import SimulationDifference, SimulationRun
from inventory.models import Warehouse
from wms.console import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure of both sides, and the difference."""

    name: str
    before: str
    after: str
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """An order that the draft decides otherwise."""

    order_id: int
    number: str
    before: str
    before_cost: str
    after: str
    after_cost: str
    difference: str


def figures(result: Mapping[str, Any], *, currency: str) -> tuple[Compared, ...]:
    """Return the totals of both sides."""
    before, after = result["before"], result["after"]
    return (
        _counted(_("orders with a warehouse"), before["served"], after["served"]),
        _counted(_("exceptions"), before["orders"] - before["served"], after["orders"] - after["served"]),
        _priced(_("estimated cost"), before["cost_minor"], after["cost_minor"], currency),
        _priced(_("average an order"), _average(before), _average(after), currency),
        _averaged_days(_days(before), _days(after)),
        _counted(_("split orders"), before["split"], after["split"]),
        _counted(_("later than promised"), before["late"], after["late"]),
        _counted(_("decided otherwise"), 0, result["differences"]),
    )


def by_warehouse(result: Mapping[str, Any], *, currency: str) -> tuple[Compared, ...]:
    """Return the orders and the cost of each warehouse on both sides. Call it inside the tenant's scope."""
    before, after = result["before"]["warehouses"], result["after"]["warehouses"]
    named = {str(warehouse.pk): str(warehouse) for warehouse in Warehouse.objects.filter(pk__in=map(int, {**before, **after}))}
    return tuple(
        Compared(
            name=named.get(key, key),
            before=_load(before.get(key), currency),
            after=_load(after.get(key), currency),
            difference=f"{after.get(key, [0])[0] - before.get(key, [0])[0]:+d}",
        )
        for key in sorted({**before, **after}, key=lambda key: named.get(key, key))
    )


def by_reason(result: Mapping[str, Any]) -> tuple[Compared, ...]:
    """Return how many orders each reason left without a warehouse on both sides."""
    before, after = result["before"]["reasons"], result["after"]["reasons"]
    return tuple(_counted(words.reason(slug), before.get(slug, 0), after.get(slug, 0)) for slug in sorted({**before, **after}))


def differences(run: SimulationRun, *, currency: str, after_id: int, limit: int) -> tuple[tuple[DifferenceRow, ...], int | None]:
    """Return the orders decided otherwise from the key `after_id` on, and the key of the next page, if any."""
    rows = list(
        SimulationDifference.objects.filter(run=run, pk__gt=after_id)
        .select_related("order", "before_warehouse", "before_channel", "after_warehouse", "after_channel")
        .order_by("pk")[: limit + 1]
    )
    more = rows[limit - 1].pk if len(rows) > limit else None
    return tuple(_difference(row, currency) for row in rows[:limit]), more


def _difference(row: SimulationDifference, currency: str) -> DifferenceRow:
    dearer = None
    if row.before_cost_minor is not None and row.after_cost_minor is not None:
        dearer = row.after_cost_minor - row.before_cost_minor
    return DifferenceRow(
        order_id=row.order_id,
        number=row.order.external_number,
        before=_place(row.before_warehouse, row.before_channel),
        before_cost=words.money(row.before_cost_minor, currency),
        after=_place(row.after_warehouse, row.after_channel),
        after_cost=words.money(row.after_cost_minor, currency),
        difference="–" if dearer is None else _signed(dearer, currency),
    )


def _place(warehouse: Any, channel: Any) -> str:
    return f"{warehouse.code} · {channel.code}" if warehouse and channel else _("exception")


def _counted(name: str, before: int, after: int) -> Compared:
    return Compared(name=name, before=f"{before:,}", after=f"{after:,}", difference=f"{after - before:+,}" if after != before else "")


def _priced(name: str, before: int | None, after: int | None, currency: str) -> Compared:
    difference = _signed(after - before, currency) if before is not None and after is not None and after != before else ""
    return Compared(name=name, before=words.money(before, currency), after=words.money(after, currency), difference=difference)


def _average(side: Mapping[str, Any]) -> int | None:
    served = side["served"]
    return None if not served else (2 * side["cost_minor"] + served) // (2 * served)


def _days(side: Mapping[str, Any]) -> Decimal | None:
    """Return the average, to a tenth of a day."""
    return round(Decimal(side["days"]) / side["orders_with_days"], 1) if side["orders_with_days"] else None


def _averaged_days(before: Decimal | None, after: Decimal | None) -> Compared:
    difference = "" if before is None or after is None or before == after else f"{after - before:+}"
    name = _("days from shipping to arrival")
    return Compared(name=name, before=_shown_days(before), after=_shown_days(after), difference=difference)


def _shown_days(days: Decimal | None) -> str:
    return "–" if days is None else str(days)


def _load(load: list[int] | None, currency: str) -> str:
    orders, cost = load or (0, 0)
    return f"{orders:,} · {words.money(cost, currency)}"


def _signed(amount_minor: int, currency: str) -> str:
    return f"{'+' if amount_minor > 0 else ''}{words.money(amount_minor, currency)}"
