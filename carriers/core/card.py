"""Read and write a rate card's document (docs/pricing.md states its fields).

Reading notes every fault with its path and raises them together.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from carriers.core.calendar import EVERY_DAY, DayCount, TransitTerms
from carriers.core.discount_reading import discount_document, read_discount, share_document, share_off
from carriers.core.documents import CodedError, DocumentError, Reader, decimal_of, open_document
from carriers.core.fuel import PERCENT_UNIT
from carriers.core.rate_card import Limits, PieceRating, RateCard
from carriers.core.surcharge_reading import (
    SurchargeReader,
    restriction_document,
    surcharge_document,
    volume_steps,
)
from carriers.core.terms import SAFE, Terms
from carriers.core.transit import days_by_postcode_document, read_days_by_postcode, read_days_by_zone
from carriers.core.types import SYSTEM_MAX_UM
from carriers.core.weights import (
    UNROUNDED_STEP_UM,
    Rounding,
    SideRounding,
    StepRounding,
    Volumetric,
    WeighingRules,
    WeightRounding,
)
from wms.values.decimals import plain
from wms.values.length import UNIT_UM, Length, length_unit
from wms.values.mass import UNIT_MG, Mass, mass_unit
from wms.values.money import minor_digits

MOST_PIECES: Final = 999
MOST_ZONES: Final = 1_000


class CardError(DocumentError):
    """A rate card's document cannot be used."""


def card_from_document(document: Mapping[str, object]) -> RateCard:
    """Return the card that the document states, or raise CardError with every fault."""
    reader = open_document(document, CardError)
    terms = _read_terms(reader)
    reader.raise_faults(CardError)  # without units nothing else can be read
    return _read_card(reader, terms)


def _read_card(reader: Reader, terms: Terms) -> RateCard:
    from_date = reader.day("effective_from", required=True)
    to_date = reader.day("effective_to")
    if from_date and to_date and from_date >= to_date:
        reader.fault("effective_to", "ends_before_it_starts")
    sides = _read_sides(reader.child("dimensions"), terms)
    pieces = reader.child("pieces") or Reader({}, "pieces", reader.faults)
    rating = pieces.choice("rated", PieceRating, PieceRating.EACH)
    most_pieces = pieces.whole("most", default=MOST_PIECES, least=1, most=MOST_PIECES)
    pieces.close()
    extras = SurchargeReader(terms=terms, side_step_um=sides.step_um)
    surcharges = extras.surcharges(reader, rating)
    restrictions = tuple(extras.restriction(row) for row in reader.children("restrictions"))
    rates = terms.weight_table(reader, "rates")
    weighing = _read_weighing(reader, terms, sides)
    limits = _read_limits(reader.child("limits"), terms)
    discount = read_discount(reader.child("discount"), terms)
    fuel_discount_millis = share_off(reader, "fuel_discount", terms)
    transit_days = read_days_by_zone(reader, terms.zones)
    transit_postcodes = read_days_by_postcode(reader)
    transit = _read_transit(reader.child("transit_calendar"))
    code, source = reader.text("code"), reader.text("source", "")
    allow_estimated_zone = reader.flag("allow_estimated_zone", default=False)
    has_fuel = reader.flag("fuel", default=False)
    reader.close()
    reader.raise_faults(CardError)
    return RateCard(
        code=code,
        source=source,
        allow_estimated_zone=allow_estimated_zone,
        has_fuel=has_fuel,
        currency=terms.currency,
        effective_from=from_date or date.max,
        effective_to=to_date,
        weight_unit=terms.weight_unit,
        length_unit=terms.length_unit,
        zones=terms.zones,
        rates=rates,
        weighing=weighing,
        limits=limits,
        most_pieces=most_pieces,
        piece_rating=rating,
        discount=discount,
        fuel_discount_millis=fuel_discount_millis,
        transit_days=transit_days,
        transit_postcodes=transit_postcodes,
        transit=transit,
        surcharges=surcharges,
        restrictions=restrictions,
    )


