"""Forms of carriers, channels, exchange rates, holidays and invoice formats.

Keys to other rows are left to the page, which makes its form for each request: their choices are one company's.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from billing.formats import format_text, read_format_text
from billing.models import InvoiceFormat
from carriers.models import Carrier, Channel, FxRate, Holiday
from carriers.services import FxQuote, refuse_unusable
from wms.console.forms import free_code, understood
from wms.errors import DomainError
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown


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
