"""Signing in and out, the own second factor, and choosing a company for who sells through several."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LogoutView, PasswordResetConfirmView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wms.portal.door import show
from wms.tenancy.access import UseCase, may
from wms.tenancy.middleware import choose_tenant, seat_of
from wms.tenancy.offers import answer_posted, offers_to
from wms.tenancy.own_security import visit_security
from wms.tenancy.selectors import seats_of, tenants_open_to
from wms.tenancy.signing_in import CodeSecond, PasswordFirst
from wms.tenancy.throttle import ThrottledSignIn


class SignInForm(ThrottledSignIn, AuthenticationForm):
    """Django's form, slowed down for guessers."""


class SignIn(PasswordFirst):
    form_class = SignInForm
    template_name = "portal/sign_in.html"
    next_page = "portal:orders"
    code_page = "portal:code"


class Code(CodeSecond):
    template_name = "portal/code.html"
    sign_in_page = "portal:sign_in"


class SignOut(LogoutView):
    http_method_names = ["post", "options"]
    next_page = "portal:sign_in"


class Welcome(PasswordResetConfirmView):
    """Lets a person choose a password by the link that the company handed over."""

    template_name = "portal/welcome.html"
    success_url = reverse_lazy("portal:sign_in")


@never_cache
@require_http_methods(["GET", "POST"])
def choose_company(request: HttpRequest) -> HttpResponse:
    """Let a person say for which of their companies' warehouses they look."""
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("portal:sign_in"))
    if answer_posted(person=user, said=request.POST):
        return redirect("portal:company")
    as_seller = {seat.tenant_id for seat in seats_of(user_id=user.pk) if may(role=seat.role, use_case=UseCase.USE_PORTAL)}
    companies = [company for company in tenants_open_to(user_id=user.pk) if company.tenant_id in as_seller]
    chosen = next((company for company in companies if str(company.tenant_id) == request.POST.get("company")), None)
    if chosen is not None:
        choose_tenant(request, tenant_id=chosen.tenant_id)
        return redirect("portal:orders")
    return render(request, "portal/company.html", {"companies": companies, "offers": offers_to(user_id=user.pk)})


@never_cache
@require_http_methods(["GET", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """Let a person set up the own second factor: from within, and before the seat is given that requires one."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("portal:sign_in"))
    shown = visit_security(request)
    if shown is None:
        return redirect("portal:security")
    seat = seat_of(request)
    if seat is None or not may(role=seat.role, use_case=UseCase.USE_PORTAL):
        return render(request, "portal/security.html", {"shown": shown, "layout": "portal/outside.html"})
    return show(request, "portal/security.html", {"shown": shown, "layout": "portal/page.html"})
