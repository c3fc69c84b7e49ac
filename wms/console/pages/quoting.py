"""费用试算: what a shipment would cost from each warehouse by each of its channels, and why the others have no price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from allocation.core.live import LiveAnswer
from allocation.quoting.lanes import LaneQuestion, ask_carriers
from allocation.selectors import ship_date_of
from allocation.trials import Trial, TrialLine, TrialOffer, live_questions, try_costs
from allocation.words import live_standing
from carriers.core.types import Destination, Parcel, Quote
from carriers.measures import mass_mg_of, sides_um_of
from carriers.words import cost_line, weighing
from inventory.models import Warehouse
from wms.console import words
from wms.console.forms import understood
from wms.console.site import after_transaction, console, own_page_response
from wms.console.visit import company_of, tenant_of
from wms.places.errors import PlaceFault
from wms.places.services import Place, locate_many
from wms.tenancy.access import UseCase
from wms.tenancy.models import Seller

MOST_PARCELS: Final = 20
ROWS: Final = "parcels"
UNDECIMAL: Final = 3


class ParcelForm(forms.Form):
    """One parcel; of a shipment of several each has a row."""

    weight = forms.CharField(label=_("weight"), max_length=40, help_text=_("such as 3 lb or 1.36 kg"))
    size = forms.CharField(label=_("size"), max_length=60, required=False, help_text=_("such as 10x8x4in or 25x20x10cm"))

    def clean_weight(self) -> int:
        return int(understood(mass_mg_of, self.cleaned_data["weight"]))

    def clean_size(self) -> tuple[int, int, int]:
        text = self.cleaned_data["size"]
        return understood(sides_um_of, text) if text else (0, 0, 0)


class ShipmentForm(forms.Form):
    """Where a shipment goes, from where, and what is in it."""

    country = forms.CharField(label=_("country"), max_length=60, initial="US")
    postcode = forms.CharField(label=_("postcode"), max_length=20, required=False)
    residential = forms.BooleanField(label=_("residential address"), required=False, initial=True)
    units = forms.IntegerField(label=_("units of goods in all"), min_value=1, max_value=10_000, initial=1)
    tags = forms.CharField(label=_("tags"), max_length=200, required=False, help_text=_("what is inside, such as battery"))
    seller = forms.ChoiceField(label=_("Seller"), required=False, help_text=_("whose price it is: with the line of the seller's tier"))
    ship_date = forms.DateField(label=_("ship date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    warehouses = forms.MultipleChoiceField(
        label=_("ships from"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("none chosen: from all")
    )

    def __init__(self, *args: Any, warehouses: Sequence[Warehouse], sellers: Sequence[Seller], **options: Any) -> None:
        super().__init__(*args, **options)
        asking: Any = self.fields["seller"]
        asking.choices = [("", _("none: what channels cost the company")), *((str(seller.pk), str(seller)) for seller in sellers)]
        chosen: Any = self.fields["warehouses"]
        chosen.choices = [(warehouse.code, str(warehouse)) for warehouse in warehouses]

    def clean(self) -> dict[str, Any]:
        """Find the place; what is wrong with it is said at the field that it is wrong in."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "country" in cleaned and "postcode" in cleaned:
            address = (cleaned["country"], cleaned["postcode"])
            place = locate_many([address])[address]
            if isinstance(place, PlaceFault):
                self.add_error(place.field, str(place))
            else:
                cleaned["place"] = place
        return cleaned

    def destination(self) -> Destination:
        """Return where the shipment goes."""
        place: Place = self.cleaned_data["place"]
        home = self.cleaned_data["residential"]
        return Destination(country=place.country, postcode=place.postcode, lat=place.lat, lon=place.lon, residential=home)

    def seller_id(self) -> int | None:
        """Return the seller whose price is asked for."""
        chosen = self.cleaned_data["seller"]
        return int(chosen) if chosen else None

    def tag_names(self) -> frozenset[str]:
        """Return the tags in lower case."""
        return frozenset(tag.strip().casefold() for tag in self.cleaned_data["tags"].replace("，", ",").split(",") if tag.strip())


