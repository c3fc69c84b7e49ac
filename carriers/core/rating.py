"""Price one shipment by one rate card: the readable reference that `compiled` must agree with.

Order of the rules, each of which may end the rating with one code: the card is in force; the
number of pieces; the fuel rate and area lists that the card needs are known; each piece within the
system's and the card's limits; the zone; restrictions; the base; the surcharges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from carriers.core.amounts import Percent
from carriers.core.areas import NO_AREAS, Areas
from carriers.core.fuel import NO_FUEL, PERCENT_UNIT, FuelTable
from carriers.core.rate_card import Discount, PieceRating, RateCard
from carriers.core.surcharges import Journey, Per, Surcharge, charged_pieces, holds
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
from carriers.core.weights import Measure, Piece, WeighingRules
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
) -> Quote | Rejection:
    """Return what the shipment costs with its lines, or the one reason why it has no price.

    A billed weight counts for a shipment that is rated as one; pieces that are rated each by itself keep their own.
    """
    if not parcels:
        raise ValueError("a shipment has at least one parcel")
    try:
        lists = card.lists_on(ship_date)
        fuel_millis = _refuse_card(card, len(parcels), ship_date, fuel, lists - areas.keys())
        pieces = [_weigh(card, parcel) for parcel in parcels]
        match = chart.zone_of(origin=origin, destination=destination)
        zone = _card_zone(card, chart, match, destination) if as_billed.zone is None else _named_zone(card, as_billed.zone)
        tiers = {code: areas[code].tier_of(country=destination.country, postcode=destination.postcode) for code in lists}
        journey = Journey(zone=zone, destination=destination, tiers=tiers)
        _refuse_restricted(card, ship_date, pieces, journey)
        charged = charged_pieces(
            card.surcharges,
            card.surcharge_order,
            ship_date=ship_date,
            pieces=pieces,
            journey=journey,
        )
        shipment = _rate(card, pieces, charged, journey.zone, as_billed.mass_mg)
        lines = _lines(card, shipment, charged, journey.zone, fuel_millis)
    except RejectedError as rejected:
        return rejected.rejection
    total_minor = 0
    for line in lines:
        total_minor += line.amount_minor
    return Quote(
        total_minor=total_minor,
        currency=card.currency,
        lines=lines,
        zone=card.zones[journey.zone],
        zone_estimated=match.estimated,
        billable_mg=shipment.billable_mg,
        billable_reason=shipment.reason,
        transit_days=card.transit_days[journey.zone],
        card_code=card.code,
        pieces=tuple(shipment.pieces),
    )


def _refuse_card(card: RateCard, pieces: int, ship_date: date, fuel: FuelTable, missing_lists: frozenset[str]) -> int:
    """Return the fuel per cent in thousandths, or reject for what concerns the whole card."""
    if not card.is_effective(ship_date):
        raise RejectedError(RejectionCode.NOT_EFFECTIVE, ship_date.isoformat())
    if pieces > card.most_pieces:
        raise RejectedError(RejectionCode.TOO_MANY_PIECES, str(card.most_pieces))
    fuel_millis = fuel.percent_millis_on(ship_date) if card.has_fuel else 0
    if fuel_millis is None:
        raise RejectedError(RejectionCode.NO_FUEL, ship_date.isoformat())
    if missing_lists:
        raise RejectedError(RejectionCode.NO_AREA_LIST, min(missing_lists))
    return fuel_millis


def _weigh(card: RateCard, parcel: Parcel) -> Piece:
    """Return the measured piece, or reject it by the system's or the card's limits."""
    piece = card.weighing.weigh(parcel)
    if isinstance(piece, RejectionCode):
        raise RejectedError(piece)
    limits, measures = card.limits, piece.measures
    if limits.weight is not None and piece.actual_mg > limits.weight.mg:
        raise RejectedError(RejectionCode.TOO_HEAVY, f"{limits.weight.value} {limits.weight.unit}")
    for measure, limit in (
        (Measure.LONGEST, limits.longest),
        (Measure.SECOND, limits.second),
        (Measure.LENGTH_AND_GIRTH, limits.length_and_girth),
    ):
        if limit is not None and measures[measure] > limit.um:
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


def _refuse_restricted(card: RateCard, ship_date: date, pieces: Sequence[Piece], journey: Journey) -> None:
    for restriction in card.restrictions:
        trigger = restriction.trigger
        if not trigger.is_live(ship_date):
            continue
        if any(holds(trigger, piece=piece, journey=journey) for piece in pieces):
            raise RejectedError(restriction.code, restriction.name)


@dataclass(slots=True, kw_only=True)
class RatedShipment:
    """Weights and base amounts: per piece where pieces are rated, and in all."""

    pieces: list[PieceWeight]
    billable_mg: int
    reason: BillableReason
    base_minor: int
    discount_minor: int
    net_by_piece: list[int]


class Billable(NamedTuple):
    """A billable weight and why it is that."""

    mass_mg: int
    reason: BillableReason


def _rate(card: RateCard, pieces: Sequence[Piece], charged: dict[int, list[bool]], zone: int, billed_mg: int | None) -> RatedShipment:
    """Return the weights that are billed and the base for them."""
    least = [_least_mg(card, charged, i) for i in range(len(pieces))]
    billables = [
        _billable(card.weighing, piece.actual_mg, piece.volumetric_mg, least_mg) for piece, least_mg in zip(pieces, least, strict=True)
    ]
    rated = billables if card.piece_rating is PieceRating.EACH else [_billable_of_all(card, pieces, least)]
    if billed_mg is not None and len(rated) == 1:
        rated = [rated[0]._replace(mass_mg=card.weighing.rounding.round(billed_mg))]
        billables = rated if len(pieces) == 1 else billables
    billable_mg = base_minor = discount_minor = 0
    net_by_piece = []
    for billable in rated:
        base = _base(card, zone, billable.mass_mg)
        off = _discount(card.discount, base)
        billable_mg += billable.mass_mg
        base_minor += base
        discount_minor += off
        net_by_piece.append(base - off)
    return RatedShipment(
        pieces=[
            PieceWeight(piece.actual_mg, piece.volumetric_mg, billable.mass_mg, billable.reason)
            for piece, billable in zip(pieces, billables, strict=True)
        ],
        billable_mg=billable_mg,
        reason=_reason_of_all(rated),
        base_minor=base_minor,
        discount_minor=discount_minor,
        net_by_piece=net_by_piece,
    )


def _reason_of_all(billables: Sequence[Billable]) -> BillableReason:
    """Return the reason that needs the most explaining."""
    if len(billables) == 1:
        return billables[0].reason
    reasons = [billable.reason for billable in billables]
    for reason in (BillableReason.MINIMUM, BillableReason.VOLUMETRIC):
        if reason in reasons:
            return reason
    return BillableReason.ACTUAL


def _least_mg(card: RateCard, charged: dict[int, list[bool]], piece: int) -> int:
    """Return the least billable weight of a piece: the card's, or that of a charge it bears."""
    least = card.weighing.minimum_mg
    for position, borne in charged.items():
        minimum = card.surcharges[position].minimum
        if minimum is not None and borne[piece]:
            least = max(least, minimum.mg)
    return least


