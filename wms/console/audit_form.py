"""The form by which people ask the audit log, and the filter that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from wms.console.audit_words import subject_name
from wms.tenancy.access import UseCase
from wms.tenancy.audit import SECOND_FACTOR, SESSION, AuditFilter
from wms.tenancy.models import AuditVerb, Membership, Tenant

ANY: Final[list[tuple[str, Any]]] = [("", "—")]

SUBJECTS: Final = (
    "allocation_defaultwarehouse",
    "allocation_exceptionpolicy",
    "allocation_lane",
    "allocation_orderinhand",
    "allocation_record",
    "allocation_rule",
    "allocation_rulesetversion",
    "allocation_strategy",
    "allocation_strategyban",
    "allocation_strategychannel",
    "allocation_strategyseller",
    "allocation_strategystore",
    "allocation_strategywarehouse",
    "billing_invoiceformat",
    "carriers_arealist",
    "carriers_carrier",
    "carriers_channel",
    "carriers_fuelrate",
    "carriers_fxrate",
    "carriers_holiday",
    "carriers_liveaccount",
    "carriers_liveservice",
    "carriers_ratecard",
    "carriers_sellerintier",
    "carriers_sellertier",
    "carriers_zonechart",
    "exports_exportjob",
    "inventory_warehouse",
    "orders_store",
    "tenancy_apikey",
    "tenancy_membership",
    "tenancy_seller",
    "tenancy_tenant",
    SESSION,
    SECOND_FACTOR,
)
"""What an entry may be about, but for files that were brought in: those are found by what was done."""

DAY: Final = {"type": "date"}


class AuditForm(forms.Form):
    """Asks for entries; everything may be left out. Make it inside the tenant's scope."""

    actor = forms.CharField(label=_("person"), required=False, max_length=150, widget=forms.TextInput(attrs={"list": "people"}))
    use_case = forms.ChoiceField(label=_("use case"), required=False, choices=[*ANY, *UseCase.choices])
    verb = forms.ChoiceField(label=_("what was done"), required=False, choices=[*ANY, *AuditVerb.choices])
    subject = forms.ChoiceField(label=_("object"), required=False)
    name = forms.CharField(label=_("name or number contains"), required=False, max_length=64)
    since = forms.DateField(label=_("from"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    until = forms.DateField(label=_("to"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["subject"]
        chosen.choices = [*ANY, *sorted(((subject, subject_name(subject)) for subject in SUBJECTS), key=lambda pair: pair[1])]

    def asked(self) -> dict[str, str]:
        """Return the values of a valid form that ask for something, as an address carries them."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def people() -> list[str]:
    """Return the names of all who have a seat in the company, or had one."""
    return list(Membership.objects.order_by("user__username").values_list("user__username", flat=True))


def filter_of(asked: Mapping[str, str], *, company: Tenant) -> AuditFilter:
    """Return what a form asked for, its days as the company's days."""
    plain = {name: asked[name] for name in ("actor", "use_case", "verb", "subject", "name") if name in asked}
    zone = ZoneInfo(company.timezone)
    days = {name: datetime.combine(date.fromisoformat(asked[name]), time.min, tzinfo=zone) for name in ("since", "until") if name in asked}
    until = days["until"] + timedelta(days=1) if "until" in days else None
    return AuditFilter(**plain, since=days.get("since"), until=until)
