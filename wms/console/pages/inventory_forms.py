"""Forms of warehouses, articles and stock, in the units that people use.

Keys to other rows are left to the page, which makes its form for each request: their choices are one company's.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from carriers.measures import mass_mg_of, sides_um_of
from inventory.core.types import MOST_UNITS, NewSku, NewWarehouse
from inventory.errors import TagTooLong, TimeZoneUnknown, UnitsOutOfRange
from inventory.imports import MOST_TAG
from inventory.models import Sku, Stock, Warehouse
from inventory.tag_fees import read_tag_fees, tag_fees_text
from wms.console.forms import free_code, understood
from wms.errors import DomainError
from wms.places.errors import PlaceFault
from wms.places.services import locate_many
from wms.values.length import length_in
from wms.values.mass import mass_text
from wms.values.money import CURRENCY_CODE, from_minor, to_minor

FEES: Final = ("handling_per_order", "handling_per_piece", "handling_per_kg")


def _fee(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=Decimal(1_000_000), initial=0, widget=UnfoldAdminDecimalFieldWidget
    )


class WarehouseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A warehouse; its fees in whole units of their currency. Without coordinates it lies where its postcode does."""

    handling_per_order = _fee(_("handling per order"))
    handling_per_piece = _fee(_("handling per piece"))
    handling_per_kg = _fee(_("handling per kilogram"))

    handling_per_tag = forms.CharField(
        label=_("handling per tag"),
        max_length=1_000,
        required=False,
        help_text=_("For each order with such an article, once: fragile: 1.50; liquid: 0.90"),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Warehouse
        fields = (
            *("code", "name", "active", "priority", "country", "state", "city", "address", "postcode", "lat", "lon", "timezone"),
            *("daily_capacity", "cutoff_time", "handling_currency"),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            for name in FEES:
                self.initial[name] = from_minor(getattr(self.instance, f"{name}_minor"), self.instance.handling_currency)
            fees = self.instance.handling_per_tag_minor
            self.initial["handling_per_tag"] = tag_fees_text(fees, currency=self.instance.handling_currency)

    def clean_code(self) -> str:
        return free_code(self, Warehouse.objects.all())

    def clean_timezone(self) -> str:
        zone: str = self.cleaned_data["timezone"]
        if zone not in available_timezones():
            raise forms.ValidationError(str(TimeZoneUnknown(value=zone)))
        return zone

    def clean_handling_currency(self) -> str:
        code: str = self.cleaned_data["handling_currency"].upper()
        if not CURRENCY_CODE.fullmatch(code):
            raise forms.ValidationError(_("Write a currency's three letters, such as USD."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._place(cleaned)
        for name in FEES:
            if name in cleaned and "handling_currency" in cleaned:
                try:
                    setattr(self.instance, f"{name}_minor", to_minor(cleaned[name], cleaned["handling_currency"]))
                except ValueError:
                    self.add_error(name, _("The amount has more decimals than the currency has."))
        self._read_tag_fees(cleaned)
        return cleaned

    def _read_tag_fees(self, cleaned: dict[str, Any]) -> None:
        if "handling_per_tag" not in cleaned or "handling_currency" not in cleaned:
            return
        try:
            fees = read_tag_fees(cleaned["handling_per_tag"], currency=cleaned["handling_currency"])
        except DomainError as fault:
            self.add_error("handling_per_tag", str(fault))
        else:
            self.instance.handling_per_tag_minor = fees

    def _place(self, cleaned: dict[str, Any]) -> None:
        if (cleaned.get("lat") is None) != (cleaned.get("lon") is None):
            self.add_error("lat", _("Give both coordinates or none."))
        if "country" not in cleaned or "postcode" not in cleaned:
            return
        address = (cleaned["country"], cleaned["postcode"])
        place = locate_many([address])[address]
        if isinstance(place, PlaceFault):
            self.add_error(place.field, str(place))
            return
        cleaned |= {"country": place.country, "postcode": place.postcode}
        if cleaned.get("lat") is None:
            cleaned |= {"lat": place.lat, "lon": place.lon}

    def warehouse(self) -> NewWarehouse:
        """Return what the form says."""
        return NewWarehouse(**{each.name: getattr(self.instance, each.name) for each in fields(NewWarehouse)})


class SkuForm(forms.ModelForm):  # type: ignore[type-arg]
    """An article with its weight, size and tags as people write them."""

    weight = forms.CharField(label=_("weight"), max_length=40, help_text=_("such as 3 lb or 1.36 kg"), widget=UnfoldAdminTextInputWidget)
    size = forms.CharField(label=_("size"), max_length=60, help_text=_("such as 10x8x4in or 25x20x10cm"), widget=UnfoldAdminTextInputWidget)
    tag_names = forms.CharField(
        label=_("tags"), max_length=500, required=False, help_text=_("separated by commas"), widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Sku
        fields = ("code", "name", "category", "ships_alone")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sku = self.instance
        if sku.pk:
            sides = (sku.length_um, sku.width_um, sku.height_um)
            self.initial.update(
                {
                    "weight": mass_text(sku.mass_mg, "kg"),
                    "size": "x".join(f"{length_in(side, 'cm').normalize():f}" for side in sides) + " cm",
                    "tag_names": ", ".join(sku.tags),
                }
            )

    def clean_weight(self) -> int:
        return int(understood(mass_mg_of, self.cleaned_data["weight"]))

    def clean_size(self) -> tuple[int, int, int]:
        length, width, height = understood(sides_um_of, self.cleaned_data["size"])
        return length, width, height

    def clean_tag_names(self) -> tuple[str, ...]:
        names = self.cleaned_data["tag_names"].replace("，", ",").split(",")
        tags = tuple(sorted({name.strip().casefold() for name in names if name.strip()}))
        if too_long := next((tag for tag in tags if len(tag) > MOST_TAG), None):
            raise forms.ValidationError(str(TagTooLong(tag=too_long, most=MOST_TAG)))
        return tags

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seller = cleaned.get("seller") or (self.instance.seller if self.instance.pk else None)
        same = Sku.objects.filter(seller=seller, code=cleaned.get("code")).exclude(pk=self.instance.pk)
        if not self.instance.pk and same.exists():
            self.add_error("code", _("This code is taken."))
        return cleaned

    def sku(self) -> NewSku:
        """Return what the form says."""
        given = self.cleaned_data
        length, width, height = given["size"]
        return NewSku(
            code=self.instance.code,
            name=given["name"],
            mass_mg=given["weight"],
            length_um=length,
            width_um=width,
            height_um=height,
            tags=given["tag_names"],
            category=given["category"],
            ships_alone=given["ships_alone"],
        )


class StockForm(forms.ModelForm):  # type: ignore[type-arg]
    """A count of what is on hand, and what is to be kept back of it."""

    class Meta:
        model = Stock
        fields = ("on_hand", "safety")

    def clean_on_hand(self) -> int:
        return _within_bounds(self.cleaned_data["on_hand"])

    def clean_safety(self) -> int:
        return _within_bounds(self.cleaned_data["safety"])


def _within_bounds(units: int) -> int:
    if not 0 <= units <= MOST_UNITS:
        raise forms.ValidationError(str(UnitsOutOfRange(units=units, least=0, most=MOST_UNITS)))
    return units
