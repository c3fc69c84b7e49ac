"""Price many single-parcel shipments at once: `rating` turned into look-ups.

A card is compiled for a day into tables total[signals, zone, weight step] that already hold base,
discount, surcharges and fuel; a price is then one gather. Tables are filled, a block of weight steps
at a time, when a combination of signals is first met there. Weights beyond the tables, and combinations
for which there is no room, are priced directly by `cells`. Either way the result is exactly that of
`rating.quote`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carriers.core.areas import NO_AREAS, Areas
from carriers.core.batch import UNPRICED, DestinationBatch, ParcelBatch, Prices
from carriers.core.cells import CellPricer, Signals
from carriers.core.fuel import NO_FUEL, FuelTable
from carriers.core.postcode_table import UNSET
from carriers.core.rate_card import RateCard
from carriers.core.signals import MOST_MASK_BITS, Bools, mask_of
from carriers.core.tables import NO_SLOT, Tables
from carriers.core.types import Origin, RejectionCode
from carriers.core.weights import Measure, WeighedBatch, weigh_batch
from carriers.core.zones import NO_ZONE, ZoneChart
from wms.values.geo import NO_DISTANCE
from wms.values.ratio import Int64s

__all__ = [
    "UNPRICED",
    "CompiledCard",
    "CompiledChart",
    "DestinationBatch",
    "ParcelBatch",
    "Prices",
    "compile_card",
]

MOST_CELLS: Final = 1 << 14

ZoneIndex = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledChart:
    """A zone chart that answers for all destinations and origins at once."""

    chart: ZoneChart

    def zones(self, origins: Sequence[Origin], destinations: DestinationBatch) -> tuple[ZoneIndex, Bools]:
        """Return zone indices (NO_ZONE, NOT_SERVED below 0) and which are estimated.

        Rows are destinations, columns are origins.
        """
        ranked = [self.chart.columns_of(origin) for origin in origins]
        columns = sorted({column for row in ranked for column in row})
        place = {column: i for i, column in enumerate(columns)}
        found = self.chart.table.find_batch(
            columns=np.array(columns, dtype=np.intp),
            countries=destinations.country,
            postcodes=destinations.postcode,
        )
        zones = np.full((len(destinations), len(origins)), UNSET, dtype=np.int16)
        for i, row in enumerate(ranked):
            for column in row:
                np.copyto(zones[:, i], found[:, place[column]], where=zones[:, i] == UNSET)
        estimated = self._estimate(zones, origins, destinations)
        zones[zones == UNSET] = NO_ZONE
        return zones, estimated

    def _estimate(self, zones: ZoneIndex, origins: Sequence[Origin], destinations: DestinationBatch) -> Bools:
        """Fill unset zones from distance bands; return which were."""
        bands = self.chart.bands
        estimated = np.zeros(zones.shape, dtype=np.bool_)
        if bands is None:
            return estimated
        codes = np.array(sorted(bands.countries), dtype="S2")
        within = np.isin(destinations.country, codes)
        near = np.array([origin.country in bands.countries for origin in origins], dtype=np.bool_)
        rows, columns = np.nonzero((zones == UNSET) & within[:, None] & near)
        metres = destinations.metres_from(origins)[rows, columns]
        labels = np.array([*bands.zones, NO_ZONE], dtype=np.int16)
        found = labels[np.searchsorted(np.array(bands.bounds_m), metres)]
        found[metres == NO_DISTANCE] = NO_ZONE
        zones[rows, columns] = found
        estimated[rows, columns] = found != NO_ZONE
        return estimated


@dataclass(slots=True, kw_only=True, eq=False)
class CompiledCard:
    """A card, a chart's zones and a day of shipping, ready to price batches.

    Safe to share between threads: tables are replaced by larger ones, never changed.
    """

    card: RateCard
    rejection: RejectionCode | None
    pricer: CellPricer
    areas: Areas
    bounds_mg: Int64s
    zone_rows: Int64s  # the card's zone of each of the chart's, then three rows of rejections
    zone_days: NDArray[np.int16]
    _tables: Tables = field(init=False)
    _filling: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        rows = len(self.card.zones) + len(ZONE_REJECTIONS)
        self._tables = Tables(rows, len(self.bounds_mg))

    def price(
        self,
        parcels: ParcelBatch,
        destinations: DestinationBatch,
        zones: ZoneIndex,
        estimated: Bools,
    ) -> Prices:
        """Return the price of each parcel from each origin."""
        shape = (len(parcels), zones.shape[1])
        if self.rejection is not None:
            return _all_rejected(self.card.currency, self.rejection, shape)
        if not self.card.allow_estimated_zone and estimated.any():
            zones = np.where(estimated, np.int16(NO_ZONE), zones)
        weighed, signals = self._look_at(parcels, destinations)
        code = self._limited(weighed.code, weighed.measures)
        zone_rows = self.zone_rows[zones][parcels.dest_index]
        signed = self._look_up(signals, zone_rows, weighed.measures[Measure.BILLABLE])
        refused = code > 0
        if refused.any():
            signed[refused] = -code[refused, None]
        rejected = signed < 0
        days = self._days(zone_rows, parcels, destinations)
        rejection = np.where(rejected, -signed, 0).astype(np.int8)
        if rejected.any():
            signed[rejected] = UNPRICED
            days[rejected] = -1
        return Prices(currency=self.card.currency, total_minor=signed, rejection=rejection, days=days)

    def _look_at(self, parcels: ParcelBatch, destinations: DestinationBatch) -> tuple[WeighedBatch, Sequence[Bools]]:
        """Return what the parcels weigh by this card, and which of its signals they give."""
        weighed = weigh_batch(
            self.card.weighing,
            actual_mg=parcels.actual_mg,
            sides_um=(parcels.side1_um, parcels.side2_um, parcels.side3_um),
        )
        signals = self.pricer.signal_set.read(parcels=parcels, destinations=destinations, measures=weighed.measures, areas=self.areas)
        return weighed, signals

    def _days(self, zone_rows: Int64s, parcels: ParcelBatch, destinations: DestinationBatch) -> NDArray[np.int16]:
        """Return the transit days of each parcel from each origin, -1 where unknown."""
        days = self.zone_days[zone_rows]
        if self.card.transit_postcodes is None:
            return days
        own = destinations.values_in(self.card.transit_postcodes.table)[parcels.dest_index, None]
        return np.where(own == UNSET, days, own)

    def lines(self, parcels: ParcelBatch, destinations: DestinationBatch, zones: ZoneIndex) -> tuple[Int64s, Bools]:
        """Return the cost lines, (line, parcel), of parcels that have a price in their one zone, and which lines each has."""
        weighed, signals = self._look_at(parcels, destinations)
        return self.pricer.lines(signals=signals, zones=self.zone_rows[zones], billable_mg=weighed.measures[Measure.BILLABLE])

    @property
    def filled_tables(self) -> int:
        """Return how many tables were needed so far."""
        return len(self._tables.slot_of)

    def _limited(self, code: Int64s, measures: Sequence[Int64s]) -> Int64s:
        """Return the codes with those of the card's limits, heaviness first."""
        limits = self.card.limits
        if limits.weight is not None:
            over = measures[Measure.ACTUAL] > limits.weight.mg
            code = np.where((code == 0) & over, RejectionCode.TOO_HEAVY, code)
        for measure, limit in limits.of_sides:
            code = np.where((code == 0) & (measures[measure] > limit.um), RejectionCode.TOO_LARGE, code)
        return code

    def _look_up(self, signals: Sequence[Bools], zone_rows: Int64s, billable_mg: Int64s) -> Int64s:
        """Return totals or minus the code; from the tables, or directly where they end."""
        steps = np.searchsorted(self.bounds_mg, billable_mg)
        tables, slots = self._slots(signals, steps)
        outside = slots == NO_SLOT
        if not outside.any():
            return tables.take(slots=slots, zone_rows=zone_rows, steps=steps)
        signed = np.empty(zone_rows.shape, dtype=np.int64)
        inside = ~outside
        if inside.any():
            signed[inside] = tables.take(slots=slots[inside], zone_rows=zone_rows[inside], steps=steps[inside])
        signed[outside] = self._price(
            [signal[outside, None] for signal in signals],
            zone_rows[outside],
            billable_mg[outside, None],
        )
        return signed

    def _slots(self, signals: Sequence[Bools], steps: NDArray[np.intp]) -> tuple[Tables, Int64s]:
        """Return the tables and each parcel's one, filled where it is met for the first time; NO_SLOT beyond them."""
        bits = self._tables.block_bits
        if len(signals) + bits > MOST_MASK_BITS:
            return self._tables, np.full(len(steps), NO_SLOT, dtype=np.int64)
        keys = mask_of(signals, len(steps)) << bits | steps // self._tables.width
        keys[steps == self._tables.steps] = NO_SLOT
        met, places = np.unique(keys, return_inverse=True)
        tables = self._tables
        new = [key for key in met.tolist() if key not in tables.slot_of and key != NO_SLOT]
        if new and tables.room > 0:
            tables = self._with_tables(new)
        slots = np.array([tables.slot_of.get(key, NO_SLOT) for key in met.tolist()], dtype=np.int64)
        return tables, slots[places]

    def _with_tables(self, keys: Sequence[int]) -> Tables:
        """Fill the tables of new keys. One thread at a time: a key's slot, once given, is for good."""
        with self._filling:
            tables = self._tables
            new = [key for key in keys if key not in tables.slot_of][: max(0, tables.room)]
            if new:
                self._tables = tables.plus(new, self._fill(new))
            return self._tables

    def _fill(self, keys: Sequence[int]) -> Int64s:
        """Return the tables of the keys: all zone rows by their weight steps."""
        tables, each = self._tables, np.array(keys, dtype=np.int64)[:, None, None]
        masks, blocks = each >> tables.block_bits, each & ((1 << tables.block_bits) - 1)
        signals = [(masks >> bit & 1).astype(np.bool_) for bit in range(len(self.pricer.signal_set.signals))]
        # The last block repeats the last step.
        steps = np.minimum(blocks * tables.width + np.arange(tables.width), len(self.bounds_mg) - 1)
        zone_rows = np.arange(tables.zone_rows, dtype=np.int64)[:, None]
        return self._price(signals, zone_rows, self.bounds_mg[steps])

    def _price(self, signals: Signals, zone_rows: Int64s, billable_mg: Int64s) -> Int64s:
        """Price cells directly, the rows that stand for rejections included."""
        last = len(self.card.zones) - 1
        zones = np.minimum(zone_rows, last)
        signed = self.pricer.price(signals=signals, zones=zones, billable_mg=billable_mg)
        for i, code in enumerate(ZONE_REJECTIONS, start=last + 1):
            signed = np.where(zone_rows == i, -code, signed)
        return signed


