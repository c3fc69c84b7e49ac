"""Read the measures of a rate card's document: masses, lengths and amounts in its own units."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import chain, pairwise
from math import lcm
from typing import Final, cast

import numpy as np

from carriers.core.amounts import NO_AMOUNT, PriceBasis, StepPrice, WeightRow, WeightTable
from carriers.core.documents import CodedError, Reader, decimal_of, positive_decimal
from carriers.core.fuel import percent_millis
from carriers.core.plain_amounts import plain_amounts
from carriers.core.types import SYSTEM_MAX_MG
from wms.values.decimals import plain
from wms.values.length import Length, LengthUnit, length_unit
from wms.values.mass import UNIT_MG, Mass, MassUnit, mass_unit
from wms.values.money import MOST_MINOR, from_minor, minor_digits, to_minor
from wms.values.ratio import Int64s

# A step's exact milligrams may have a denominator up to here, so that 10 t of steps fit 64 bits.
MOST_DENOMINATOR: Final = 10**7
SAFE: Final = 1 << 61
MICROS_DIGITS: Final = 6
ANY_OTHER: Final = "*"
PLAIN_ROW: Final = frozenset({"not_over", "amounts"})


type StatedRow = tuple[WeightRow, Sequence[int | None]]
"""A row and its fixed amounts by zone."""


def weight_table(rows: Sequence[StatedRow]) -> WeightTable:
    """Return the table of the rows."""
    fixed = [[NO_AMOUNT if cell is None else cell for cell in cells] for _, cells in rows]
    return WeightTable(tuple([row for row, _ in rows]), np.array(fixed, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The units, the currency and the zones that the rest of a document is written in."""

    currency: str
    weight_unit: MassUnit
    length_unit: LengthUnit
    zones: tuple[str, ...]

    def mass(self, reader: Reader, key: str, *, required: bool = False) -> Mass | None:
        """Return a mass: "3" in the card's unit, or {"value": "48", "unit": "oz"}."""
        return reader.read(key, self._mass, None, required=required)

    def _mass(self, raw: object) -> Mass:
        if isinstance(raw, str):
            return _mass_of(raw, self.weight_unit)
        value, unit = _stated(raw, self.weight_unit)
        return _mass_of(plain(value), unit)

    def step(self, reader: Reader, key: str, *, required: bool = False) -> Mass | None:
        """Return a mass that weights are counted in: above zero and not too finely divided."""

        def parse(raw: object) -> Mass:
            mass = self._mass(raw)
            if mass.mg < 1 or mass.exact_mg.denominator > MOST_DENOMINATOR:
                raise CodedError("out_of_bounds")
            return mass

        return reader.read(key, parse, None, required=required)

    def length(self, reader: Reader, key: str) -> Length | None:
        """Return a length: "30" in the card's unit, or {"value": "2", "unit": "m"}."""

        def parse(raw: object) -> Length:
            value, unit = _stated(raw, self.length_unit)
            try:
                return Length(value, length_unit(unit))
            except ValueError as fault:
                raise CodedError("unknown_unit") from fault

        return reader.read(key, parse, None, required=False)

    def amount(self, reader: Reader, key: str, *, required: bool = True) -> int:
        """Return an amount in minor units, not negative."""
        return reader.read(key, self._amount, 0, required=required)

    def amounts(self, reader: Reader, key: str) -> tuple[int | None, ...]:
        """Return an amount for each zone, None where a cell is null."""
        plain_row = self._plain_amounts([reader.value(key)])
        return self._by_zone(reader, key, self._amount) if plain_row is None else tuple(plain_row[0].tolist())

    def _plain_amounts(self, rows: Sequence[object]) -> Int64s | None:
        """Return the amounts of lists by zone, a row each, if each has all its decimals and nothing else; None for any other."""
        width = len(self.zones)
        if not all(isinstance(row, list) and len(row) == width for row in rows):
            return None
        try:
            joined = ",".join(chain.from_iterable(cast("Sequence[list[str]]", rows)))
        except TypeError:
            return None
        amounts = plain_amounts(joined, minor_digits(self.currency))
        return amounts.reshape(len(rows), width) if amounts is not None and len(amounts) == len(rows) * width else None

    def _amount(self, raw: object) -> int:
        return _minor_of(raw if isinstance(raw, str) else str(positive_decimal(raw)), self.currency)

    def _micros(self, raw: object) -> int:
        scaled = positive_decimal(raw).scaleb(MICROS_DIGITS)
        if scaled != scaled.to_integral_value() or scaled > MOST_MINOR:
            raise CodedError("not_an_amount")
        return int(scaled)

    def percent(self, reader: Reader, key: str) -> int:
        """Return a per cent in thousandths, required."""

        def parse(raw: object) -> int:
            try:
                return percent_millis(decimal_of(raw))
            except CodedError:
                raise
            except ValueError as fault:
                raise CodedError("not_a_percent") from fault

        return reader.read(key, parse, 0, required=True)

    def weight_table(self, reader: Reader, key: str) -> WeightTable:
        """Return rows by weight: ascending inclusive bounds, of which only the last may be open."""
        return self._plain_table(reader.value(key)) or self._careful_table(reader, key)

    def _plain_table(self, raw: object) -> WeightTable | None:
        """Return the table of rows that hold a weight and plain amounts and nothing else, None for any other and for one with faults.

        Large cards are such tables: read at once, a cell takes a twentieth of the time.
        """
        if not isinstance(raw, list) or not raw or not all(isinstance(row, dict) and row.keys() == PLAIN_ROW for row in raw):
            return None
        amounts = self._plain_amounts([row["amounts"] for row in raw])
        try:
            weights = [self._mass(row["not_over"]) for row in raw]
        except CodedError:
            return None
        if amounts is None or any(left.mg >= right.mg for left, right in pairwise(weights)):
            return None
        return WeightTable(tuple([WeightRow(not_over=weight) for weight in weights]), amounts)

    def _careful_table(self, reader: Reader, key: str) -> WeightTable:
        readers = list(reader.children(key, required=True))
        rows = [self.weight_row(row) for row in readers]
        for ((left, _), (right, _)), row_reader in zip(pairwise(rows), readers[1:], strict=True):
            if left.bound_mg >= right.bound_mg:
                code = "repeated_row" if left.bound_mg == right.bound_mg else "not_ascending"
                row_reader.fault("not_over", code)
        if not rows:
            reader.fault(key, "empty")
            rows = [(WeightRow(not_over=None), (None,) * len(self.zones))]
        return weight_table(rows)

    def weight_row(self, row: Reader) -> StatedRow:
        """Return one row: amounts by zone, a stepwise price by zone, or both."""
        faults = len(row.faults)
        not_over = self.mass(row, "not_over")
        steps = self.step_price(row)
        has_fixed = row.has("amounts") or steps is None
        fixed = self.amounts(row, "amounts") if has_fixed else (0,) * len(self.zones)
        row.close()
        if all(cell is None for cell in fixed) and len(row.faults) == faults:
            row.fault("amounts", "empty")
        return WeightRow(not_over=not_over, steps=steps), fixed

    def step_price(self, row: Reader) -> StepPrice | None:
        """Return the stepwise price of a row (`per_step` or `per_unit`, `step`, `beyond`)."""
        bases = [basis for basis in PriceBasis if row.has(basis)]
        if not bases:
            for key in ("step", "beyond"):
                if row.has(key):
                    row.fault(key, "needs_a_price")
            return None
        if len(bases) > 1:
            row.fault(PriceBasis.STEP, "two_prices")
        step = self.step(row, "step", required=True)
        beyond = self.mass(row, "beyond") or Mass(Decimal(0), self.weight_unit)
        prices = self._by_zone(row, bases[0], self._micros)
        if step is None:
            return None
        price = StepPrice(
            step=step,
            beyond=beyond,
            basis=bases[0],
            prices_micros=prices,
            scale=self._scale(step, bases[0]),
        )
        self._refuse_too_fine(row, bases[0], price)
        return price

    def _scale(self, step: Mass, basis: PriceBasis) -> Fraction:
        """Return minor units per step for one millionth of the currency's unit."""
        minor = Fraction(10 ** minor_digits(self.currency), 10**MICROS_DIGITS)
        if basis is PriceBasis.STEP:
            return minor
        return minor * step.exact_mg / UNIT_MG[self.weight_unit]

    def _refuse_too_fine(self, row: Reader, key: str, price: StepPrice) -> None:
        """Note a price that could leave 64 bits or the largest amount at the heaviest weight."""
        common = lcm(price.step.exact_mg.denominator, price.beyond.exact_mg.denominator)
        dearest = max((p or 0) for p in price.prices_micros)
        heaviest = 2 * SYSTEM_MAX_MG
        if (
            common > MOST_DENOMINATOR
            or price.steps(heaviest) * dearest >= SAFE
            or max(price.scale.numerator, price.scale.denominator) >= 1 << 50
            or price.most(heaviest) > MOST_MINOR
        ):
            row.fault(key, "too_fine")

    def _by_zone(self, row: Reader, key: str, parse: Callable[[object], int]) -> tuple[int | None, ...]:
        """Return a value by zone: one for all, a list in the zones' order, or {zone: value}.

        A null cell has no value; in an object "*" stands for the zones that are not named.
        """
        raw = row.value(key)
        if isinstance(raw, list | tuple):
            if len(raw) != len(self.zones):
                row.fault(key, "wrong_number_of_zones", len(raw))
            cells = _cells(row, key, range(len(raw)), raw, parse)
            return cells if len(cells) == len(self.zones) else (None,) * len(self.zones)
        if isinstance(raw, Mapping):
            for zone in raw:
                if zone not in self.zones and zone != ANY_OTHER:
                    row.fault(f"{key}.{zone}", "unknown_zone")
            return _cells(row, key, self.zones, [raw.get(zone, raw.get(ANY_OTHER)) for zone in self.zones], parse)
        if raw is None:
            row.fault(key, "missing")
            return (None,) * len(self.zones)
        return (row.read(key, parse, 0, required=True),) * len(self.zones)

    def mass_document(self, mass: Mass) -> object:
        """Return the mass as a document states it."""
        if mass.unit == self.weight_unit:
            return plain(mass.value)
        return {"value": plain(mass.value), "unit": mass.unit}

    def length_document(self, length: Length) -> object:
        """Return the length as a document states it."""
        if length.unit == self.length_unit:
            return plain(length.value)
        return {"value": plain(length.value), "unit": length.unit}

    def amount_document(self, amount_minor: int) -> str:
        """Return the amount as a decimal string with the currency's own places."""
        return format(from_minor(amount_minor, self.currency), "f")

    def table_document(self, table: WeightTable) -> list[dict[str, object]]:
        """Return the rows of a weight table."""
        return [self._row_document(row, fixed) for row, fixed in zip(table.rows, table.fixed_minor.tolist(), strict=True)]

    def _row_document(self, row: WeightRow, fixed_minor: Sequence[int]) -> dict[str, object]:
        document: dict[str, object] = {}
        if row.not_over is not None:
            document["not_over"] = self.mass_document(row.not_over)
        document["amounts"] = [None if cell == NO_AMOUNT else self.amount_document(cell) for cell in fixed_minor]
        if row.steps is not None:
            document["step"] = self.mass_document(row.steps.step)
            document["beyond"] = self.mass_document(row.steps.beyond)
            document[row.steps.basis] = [
                None if price is None else plain(Decimal(price).scaleb(-MICROS_DIGITS)) for price in row.steps.prices_micros
            ]
        return document


