"""Centroids of postcodes from files such as those made from GeoNames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wms.arrays import array_cursor
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown, PostcodeMalformed
from wms.tabular.cells import decimal, identifier, text
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import DuplicateRow
from wms.tabular.imports import Bad, Good, Group, Outcome, Repeated
from wms.tenancy.access import UseCase
from wms.values.postcodes import listed_postcode

COLUMNS: Final = (
    Column(
        name="country",
        label=_("country"),
        read=text(most=60),
        required=True,
        aliases=("country code", "国家", "国家代码"),
    ),
    Column(
        name="postcode",
        label=_("postcode"),
        read=identifier(most=20),
        required=True,
        aliases=("zip", "zip code", "postal code", "邮编", "邮政编码"),
    ),
    Column(name="state_code", label=_("state"), read=text(most=10), aliases=("admin code1", "州代码", "省代码")),
    Column(
        name="lat",
        label=_("latitude"),
        read=decimal(least=Decimal(-90), most=Decimal(90)),
        required=True,
        aliases=("latitude", "纬度"),
    ),
    Column(
        name="lon",
        label=_("longitude"),
        read=decimal(least=Decimal(-180), most=Decimal(180)),
        required=True,
        aliases=("lng", "long", "longitude", "经度"),
    ),
)
SAVE: Final = """
INSERT INTO places_postcode AS p (country, postcode, state, lat, lon)
SELECT * FROM unnest(%(countries)s::text[], %(postcodes)s::text[], %(states)s::text[], %(lats)s, %(lons)s)
ON CONFLICT (country, postcode) DO UPDATE SET state = EXCLUDED.state, lat = EXCLUDED.lat, lon = EXCLUDED.lon
"""
KNOWN: Final = """
SELECT p.country, p.postcode, p.state, p.lat, p.lon FROM places_postcode p
JOIN unnest(%s::text[], %s::text[]) AS k(country, postcode) USING (country, postcode)
"""


@dataclass(frozen=True, slots=True)
class Centroid:
    """Where a postcode lies."""

    country: str
    postcode: str
    state: str
    lat: float
    lon: float

    @property
    def key(self) -> tuple[str, str]:
        """Return what the centroid is stored under."""
        return self.country, self.postcode


class PostcodeImport:
    """Takes centroids of any countries."""

    columns: Sequence[Column] = COLUMNS
    key: tuple[str, ...] = ("country", "postcode")
    most_rows_per_key = 1
    rows_may_repeat = False
    things: str | Promise = _("postcodes")
    use_case = UseCase.MANAGE_TENANTS

    def begin(self, layout: Layout) -> None:
        """Look nothing up: postcodes refer to nothing."""

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each row."""
        drafts = [_draft(group) for group in groups]
        known = _known([draft for draft in drafts if isinstance(draft, Centroid)])
        lines: dict[tuple[str, str], int] = {}
        return [_outcome(group.rows[0].line, draft, known, lines) for group, draft in zip(groups, drafts, strict=True)]

    def save(self, items: Sequence[Centroid]) -> None:
        """Add or move postcodes."""
        parameters = {
            "countries": [centroid.country for centroid in items],
            "postcodes": [centroid.postcode for centroid in items],
            "states": [centroid.state for centroid in items],
            "lats": np.array([centroid.lat for centroid in items], dtype=np.float64),
            "lons": np.array([centroid.lon for centroid in items], dtype=np.float64),
        }
        with array_cursor() as cursor:
            cursor.execute(SAVE, parameters)

    def finish(self) -> None:
        """Tell nobody: the next order finds them."""


def _draft(group: Group) -> Centroid | Bad:
    row = group.rows[0]
    country = country_code(row.values["country"])
    if country is None:
        return Bad(((row.line, "country", CountryUnknown(country=row.values["country"])),))
    postcode = listed_postcode(country, row.values["postcode"])
    if postcode is None:
        return Bad(((row.line, "postcode", PostcodeMalformed(country=country, postcode=row.values["postcode"])),))
    return Centroid(country, postcode, row.values["state_code"] or "", float(row.values["lat"]), float(row.values["lon"]))


def _known(drafts: Sequence[Centroid]) -> dict[tuple[str, str], Centroid]:
    with array_cursor() as cursor:
        rows = cursor.execute(KNOWN, [[draft.country for draft in drafts], [draft.postcode for draft in drafts]])
        found = [Centroid(*row) for row in rows]
    return {centroid.key: centroid for centroid in found}


def _outcome(line: int, draft: Centroid | Bad, known: dict[tuple[str, str], Centroid], lines: dict[tuple[str, str], int]) -> Outcome:
    if isinstance(draft, Bad):
        return draft
    first = lines.setdefault(draft.key, line)
    if first != line:
        return Bad(((line, "postcode", DuplicateRow(line=first)),))
    return Repeated() if known.get(draft.key) == draft else Good(draft)