ParcelForms = forms.formset_factory(ParcelForm, extra=0, min_num=1, validate_min=True, max_num=MOST_PARCELS, absolute_max=MOST_PARCELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One warehouse and channel with a price, in finished words."""

    warehouse: str
    channel: str
    cost: str
    dearer: str
    days: str
    zone: str
    estimated: bool
    billable: str
    weighing: str
    distance: str
    live: str
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """One warehouse and channel without a price, and why."""

    warehouse: str
    channel: str
    reason: str
    detail: str


@console.own_page("quote/", name="quote", seen_by=UseCase.SEE_PRICES)
def quote(request: HttpRequest) -> HttpResponse:
    """Show the form and, once it is filled in, all offers. The address holds the question, so that it can be sent to others."""
    company = company_of(request)
    assert company is not None
    warehouses = list(Warehouse.objects.filter(active=True).order_by("code"))
    asked = request.GET if "country" in request.GET else None
    now = timezone.now()
    today = ship_date_of(tenant=company, at=now)
    sellers = list(Seller.objects.order_by("code"))
    shipment = ShipmentForm(asked, warehouses=warehouses, sellers=sellers, initial={"ship_date": today})
    parcels = ParcelForms(_with_another_row(asked) if asked else None, prefix=ROWS, initial=None if asked else [{}])
    context: dict[str, Any] = {"shipment": shipment, "parcels": parcels, "may_add": len(parcels.forms) < MOST_PARCELS}
    # Both are asked, so that every field's error is shown at once.
    is_answered = asked and "another" not in asked and all([shipment.is_valid(), parcels.is_valid()])
    trial = _Trial.of(request, shipment, parcels) if is_answered else None
    if trial is None or not trial.questions:
        return _page(request, context | (trial.answer(()) if trial else {}))

    def ask() -> list[LiveAnswer]:
        return ask_carriers(trial.questions, at=now)

    return after_transaction(request, ask, lambda said: _page(request, context | trial.answer(said)))


def _page(request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    return own_page_response(request, "console/quote.html", title=str(_("Quote")), **context)


def _with_another_row(asked: Any) -> Any:
    """Return the question with one more parcel, if the person asks for one."""
    if "another" not in asked:
        return asked
    total = asked.get(f"{ROWS}-TOTAL_FORMS", "1")
    changed = asked.copy()
    changed[f"{ROWS}-TOTAL_FORMS"] = str(min(int(total) + 1 if total.isdecimal() and len(total) < UNDECIMAL else 1, MOST_PARCELS))
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A question that could be read: what is asked of rate cards, and of carriers."""

    asked: dict[str, Any]
    units: int
    seller_id: int | None
    questions: tuple[LaneQuestion, ...]

    @classmethod
    def of(cls, request: HttpRequest, shipment: ShipmentForm, parcels: Any) -> _Trial:
        tags = shipment.tag_names()
        asked = {
            "tenant_id": tenant_of(request),
            "parcels": [_parcel(form.cleaned_data, tags) for form in parcels.forms],
            "destination": shipment.destination(),
            "ship_date": shipment.cleaned_data["ship_date"],
            "warehouse_codes": shipment.cleaned_data["warehouses"],
        }
        questions = live_questions(**asked, state_code=shipment.cleaned_data["place"].state_code)
        return cls(asked=asked, units=shipment.cleaned_data["units"], seller_id=shipment.seller_id(), questions=questions)

    def answer(self, said: Sequence[LiveAnswer]) -> dict[str, Any]:
        """Return what the page shows, with what the carriers answered."""
        trial = try_costs(**self.asked, units=self.units, said=said, seller_id=self.seller_id)
        return {
            "answered": True,
            "offers": list(_offers(trial)),
            "refused": [_refused(offer) for offer in trial.offers if offer.rejection],
            "without_channel": ", ".join(trial.without_channel),
        }


def _parcel(cleaned: dict[str, Any], tags: frozenset[str]) -> Parcel:
    length, width, height = cleaned["size"]
    return Parcel(actual_mg=cleaned["weight"], length_um=length, width_um=width, height_um=height, tags=tags)


def _offers(trial: Trial) -> Iterator[OfferRow]:
    cheapest: int | None = None
    for offer in trial.offers:
        card, landed = offer.by_card, offer.landed_minor
        if landed is None:
            continue
        cheapest = landed if cheapest is None else cheapest
        yield OfferRow(
            warehouse=offer.warehouse_name,
            channel=offer.quoted.channel_name,
            cost=words.money(landed, trial.currency),
            dearer=f"+{words.money(landed - cheapest, trial.currency)}" if landed > cheapest else "",
            days=words.days(offer.transit_days),
            zone=card.zone if card else "–",
            estimated=card is not None and card.zone_estimated,
            billable=_billable(card) if card else "–",
            weighing=weighing(card.billable_reason) if card else "",
            live=_standing(offer),
            distance=words.distance(offer.distance_m),
            lines=tuple(_line(line) for line in offer.lines),
        )


def _billable(card: Quote) -> str:
    return next((line.detail for line in card.lines if line.code == "base"), words.mass(card.billable_mg))


def _standing(offer: TrialOffer) -> str:
    """Return what became of asking the carrier, "" where the channel has no live prices."""
    said = offer.said
    if said is None:
        return ""
    cause = said.cause.slug if said.cause else ""
    return live_standing(cause=cause, age_seconds=said.age_seconds, has_price=offer.landed_minor is not None)


def _line(line: TrialLine) -> tuple[str, str, str]:
    detail = "" if line.code == "base" else line.detail
    return cost_line(line.code), detail, words.money(line.amount_minor, line.currency)


def _refused(offer: TrialOffer) -> RefusedRow:
    slug, detail = offer.rejection or ("", "")
    detail = _standing(offer) or detail
    return RefusedRow(warehouse=offer.warehouse_name, channel=offer.quoted.channel_name, reason=words.reason(slug), detail=detail)
