"""Forms of carriers, channels, exchange rates, holidays and invoice formats.

Keys to other rows are left to the page, which makes its form for each request: their choices are one company's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from billing.formats import format_text, read_format_text
from billing.models import InvoiceFormat
from carriers.errors import ChannelUnknown
from carriers.models import Carrier, Channel, FxRate, Holiday, SellerInTier, SellerTier
from carriers.services import FxQuote, refuse_unusable
from carriers.tiers import channel_percents_text, read_channel_percents, refuse_unreadable
from wms.console.forms import free_code, understood
from wms.errors import DomainError
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tenancy.models import Seller


class CarrierForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Carrier
        fields = ("code", "name")

    def clean_code(self) -> str:
        return free_code(self, Carrier.objects.all())


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Channel
        fields = ("code", "name", "active")

    def clean_code(self) -> str:
        return free_code(self, Channel.objects.all())


class FxRateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FxRate
        fields = ("source", "target", "effective_from", "rate")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("source", "target"):
            cleaned[name] = str(cleaned.get(name, "")).upper()
        if "rate" in cleaned and "effective_from" in cleaned:
            try:
                refuse_unusable(self.quote(cleaned))
            except DomainError as fault:
                self.add_error("rate", str(fault))
        return cleaned

    def quote(self, cleaned: dict[str, Any]) -> FxQuote:
        """Return what the form says."""
        return FxQuote(source=cleaned["source"], target=cleaned["target"], effective_from=cleaned["effective_from"], rate=cleaned["rate"])


class SellerTierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tier with its sellers; one that was in another tier moves here."""

    channels = forms.CharField(
        label=_("other per cents by channel"),
        max_length=2_000,
        required=False,
        help_text=_("such as GROUND: -5; AIR: 3"),
        widget=UnfoldAdminTextInputWidget,
    )
    sellers: forms.ModelMultipleChoiceField[Seller] = forms.ModelMultipleChoiceField(
        label=_("sellers"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = SellerTier
        fields = ("code", "name", "percent")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sellers = self.fields["sellers"]
        assert isinstance(sellers, forms.ModelMultipleChoiceField)
        sellers.queryset = Seller.objects.order_by("code")
        if self.instance.pk:
            self.initial["channels"] = channel_percents_text(self.instance.channel_percents)
            self.initial["sellers"] = list(SellerInTier.objects.filter(tier=self.instance).values_list("seller_id", flat=True))

    def clean_code(self) -> str:
        return free_code(self, SellerTier.objects.all())

    def clean_percent(self) -> Decimal:
        percent: Decimal = self.cleaned_data["percent"]
        understood(refuse_unreadable, str(percent))
        return percent

    def clean_channels(self) -> dict[str, str]:
        percents: dict[str, str] = understood(read_channel_percents, self.cleaned_data["channels"])
        known = set(Channel.objects.filter(code__in=percents).values_list("code", flat=True))
        for code in percents:
            if code not in known:
                raise forms.ValidationError(str(ChannelUnknown(channel=code)))
        return percents


class HolidayForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Holiday
        fields = ("country", "date", "name")

    def clean_country(self) -> str:
        code = country_code(self.cleaned_data["country"])
        if code is None:
            raise forms.ValidationError(str(CountryUnknown(country=self.cleaned_data["country"])))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        same = Holiday.objects.filter(country=cleaned.get("country"), date=cleaned.get("date")).exclude(pk=self.instance.pk)
        if same.exists():
            self.add_error("date", _("This day is a holiday already."))
        return cleaned


class InvoiceFormatForm(forms.ModelForm):  # type: ignore[type-arg]
    """A format as text: which column is which, which cost line each charge is, and the tolerance."""

    content = forms.CharField(
        label=_("content"),
        max_length=60_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "false"}),
        help_text=_("Tables [columns], [defaults], [charges], [pairs], [codes], [options] and [tolerance], as in docs/reconciling.md"),
    )

    class Meta:
        model = InvoiceFormat
        fields = ("name",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["content"] = format_text(self.instance.document)

    def clean_content(self) -> Any:
        return understood(read_format_text, self.cleaned_data["content"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk and InvoiceFormat.objects.filter(carrier=cleaned.get("carrier"), name=cleaned.get("name")).exists():
            self.add_error("name", _("This name is taken."))
        return cleaned