# What the rows after the card's zones stand for.
ZONE_REJECTIONS: Final = (
    RejectionCode.NO_RATE,  # the chart's zone is not in the card
    RejectionCode.NOT_SERVED,
    RejectionCode.NO_ZONE,
)


def compile_card(
    card: RateCard,
    chart: ZoneChart,
    ship_date: date,
    fuel: FuelTable = NO_FUEL,
    areas: Areas = NO_AREAS,
    *,
    most_cells: int = MOST_CELLS,
) -> CompiledCard:
    """Return the card ready to price parcels that ship on the day, with zones of the chart.

    `most_cells` bounds the size of one table; what lies outside is priced directly.
    """
    fuel_millis = fuel.percent_millis_on(ship_date) if card.has_fuel else 0
    pricer = CellPricer.of(card, ship_date, fuel_millis or 0)
    zones = len(card.zones)
    # Indices -2 and -1 are NOT_SERVED and NO_ZONE, which Python counts from the end.
    rows = [card.zone_positions.get(label, zones) for label in chart.zones]
    days = [-1 if number is None else number for number in card.transit_days]
    return CompiledCard(
        card=card,
        rejection=_rejection(card, ship_date, fuel_millis, areas),
        pricer=pricer,
        areas=areas,
        bounds_mg=pricer.breakpoints(max(1, most_cells // (zones + len(ZONE_REJECTIONS)))),
        zone_rows=np.array([*rows, zones + 1, zones + 2], dtype=np.int64),
        zone_days=np.array([*days, -1, -1, -1], dtype=np.int16),
    )


def _rejection(card: RateCard, ship_date: date, fuel_millis: int | None, areas: Areas) -> RejectionCode | None:
    """Return why the whole card has no prices, in the order of `rating`."""
    if not card.is_effective(ship_date):
        return RejectionCode.NOT_EFFECTIVE
    if fuel_millis is None:
        return RejectionCode.NO_FUEL
    if card.on(ship_date).lists - areas.keys():
        return RejectionCode.NO_AREA_LIST
    return None


def _all_rejected(currency: str, code: RejectionCode, shape: tuple[int, int]) -> Prices:
    return Prices(
        currency=currency,
        total_minor=np.full(shape, UNPRICED, dtype=np.int64),
        rejection=np.full(shape, code, dtype=np.int8),
        days=np.full(shape, -1, dtype=np.int16),
    )
