"""Lists of postcodes by tier: delivery areas, extended areas, remote areas."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from carriers.core.documents import ANYWHERE, DocumentError, Reader, open_document
from carriers.core.postcode_table import (
    UNSET,
    PostcodeConflictError,
    PostcodeTable,
    PostcodeTableBuilder,
)
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
        tier = row.text("tier", "listed")
        read_places(row, builder, tiers.setdefault(tier, len(tiers)), key="tier", conflict="two_tiers_for_one_entry")
    reader.close()
    try:
        table = builder.build()
    except PostcodeConflictError as conflict:
        reader.fault("entries", "overlapping_ranges", conflict)
    reader.raise_faults(AreaListError)
    return AreaList(code=code, tiers=tuple(tiers), table=table)


def read_places(row: Reader, builder: PostcodeTableBuilder, value: int, *, key: str, conflict: str) -> None:
    """Add what a row says of a country's postcodes, or of the rest of the country, and close it.

    `key` is what another row may say otherwise, and `conflict` the code of that fault.
    """
    country = row.country("country")
    entries = split_entries(row.texts("postcodes"))
    row.close()
    if country == ANYWHERE and entries:
        row.fault("country", "needs_one_country")
        return
    for entry in (entries or ()) if row.has("postcodes") else (None,):
        try:
            if entry is None:
                builder.set_default(column=0, country=country, value=value)
            else:
                builder.add(column=0, country=country, entry=entry, value=value)
        except PostcodeConflictError as fault:
            row.fault(key, conflict, fault)
        except ValueError:
            row.fault("postcodes", "not_a_postcode", entry)


def area_list_to_document(areas: AreaList) -> dict[str, object]:
    """Return the document of a list; reading it again gives the same list."""
    return {"code": areas.code, "entries": place_rows(areas.table, lambda tier: {"tier": areas.tiers[tier]})}


def place_rows(table: PostcodeTable, stated: Callable[[int], dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows that `read_places` reads into a table of one column; `stated` is how a row states a value."""
    listed: dict[tuple[str, int], list[str]] = {}
    rows: list[dict[str, object]] = []
    for country, text, value in table.entries(0):
        if text:
            listed.setdefault((country, value), []).append(text)
        else:
            rows.append({"country": country, **stated(value)})
    rows += [{"country": country, **stated(value), "postcodes": [", ".join(texts)]} for (country, value), texts in listed.items()]
    return rows
