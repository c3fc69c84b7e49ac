"""费用试算: print what a shipment would cost from each warehouse by each of its channels, and why the others have no price."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from allocation.core.live import LiveAnswer
from allocation.quoting.lanes import ask_carriers
from allocation.selectors import ship_date_of
from allocation.trials import Trial, TrialOffer, live_questions, try_costs
from allocation.words import REASONS, live_standing
from carriers.core.types import Destination, Parcel, Quote
from carriers.measures import mass_mg_of, sides_um_of
from carriers.words import cost_line, weighing
from wms.errors import DomainError
from wms.places.errors import PlaceFault
from wms.places.services import Place, locate_many
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import seller_id_of, tenant_id_of
from wms.terminal import table
from wms.values.length import length_in
from wms.values.mass import mass_in, mass_text
from wms.values.money import format_minor

type Row = dict[str, Any]


class Command(BaseCommand):
    help = _("Quote: what a shipment would cost from each warehouse by each of its channels, line by line, and why others have no price.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--to", required=True, metavar="US:10001", help=_("country and postcode of the destination"))
        parser.add_argument("--seller", metavar="CODE", help=_("whose price it is: with the line of the seller's tier"))
        parser.add_argument("--weight", required=True, action="append", metavar="3lb", help=_("of a parcel; once more for another parcel"))
        parser.add_argument("--size", action="append", default=[], metavar="10x8x4in", help=_("of a parcel, in the order of the weights"))
        parser.add_argument("--from", action="append", default=[], dest="warehouses", metavar="CODE", help=_("only from this warehouse"))
        parser.add_argument("--residential", action="store_true", help=_("the address is a home"))
        parser.add_argument("--tag", action="append", default=[], help=_("what is inside, such as battery"))
        parser.add_argument("--units", type=int, default=1, help=_("units of goods in all, for handling fees per piece"))
        parser.add_argument("--ship-date", type=date.fromisoformat, help=_("day of shipping; today if not given"))
        parser.add_argument("--cards-only", action="store_true", help=_("ask no carrier: prices of rate cards only"))
        parser.add_argument("--json", action="store_true", help=_("print JSON"))
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], help=_("language of the answer"))

    def handle(self, *args: Any, **options: Any) -> None:
        with _language(options["language"]):
            try:
                parcels, place = _parcels(options), _place(options)
                trial = _trial(options, parcels, place)
            except DomainError as fault:
                raise CommandError(str(fault)) from fault
            told = _as_json(trial) if options["json"] else "\n".join(_as_text(trial, parcels, _destination(place, options)))
        self.stdout.write(told)


def _language(code: str | None) -> AbstractContextManager[Any]:
    return translation.override(code) if code else nullcontext()


def _parcels(options: dict[str, Any]) -> list[Parcel]:
    if len(options["size"]) > len(options["weight"]):
        raise CommandError(_("There are more sizes than weights."))
    pairs = zip_longest(options["weight"], options["size"])
    return [_parcel(weight, size, frozenset(options["tag"])) for weight, size in pairs]


def _parcel(weight: str, size: str | None, tags: frozenset[str]) -> Parcel:
    length, width, height = sides_um_of(size) if size else (0, 0, 0)
    return Parcel(actual_mg=mass_mg_of(weight), length_um=length, width_um=width, height_um=height, tags=tags)


def _place(options: dict[str, Any]) -> Place:
    country, _colon, postcode = options["to"].partition(":")
    address = (country, postcode)
    place = locate_many([address])[address]
    if isinstance(place, PlaceFault):
        raise place
    return place


def _trial(options: dict[str, Any], parcels: Sequence[Parcel], place: Place) -> Trial:
    tenant_id, now = tenant_id_of(code=options["tenant"]), timezone.now()
    with tenant_scope(tenant_id=tenant_id):
        today = ship_date_of(tenant=Tenant.objects.get(pk=tenant_id), at=now)
    asked: dict[str, Any] = {
        "tenant_id": tenant_id,
        "parcels": parcels,
        "destination": _destination(place, options),
        "ship_date": options["ship_date"] or today,
        "warehouse_codes": options["warehouses"],
    }
    questions = () if options["cards_only"] else live_questions(**asked, state_code=place.state_code)
    seller_id = seller_id_of(tenant_id=tenant_id, code=options["seller"]) if options["seller"] else None
    return try_costs(**asked, units=options["units"], said=ask_carriers(questions, at=now), seller_id=seller_id)


def _destination(place: Place, options: dict[str, Any]) -> Destination:
    return Destination(country=place.country, postcode=place.postcode, lat=place.lat, lon=place.lon, residential=options["residential"])


def _as_text(trial: Trial, parcels: Sequence[Parcel], destination: Destination) -> Iterator[str]:
    yield _heading(trial, parcels, destination)
    priced = [offer for offer in trial.offers if offer.landed_minor is not None]
    refused = [offer for offer in trial.offers if offer.landed_minor is None]
    if priced:
        header = [_("warehouse"), _("channel"), trial.currency, _("days"), _("zone"), _("billable weight"), _("cost lines")]
        yield ""
        yield from table(header=header, rows=[_priced_row(offer) for offer in priced], right=(2, 3))
    if refused:
        yield ""
        yield from table(header=[_("warehouse"), _("channel"), _("no price, because")], rows=[_refused_row(offer) for offer in refused])
    if trial.without_channel:
        yield ""
        yield _("Ship by no channel: %(warehouses)s") % {"warehouses": ", ".join(trial.without_channel)}
    if not trial.offers and not trial.without_channel:
        yield _("There is no active warehouse.")


def _heading(trial: Trial, parcels: Sequence[Parcel], destination: Destination) -> str:
    address = f"{destination.country} {destination.postcode}".strip()
    home = [_("residential address")] if destination.residential else []
    ships = _("ships on %(day)s") % {"day": trial.ship_date.isoformat()}
    return " · ".join([*map(_parcel_text, parcels), f"→ {address}", *home, ships])


def _parcel_text(parcel: Parcel) -> str:
    sides = (parcel.length_um, parcel.width_um, parcel.height_um)
    size = " × ".join(str(length_in(side, "cm")) for side in sides) + " cm" if any(sides) else _("size unknown")
    return f"{mass_in(parcel.actual_mg, 'kg').normalize():f} kg, {size}"


def _priced_row(offer: TrialOffer) -> list[str]:
    card = offer.by_card
    estimated = f" {_('estimated')}" if card and card.zone_estimated else ""
    lines = [f"{cost_line(line['code'])} {line['amount']}{_other(line, offer)}" for line in _lines(offer)]
    return [
        offer.warehouse_code,
        offer.quoted.channel_code,
        format_minor(offer.landed_minor or 0, offer.quoted.currency),
        "–" if offer.transit_days is None else str(offer.transit_days),
        f"{card.zone}{estimated}" if card else "–",
        f"{_billable(card)}, {weighing(card.billable_reason)}" if card else "–",
        " · ".join([*lines, *_standing(offer)]),
    ]


def _standing(offer: TrialOffer) -> list[str]:
    """Return what became of asking the carrier; nothing where the channel has no live prices."""
    said = offer.said
    if said is None:
        return []
    cause = said.cause.slug if said.cause else ""
    return [live_standing(cause=cause, age_seconds=said.age_seconds, has_price=offer.landed_minor is not None)]


def _billable(quoted: Quote) -> str:
    """Return the billable weight in the card's own unit, which the base line states."""
    return next((line.detail for line in quoted.lines if line.code == "base"), mass_text(quoted.billable_mg, "kg"))


