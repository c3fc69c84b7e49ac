"""Read and write the discounts of a rate card's document."""

from decimal import Decimal
from itertools import pairwise

from carriers.core.discounts import Discount, DiscountBand
from carriers.core.documents import Reader
from carriers.core.fuel import PERCENT_UNIT
from carriers.core.terms import Terms
from wms.values.decimals import plain


def read_discount(reader: Reader | None, terms: Terms) -> Discount | None:
    """Return the discount on the base: one `percent`, or `bands` of them by billable weight."""
    if reader is None:
        return None
    if reader.has("bands"):
        bands = _read_bands(reader, terms)
        if reader.has("percent"):
            reader.fault("percent", "two_discounts")
    else:
        bands = (DiscountBand(not_over=None, millis=share_off(reader, "percent", terms, required=True)),)
    discount = Discount(bands=bands, minimum_net_minor=terms.amount(reader, "minimum_net", required=False))
    reader.close()
    return discount


def _read_bands(reader: Reader, terms: Terms) -> tuple[DiscountBand, ...]:
    """Return ascending bands, of which only the last may be open."""
    rows = list(reader.children("bands"))
    bands = tuple(
        DiscountBand(not_over=terms.mass(row, "not_over"), millis=share_off(row, "percent", terms, required=True)) for row in rows
    )
    for row in rows:
        row.close()
    bounds = Discount(bands=bands, minimum_net_minor=0).bounds_mg
    for (left, right), row in zip(pairwise(bounds), rows[1:], strict=True):
        if left >= right:
            row.fault("not_over", "repeated_row" if left == right else "not_ascending")
    if not bands:
        reader.fault("bands", "empty")
    return bands


def share_off(reader: Reader, key: str, terms: Terms, *, required: bool = False) -> int:
    """Return a per cent that may be taken off, in thousandths: at most all of it, 0 where none is stated."""
    if not reader.has(key) and not required:
        return 0
    millis = terms.percent(reader, key)
    if millis > PERCENT_UNIT:
        reader.fault(key, "out_of_bounds")
    return millis


def discount_document(discount: Discount, terms: Terms) -> dict[str, object]:
    """Return the document of the discount on the base."""
    net: dict[str, object] = {"minimum_net": terms.amount_document(discount.minimum_net_minor)}
    if discount.is_flat:
        return share_document("percent", discount.bands[0].millis, even_none=True) | net
    rows = [
        ({} if band.not_over is None else {"not_over": terms.mass_document(band.not_over)})
        | share_document("percent", band.millis, even_none=True)
        for band in discount.bands
    ]
    return {"bands": rows} | net


def share_document(key: str, millis: int, *, even_none: bool = False) -> dict[str, object]:
    """Return a per cent that is taken off as a document states it, nothing for none unless it has to be said."""
    return {key: plain(Decimal(millis).scaleb(-3))} if millis or even_none else {}
