"""Price one shipment by one rate card: the readable reference that `compiled` must agree with.

Order of the rules, each of which may end the rating with one code: the card is in force; the
number of pieces; the fuel rate and area lists that the card needs are known; each piece within the
system's and the card's limits; the zone; restrictions; the base; the surcharges.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from carriers.core.amounts import ByWeight, Percent
from carriers.core.areas import NO_AREAS, Areas
from carriers.core.discounts import discount_code
from carriers.core.fuel import NO_FUEL, PERCENT_UNIT, FuelTable, percent_text
from carriers.core.rate_card import PieceRating, RateCard, TermsOfDay
from carriers.core.surcharges import Charged, Journey, Per, Surcharge, charged_pieces, pieces_that_trigger
from carriers.core.tiers import TierMarkup
from carriers.core.types import (
    BillableReason,
    CostLine,
    Destination,
    Origin,
    Parcel,
    PieceWeight,
    Quote,
    Rejection,
    RejectionCode,
)
from carriers.core.weights import Piece, WeighingRules
from carriers.core.zones import NO_ZONE, NOT_SERVED, ZoneChart, ZoneMatch
from wms.values.mass import mass_text
from wms.values.ratio import half_up


class RejectedError(Exception):
    """Ends a rating; never leaves this module."""

    def __init__(self, code: RejectionCode, detail: str = "") -> None:
        super().__init__(code, detail)
        self.rejection = Rejection(code, detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsBilled:
    """What a carrier billed a shipment by, in place of what we reckon with: its billable weight, its zone."""

    mass_mg: int | None = None
    zone: str | None = None


AS_RECKONED = AsBilled()


def quote(
    *,
    card: RateCard,
    chart: ZoneChart,
    origin: Origin,
    destination: Destination,
    parcels: Sequence[Parcel],
    ship_date: date,
    fuel: FuelTable = NO_FUEL,
    areas: Areas = NO_AREAS,
    as_billed: AsBilled = AS_RECKONED,
    markup: TierMarkup | None = None,
) -> Quote | Rejection:
    """Return what the shipment costs with its lines, or the one reason why it has no price.

    A billed weight counts for a shipment that is rated as one; pieces that are rated each by itself keep their own. A `markup` is
    that of the seller's tier.
    """
    load = _load(card, destination, parcels, ship_date, fuel, areas)
    if isinstance(load, Rejection):
        return load
    priced = _price_from(load, chart, origin, as_billed)
    return priced if markup is None or isinstance(priced, Rejection) else markup.on(priced)


def quotes(
    *,
    card: RateCard,
    chart: ZoneChart,
    origins: Iterable[Origin],
    destination: Destination,
    parcels: Sequence[Parcel],
    ship_date: date,
    fuel: FuelTable = NO_FUEL,
    areas: Areas = NO_AREAS,
) -> list[Quote | Rejection]:
    """Return what `quote` gives from each of the origins: what does not depend on them is worked out once."""
    load = _load(card, destination, parcels, ship_date, fuel, areas)
    return [load if isinstance(load, Rejection) else _price_from(load, chart, origin, AS_RECKONED) for origin in origins]


class Load(NamedTuple):
    """All that a card says of a shipment before it is known where it starts.

    `charged` is None where a surcharge asks for the zone.
    """

    card: RateCard
    terms: TermsOfDay
    fuel_millis: int
    pieces: Sequence[Piece]
    destination: Destination
    tiers: Mapping[str, str | None]
    charged: Charged | None


def _load(
    card: RateCard, destination: Destination, parcels: Sequence[Parcel], ship_date: date, fuel: FuelTable, areas: Areas
) -> Load | Rejection:
    if not parcels:
        raise ValueError("a shipment has at least one parcel")
    terms = card.on(ship_date)
    try:
        fuel_millis = _refuse_card(card, terms, len(parcels), ship_date, fuel, areas)
        pieces = [_weigh(card, parcel) for parcel in parcels]
    except RejectedError as rejected:
        return rejected.rejection
    tiers = {code: areas[code].tier_of(country=destination.country, postcode=destination.postcode) for code in terms.lists}
    charged = None if terms.asks_zone else charged_pieces(terms.charges, pieces, Journey(NO_ZONE, destination, tiers))
    return Load(card, terms, fuel_millis, pieces, destination, tiers, charged)


def _price_from(load: Load, chart: ZoneChart, origin: Origin, as_billed: AsBilled) -> Quote | Rejection:
    card, terms, fuel_millis, pieces, destination, tiers, charged = load
    try:
        match = chart.zone_of(origin=origin, destination=destination)
        zone = _card_zone(card, chart, match, destination) if as_billed.zone is None else _named_zone(card, as_billed.zone)
        journey = Journey(zone, destination, tiers)
        _refuse_restricted(terms, pieces, journey)
        if charged is None:
            charged = charged_pieces(terms.charges, pieces, journey)
        shipment = _rate(card, pieces, charged, zone, as_billed.mass_mg)
        lines = _lines(card, shipment, charged, zone, fuel_millis)
    except RejectedError as rejected:
        return rejected.rejection
    return Quote(
        total_minor=sum([line.amount_minor for line in lines]),
        currency=card.currency,
        lines=lines,
        zone=card.zones[zone],
        zone_estimated=match.estimated,
        billable_mg=shipment.billable_mg,
        billable_reason=shipment.reason,
        transit_days=card.days_to(zone, destination) if card.transit_postcodes else card.transit_days[zone],
        card_code=card.code,
        pieces=tuple(shipment.pieces),
    )


def _refuse_card(card: RateCard, terms: TermsOfDay, pieces: int, ship_date: date, fuel: FuelTable, areas: Areas) -> int:
    """Return the fuel per cent in thousandths, or reject for what concerns the whole card."""
    if not terms.is_effective:
        raise RejectedError(RejectionCode.NOT_EFFECTIVE, ship_date.isoformat())
    if pieces > card.most_pieces:
        raise RejectedError(RejectionCode.TOO_MANY_PIECES, str(card.most_pieces))
    fuel_millis = fuel.percent_millis_on(ship_date) if card.has_fuel else 0
    if fuel_millis is None:
        raise RejectedError(RejectionCode.NO_FUEL, ship_date.isoformat())
    if not terms.lists <= areas.keys():
        raise RejectedError(RejectionCode.NO_AREA_LIST, min(terms.lists - areas.keys()))
    return fuel_millis


def _weigh(card: RateCard, parcel: Parcel) -> Piece:
    """Return the measured piece, or reject it by the system's or the card's limits."""
    piece = card.weighing.weigh(parcel)
    if isinstance(piece, RejectionCode):
        raise RejectedError(piece)
    limits = card.limits
    if limits.weight is not None and piece.weight.actual_mg > limits.weight.mg:
        raise RejectedError(RejectionCode.TOO_HEAVY, f"{limits.weight.value} {limits.weight.unit}")
    for measure, limit in limits.of_sides:
        if piece.measures[measure] > limit.um:
            raise RejectedError(RejectionCode.TOO_LARGE, f"{limit.value} {limit.unit}")
    return piece


def _card_zone(card: RateCard, chart: ZoneChart, match: ZoneMatch, destination: Destination) -> int:
    """Return the card's zone, or reject the journey for its zone."""
    if match.zone == NOT_SERVED:
        raise RejectedError(RejectionCode.NOT_SERVED, destination.country)
    if match.zone == NO_ZONE or (match.estimated and not card.allow_estimated_zone):
        raise RejectedError(RejectionCode.NO_ZONE, destination.country)
    return _named_zone(card, chart.zones[match.zone])


