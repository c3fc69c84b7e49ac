"""Lists of postcodes by tier: delivery areas, extended areas, remote areas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carriers.core.documents import ANYWHERE, DocumentError, Reader, open_document
from carriers.core.postcode_table import (
    UNSET,
    PostcodeConflictError,
    PostcodeTable,
    PostcodeTableBuilder,
)
from carriers.core.postcodes import PostcodeArray
from carriers.core.zones import split_entries


class AreaListError(DocumentError):
    """An area list's document cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class AreaList:
    """One version of a carrier's list; a postcode is in one tier or in none."""

    code: str
    tiers: tuple[str, ...]
    table: PostcodeTable

    def tier_of(self, *, country: str, postcode: str) -> str | None:
        """Return the tier of an address, or None."""
        tier = self.table.find(column=0, country=country, postcode=postcode)
        return None if tier == UNSET else self.tiers[tier]

    def tiers_of(self, *, countries: PostcodeArray, postcodes: PostcodeArray) -> NDArray[np.int16]:
        """Return the position of each address's tier in `tiers`, UNSET for none."""
        return self.table.find_batch(columns=np.zeros(1, dtype=np.intp), countries=countries, postcodes=postcodes)[:, 0]


# The lists that a card's surcharges name, by that name.
Areas = Mapping[str, AreaList]
NO_AREAS: Final[Areas] = {}


def area_list_from_document(document: Mapping[str, object]) -> AreaList:
    """Return the list that the document states (docs/pricing.md), or raise AreaListError."""
    reader = open_document(document, AreaListError)
    code = reader.text("code")
    tiers: dict[str, int] = {}
    builder = PostcodeTableBuilder(1)
    for row in reader.children("entries", required=True):
        _read_row(row, builder, tiers)
    reader.close()
    try:
        table = builder.build()
    except PostcodeConflictError as conflict:
        reader.fault("entries", "overlapping_ranges", conflict)
    reader.raise_faults(AreaListError)
    return AreaList(code=code, tiers=tuple(tiers), table=table)


def _read_row(row: Reader, builder: PostcodeTableBuilder, tiers: dict[str, int]) -> None:
    country = row.country("country")
    tier = row.text("tier", "listed")
    value = tiers.setdefault(tier, len(tiers))
    entries = split_entries(row.texts("postcodes"))
    row.close()
    if country == ANYWHERE and entries:
        row.fault("country", "needs_one_country")
        return
    if not row.has("postcodes"):
        _add(row, builder, country, None, value)
    for entry in entries or ():
        _add(row, builder, country, entry, value)


def _add(row: Reader, builder: PostcodeTableBuilder, country: str, entry: str | None, value: int) -> None:
    try:
        if entry is None:
            builder.set_default(column=0, country=country, value=value)
        else:
            builder.add(column=0, country=country, entry=entry, value=value)
    except PostcodeConflictError as conflict:
        row.fault("tier", "two_tiers_for_one_entry", conflict)
    except ValueError:
        row.fault("postcodes", "not_a_postcode", entry)


def area_list_to_document(areas: AreaList) -> dict[str, object]:
    """Return the document of a list; reading it again gives the same list."""
    listed: dict[tuple[str, int], list[str]] = {}
    rows: list[dict[str, object]] = []
    for country, text, tier in areas.table.entries(0):
        if text:
            listed.setdefault((country, tier), []).append(text)
        else:
            rows.append({"country": country, "tier": areas.tiers[tier]})
    rows += [{"country": country, "tier": areas.tiers[tier], "postcodes": [", ".join(texts)]} for (country, tier), texts in listed.items()]
    return {"code": areas.code, "entries": rows}
