"""The form by which people ask for allocation records, and the filter that it makes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from allocation.core.types import Mode, Reason
from allocation.models import MODE_NAMES, Rule, Strategy
from allocation.record_search import RecordFilter
from allocation.words import REASONS
from carriers.core.types import RejectionCode
from carriers.models import Channel
from inventory.models import Warehouse
from wms.tenancy.models import Seller
from wms.values.money import from_minor, to_minor

type Choices = list[tuple[Any, Any]]

ANY: Choices = [("", "—")]
CHOICES: dict[str, Any] = {"required": False, "coerce": int, "empty_value": None}


class RecordForm(forms.Form):
    """Asks for records; everything may be left out. Make it inside the tenant's scope; amounts are in the tenant's `currency`."""

    number = forms.CharField(label=_("order number begins with"), required=False, max_length=64)
    mode = forms.TypedChoiceField(label=_("decided by"), **CHOICES)
    decided_by = forms.ChoiceField(label=_("rule or setting"), required=False)
    warehouse = forms.TypedChoiceField(label=_("warehouse"), **CHOICES)
    channel = forms.TypedChoiceField(label=_("channel"), **CHOICES)
    seller = forms.TypedChoiceField(label=_("seller"), **CHOICES)
    reason = forms.TypedChoiceField(label=_("exception for"), **CHOICES)
    cost_from = forms.DecimalField(label=_("cost from"), required=False, min_value=0, max_digits=12)
    cost_to = forms.DecimalField(label=_("cost to"), required=False, min_value=0, max_digits=12)
    since = forms.DateField(label=_("from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    person = forms.CharField(label=_("by person"), required=False, max_length=120)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._currency = currency
        choices: dict[str, Choices] = {
            "mode": list(MODE_NAMES),
            "decided_by": _deciders(),
            "warehouse": [(row.pk, str(row)) for row in Warehouse.objects.order_by("code")],
            "channel": [(row.pk, str(row)) for row in Channel.objects.order_by("code")],
            "seller": [(row.pk, row.name) for row in Seller.objects.order_by("name")],
            "reason": _reasons(),
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = ANY + offered

    def clean_cost_from(self) -> int | None:
        return self._minor("cost_from")

    def clean_cost_to(self) -> int | None:
        return self._minor("cost_to")

    def wanted(self) -> RecordFilter:
        """Return the filter of a valid form."""
        asked: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value not in {None, ""}}
        mode, _colon, source = str(asked.pop("decided_by", "")).partition(":")
        if source:
            asked |= {"mode": int(mode), "decided_by": int(source)}
        return RecordFilter(**asked)

    def _minor(self, name: str) -> int | None:
        amount: Decimal | None = self.cleaned_data[name]
        if amount is None:
            return None
        try:
            return to_minor(amount, self._currency)
        except ValueError:
            raise forms.ValidationError(_("This amount is finer than the currency's smallest unit.")) from None


def query_of(wanted: RecordFilter, *, currency: str) -> dict[str, Any]:
    """Return the form's values for a filter, as an address carries them."""
    query = wanted.to_document()
    for name in ("cost_from", "cost_to"):
        if name in query:
            query[name] = str(from_minor(query[name], currency))
    if "decided_by" in query:
        query["decided_by"] = f"{query.pop('mode')}:{query['decided_by']}"
    return query


def _deciders() -> Choices:
    rules = Rule.objects.filter(version__state="active").order_by("position").values_list("key", "name")
    strategies = Strategy.objects.order_by("priority", "name").values_list("pk", "name")
    return [
        (_("Rules"), [(f"{Mode.RULE.value}:{key}", name) for key, name in rules]),
        (_("Smart allocation"), [(f"{Mode.SMART.value}:{key}", name) for key, name in strategies]),
    ]


def _reasons() -> Choices:
    return [(code.value, REASONS[code.slug]) for code in (*Reason, *RejectionCode) if code.slug in REASONS]
