"""Live quotes: the company's accounts with carriers and aggregators, how they answer, and which channels they price.

Credentials go in and are never shown again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.selectors import ship_date_of
from carriers.live.accounts import (
    MOST_CACHE_SECONDS,
    MOST_PER_SECOND,
    add_account,
    change_account,
    price_live,
    replace_fields,
    stop_pricing_live,
)
from carriers.live.connection import try_connection
from carriers.live.gateway import gateway
from carriers.live.protocol import Provider
from carriers.live.providers import PROVIDERS
from carriers.models import Channel, LiveAccount, LiveService
from wms.console.live_words import alone_until, health_text
from wms.console.site import console, own_page_response
from wms.console.visit import company_of, covers
from wms.errors import DomainError
from wms.tenancy.access import UseCase
from wms.tenancy.middleware import AfterTransaction, seat_of

LIST: Final = "console:live_accounts"
LONGEST_NAME: Final = 120
LONGEST_CODE: Final = 64

FIELD_NAMES: Final[Mapping[str, Promise]] = {
    "api_key": gettext_lazy("API key"),
    "api_token": gettext_lazy("API token"),
    "client_id": gettext_lazy("client ID"),
    "client_secret": gettext_lazy("client secret"),
    "app_key": gettext_lazy("app key"),
    "app_secret": gettext_lazy("app secret"),
    "username": gettext_lazy("user name"),
    "password": gettext_lazy("password"),
    "account_number": gettext_lazy("account number"),
    "carrier_accounts": gettext_lazy("carrier accounts, parted by commas"),
    "carrier_ids": gettext_lazy("carrier IDs, parted by commas"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account with its health, in finished words."""

    id: int
    name: str
    provider: str
    address: str
    active: bool
    channels: str
    works: bool | None
    health: str
    health_at: Any
    alone_until: Any


@console.own_page("live-accounts/", name="live_accounts", seen_by=UseCase.SEE_PRICES)
def live_accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    rows = list(LiveAccount.objects.order_by("name"))
    return own_page_response(
        request,
        "console/live_accounts.html",
        title=str(_("Live quotes")),
        rows=list(_rows(rows)),
        providers=[(provider.code, provider.name) for provider in PROVIDERS.values()],
        may_change=covers(request, UseCase.CONFIGURE),
    )


def _rows(accounts: list[LiveAccount]) -> Iterator[AccountRow]:
    channels = _channels_by_account()
    told = gateway().health([f"{account.tenant_id}:{account.pk}" for account in accounts])
    for account, health in zip(accounts, told, strict=True):
        yield AccountRow(
            id=account.pk,
            name=account.name,
            provider=_provider_name(account.provider),
            address=account.base_url,
            active=account.active,
            channels=", ".join(channels.get(account.pk, ())),
            works=health.works if health else None,
            health=health_text(health),
            health_at=health.at if health else None,
            alone_until=alone_until(health, timezone.now()),
        )


def _channels_by_account() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for service in LiveService.objects.select_related("channel").order_by("channel__code"):
        found.setdefault(service.account_id, []).append(service.channel.code)
    return found


def _provider_name(code: str) -> str:
    return PROVIDERS[code].name if code in PROVIDERS else code


