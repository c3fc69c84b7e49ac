"""What of a card's triggers can differ from parcel to parcel, as one bit mask a parcel.

A trigger asks of the parcel, of its destination and of the zone. The first two are known before
the zone is, for all origins at once: each distinct question about them is a signal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from carriers.core.areas import Areas
from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.postcode_table import UNSET
from carriers.core.surcharges import Condition, InArea, Trigger
from wms.values.ratio import Int64s

Bools = NDArray[np.bool_]

MOST_MASK_BITS = 62


@dataclass(frozen=True, slots=True)
class ZonedSignal:
    """A signal (None: always true) that counts in some zones only (none named: in all)."""

    signal: int | None
    zones: frozenset[int]


@dataclass(frozen=True, slots=True)
class SignalSet:
    """The signals of a card, and for each trigger which of them make it hold."""

    signals: tuple[tuple[Condition, ...], ...]
    triggers: tuple[tuple[ZonedSignal, ...], ...]

    @classmethod
    def of(cls, triggers: Sequence[Trigger], ship_date: date) -> "SignalSet":
        """Return the signals of the triggers; a trigger that is not live has none."""
        signals: dict[tuple[Condition, ...], int] = {}
        found = []
        for trigger in triggers:
            zoned: list[ZonedSignal] = []
            for zones, conditions in _by_zones(trigger if trigger.is_live(ship_date) else None):
                if Condition() in conditions:
                    zoned.append(ZonedSignal(None, zones))
                else:
                    zoned.append(ZonedSignal(signals.setdefault(conditions, len(signals)), zones))
            found.append(tuple(zoned))
        return cls(tuple(signals), tuple(found))

    def read(
        self,
        *,
        parcels: ParcelBatch,
        destinations: DestinationBatch,
        measures: Sequence[Int64s],
        areas: Areas,
    ) -> list[Bools]:
        """Return for each signal which parcels give it."""
        return [
            np.logical_or.reduce([_holds(c, parcels, destinations, measures, areas) for c in conditions]) for conditions in self.signals
        ]


def _by_zones(trigger: Trigger | None) -> list[tuple[frozenset[int], tuple[Condition, ...]]]:
    """Return the conditions of a trigger without their zones, grouped by them."""
    if trigger is None:
        return []
    groups: dict[frozenset[int], list[Condition]] = {}
    for condition in trigger.conditions or (Condition(),):
        groups.setdefault(condition.zones, []).append(replace(condition, zones=frozenset()))
    return [(zones, tuple(conditions)) for zones, conditions in groups.items()]


def _holds(
    condition: Condition,
    parcels: ParcelBatch,
    destinations: DestinationBatch,
    measures: Sequence[Int64s],
    areas: Areas,
) -> Bools:
    """Return for which parcels a condition holds, whatever the zone."""
    held = np.ones(len(parcels), dtype=np.bool_)
    for over in condition.over:
        held &= measures[over.measure] > over.limit
    if condition.tags:
        held &= parcels.has_any_tag(condition.tags)
    there = _holds_there(condition, destinations, areas)
    return held if there is None else held & there[parcels.dest_index]


def _holds_there(condition: Condition, destinations: DestinationBatch, areas: Areas) -> Bools | None:
    """Return for which destinations a condition holds, None if it does not ask."""
    asked: list[Bools] = []
    if condition.residential is not None:
        asked.append(destinations.residential == condition.residential)
    if condition.countries:
        codes = np.array(sorted(condition.countries), dtype="S2")
        asked.append(np.isin(destinations.country, codes))
    if condition.area is not None:
        asked.append(_in_area(condition.area, destinations, areas))
    return np.logical_and.reduce(asked) if asked else None


def _in_area(area: InArea, destinations: DestinationBatch, areas: Areas) -> Bools:
    areas_of_list = areas[area.list_code]
    tiers = destinations.values_in(areas_of_list.table)
    if not area.tiers:
        anywhere: Bools = tiers != UNSET
        return anywhere
    wanted = [i for i, tier in enumerate(areas_of_list.tiers) if tier in area.tiers]
    return np.isin(tiers, np.array(wanted, dtype=np.int16))


def mask_of(signals: Sequence[Bools], rows: int) -> Int64s:
    """Return the signals of each parcel as bits."""
    mask = np.zeros(rows, dtype=np.int64)
    for bit, signal in enumerate(signals):
        mask |= signal.astype(np.int64) << bit
    return mask