def _billable(weighing: WeighingRules, actual_mg: int, volumetric_mg: int, least_mg: int) -> Billable:
    mass_mg, reason = actual_mg, BillableReason.ACTUAL
    if weighing.volumetric is not None and volumetric_mg > actual_mg:
        mass_mg = weighing.volumetric.greater(actual_mg, volumetric_mg)
        reason = BillableReason.VOLUMETRIC
    if least_mg > mass_mg:
        mass_mg, reason = least_mg, BillableReason.MINIMUM
    return Billable(weighing.rounding.round(mass_mg), reason)


def _billable_of_all(card: RateCard, pieces: Sequence[Piece], least: Sequence[int]) -> Billable:
    """Return the one weight that a card bills for a shipment of several pieces."""
    weighing = card.weighing
    actual_mg = sum(piece.actual_mg for piece in pieces)
    if card.piece_rating is PieceRating.GREATER_OF_SUMS:
        volumetric_mg = sum(piece.volumetric_mg for piece in pieces)
        return _billable(weighing, actual_mg, volumetric_mg, sum(least))
    greater_mg = sum(piece.greater_mg for piece in pieces)
    raised_mg = sum(max(piece.greater_mg, least_mg) for piece, least_mg in zip(pieces, least, strict=True))
    reason = BillableReason.ACTUAL
    if greater_mg > actual_mg:
        reason = BillableReason.VOLUMETRIC
    if raised_mg > greater_mg:
        reason = BillableReason.MINIMUM
    return Billable(weighing.rounding.round(raised_mg), reason)


