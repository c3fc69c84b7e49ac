"""What a company sets once about its decisions: of several orders together, of planned ones again, of scarce stock, of exceptions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.policies import MOST_OF_EITHER, policy_of_company, set_exception_policy
from allocation.services.joint_settings import MOST_ORDERS, set_joint_threshold, set_least_saving
from allocation.services.pricing_stock import set_stock_price_days
from allocation.stock_pricing import MOST_DAYS
from wms.console.site import console, own_page_response
from wms.console.visit import company_of, covers, currency_of, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase
from wms.values.money import from_minor, to_minor

PAGE: dict[str, Any] = {"seen_by": UseCase.SEE_SETTINGS, "changed_by": UseCase.CONFIGURE}


class SettingsForm(forms.Form):
    """Some settings of a company; amounts are in its `currency`."""

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency = currency

    def save(self, tenant_id: int) -> None:
        """Set what a valid form says."""
        raise NotImplementedError


class JointForm(SettingsForm):
    """From how many contended orders on a batch is decided together."""

    from_orders = forms.IntegerField(
        label=gettext_lazy("decide together from so many contended orders"),
        required=False,
        min_value=1,
        max_value=MOST_ORDERS,
        help_text=gettext_lazy("Empty: never; whoever comes first is served first."),
    )

    def save(self, tenant_id: int) -> None:
        set_joint_threshold(tenant_id=tenant_id, from_orders=self.cleaned_data["from_orders"])


class ReoptimisingForm(SettingsForm):
    """From which saving on planned orders are decided again."""

    least_saving = forms.DecimalField(
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        help_text=gettext_lazy(
            "Every five minutes, orders that no warehouse has yet move to other warehouses where together that saves at least so much. "
            "Choices by hand stay. Empty: never."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["least_saving"].label = _("least saving together, in %(currency)s") % {"currency": self.currency}

    def clean_least_saving(self) -> int | None:
        amount: Decimal | None = self.cleaned_data["least_saving"]
        try:
            return None if amount is None else to_minor(amount, self.currency)
        except ValueError as finer:
            raise forms.ValidationError(_("This amount is finer than the currency's smallest unit.")) from finer

    def save(self, tenant_id: int) -> None:
        set_least_saving(tenant_id=tenant_id, least_saving_minor=self.cleaned_data["least_saving"])


class StockPriceForm(SettingsForm):
    """By the orders of how many days scarce stock is priced."""

    stock_price_days = forms.IntegerField(
        label=gettext_lazy("price scarce stock by the orders of so many days"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy(
            "A warehouse's last units are kept for the orders near it: every quarter of an hour they are priced as if the orders of "
            "these days came again, and that price counts besides the cost. Empty: only costs count."
        ),
    )

    def save(self, tenant_id: int) -> None:
        set_stock_price_days(tenant_id=tenant_id, days=self.cleaned_data["stock_price_days"])


class PolicyForm(SettingsForm):
    """From when on an exception is a person's matter."""

    most_rejections = forms.IntegerField(
        label=gettext_lazy("rejections by warehouses"),
        min_value=1,
        max_value=MOST_OF_EITHER,
        help_text=gettext_lazy("After so many rejections of one order a person must decide."),
    )
    overdue_hours = forms.IntegerField(
        label=gettext_lazy("hours until overdue"),
        min_value=1,
        max_value=MOST_OF_EITHER,
        help_text=gettext_lazy("An order that waits longer than this for a warehouse is overdue."),
    )

    def save(self, tenant_id: int) -> None:
        set_exception_policy(tenant_id=tenant_id, **self.cleaned_data)


FORMS: Final[dict[str, tuple[Any, type[SettingsForm]]]] = {
    "joint": (gettext_lazy("Deciding together"), JointForm),
    "reoptimising": (gettext_lazy("Deciding again"), ReoptimisingForm),
    "stock_prices": (gettext_lazy("Prices of scarce stock"), StockPriceForm),
    "exceptions": (gettext_lazy("Exceptions"), PolicyForm),
}


@console.own_page("allocation-settings/", name="allocation_settings", **PAGE)
def allocation_settings(request: HttpRequest) -> HttpResponse:
    """Show every form; a POST saves the one whose button was pressed."""
    posted = request.POST.get("form", "")
    stored = _stored(request)
    asked: dict[str, Any] = {"initial": stored, "currency": currency_of(request)}
    forms_by_name = {name: form(request.POST if name == posted else None, **asked) for name, (_title, form) in FORMS.items()}
    form = forms_by_name.get(posted)
    if form is not None and form.is_valid():
        try:
            form.save(tenant_of(request))
            messages.success(request, _("Saved. The next batch heeds it."))
            return redirect("console:allocation_settings")
        except DomainError as refused:
            form.add_error(None, str(refused))
    return own_page_response(
        request,
        "console/allocation_settings.html",
        title=_("Settings of decisions"),
        cards=[(name, FORMS[name][0], each) for name, each in forms_by_name.items()],
        may_change=covers(request, UseCase.CONFIGURE),
    )


def _stored(request: HttpRequest) -> dict[str, Any]:
    company, policy = company_of(request), policy_of_company()
    assert company is not None
    saving = company.reoptimise_from_minor
    return {
        "from_orders": company.joint_from_orders,
        "least_saving": None if saving is None else from_minor(saving, company.currency),
        "stock_price_days": company.stock_price_days,
        "most_rejections": policy.most_rejections,
        "overdue_hours": policy.overdue_hours,
    }
