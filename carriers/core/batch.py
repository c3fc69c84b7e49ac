"""Shipments of one parcel by the array, and their prices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carriers.core.postcode_table import PostcodeTable
from carriers.core.postcodes import PostcodeArray
from carriers.core.types import Destination, Origin, Parcel
from wms.values.geo import distances_m
from wms.values.postcodes import LONGEST_POSTCODE
from wms.values.ratio import Int64s

# Stands in `total_minor` where there is no price: it loses against every price, and
# fees added to it still fit into 64 bits.
UNPRICED: Final = 1 << 60

MOST_TAGS: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DestinationBatch:
    """Addresses, one row each; coordinates are nan where unknown."""

    country: PostcodeArray  # S2
    postcode: PostcodeArray  # S10, normalised
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    residential: NDArray[np.bool_]
    _found: dict[int, tuple[PostcodeTable, NDArray[np.int16]]] = field(default_factory=dict, init=False, repr=False)
    _metres: dict[int, tuple[Sequence[Origin], Int64s]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, destinations: Sequence[Destination]) -> "DestinationBatch":
        """Return the batch of the addresses, in their order."""
        postcodes = [destination.postcode for destination in destinations]
        return cls(
            country=np.array([d.country for d in destinations], dtype="S2"),
            postcode=np.array(postcodes, dtype=f"S{LONGEST_POSTCODE}"),
            lat=_all_degrees(destination.lat for destination in destinations),
            lon=_all_degrees(destination.lon for destination in destinations),
            residential=np.array([d.residential for d in destinations], dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.country)

    def row(self, which: int) -> Destination:
        """Return one row as an address."""
        return Destination(
            country=self.country[which].decode(),
            postcode=self.postcode[which].decode(),
            lat=_known(self.lat[which]),
            lon=_known(self.lon[which]),
            residential=bool(self.residential[which]),
        )

    def rows(self, which: Int64s) -> "DestinationBatch":
        """Return the batch of these rows, with what has been looked up for them."""
        taken = DestinationBatch(
            country=self.country[which],
            postcode=self.postcode[which],
            lat=self.lat[which],
            lon=self.lon[which],
            residential=self.residential[which],
        )
        taken._found.update({key: (table, values[which]) for key, (table, values) in self._found.items()})
        taken._metres.update({key: (origins, metres[which]) for key, (origins, metres) in self._metres.items()})
        return taken

    def values_in(self, table: PostcodeTable) -> NDArray[np.int16]:
        """Return what a table of one column says of each address; looked up once for all cards that ask it."""
        held = self._found.get(id(table))
        if held is None:
            values = table.find_all(countries=self.country, postcodes=self.postcode)
            held = self._found[id(table)] = (table, values)
        return held[1]

    def metres_from(self, origins: Sequence[Origin]) -> Int64s:
        """Return the distance of each address (row) from each origin (column); computed once for all charts."""
        held = self._metres.get(id(origins))
        if held is None:
            lat = _all_degrees(origin.lat for origin in origins)
            lon = _all_degrees(origin.lon for origin in origins)
            held = self._metres[id(origins)] = (origins, distances_m(lat, lon, self.lat[:, None], self.lon[:, None]))
        return held[1]


def _all_degrees(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([_degrees(value) for value in values], dtype=np.float64)


def _known(degrees: float) -> float | None:
    return None if np.isnan(degrees) else float(degrees)


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParcelBatch:
    """Single parcels, one row each: sides longest first, tags as bits, and the address's row."""

    actual_mg: Int64s
    side1_um: Int64s
    side2_um: Int64s
    side3_um: Int64s
    tag_mask: Int64s
    dest_index: NDArray[np.intp]
    tag_bits: Mapping[str, int]

    @classmethod
    def of(cls, parcels: Sequence[Parcel], dest_index: Sequence[int]) -> "ParcelBatch":
        """Return the batch of the parcels, in their order; at most 63 tags in all."""
        tags = sorted({tag for parcel in parcels for tag in parcel.tags})
        if len(tags) > MOST_TAGS:
            raise ValueError(f"at most {MOST_TAGS} tags in one batch, not {len(tags)}")
        tag_bits = {tag: bit for bit, tag in enumerate(tags)}
        sides = np.array([(p.length_um, p.width_um, p.height_um) for p in parcels], dtype=np.int64).reshape(-1, 3)
        sides.sort(axis=1)
        masks = [sum(1 << tag_bits[tag] for tag in parcel.tags) for parcel in parcels]
        return cls(
            actual_mg=np.array([parcel.actual_mg for parcel in parcels], dtype=np.int64),
            side1_um=np.ascontiguousarray(sides[:, 2]),
            side2_um=np.ascontiguousarray(sides[:, 1]),
            side3_um=np.ascontiguousarray(sides[:, 0]),
            tag_mask=np.array(masks, dtype=np.int64),
            dest_index=np.array(dest_index, dtype=np.intp),
            tag_bits=tag_bits,
        )

    def __len__(self) -> int:
        return len(self.actual_mg)

    def row(self, which: int) -> Parcel:
        """Return one row as a parcel."""
        return Parcel(
            actual_mg=int(self.actual_mg[which]),
            length_um=int(self.side1_um[which]),
            width_um=int(self.side2_um[which]),
            height_um=int(self.side3_um[which]),
            tags=frozenset(tag for tag, bit in self.tag_bits.items() if int(self.tag_mask[which]) >> bit & 1),
        )

    def rows(self, which: Int64s) -> "ParcelBatch":
        """Return the batch of these rows only; their addresses stay where they are."""
        return ParcelBatch(
            actual_mg=self.actual_mg[which],
            side1_um=self.side1_um[which],
            side2_um=self.side2_um[which],
            side3_um=self.side3_um[which],
            tag_mask=self.tag_mask[which],
            dest_index=self.dest_index[which],
            tag_bits=self.tag_bits,
        )

    def has_any_tag(self, tags: frozenset[str]) -> NDArray[np.bool_]:
        """Return which parcels bear at least one of the tags."""
        wanted = sum(1 << self.tag_bits[tag] for tag in tags if tag in self.tag_bits)
        found: NDArray[np.bool_] = (self.tag_mask & np.int64(wanted)) != 0
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prices:
    """Prices of one card: rows are parcels, columns are origins.

    `rejection` is 0 where there is a price, else a RejectionCode; then the total is UNPRICED.
    `days` is -1 where unknown.
    """

    currency: str
    total_minor: Int64s
    rejection: NDArray[np.int8]
    days: NDArray[np.int16]