class AccountForm(forms.Form):
    """An account with a provider. Secrets are written only: an empty one stays what it was."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=LONGEST_NAME)
    base_url = forms.CharField(
        label=gettext_lazy("address"), max_length=200, required=False, help_text=gettext_lazy("empty: the provider's own")
    )
    cache_seconds = forms.IntegerField(
        label=gettext_lazy("seconds that a quote stays good"), min_value=0, max_value=MOST_CACHE_SECONDS, initial=600
    )
    rate_per_second = forms.IntegerField(label=gettext_lazy("most requests per second"), min_value=1, max_value=MOST_PER_SECOND, initial=10)
    active = forms.BooleanField(label=gettext_lazy("active"), required=False, initial=True)

    def __init__(self, *args: Any, provider: Provider, is_stored: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.secrets = [field.name for field in provider.fields]
        for field in provider.fields:
            kept = is_stored and field.required
            self.fields[field.name] = forms.CharField(
                label=str(FIELD_NAMES.get(field.name) or field.name.replace("_", " ")),
                required=field.required and not is_stored,
                max_length=2_000,
                # Never rendered with a value: what was typed wrongly is typed again.
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}) if field.secret else forms.TextInput(),
                help_text=gettext_lazy("stored; leave it empty to keep it") if kept else "",
            )

    def terms(self) -> dict[str, Any]:
        """Return everything but the credentials."""
        return {name: self.cleaned_data[name] for name in ("name", "base_url", "cache_seconds", "rate_per_second")}

    def given(self) -> dict[str, str]:
        """Return the credentials and settings that were typed."""
        return {name: self.cleaned_data[name] for name in self.secrets if self.cleaned_data[name]}


class ServiceForm(forms.Form):
    """Which channel a service of the account prices, in the provider's own codes."""

    channel = forms.ChoiceField(label=gettext_lazy("channel"))
    carrier = forms.CharField(
        label=gettext_lazy("carrier at the provider"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=gettext_lazy("for an aggregator, such as USPS"),
    )
    service = forms.CharField(label=gettext_lazy("service at the provider"), max_length=LONGEST_CODE)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["channel"]
        chosen.choices = [(str(channel.pk), str(channel)) for channel in Channel.objects.filter(active=True).order_by("code")]


@console.own_page("live-accounts/add/<slug:provider>/", name="live_account_add", seen_by=UseCase.CONFIGURE, changed_by=UseCase.CONFIGURE)
def add_live_account(request: HttpRequest, provider: str) -> HttpResponse:
    """Add an account with a provider."""
    known = PROVIDERS.get(provider)
    if known is None:
        raise Http404
    form = AccountForm(request.POST or None, provider=known, is_stored=False)
    if form.is_valid() and _saved(form, lambda: _add(request, form, known)):
        messages.success(request, _("The account was added. Try the connection, then say which channels it prices."))
        return redirect(LIST)
    return _form_page(request, form, known, title=_("Add an account with %(provider)s") % {"provider": known.name})


def _add(request: HttpRequest, form: AccountForm, provider: Provider) -> None:
    seat = seat_of(request)
    assert seat is not None
    add_account(tenant_id=seat.tenant_id, provider=provider.code, fields=form.given(), **form.terms())


@console.own_page("live-accounts/<int:account_id>/", name="live_account", seen_by=UseCase.CONFIGURE, changed_by=UseCase.CONFIGURE)
def live_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change an account, and which channels it prices."""
    account, provider = _account(account_id)
    stored = {name: getattr(account, name) for name in ("name", "base_url", "cache_seconds", "rate_per_second", "active")}
    is_about_account = request.method == "POST" and "account" in request.POST
    form = AccountForm(request.POST if is_about_account else None, provider=provider, is_stored=True, initial=stored)
    services = ServiceForm(request.POST if "channel" in request.POST else None)
    if form.is_valid() and _saved(form, lambda: _change(account, form)):
        done = _("The account was changed.")
    elif services.is_valid() and _saved(services, lambda: _price(account, services)):
        done = _("The channel has live prices from now on.")
    elif request.POST.get("stop", "").isdecimal():
        stop_pricing_live(tenant_id=account.tenant_id, account_id=account_id, channel_id=int(request.POST["stop"]))
        done = _("The channel goes by its rate card from now on.")
    else:
        return _form_page(request, form, provider, title=account.name, account=account, services=services, priced=_priced(account))
    messages.success(request, done)
    return redirect("console:live_account", account_id=account_id)


def _change(account: LiveAccount, form: AccountForm) -> None:
    change_account(tenant_id=account.tenant_id, account_id=account.pk, active=form.cleaned_data["active"], **form.terms())
    if form.given():
        replace_fields(tenant_id=account.tenant_id, account_id=account.pk, fields=form.given())


def _price(account: LiveAccount, form: ServiceForm) -> None:
    price_live(
        tenant_id=account.tenant_id,
        account_id=account.pk,
        channel_id=int(form.cleaned_data["channel"]),
        carrier=form.cleaned_data["carrier"],
        service=form.cleaned_data["service"],
    )


def _priced(account: LiveAccount) -> list[LiveService]:
    return list(LiveService.objects.filter(account=account).select_related("channel").order_by("channel__code"))


@console.own_page("live-accounts/<int:account_id>/try/", name="live_account_try", seen_by=UseCase.CONFIGURE, changed_by=UseCase.CONFIGURE)
def try_live_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask the account for the price of a sample, once this request's transaction has ended."""
    if request.method != "POST":
        return redirect(LIST)
    account, _provider = _account(account_id)
    company = company_of(request)
    assert company is not None
    ship_date = ship_date_of(tenant=company, at=timezone.now())

    def ask() -> HttpResponse:
        outcome = try_connection(tenant_id=account.tenant_id, account_id=account.pk, ship_date=ship_date)
        level = messages.SUCCESS if outcome.works else messages.ERROR
        messages.add_message(request, level, f"{account.name}: {outcome.sentence}")
        return redirect(LIST)

    return AfterTransaction(ask)


def _account(account_id: int) -> tuple[LiveAccount, Provider]:
    account: LiveAccount | None = LiveAccount.objects.filter(pk=account_id).first()
    if account is None or account.provider not in PROVIDERS:
        raise Http404
    return account, PROVIDERS[account.provider]


def _saved(form: forms.Form, save: Callable[[], object]) -> bool:
    """Return whether it was saved; what speaks against it is said by the form."""
    try:
        with transaction.atomic():
            save()
    except DomainError as fault:
        form.add_error(None, str(fault))
        return False
    return True


def _form_page(request: HttpRequest, form: AccountForm, provider: Provider, *, title: str, **context: Any) -> HttpResponse:
    return own_page_response(
        request, "console/live_account.html", title=title, form=form, provider=provider.name, addresses=provider.base_urls, **context
    )