def _named_zone(card: RateCard, label: str) -> int:
    zone = card.zone_positions.get(label)
    if zone is None:
        raise RejectedError(RejectionCode.NO_RATE, label)
    return zone


def _refuse_restricted(terms: TermsOfDay, pieces: Sequence[Piece], journey: Journey) -> None:
    for restriction in terms.restrictions:
        if pieces_that_trigger(restriction.trigger, pieces, journey):
            raise RejectedError(restriction.code, restriction.name)


class RatedShipment(NamedTuple):
    """Weights and base amounts: of each piece, and in all."""

    pieces: Sequence[PieceWeight]
    billable_mg: int
    reason: BillableReason
    base_minor: int
    discount_minor: int
    net_by_piece: Sequence[int]  # one in all where pieces are rated as one


def _rate(card: RateCard, pieces: Sequence[Piece], charged: Charged, zone: int, billed_mg: int | None) -> RatedShipment:
    """Return the weights that are billed and the base for them."""
    least = _least_mg(card, pieces, charged)
    weights = [_weight(card.weighing, piece, least_mg) for piece, least_mg in zip(pieces, least, strict=True)]
    rated = weights if card.piece_rating is PieceRating.EACH else [_weight_of_all(card, pieces, least)]
    if billed_mg is not None and len(rated) == 1:
        rated = [rated[0]._replace(billable_mg=card.weighing.rounding.round(billed_mg))]
        weights = rated if len(pieces) == 1 else weights
    billable_mg = base_minor = discount_minor = 0
    net_by_piece = []
    for weight in rated:
        base = _base(card, zone, weight.billable_mg)
        off = card.discount.off_minor(base, weight.billable_mg) if card.discount else 0
        billable_mg += weight.billable_mg
        base_minor += base
        discount_minor += off
        net_by_piece.append(base - off)
    return RatedShipment(weights, billable_mg, _reason_of_all(rated), base_minor, discount_minor, net_by_piece)


def _reason_of_all(weights: Sequence[PieceWeight]) -> BillableReason:
    """Return the reason that needs the most explaining."""
    if len(weights) == 1:
        return weights[0].reason
    reasons = [weight.reason for weight in weights]
    for reason in (BillableReason.MINIMUM, BillableReason.VOLUMETRIC):
        if reason in reasons:
            return reason
    return BillableReason.ACTUAL