def _base(card: RateCard, zone: int, mass_mg: int) -> int:
    amount = card.rates.amount(zone, mass_mg)
    if amount is None:
        raise RejectedError(RejectionCode.NO_RATE, f"{card.zones[zone]}, {mass_text(mass_mg, card.weight_unit)}")
    return amount


def _discount(discount: Discount | None, base_minor: int) -> int:
    """Return what the discount takes off; it never leaves less than the minimum net charge."""
    if discount is None:
        return 0
    off = half_up(base_minor * discount.millis, PERCENT_UNIT)
    return max(0, min(off, base_minor - discount.minimum_net_minor))


def _lines(
    card: RateCard,
    shipment: RatedShipment,
    charged: dict[int, list[bool]],
    zone: int,
    fuel_millis: int,
) -> tuple[CostLine, ...]:
    """Return the lines of the quote in their order: base, discount, surcharges, fuel."""
    lines = [CostLine("base", shipment.base_minor, mass_text(shipment.billable_mg, card.weight_unit))]
    net_minor = shipment.base_minor - shipment.discount_minor
    if shipment.discount_minor and card.discount is not None:
        lines.append(CostLine("discount", -shipment.discount_minor, _percent(card.discount.millis)))
    fuelled_minor = net_minor
    for position in sorted(charged):
        surcharge = card.surcharges[position]
        amount, times = _surcharge(surcharge, shipment, charged[position], zone)
        if surcharge.fuelable:
            fuelled_minor += amount
        if amount:
            lines.append(CostLine(surcharge.code, amount, f"{times} x" if times > 1 else ""))
    if fuel_millis:
        amount = half_up(fuelled_minor * fuel_millis, PERCENT_UNIT)
        lines.append(CostLine("fuel", amount, _percent(fuel_millis)))
    return tuple(lines)


def _surcharge(surcharge: Surcharge, shipment: RatedShipment, borne: Sequence[bool], zone: int) -> tuple[int, int]:
    """Return the amount of a surcharge and how often it is due."""
    if surcharge.per is Per.SHIPMENT:
        net_minor = sum(shipment.net_by_piece)
        return _amount(surcharge, zone, shipment.billable_mg, net_minor), 1
    # A per cent needs pieces that are rated each (reading a card holds it); other amounts ask for no base.
    nets = shipment.net_by_piece if isinstance(surcharge.amount, Percent) else repeat(0)
    amount = times = 0
    for piece, net_minor, bears in zip(shipment.pieces, nets, borne, strict=False):
        if bears:
            amount += _amount(surcharge, zone, piece.billable_mg, net_minor)
            times += 1
    return amount, times


def _amount(surcharge: Surcharge, zone: int, mass_mg: int, net_minor: int) -> int:
    if isinstance(surcharge.amount, Percent):
        return surcharge.amount.amount(net_minor)
    amount = surcharge.amount.amount(zone, mass_mg)
    if amount is None:
        raise RejectedError(RejectionCode.NO_RATE, surcharge.code)
    return amount


@lru_cache(maxsize=1 << 10)
def _percent(millis: int) -> str:
    return f"{millis // 1_000}.{millis % 1_000:03d}".rstrip("0").rstrip(".") + " %"
