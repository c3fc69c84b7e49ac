"""人员与角色: who has a seat in the company and as what. A link to choose a password is shown once; there is no mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from wms.console.site import console, own_page_response
from wms.console.visit import company_of, seat_inside
from wms.errors import DomainError
from wms.tenancy.access import MAY, UseCase
from wms.tenancy.models import Membership, Role, SecondFactor, Seller
from wms.tenancy.people import (
    Offered,
    Welcome,
    change_role,
    invite_person,
    let_in_again,
    require_second_factor,
    reset_password,
    reset_second_factor,
    send_away,
)

LIST: Final = "console:people"


class RoleForm(forms.Form):
    """A role, and for a seller's person which seller. Make it inside the tenant's scope."""

    role = forms.ChoiceField(label=gettext_lazy("role"), choices=Role.choices, initial=Role.READ_ONLY)
    seller = forms.TypedChoiceField(
        label=gettext_lazy("seller"), coerce=int, empty_value=None, required=False, help_text=gettext_lazy("for the role “seller” only")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["seller"]
        chosen.choices = [("", "—"), *((seller.pk, seller.name) for seller in Seller.objects.order_by("name"))]

    def given(self) -> dict[str, Any]:
        """Return the role and the seller's number of a valid form."""
        return {"role": self.cleaned_data["role"], "seller_id": self.cleaned_data["seller"]}


class InviteForm(RoleForm):
    """A new person."""

    field_order = ("username", "role", "seller")

    username = forms.CharField(
        label=gettext_lazy("user name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )


@console.own_page("people/", name="people", seen_by=UseCase.MANAGE_PEOPLE, changed_by=UseCase.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """List the company's people; invite one, and show the link this once."""
    form, link, offer = InviteForm(request.POST or None), "", ""
    if form.is_valid():
        try:
            invited = invite_person(seat=seat_inside(request), username=form.cleaned_data["username"], **form.given())
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            form, link, offer = InviteForm(), *_links(request, invited)
    return own_page_response(
        request,
        "console/people.html",
        title=_("People and roles"),
        form=form,
        link=link,
        offer=offer,
        rows=list(_members().select_related("seller").order_by("-active", "user__username")),
        roles=[(role.label, _covered(role)) for role in Role],
        company=company_of(request),
    )


@console.own_page("people/second-factor/", name="require_second_factor", seen_by=UseCase.MANAGE_PEOPLE, changed_by=UseCase.MANAGE_PEOPLE)
@require_POST
def require_factor(request: HttpRequest) -> HttpResponse:
    """Say whether the company's people need a second factor."""
    required = request.POST.get("required") == "1"
    require_second_factor(seat=seat_inside(request), required=required)
    said = _("From now on nobody comes in without a second factor.") if required else _("The password is enough again.")
    messages.success(request, said)
    return redirect(LIST)


@console.own_page("people/<int:member_id>/", name="person", seen_by=UseCase.MANAGE_PEOPLE, changed_by=UseCase.MANAGE_PEOPLE)
def person(request: HttpRequest, member_id: int) -> HttpResponse:
    """Change a person's role, send the person away or let in again, make a link to choose another password, take a lost factor away."""
    member: Membership | None = _members().filter(pk=member_id).first()
    if member is None:
        raise Http404
    is_about_role = "role" in request.POST
    form = RoleForm(request.POST if is_about_role else None, initial={"role": member.role, "seller": member.seller_id})
    whom: dict[str, Any] = {"seat": seat_inside(request), "by_user_id": request.user.pk, "member_id": member_id}
    if form.is_valid() and _saved(form, lambda: change_role(**whom, **form.given())):
        messages.success(request, _("%(person)s has another role from now on.") % {"person": member.user.username})
        return redirect(LIST)
    link = ""
    if request.method == "POST" and not is_about_role:
        try:
            link = _act(request, whom)
        except DomainError as refused:
            messages.error(request, str(refused))
        if not link:
            return redirect(LIST)
    return own_page_response(request, "console/person.html", title=member.user.username, member=member, form=form, link=link)


def _act(request: HttpRequest, whom: dict[str, Any]) -> str:
    """Do what a button says; return the link to show, "" where there is none."""
    if "reset" in request.POST:
        return _link(request, reset_password(**whom))
    if "factor" in request.POST:
        reset_second_factor(**whom)
        messages.success(request, _("The second factor was taken away: the password is enough until another one is set up."))
    elif "away" in request.POST:
        send_away(**whom)
        messages.success(request, _("The seat was ended: what that person has open answers no more."))
    elif "again" in request.POST:
        let_in_again(**whom)
        messages.success(request, _("The person has the seat again."))
    return ""


def _members() -> QuerySet[Membership]:
    """Return the company's people, each with whether there is a second factor."""
    factors = SecondFactor.objects.filter(user=OuterRef("user"), confirmed_at__isnull=False)
    members: QuerySet[Membership] = Membership.objects.select_related("user").annotate(has_second_factor=Exists(factors))
    return members


def _links(request: HttpRequest, invited: Welcome | Offered) -> tuple[str, str]:
    """Return the link by which a new person comes, and the one by which a known one accepts; one of them is ""."""
    if isinstance(invited, Welcome):
        return _link(request, invited), ""
    chooser = reverse("portal:company" if invited.for_seller else "console:choose_company")
    return "", request.build_absolute_uri(chooser)


def _link(request: HttpRequest, welcome: Welcome) -> str:
    half = "portal" if welcome.for_seller else "console"
    return request.build_absolute_uri(reverse(f"{half}:welcome", args=[welcome.uid, welcome.token]))


def _covered(role: Role) -> list[str]:
    """Return in words what a role may do."""
    return [str(use_case.label) for use_case, roles in MAY.items() if role in roles]


def _saved(form: forms.Form, save: Callable[[], object]) -> bool:
    """Return whether it was saved; what speaks against it is said by the form."""
    try:
        save()
    except DomainError as fault:
        form.add_error(None, str(fault))
        return False
    return True