def _cells(
    row: Reader, key: str, names: Iterable[object], cells: Sequence[object], parse: Callable[[object], int]
) -> tuple[int | None, ...]:
    """Return the parsed cells of a row; each that cannot be parsed is a fault with its name."""
    try:
        return tuple([None if cell is None else parse(cell) for cell in cells])
    except CodedError:
        for name, cell in zip(names, cells, strict=True):
            if cell is not None:
                row.refuse(f"{key}.{name}", cell, parse)
        return (None,) * len(cells)


@lru_cache(maxsize=1 << 12)
def _mass_of(text: str, unit: str) -> Mass:
    """Return a mass within the system's limit; cards repeat them, and each is worked out and held once."""
    value = positive_decimal(text)
    try:
        mass = Mass(value, mass_unit(unit))
    except ValueError as fault:
        raise CodedError("unknown_unit") from fault
    if mass.mg > SYSTEM_MAX_MG:
        raise CodedError("out_of_bounds")
    return mass


@lru_cache(maxsize=1 << 16)
def _minor_of(text: str, currency: str) -> int:
    """Return an amount in minor units. Cards repeat amounts: each is parsed once, and held once in memory."""
    try:
        return to_minor(positive_decimal(text), currency)
    except CodedError:
        raise
    except ValueError as fault:
        raise CodedError("not_an_amount") from fault


def _stated(raw: object, own_unit: str) -> tuple[Decimal, str]:
    """Return the number and the unit of a measure."""
    if isinstance(raw, Mapping):
        if set(raw) != {"value", "unit"} or not isinstance(raw["unit"], str):
            raise CodedError("not_a_measure")
        return positive_decimal(raw["value"]), raw["unit"]
    return positive_decimal(raw), own_unit
