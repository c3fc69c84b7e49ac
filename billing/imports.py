"""Carriers' invoices from files: all charges of one parcel of one invoice stand or fall together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.errors import (
    ChargesMissing,
    ChargeUnknown,
    InvoiceDiffers,
    InvoicesTooMany,
    PairsUneven,
    ParcelBilledOtherwise,
    ParcelRowsDisagree,
    ParcelUnnamed,
)
from billing.formats import Format
from billing.models import BilledParcel, Invoice
from carriers.measures import MASS_WORDS
from inventory.errors import UnitMissing, UnitUnknown
from wms.errors import DomainError
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import CellFault, CellMissing, TooFine
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated, Row
from wms.tenancy.access import UseCase
from wms.values.mass import MassUnit, mass_mg
from wms.values.money import format_minor, to_minor

MOST_ROWS: Final = 1_000
MOST_INVOICES: Final = 10_000
WRITTEN_ONCE: Final = ("ship_date", "billed_mg", "zone", "charge_words", "charge_codes", "charges_minor")

type RowFault = tuple[int, str, DomainError]
type Key = tuple[str, str, str]
"""(invoice number, tracking number, order number)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What all parcels of an invoice say of it."""

    issued_date: date
    currency: str


@dataclass(frozen=True, slots=True)
class NewParcel:
    """A parcel to be stored, and the invoice that it belongs to."""

    number: str
    head: Head
    parcel: BilledParcel


class InvoiceImport:
    """Takes what one carrier bills, in one of its formats. What was brought in already is not taken twice."""

    key: tuple[str, ...] = ("invoice_number", "tracking_number", "order_number")
    most_rows_per_key = MOST_ROWS
    rows_may_repeat = True
    things: str | Promise = _("billed parcels")
    use_case = UseCase.RECONCILE

    def __init__(self, *, tenant_id: int, carrier_id: int, format_id: int, invoice_format: Format, at: datetime) -> None:
        self.columns: Sequence[Column] = invoice_format.columns
        self._tenant_id = tenant_id
        self._carrier_id = carrier_id
        self._format_id = format_id
        self._format = invoice_format
        self._at = at
        self._unit: MassUnit | None = None
        self._wide: tuple[str, ...] = ()
        self._pairs: tuple[tuple[str, str], ...] = ()
        self._heads: dict[str, Head] = {}

    def begin(self, layout: Layout) -> None:
        """Learn in which unit the weights are meant, and in which order the charges stand."""
        self._unit = self._format.weight_unit or MASS_WORDS.get(layout.units.get("weight", ""))
        places = {place.name: place.index or 0 for place in layout.filled}
        self._wide = tuple(sorted(self._format.wide.keys() & places.keys(), key=places.__getitem__))
        pairs = [pair for word, paid in self._format.pairs for pair in _paired(layout, word, paid)]
        self._pairs = tuple(sorted(pairs, key=lambda pair: places[pair[0]]))

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each parcel."""
        numbers = {group.rows[0].values["invoice_number"] for group in groups}
        self._learn_heads(numbers)
        known = self._known(numbers, groups)
        return [self._outcome(group, known) for group in groups]

    def save(self, items: Sequence[NewParcel]) -> None:
        """Add parcels, and the invoices that are new."""
        if not items:
            return
        heads = {item.number: item.head for item in items}
        Invoice.objects.bulk_create(
            (
                Invoice(
                    tenant_id=self._tenant_id,
                    carrier_id=self._carrier_id,
                    invoice_format_id=self._format_id,
                    number=number,
                    issued_date=head.issued_date,
                    currency=head.currency,
                    imported_at=self._at,
                )
                for number, head in heads.items()
            ),
            ignore_conflicts=True,
        )
        ids = dict(Invoice.objects.filter(carrier_id=self._carrier_id, number__in=heads).values_list("number", "pk"))
        for item in items:
            item.parcel.invoice_id = ids[item.number]
        BilledParcel.objects.bulk_create(item.parcel for item in items)

    def finish(self) -> None:
        """Tell nobody: reconciling looks for what is open."""

    def _learn_heads(self, numbers: set[str]) -> None:
        new = numbers - self._heads.keys()
        stored = Invoice.objects.filter(carrier_id=self._carrier_id, number__in=new)
        for number, issued, currency in stored.values_list("number", "issued_date", "currency"):
            self._heads[number] = Head(issued_date=issued, currency=currency)

    def _known(self, numbers: set[str], groups: Sequence[Group]) -> dict[Key, BilledParcel]:
        tracking = {group.rows[0].values["tracking_number"] or "" for group in groups}
        stored = BilledParcel.objects.filter(
            invoice__carrier_id=self._carrier_id, invoice__number__in=numbers, tracking_number__in=tracking
        ).select_related("invoice")
        return {(parcel.invoice.number, parcel.tracking_number, parcel.order_number): parcel for parcel in stored}

    def _outcome(self, group: Group, known: Mapping[Key, BilledParcel]) -> Outcome:
        faults: list[RowFault] = []
        first = group.rows[0]
        number, tracking, order = (first.values[name] or "" for name in self.key)
        head = self._head(group, number, faults)
        if not tracking and not order:
            faults.append((first.line, "tracking_number", ParcelUnnamed()))
        charges = [charge for row in group.rows for charge in self._charges(row, head.currency, faults)]
        parcel = BilledParcel(
            tenant_id=self._tenant_id,
            tracking_number=tracking,
            order_number=order,
            first_line=first.line,
            billed_mg=self._mass(group, faults),
            charge_words=[word for word, _code, _amount in charges],
            charge_codes=[code for _word, code, _amount in charges],
            charges_minor=[amount for _word, _code, amount in charges],
            billed_minor=sum(amount for _word, _code, amount in charges),
            ship_date=_agreed(group, "ship_date", faults),
            zone=_agreed(group, "zone", faults) or "",
        )
        if faults:
            return Bad(tuple(faults))
        stored = known.get((number, tracking, order))
        if stored is None:
            return Good(NewParcel(number, head, parcel))
        if all(getattr(stored, name) == getattr(parcel, name) for name in WRITTEN_ONCE):
            return Repeated()
        billed = format_minor(stored.billed_minor, head.currency)
        return Bad(((first.line, "", ParcelBilledOtherwise(number=number, amount=billed, currency=head.currency)),))

    def _head(self, group: Group, number: str, faults: list[RowFault]) -> Head:
        """Return what is known of the invoice, and note the rows that say something else."""
        for row in group.rows:
            said = Head(issued_date=row.values["invoice_date"], currency=row.values["currency"])
            head = self._heads.setdefault(number, said)
            if said != head:
                name = "currency" if said.currency != head.currency else "invoice_date"
                fault = InvoiceDiffers(number=number, issued=head.issued_date.isoformat(), currency=head.currency)
                faults.append((row.line, name, fault))
        if len(self._heads) > MOST_INVOICES:
            faults.append((group.rows[0].line, "invoice_number", InvoicesTooMany(most=MOST_INVOICES)))
        return self._heads[number]

    def _charges(self, row: Row, currency: str, faults: list[RowFault]) -> list[tuple[str, str, int]]:
        """Return (word, cost line, amount) of each charge in the row; an amount of nothing is none."""
        stated = [(name, *self._format.wide[name], row.values[name]) for name in self._wide]
        for word_name, paid_name in (*self._pairs, ("charge", "amount")):
            word, paid = row.values[word_name], row.values[paid_name]
            if paid is None:
                if word and word_name != "charge":
                    faults.append((row.line, paid_name, CellMissing()))
                continue
            code = self._format.code_of(word) if word else None
            if code is None:
                faults.append((row.line, word_name, ChargeUnknown(charge=word) if word else CellMissing()))
            stated.append((paid_name, word or "", code or "", paid))
        if all(amount is None for _name, _word, _code, amount in stated):
            faults.append((row.line, "amount", ChargesMissing()))
        charges = []
        for name, word, code, amount in stated:
            try:
                minor = to_minor(amount or 0, currency)
            except ValueError:
                faults.append((row.line, name, TooFine(value=amount, currency=currency)))
                continue
            if minor:
                charges.append((word, code, minor))
        return charges

    def _mass(self, group: Group, faults: list[RowFault]) -> int | None:
        """Return the billed weight: the greatest that a row states, since some rows of a parcel state none or zero."""
        found = None
        for row in group.rows:
            value, word = row.values["weight"], row.values["weight_unit"]
            if not value:
                continue
            unit = MASS_WORDS.get(word.casefold()) if word else self._unit
            if unit is None:
                fault: DomainError = UnitUnknown(unit=word, known="kg, g, lb, oz") if word else UnitMissing()
                faults.append((row.line, "weight_unit" if word else "weight", fault))
                continue
            found = max(found or 0, mass_mg(value, unit))
        return found


def _paired(layout: Layout, word: str, paid: str) -> Iterator[tuple[str, str]]:
    """Yield the names of each column of words and of the amounts that belong to them. Raises PairsUneven."""
    words, amounts = layout.names_of(word), layout.names_of(paid)
    if len(words) != len(amounts):
        headers = {place.column.name: str(place.column.label) for place in layout.filled}
        raise PairsUneven(words=len(words), word=headers[word], amounts=len(amounts), amount=headers[paid])
    yield from zip(words, amounts, strict=True)


def _agreed(group: Group, name: str, faults: list[RowFault]) -> Any:
    """Return the value that the parcel's rows state, and note those that state another."""
    stated = [(row.line, row.values[name]) for row in group.rows if row.values[name] is not None]
    if not stated:
        return None
    first_line, first = stated[0]
    differing: list[tuple[int, str, CellFault]] = [
        (line, name, ParcelRowsDisagree(line=first_line, value=first)) for line, value in stated if value != first
    ]
    faults += differing
    return first