def _read_terms(reader: Reader) -> Terms:
    currency = reader.text("currency")
    units = reader.child("units", required=True) or Reader({}, "units", [])
    weight, length = units.text("weight"), units.text("length")
    units.close()
    for name, text, check in (
        ("currency", currency, minor_digits),
        ("units.weight", weight, mass_unit),
        ("units.length", length, length_unit),
    ):
        try:
            check(text)
        except ValueError:
            reader.fault(name, "unknown_word", text)
    zones = reader.texts("zones", required=True)
    if len(set(zones)) != len(zones):
        reader.fault("zones", "repeated_zone")
    if not 0 < len(zones) <= MOST_ZONES:
        reader.fault("zones", "out_of_bounds", len(zones))
    reader.raise_faults(CardError)
    return Terms(
        currency=currency,
        weight_unit=mass_unit(weight),
        length_unit=length_unit(length),
        zones=zones,
    )


def _read_sides(reader: Reader | None, terms: Terms) -> SideRounding:
    one = Length(Decimal(1), terms.length_unit)
    if reader is None:
        return SideRounding(step=one, mode=Rounding.NONE)
    mode = reader.choice("mode", Rounding, Rounding.NONE)
    step = terms.length(reader, "step") or one
    reader.close()
    if not step.um >= UNROUNDED_STEP_UM or step.value * UNIT_UM[step.unit] != step.um:
        reader.fault("step", "out_of_bounds", step.value)
        step = one
    return SideRounding(step=step, mode=mode)


def _read_weighing(reader: Reader, terms: Terms, sides: SideRounding) -> WeighingRules:
    return WeighingRules(
        sides=sides,
        volumetric=_read_volumetric(reader.child("volumetric"), terms, sides.step_um),
        rounding=_read_rounding(reader.child("rounding"), terms),
        minimum=terms.mass(reader, "minimum_billable"),
    )


def _read_rounding(reader: Reader | None, terms: Terms) -> WeightRounding:
    if reader is None:
        one = Mass(Decimal(1), terms.weight_unit)
        return WeightRounding(above=StepRounding(step=one, mode=Rounding.NONE))
    above = _read_step_rounding(reader, terms)
    below_reader = reader.child("below")
    limit, below = None, None
    if below_reader is not None:
        limit = terms.mass(below_reader, "limit", required=True)
        below = _read_step_rounding(below_reader, terms)
        below_reader.close()
    reader.close()
    return WeightRounding(above=above, limit=limit, below=below)


def _read_step_rounding(reader: Reader, terms: Terms) -> StepRounding:
    mode = reader.choice("mode", Rounding, Rounding.UP)
    step = terms.step(reader, "step", required=mode is not Rounding.NONE)
    return StepRounding(step=step or Mass(Decimal(1), terms.weight_unit), mode=mode)


