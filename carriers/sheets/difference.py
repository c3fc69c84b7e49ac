"""What a file would change: its card, chart, lists and fuel beside those in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from carriers.sheets.rates import AMOUNT, STEPWISE
from carriers.sheets.terms import stated
from carriers.sheets.values import measure_text
from carriers.sheets.vocabulary import Word

type Document = Mapping[str, Any]

MOST_EXAMPLES: Final = 10
PER_CENT: Final = Decimal("0.1")
# Terms that every version has of its own.
OF_ONE_VERSION: Final = frozenset({"code", "source", "effective_from", "effective_to"})


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One price that is another than before; `charge` says whether it is fixed, per step or per unit."""

    zone: str
    not_over: str
    charge: str
    before: Decimal
    after: Decimal

    @property
    def percent(self) -> Decimal | None:
        """Return the change in per cent, None where there was nothing to pay before."""
        return ((self.after - self.before) / self.before * 100).quantize(PER_CENT) if self.before else None


@dataclass(frozen=True, slots=True)
class Items:
    """What was added, removed and changed of things that have names."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a file would change. Without a version in force before (`since` is None) all of it is new."""

    since: date | None
    prices: int = 0
    changes: tuple[PriceChange, ...] = ()
    rows: Items = Items()
    zones: Items = Items()
    currency: tuple[str, str] | None = None
    terms: tuple[tuple[Word, str, str], ...] = ()
    discounts: Items = Items()
    surcharges: Items = Items()
    restrictions: Items = Items()
    transit_days: Items = Items()
    chart: Items = Items()
    areas: Mapping[str, Items] = field(default_factory=dict)
    fuel: Items = Items()

    def __bool__(self) -> bool:
        parts = (self.changes, self.rows, self.zones, self.terms, self.discounts, self.surcharges, self.restrictions, self.transit_days)
        return any((*parts, self.chart, self.fuel, *self.areas.values()))

    def extremes(self) -> tuple[PriceChange, PriceChange] | None:
        """Return the changes to the least and to the most in per cent, None where no price changed."""
        known = [change for change in self.changes if change.percent is not None] or list(self.changes)
        if not known:
            return None
        return min(known, key=_size), max(known, key=_size)


def _size(change: PriceChange) -> Decimal:
    return change.percent if change.percent is not None else change.after - change.before


def compare_cards(before: Document | None, after: Document) -> dict[str, Any]:
    """Return the parts of a Difference that are about the card; both documents are canonical."""
    if before is None:
        return {"prices": len(_prices(after))}
    old, new = _prices(before), _prices(after)
    same_currency = before["currency"] == after["currency"]
    return {
        "prices": len(new),
        "changes": tuple(_changes(old, new)) if same_currency else (),
        "rows": _items(_by_row(before), _by_row(after), compare=False),
        "zones": _items(dict.fromkeys(before["zones"]), dict.fromkeys(after["zones"])),
        "currency": None if same_currency else (before["currency"], after["currency"]),
        "terms": tuple(_terms(before, after)),
        "discounts": _items(_shares(before), _shares(after)),
        "surcharges": _items(_named(before, "surcharges", "code"), _named(after, "surcharges", "code")),
        "restrictions": _items(_named(before, "restrictions", "name"), _named(after, "restrictions", "name")),
        "transit_days": _items(_days(before), _days(after)),
    }


def _prices(document: Document) -> dict[tuple[str, str, str], Decimal]:
    """Return the prices by weight, kind of charge and zone."""
    found = {}
    for row in document["rates"]:
        weight = measure_text(row.get("not_over"))
        for charge in ("amounts", *STEPWISE):
            for zone, price in zip(document["zones"], row.get(charge, ()), strict=False):
                if price is not None:
                    found[weight, AMOUNT if charge == "amounts" else charge, zone] = Decimal(price)
    return found


def _changes(old: Mapping[tuple[str, str, str], Decimal], new: Mapping[tuple[str, str, str], Decimal]) -> Iterator[PriceChange]:
    for (weight, charge, zone), after in new.items():
        before = old.get((weight, charge, zone))
        if before is not None and before != after:
            yield PriceChange(zone, weight, charge, before, after)


def _by_row(document: Document) -> dict[str, object]:
    return {measure_text(row.get("not_over")): row for row in document["rates"]}


def _shares(document: Document) -> dict[str, object]:
    """Return the per cents of a discount by weight."""
    return {measure_text(band.get("not_over")): band["percent"] for band in document.get("discount", {}).get("bands", ())}


def _days(document: Document) -> dict[str, object]:
    """Return the transit days by zone and by postcode."""
    return {**document.get("transit_days", {}), **dict(_listed(document.get("transit_postcodes", ()), "days"))}


def _named(document: Document, part: str, name: str) -> dict[str, object]:
    """Return surcharges or restrictions by name, with their amounts by zone: the order of zones says nothing."""
    return {one[name]: _by_zone(one, document["zones"]) for one in document[part]}


def _by_zone(value: Any, zones: Sequence[str]) -> object:
    if isinstance(value, Mapping):
        return {
            name: dict(zip(zones, part, strict=False)) if name in ("amounts", *STEPWISE) else _by_zone(part, zones)
            for name, part in value.items()
        }
    return [_by_zone(part, zones) for part in value] if isinstance(value, list) else value


def _terms(before: Document, after: Document) -> Iterator[tuple[Word, str, str]]:
    for (word, old), (_word, new) in zip(stated(before), stated(after), strict=True):
        if old != new and word.code not in OF_ONE_VERSION:
            yield word, old, new


def _items(before: Mapping[Any, object], after: Mapping[Any, object], *, compare: bool = True) -> Items:
    return Items(
        added=tuple(str(name) for name in after if name not in before),
        removed=tuple(str(name) for name in before if name not in after),
        changed=tuple(str(name) for name in after if compare and name in before and before[name] != after[name]),
    )


def compare_charts(before: Document | None, after: Document) -> Items:
    """Return which journeys lie in another zone; both documents are canonical."""
    return _items(dict(_journeys(before or {})), dict(_journeys(after)))


def _journeys(document: Document) -> Iterator[tuple[str, str | None]]:
    for block in document.get("origins", ()):
        origin = " ".join(str(part) for part in block["from"].values()) or "*"
        for row in block["to"]:
            for country in row.get("countries", [row.get("country")]):
                yield from ((f"{origin} → {country} {entry}".strip(), row["zone"]) for entry in _entries(row))
    bands = document.get("distance_bands") or {"bands": ()}
    for band in bands["bands"]:
        yield f"≤ {band.get('not_over') or '∞'} {bands['unit']} {','.join(bands['countries'])}", band["zone"]


def _entries(row: Document) -> Iterable[str]:
    return [entry for text in row.get("postcodes", ("",)) for entry in text.split(", ")]


def compare_areas(before: Document | None, after: Document) -> Items:
    """Return which postcodes are in another tier; both documents are canonical."""
    return _items(dict(_listed((before or {"entries": ()})["entries"], "tier")), dict(_listed(after["entries"], "tier")))


def _listed(rows: Iterable[Document], value: str) -> Iterator[tuple[str, object]]:
    for row in rows:
        yield from ((f"{row['country']} {entry}".strip(), row[value]) for entry in _entries(row))


def compare_fuel(before: Mapping[date, Decimal], after: Mapping[date, Decimal]) -> Items:
    """Return which days have another per cent; a file only adds and changes."""
    return Items(
        added=tuple(str(day) for day in sorted(after) if day not in before),
        changed=tuple(str(day) for day in sorted(after) if day in before and before[day] != after[day]),
    )
