"""The console's admin site: who gets in, and the doors of Unfold and Django's admin that stay shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin.models import LogEntry
from django.contrib.auth.views import PasswordResetConfirmView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods
from unfold.sites import UnfoldAdminSite

from wms.console.csp import CONSOLE_CSP
from wms.console.signing import Code, SignIn
from wms.console.visit import company_of, covers
from wms.tenancy.access import UseCase
from wms.tenancy.middleware import AfterTransaction, choose_tenant, is_held_back, seat_of
from wms.tenancy.offers import answer_posted, offers_to
from wms.tenancy.own_security import visit_security
from wms.tenancy.scope import tenant_scope
from wms.tenancy.selectors import tenants_open_to

View = Callable[..., HttpResponseBase]

SHUT = {"autocomplete", "logout", "view_on_site"}
"""Addresses of Django's admin that answer for any model, or that the console answers itself."""


class ConsoleSite(UnfoldAdminSite):
    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._own_urls: list[URLPattern] = []

    def own_page(self, route: str, *, name: str, seen_by: UseCase, changed_by: UseCase | None = None) -> Callable[[View], View]:
        """Return a decorator that puts a view of ours at an address of the console.

        GET is for people whose role covers `seen_by`, POST for those of `changed_by`; without the latter the page takes no POST.
        """

        def register(view: View) -> View:
            self._own_urls.append(path(route, self.admin_view(_for_roles(view, seen_by, changed_by)), name=name))
            return view

        return register

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the person sits in a seat that opens the console."""
        return covers(request, UseCase.USE_CONSOLE)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Return the view behind the console's door: strangers sign in, the seatless choose, the rest are told no."""
        inside = super().admin_view(_in_company_time(view), cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("console:login"))
            if seat_of(request) is None:
                return redirect("console:security" if is_held_back(request) else "console:choose_company")
            if not self.has_permission(request):
                return render(request, "console/closed.html", self._outside_context(request, _("Closed to you")), status=403)
            answer: HttpResponseBase = inside(request, *args, **kwargs)
            return answer

        return csp_override(CONSOLE_CSP)(door)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        outside = [
            path("company/", _outside(self.choose_company), name="choose_company"),
            path("login/code/", self.code, name="code"),
            path("logout/", _outside(self.logout), name="logout"),
            path("security/", _outside(self.security), name="security"),
            path("welcome/<uidb64>/<token>/", self.welcome, name="welcome"),
        ]
        return outside + self._own_urls + [url for url in super().get_urls() if getattr(url, "name", None) not in SHUT]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the dashboard."""
        return redirect("console:dashboard")

    @method_decorator(csp_override(CONSOLE_CSP))
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Take the password; who has a second factor is not let in by it alone, as Django's own view would."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("console:index")
        request.current_app = self.name
        context = {**self._outside_context(request, _("Log in")), "app_path": request.get_full_path()}
        return SignIn.as_view(extra_context=context)(request)

    @method_decorator(csp_override(CONSOLE_CSP))
    def code(self, request: HttpRequest) -> HttpResponseBase:
        """Take the code that follows the password."""
        return Code.as_view(extra_context=self._outside_context(request, _("Second factor")))(request)

    def security(self, request: HttpRequest) -> HttpResponse:
        """Let a person set up the own second factor: from within, and before the seat is given that requires one."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("console:login"))
        shown = visit_security(request)
        if shown is None:
            return redirect("console:security")
        request.current_app, inside = self.name, self.has_permission(request)
        layout = "admin/base_site.html" if inside else "unfold/layouts/unauthenticated.html"
        context = {**self.each_context(request), "title": _("Security"), "has_permission": inside, "layout": layout, "shown": shown}
        return TemplateResponse(request, "console/security.html", context)

    @method_decorator(csp_override(CONSOLE_CSP))
    def welcome(self, request: HttpRequest, uidb64: str, token: str) -> HttpResponseBase:
        """Let a person choose a password by the link that an administrator handed over."""
        page = PasswordResetConfirmView.as_view(
            template_name="console/welcome.html",
            success_url=reverse("console:login"),
            extra_context=self._outside_context(request, _("Choose a password")),
        )
        return page(request, uidb64=uidb64, token=token)

    def choose_company(self, request: HttpRequest) -> HttpResponse:
        """Let a person of several companies, or of the platform, say for which one they work."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("console:login"))
        companies = tenants_open_to(user_id=request.user.pk)
        if request.method == "POST":
            if answer_posted(person=request.user, said=request.POST):
                return redirect("console:choose_company")
            chosen = next((company for company in companies if str(company.tenant_id) == request.POST.get("company")), None)
            if chosen is not None:
                choose_tenant(request, tenant_id=chosen.tenant_id)
                return HttpResponseRedirect(reverse("console:index"))
        context = {**self._outside_context(request, _("Choose a company")), "companies": companies}
        return render(request, "console/choose_company.html", {**context, "offers": offers_to(user_id=request.user.pk)})

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Answer the command palette with pages only, and afresh: Unfold keeps answers per person, across companies."""
        term = request.GET.get("s", "").lower()
        if not term:
            return HttpResponse()
        found = Paginator(self._search_apps(self.get_app_list(request), term), per_page=100)
        context = {"search_term": term, "page_obj": found, "results": found.page(1), "page_counter": 0, "execution_time": 0}
        return TemplateResponse(request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"})

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Return nothing: Django's log names rows of every company that a person works for."""
        return LogEntry.objects.none()

    def _outside_context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.each_context(request), "title": title, "has_permission": False}


def _outside(view: View) -> View:
    """Return a view that needs no seat."""
    return csp_override(CONSOLE_CSP)(never_cache(csrf_protect(require_http_methods(["GET", "POST"])(view))))


def _for_roles(view: View, seen_by: UseCase, changed_by: UseCase | None) -> View:
    """Return a view that refuses whoever's role does not cover it."""

    def for_roles(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not covers(request, changed_by if request.method == "POST" else seen_by):
            raise PermissionDenied
        request.current_app = console.name
        return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD"] if changed_by is None else ["GET", "HEAD", "POST"])(for_roles)


def own_page_response(request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any) -> TemplateResponse:
    """Return a page of ours in the console's layout."""
    return TemplateResponse(request, template, {**console.each_context(request), "title": title, **context}, status=status)


def after_transaction[T](request: HttpRequest, work: Callable[[], T], page: Callable[[T], TemplateResponse]) -> AfterTransaction:
    """Return the page that shows what some work came to, which must not hold a transaction open, such as asking the internet.

    The work runs outside any scope, once the request's transaction has ended; the page has a scope of its own.
    """
    seat = seat_of(request)
    assert seat is not None

    def show(_request: HttpRequest) -> HttpResponseBase:
        found = work()
        with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
            return _in_company_time(lambda _request: page(found))(request)

    return AfterTransaction(lambda: csp_override(CONSOLE_CSP)(never_cache(show))(request))


def _in_company_time(view: View) -> View:
    """Show every instant of the page in the company's own time."""

    def timed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        company = company_of(request)
        with timezone.override(ZoneInfo(company.timezone) if company else None):
            response = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    return timed


console = ConsoleSite(name="console")