def _other(line: Row, offer: TrialOffer) -> str:
    return "" if line["currency"] == offer.quoted.currency else f" {line['currency']}"


def _refused_row(offer: TrialOffer) -> list[str]:
    slug, detail = offer.rejection or ("", "")
    detail = ", ".join(_standing(offer)) or detail
    return [offer.warehouse_code, offer.quoted.channel_code, f"{REASONS[slug]}{f' ({detail})' if detail else ''}"]


def _lines(offer: TrialOffer) -> list[Row]:
    return [
        {"code": line.code, "amount": format_minor(line.amount_minor, line.currency), "currency": line.currency, "detail": line.detail}
        for line in offer.lines
    ]


def _as_json(trial: Trial) -> str:
    document = {
        "currency": trial.currency,
        "ship_date": trial.ship_date.isoformat(),
        "offers": [_offer_document(offer) for offer in trial.offers],
        "without_channel": list(trial.without_channel),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _offer_document(offer: TrialOffer) -> Row:
    common = {
        "warehouse": offer.warehouse_code,
        "carrier": offer.quoted.carrier_code,
        "channel": offer.quoted.channel_code,
        "distance_m": offer.distance_m,
        "live": _live_document(offer.said),
    }
    if offer.landed_minor is None:
        slug, detail = offer.rejection or ("", "")
        return {**common, "cost": None, "rejection": slug, "detail": detail}
    return {
        **common,
        "cost": format_minor(offer.landed_minor, offer.quoted.currency),
        "rejection": None,
        "days": offer.transit_days,
        **_card_document(offer.by_card),
        "lines": _lines(offer),
    }


def _card_document(card: Quote | None) -> Row:
    """Return what the rate card's price rests on, all empty where the carrier's own price counts."""
    if card is None:
        return dict.fromkeys(("zone", "zone_estimated", "billable_mg", "billable_reason", "rate_card"))
    return {
        "zone": card.zone,
        "zone_estimated": card.zone_estimated,
        "billable_mg": card.billable_mg,
        "billable_reason": card.billable_reason.value,
        "rate_card": card.card_code,
    }


def _live_document(said: LiveAnswer | None) -> Row | None:
    """Return what the carrier answered, None where the channel has no live prices."""
    if said is None:
        return None
    if said.cause is not None:
        return {"state": "fallback", "age_seconds": None, "cause": said.cause.slug}
    return {"state": "live" if said.age_seconds is None else "cached", "age_seconds": said.age_seconds, "cause": None}
