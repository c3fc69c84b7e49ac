"""What is wrong with a sheet, by the cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carriers.core.documents import Fault
from wms.errors import DomainError

MOST_FAULTS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a file: a cell, or where `column` is None a row, or where `line` is 0 a sheet. Columns count from 0."""

    sheet: str
    line: int = 0
    column: int | None = None

    @property
    def address(self) -> str:
        """Return the place as spreadsheets call it: "C7", "7", or nothing."""
        return f"{'' if self.column is None else column_letters(self.column)}{self.line or ''}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.address}" if self.address else self.sheet


def column_letters(column: int) -> str:
    """Return the letters of a column that counts from 0: "A", "Z", "AA"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One thing wrong, and where."""

    spot: Spot
    error: DomainError

    @property
    def code(self) -> str:
        """Return the stable code of what is wrong."""
        return self.error.own_code if isinstance(self.error, CardFault) else self.error.code

    def __str__(self) -> str:
        return f"{self.spot}: {self.error}"


@dataclass(slots=True)
class Faults:
    """All that was found wrong so far; of thousands only the first are kept."""

    found: list[SheetFault] = field(default_factory=list)
    count: int = 0
    _spots: set[Spot] = field(default_factory=set)

    def add(self, spot: Spot, error: DomainError) -> None:
        """Note a fault; of a cell that is wrong already nothing more."""
        if spot.column is not None and spot in self._spots:
            return
        self.count += 1
        self._spots.add(spot)
        if len(self.found) < MOST_FAULTS:
            self.found.append(SheetFault(spot, error))

    def has(self, spot: Spot) -> bool:
        """Return whether something is wrong there already."""
        return spot in self._spots

    def has_in_row(self, spot: Spot) -> bool:
        """Return whether something is wrong in that row already."""
        return any(known.sheet == spot.sheet and known.line == spot.line for known in self._spots)


class SheetError(DomainError):
    """What a sheet can't be read for."""


class SheetTwice(SheetError):
    code = "sheet_twice"
    sentence = _("Two sheets, “%(first)s” and “%(second)s”, are for the same thing.")


class SheetUnknown(SheetError):
    code = "sheet_unknown"
    sentence = _("What this sheet is about can't be told from its name or its columns: %(found)s.")


class ColumnUnknown(SheetError):
    code = "column_unknown"
    sentence = _("There is no column “%(header)s” in this sheet. Its columns are: %(known)s.")


class ColumnNeeded(SheetError):
    code = "column_needed"
    sentence = _("The sheet has no column “%(column)s”.")


class ColumnRepeated(SheetError):
    code = "column_repeated"
    sentence = _("Column %(first)s is for “%(column)s” already.")


class LabelMissing(SheetError):
    code = "zone_label_missing"
    sentence = _("The column has prices, but its header names no zone.")


class TermUnknown(SheetError):
    code = "term_unknown"
    sentence = _("“%(term)s” is no term of a rate card.")


class TermRepeated(SheetError):
    code = "term_repeated"
    sentence = _("Line %(line)s states this term already.")


class CellsMerged(SheetError):
    code = "cells_merged"
    sentence = _("The cells %(cells)s are merged; unmerge them and fill in each.")


class WordUnknown(SheetError):
    code = "word_unknown"
    sentence = _("“%(value)s” is none of: %(known)s.")


class MeasureUnreadable(SheetError):
    code = "not_a_measure"
    sentence = _("“%(value)s” is not a number, nor one with a unit such as 15.999 oz.")


class CurrencyForeign(SheetError):
    code = "currency_foreign"
    sentence = _("“%(value)s” is not in %(currency)s, the currency of this rate card.")


class PriceGap(SheetError):
    code = "price_gap"
    sentence = _("Zone %(zone)s has prices above and below this row, but none in it. Write – if there is none.")


class PriceMissing(SheetError):
    code = "price_missing"
    sentence = _("Zone %(zone)s has no price up to %(weight)s. Write – if there is none.")


class WeightGap(SheetError):
    code = "weight_gap"
    sentence = _("The row begins at %(begins)s, but the one before it ends at %(ends)s: weights between have no price.")


class WeightOverlap(SheetError):
    code = "weight_overlap"
    sentence = _("The row begins at %(begins)s, but the one before it ends at %(ends)s: weights between have two prices.")


class RowRepeated(SheetError):
    code = "row_repeated"
    sentence = _("Line %(line)s is about the same.")


class OwnFieldDiffers(SheetError):
    code = "field_differs"
    sentence = _("Line %(line)s, of the same code, says “%(first)s” here.")