def _read_volumetric(reader: Reader | None, terms: Terms, step_um: int) -> Volumetric | None:
    if reader is None:
        return None
    divisor = reader.decimal("divisor")
    above = reader.decimal("above_volume", Decimal(0))
    counted = PERCENT_UNIT
    if reader.has("counted_percent"):
        counted = terms.percent(reader, "counted_percent")
    reader.close()
    if divisor == 0 or counted > PERCENT_UNIT:
        reader.fault("divisor" if divisor == 0 else "counted_percent", "out_of_bounds")
        return None
    cube = Fraction(step_um, UNIT_UM[terms.length_unit]) ** 3
    ratio = cube / Fraction(divisor) * UNIT_MG[terms.weight_unit]
    heaviest = ratio * (SYSTEM_MAX_UM // step_um + 1) ** 3
    if max(ratio.numerator, ratio.denominator) >= 1 << 48 or heaviest >= SAFE:
        reader.fault("divisor", "too_fine", divisor)
        return None
    return Volumetric(
        divisor=divisor,
        above_volume=above,
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        above_steps=volume_steps(above, terms, step_um),
        counted_millis=counted,
    )


def _read_limits(reader: Reader | None, terms: Terms) -> Limits:
    if reader is None:
        return Limits()
    limits = Limits(
        weight=terms.mass(reader, "weight"),
        longest=terms.length(reader, "longest"),
        second=terms.length(reader, "second"),
        length_and_girth=terms.length(reader, "length_and_girth"),
    )
    reader.close()
    return limits


def _read_transit(reader: Reader | None) -> TransitTerms:
    if reader is None:
        return TransitTerms()
    weekdays: frozenset[int] = reader.read("weekdays", _weekdays, frozenset(), required=False)
    count = reader.choice("count", DayCount, DayCount.WORKING)
    reader.close()
    return TransitTerms(count=count, weekdays=weekdays)


def _weekdays(raw: object) -> frozenset[int]:
    """Return ISO weekdays of a list, 1 for Monday to 7 for Sunday."""
    days = frozenset(decimal_of(day) for day in raw) if isinstance(raw, list | tuple) else frozenset()
    if not days or not days <= EVERY_DAY:
        raise CodedError("out_of_bounds")
    return frozenset(int(day) for day in days)


def card_to_document(card: RateCard) -> dict[str, object]:
    """Return the document of a card; reading it again gives an equal card."""
    terms = Terms(
        currency=card.currency,
        weight_unit=card.weight_unit,
        length_unit=card.length_unit,
        zones=card.zones,
    )
    document: dict[str, object] = {
        "code": card.code,
        "currency": card.currency,
        "effective_from": card.effective_from.isoformat(),
        "units": {"weight": card.weight_unit, "length": card.length_unit},
        "zones": list(card.zones),
        "rates": terms.table_document(card.rates),
        "pieces": {"most": card.most_pieces, "rated": card.piece_rating.value},
        "allow_estimated_zone": card.allow_estimated_zone,
        "fuel": card.has_fuel,
        "surcharges": [surcharge_document(s, terms) for s in card.surcharges],
        "restrictions": [restriction_document(r, terms) for r in card.restrictions],
    }
    if card.source:
        document["source"] = card.source
    if card.effective_to:
        document["effective_to"] = card.effective_to.isoformat()
    document |= _weighing_document(card.weighing, terms)
    limits = _limits_document(card.limits, terms)
    if limits:
        document["limits"] = limits
    if card.discount is not None:
        document["discount"] = discount_document(card.discount, terms)
    document |= share_document("fuel_discount", card.fuel_discount_millis)
    return document | _transit_document(card)


def _transit_document(card: RateCard) -> dict[str, object]:
    document: dict[str, object] = {}
    transit = card.transit
    if transit != TransitTerms():
        weekdays = {"weekdays": sorted(transit.weekdays)} if transit.weekdays else {}
        document["transit_calendar"] = {"count": transit.count.value, **weekdays}
    days = {zone: number for zone, number in zip(card.zones, card.transit_days, strict=True) if number is not None}
    if days:
        document["transit_days"] = days
    if card.transit_postcodes is not None:
        document["transit_postcodes"] = days_by_postcode_document(card.transit_postcodes)
    return document


def _weighing_document(weighing: WeighingRules, terms: Terms) -> dict[str, object]:
    rounding = weighing.rounding
    document: dict[str, object] = {
        "dimensions": {
            "mode": weighing.sides.mode.value,
            "step": terms.length_document(weighing.sides.step),
        },
    }
    rounded = _step_document(rounding.above, terms)
    if rounding.limit is not None and rounding.below is not None:
        below = _step_document(rounding.below, terms)
        rounded["below"] = {"limit": terms.mass_document(rounding.limit), **below}
    document["rounding"] = rounded
    if weighing.volumetric is not None:
        volumetric = weighing.volumetric
        document["volumetric"] = {
            "divisor": plain(volumetric.divisor),
            "above_volume": plain(volumetric.above_volume),
            "counted_percent": plain(Decimal(volumetric.counted_millis).scaleb(-3)),
        }
    if weighing.minimum is not None:
        document["minimum_billable"] = terms.mass_document(weighing.minimum)
    return document


def _step_document(rounding: StepRounding, terms: Terms) -> dict[str, object]:
    return {"step": terms.mass_document(rounding.step), "mode": rounding.mode.value}


def _limits_document(limits: Limits, terms: Terms) -> dict[str, object]:
    document: dict[str, object] = {}
    if limits.weight is not None:
        document["weight"] = terms.mass_document(limits.weight)
    for key in ("longest", "second", "length_and_girth"):
        length: Length | None = getattr(limits, key)
        if length is not None:
            document[key] = terms.length_document(length)
    return document
