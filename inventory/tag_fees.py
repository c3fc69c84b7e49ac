"""What a warehouse charges for articles that bear a tag, as people write it: "fragile: 1.50; liquid: 0.90"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from inventory.errors import TagFeeRepeated, TagFeeUnreadable, TagTooLong
from inventory.imports import MOST_TAG
from wms.tabular.errors import TooFine
from wms.values.money import from_minor, to_minor

MOST_FEE_DIGITS: Final = 6
PARTS: Final = re.compile(r"[;；,，\n]")
FEE: Final = re.compile(rf"(?P<tag>.*\S)\s*[:：=\s]\s*(?P<amount>[0-9]{{1,{MOST_FEE_DIGITS}}}(?:\.[0-9]{{1,6}})?)")


def read_tag_fees(text: str, *, currency: str) -> dict[str, int]:
    """Return the fees in minor units by tag, in the tags' order. Raises a DomainError for what can't be understood."""
    fees: dict[str, int] = {}
    for part in (part.strip() for part in PARTS.split(text)):
        if not part:
            continue
        match = FEE.fullmatch(part)
        if match is None:
            raise TagFeeUnreadable(value=part)
        tag, amount = match["tag"].rstrip(" :：=").casefold(), Decimal(match["amount"])
        if len(tag) > MOST_TAG:
            raise TagTooLong(tag=tag, most=MOST_TAG)
        if tag in fees:
            raise TagFeeRepeated(tag=tag)
        try:
            fees[tag] = to_minor(amount, currency)
        except ValueError as fault:
            raise TooFine(value=amount, currency=currency) from fault
    return dict(sorted(fees.items()))


def tag_fees_text(fees: Mapping[str, int], *, currency: str) -> str:
    """Return what `read_tag_fees` reads as these fees."""
    return "; ".join(f"{tag}: {from_minor(amount, currency):f}" for tag, amount in sorted(fees.items()))