class PartWithoutVersion(SheetError):
    code = "part_without_version"
    sentence = _(
        "The file has no sheet of terms, and no rate card is in force on %(day)s that they could be taken from. "
        "Name the unit of weight in the header, as in “Weight (lb)”, or with --unit."
    )


class ZonesConflict(SheetError):
    code = "zones_conflict"
    sentence = _("Line %(line)s gives zone %(zone)s for the same journey.")


class PostcodeUnreadable(SheetError):
    code = "postcode_unreadable"
    sentence = _("“%(value)s” is no postcode of %(country)s, nor the beginning of one, nor a range of them.")


class FuelUnreadable(SheetError):
    code = "percent_unreadable"
    sentence = _("“%(value)s” is not a per cent of 0 to 1,000 with at most three decimals.")


class CardFault(SheetError):
    """A fault that carriers.core found in what the sheets say together; its code is the core's."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(**fields)
        self.own_code = code

    def __str__(self) -> str:
        return str(CORE_SENTENCES.get(self.own_code, UNNAMED)) % {"code": self.own_code, **self.fields}


UNNAMED: Final = _("%(code)s: %(value)s")

CORE_SENTENCES: Final[dict[str, str | Promise]] = {
    "missing": _("A value is needed here."),
    "empty": _("There is nothing here that could be read."),
    "unknown_field": _("“%(value)s” is not known here."),
    "unknown_word": _("“%(value)s” is not known here."),
    "unknown_unit": _("“%(value)s” is in a unit that is not known."),
    "unknown_zone": _("Zone %(value)s has no column of prices."),
    "unknown_surcharge": _("There is no surcharge “%(value)s”."),
    "not_a_number": _("“%(value)s” is not a number such as 12.50."),
    "float_not_exact": _("“%(value)s” is not a number such as 12.50."),
    "not_an_amount": _("“%(value)s” is not an amount: too many decimals, or too large."),
    "not_a_percent": _("“%(value)s” is not a per cent of 0 to 1,000 with at most three decimals."),
    "not_a_date": _("“%(value)s” is not a date such as 2026-11-22."),
    "not_a_text": _("A text is needed here."),
    "not_a_country": _("“%(value)s” is not a country's two letters."),
    "not_a_postcode": _("“%(value)s” is no postcode, nor the beginning of one, nor a range of them."),
    "not_a_measure": _("“%(value)s” is not a number, nor one with a unit such as 15.999 oz."),
    "negative": _("“%(value)s” is below zero."),
    "out_of_bounds": _("“%(value)s” is not within the bounds of what makes sense here."),
    "too_fine": _("The price is too fine, or too high for heavy parcels, to be reckoned exactly."),
    "repeated_zone": _("A zone stands here twice."),
    "repeated_row": _("The row before it is about the same weight."),
    "not_ascending": _("The weight is not above that of the row before it."),
    "repeated_code": _("The code “%(value)s” is taken by another surcharge."),
    "reserved_code": _("The code “%(value)s” is the name of another cost line."),
    "repeated_priority": _("Another surcharge of the group has the priority %(value)s too."),
    "repeated_origin": _("Another block of the chart is for the same origin, %(value)s."),
    "differs_within_group": _("All surcharges of a group are per piece, or all per shipment."),
    "excluded_by_group": _("It depends on “%(value)s”, which its own group excludes."),
    "circular_dependency": _("Surcharges depend on each other in a circle."),
    "piece_has_no_base": _("A per cent of each piece needs pieces that are rated one by one."),
    "needs_a_price": _("A step or a free weight needs a price per step or per unit."),
    "two_prices": _("A row has a price per step or per unit, not both."),
    "two_amounts": _("A surcharge has one kind of amount."),
    "two_discounts": _("A discount is one per cent, or one for each band of weights, not both."),
    "above_maximum": _("The minimum is above the maximum."),
    "missing_zone": _("The surcharge has no amount for some of the zones."),
    "wrong_number_of_zones": _("There are not as many prices as zones."),
    "ends_before_it_starts": _("It ends before it begins."),
    "needs_one_country": _("Postcodes need one country."),
    "two_zones_for_one_entry": _("Another row gives another zone for the same postcodes."),
    "two_tiers_for_one_entry": _("Another row gives another tier for the same postcodes."),
    "two_days_for_one_entry": _("Another row gives other days for the same postcodes."),
    "overlapping_ranges": _("The range %(value)s overlaps another that says something else."),
    "not_true_or_false": _("“%(value)s” is neither yes nor no."),
}


def core_fault(fault: Fault) -> CardFault:
    """Return a fault of carriers.core as a sentence."""
    return CardFault(fault.code, value=fault.value or fault.path)
