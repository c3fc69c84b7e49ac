"""The invoices made ready for import: what they lack is drawn from a fixed seed.

The invoices name neither weights nor sizes, United States postcodes nor stock. Each invoice gets one delivery postcode, each
article a weight and a flat box, each warehouse a share of what is asked for.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.content import places
from inventory.core.types import NewSku

SEED = 20101201
STORE = "online"
LEAST_UNITS = 24
DRAWN = (
    "delivery postcodes: one per invoice, evenly over the delivery postcodes of the contiguous United States",
    "weights: lognormal, median 40 g; boxes: 6 to 15 cm by 4 to 12 cm, 1 to 4 mm thick, for the product packs an order into one stack",
    "stock: each warehouse holds nearly every article, 10 to 40 % of all that is asked for and two dozen more; one in 200 is missing",
)
NOT_GOODS = frozenset({"POST", "DOT", "M", "m", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"})
"""Postage, fees, discounts, samples, adjustments: charges on an invoice that no warehouse ships."""

COLUMNS = {
    "order_number": "InvoiceNo",
    "sku": "StockCode",
    "units": "Quantity",
    "placed_at": "InvoiceDate",
    "recipient": "CustomerID",
    "line": "line",
    "country": "ship_country",
    "postcode": "ship_postcode",
}
"""Which column of the prepared file is which of the import's."""


@dataclass(slots=True)
class Prepared:
    """What became of the rows before the import, and what the orders ask for."""

    rows_in: int = 0
    charges: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)


def is_charge(stock_code: str) -> bool:
    """Return whether a row is a charge and not an article: also the vouchers ("gift_0001_20")."""
    return stock_code in NOT_GOODS or stock_code.startswith("gift_")


def prepare_invoices(source: Path, target: Path, *, most_rows: int | None = None) -> Prepared:
    """Write the rows that are goods to `target`, with line numbers and a destination; leave the charges out, counted."""
    prepared = Prepared()
    postcodes, lines = _Postcodes(), Counter[str]()
    with target.open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in islice(_rows(source), most_rows):
            prepared.rows_in += 1
            if is_charge(row["StockCode"]):
                prepared.charges[row["StockCode"]] += 1
                continue
            if writer is None:
                writer = csv.DictWriter(file, [*row, "line", "ship_country", "ship_postcode"])
                writer.writeheader()
            invoice = row["InvoiceNo"]
            lines[invoice] += 1
            writer.writerow({**row, "line": lines[invoice], "ship_country": "US", "ship_postcode": postcodes.of(invoice)})
            prepared.asked[row["StockCode"]] += max(0, int(row["Quantity"]))
            prepared.names.setdefault(row["StockCode"], row["Description"])
    return prepared


def _rows(source: Path) -> Iterator[dict[str, str]]:
    with gzip.open(source, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


class _Postcodes:
    """A delivery postcode for each invoice, drawn in the order in which they appear."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(SEED)
        self._of: dict[str, str] = {}

    def of(self, invoice: str) -> str:
        """Return the invoice's postcode."""
        if invoice not in self._of:
            self._of[invoice] = places()[int(self._rng.integers(len(places())))].postcode
        return self._of[invoice]


def draw_skus(prepared: Prepared) -> list[NewSku]:
    """Return the articles with drawn weights and sizes."""
    rng = np.random.default_rng(SEED + 1)
    codes = sorted(prepared.asked)
    grams = np.clip(rng.lognormal(np.log(40), 0.6, size=len(codes)), 3, 2_000)
    sides_um = rng.integers([60_000, 40_000, 1_000], [150_000, 120_000, 4_000], size=(len(codes), 3))
    return [
        NewSku(code=code, name=prepared.names[code] or code, mass_mg=int(mass * 1_000), length_um=length, width_um=width, height_um=height)
        for code, mass, (length, width, height) in zip(codes, grams.tolist(), sides_um.tolist(), strict=True)
    ]


def draw_stock(prepared: Prepared, *, warehouses: int) -> dict[str, list[int]]:
    """Return the units of each article in each warehouse."""
    rng = np.random.default_rng(SEED + 2)
    codes = sorted(prepared.asked)
    asked = np.array([prepared.asked[code] for code in codes])
    share = rng.uniform(0.1, 0.4, size=(len(codes), warehouses)) * (rng.random((len(codes), warehouses)) > 0.005)
    units = np.ceil(asked[:, None] * share).astype(np.int64) + np.where(share > 0, LEAST_UNITS, 0)
    return dict(zip(codes, units.tolist(), strict=True))
