"""What a company sets once about its decisions: when batches are decided together, and when an exception is a person's matter."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.policies import MOST_OF_EITHER, policy_of_company, set_exception_policy
from allocation.services.joint_settings import MOST_ORDERS, set_joint_threshold
from wms.console.site import console, own_page_response
from wms.console.visit import company_of, covers, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase

PAGE: dict[str, Any] = {"seen_by": UseCase.SEE_SETTINGS, "changed_by": UseCase.CONFIGURE}


class JointForm(forms.Form):
    """From how many contended orders on a batch is decided together."""

    from_orders = forms.IntegerField(
        label=gettext_lazy("decide together from so many contended orders"),
        required=False,
        min_value=1,
        max_value=MOST_ORDERS,
        help_text=gettext_lazy("Empty: never; whoever comes first is served first."),
    )

    def save(self, tenant_id: int) -> None:
        """Set what a valid form says."""
        set_joint_threshold(tenant_id=tenant_id, from_orders=self.cleaned_data["from_orders"])


class PolicyForm(forms.Form):
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
        """Set what a valid form says."""
        set_exception_policy(tenant_id=tenant_id, **self.cleaned_data)


FORMS: Final[dict[str, tuple[Any, type[JointForm | PolicyForm]]]] = {
    "joint": (gettext_lazy("Deciding together"), JointForm),
    "exceptions": (gettext_lazy("Exceptions"), PolicyForm),
}


@console.own_page("allocation-settings/", name="allocation_settings", **PAGE)
def allocation_settings(request: HttpRequest) -> HttpResponse:
    """Show both forms; a POST saves the one whose button was pressed."""
    posted = request.POST.get("form", "")
    stored = _stored(request)
    forms_by_name = {name: form(request.POST if name == posted else None, initial=stored) for name, (_title, form) in FORMS.items()}
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
    return {
        "from_orders": company.joint_from_orders if company else None,
        "most_rejections": policy.most_rejections,
        "overdue_hours": policy.overdue_hours,
    }
