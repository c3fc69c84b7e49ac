"""What a warehouse charges for picking, packing and handing over one shipment (库内操作费)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from wms.values.mass import UNIT_MG
from wms.values.ratio import Int64s, half_up, scale_half_up

MG_PER_KG = int(UNIT_MG["kg"])


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingFee:
    """Amounts in minor units of the currency: per shipment, per piece, per kilogram, and per shipment that bears a tag.

    The kilograms are charged exactly, halves of a minor unit rounded up.
    """

    currency: str
    per_order_minor: int = 0
    per_piece_minor: int = 0
    per_kg_minor: int = 0
    per_tag_minor: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Return whether handling costs nothing, so that its currency does not matter."""
        return not (self.per_order_minor or self.per_piece_minor or self.per_kg_minor or any(self.per_tag_minor.values()))

    def amount_minor(self, *, units: int, mass_mg: int, tags: frozenset[str] = frozenset()) -> int:
        """Return the fee for a shipment of so many pieces and this mass."""
        tagged = sum(amount for tag, amount in self.per_tag_minor.items() if tag in tags)
        return self.per_order_minor + self.per_piece_minor * units + half_up(self.per_kg_minor * mass_mg, MG_PER_KG) + tagged

    def amounts_minor(self, *, units: Int64s, mass_mg: Int64s, tag_mask: Int64s, tag_bits: Mapping[str, int]) -> Int64s:
        """Return what `amount_minor` gives, for a whole array of shipments with their tags as bits."""
        fees = self.per_order_minor + self.per_piece_minor * units + scale_half_up(mass_mg, self.per_kg_minor, MG_PER_KG)
        for tag, amount in self.per_tag_minor.items():
            if tag in tag_bits:
                fees = fees + np.where(tag_mask >> tag_bits[tag] & 1, amount, 0)
        return fees