def _least_mg(card: RateCard, pieces: Sequence[Piece], charged: Charged) -> list[int]:
    """Return the least billable weight of each piece: the card's, or that of a charge it bears."""
    least = [card.weighing.minimum_mg] * len(pieces)
    for position, borne in charged.items():
        minimum = card.surcharges[position].minimum
        if minimum is not None:
            least = [max(least_mg, minimum.mg) if borne >> i & 1 else least_mg for i, least_mg in enumerate(least)]
    return least


def _weight(weighing: WeighingRules, piece: Piece, least_mg: int) -> PieceWeight:
    weight = piece.weight
    if least_mg <= weighing.minimum_mg:
        return weight
    return weighing.weight(actual_mg=weight.actual_mg, volumetric_mg=weight.volumetric_mg, least_mg=least_mg)


def _weight_of_all(card: RateCard, pieces: Sequence[Piece], least: Sequence[int]) -> PieceWeight:
    """Return the one weight that a card bills for a shipment of several pieces."""
    weighing = card.weighing
    actual_mg = sum(piece.weight.actual_mg for piece in pieces)
    volumetric_mg = sum(piece.weight.volumetric_mg for piece in pieces)
    if card.piece_rating is PieceRating.GREATER_OF_SUMS:
        return weighing.weight(actual_mg=actual_mg, volumetric_mg=volumetric_mg, least_mg=sum(least))
    greater_mg = sum(piece.greater_mg for piece in pieces)
    raised_mg = sum(max(piece.greater_mg, least_mg) for piece, least_mg in zip(pieces, least, strict=True))
    reason = BillableReason.ACTUAL
    if greater_mg > actual_mg:
        reason = BillableReason.VOLUMETRIC
    if raised_mg > greater_mg:
        reason = BillableReason.MINIMUM
    return PieceWeight(actual_mg, volumetric_mg, weighing.rounding.round(raised_mg), reason)


def _base(card: RateCard, zone: int, mass_mg: int) -> int:
    amount = card.rates.amount(zone, mass_mg)
    if amount is None:
        raise RejectedError(RejectionCode.NO_RATE, f"{card.zones[zone]}, {mass_text(mass_mg, card.weight_unit)}")
    return amount


def _lines(
    card: RateCard,
    shipment: RatedShipment,
    charged: Charged,
    zone: int,
    fuel_millis: int,
) -> tuple[CostLine, ...]:
    """Return the lines of the quote in their order: base, surcharges, fuel, each with what is taken off it behind it."""
    lines = [CostLine("base", shipment.base_minor, mass_text(shipment.billable_mg, card.weight_unit))]
    if shipment.discount_minor and card.discount is not None:
        weights = [piece.billable_mg for piece in shipment.pieces] if len(shipment.net_by_piece) > 1 else [shipment.billable_mg]
        lines.append(CostLine("discount", -shipment.discount_minor, card.discount.told(weights)))
    fuelled_minor = shipment.base_minor - shipment.discount_minor
    for position in sorted(charged):
        surcharge = card.surcharges[position]
        amount, times = _surcharge(surcharge, shipment, charged[position], zone)
        if amount:
            lines.append(CostLine(surcharge.code, amount, f"{times} x" if times > 1 else ""))
        if surcharge.discount_millis:
            amount -= _take_off(lines, surcharge.code, amount, surcharge.discount_millis)
        if surcharge.fuelable:
            fuelled_minor += amount
    if fuel_millis:
        amount = half_up(fuelled_minor * fuel_millis, PERCENT_UNIT)
        lines.append(CostLine("fuel", amount, percent_text(fuel_millis)))
        if card.fuel_discount_millis:
            _take_off(lines, "fuel", amount, card.fuel_discount_millis)
    return tuple(lines)


def _take_off(lines: list[CostLine], code: str, amount_minor: int, millis: int) -> int:
    """Add a line for what a discount takes off another line, if it is anything; return how much it is."""
    off = half_up(amount_minor * millis, PERCENT_UNIT)
    if off:
        lines.append(CostLine(discount_code(code), -off, percent_text(millis)))
    return off


def _surcharge(surcharge: Surcharge, shipment: RatedShipment, borne: int, zone: int) -> tuple[int, int]:
    """Return the amount of a surcharge and how often it is due."""
    terms = surcharge.amount
    if surcharge.per is Per.SHIPMENT:
        if isinstance(terms, Percent):
            return terms.amount(sum(shipment.net_by_piece)), 1
        return _by_weight(terms, surcharge.code, zone, shipment.billable_mg), 1
    amount = 0
    for i, weight in enumerate(shipment.pieces):
        if borne >> i & 1:
            # A per cent of a piece is of pieces that are rated each: reading a card holds it.
            amount += (
                terms.amount(shipment.net_by_piece[i])
                if isinstance(terms, Percent)
                else _by_weight(terms, surcharge.code, zone, weight.billable_mg)
            )
    return amount, borne.bit_count()


def _by_weight(terms: ByWeight, code: str, zone: int, mass_mg: int) -> int:
    amount = terms.amount(zone, mass_mg)
    if amount is None:
        raise RejectedError(RejectionCode.NO_RATE, code)
    return amount
