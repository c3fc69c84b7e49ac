"""Accounts with providers of live quotes, and which channels they price."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class LiveAccount(TenantModel):
    """An account with a carrier or an aggregator that prices shipments over the network.

    `sealed` holds all fields of the account's form, encrypted by wms.sealing; nothing of them is stored in the clear.
    """

    provider = models.CharField(_("provider"), max_length=32)
    name = models.CharField(_("name"), max_length=120)
    base_url = models.CharField(_("address"), max_length=200)
    sealed = models.TextField(_("credentials"), editable=False)
    active = models.BooleanField(_("active"), default=True)
    cache_seconds = models.IntegerField(_("seconds that a quote stays good"), default=600)
    rate_per_second = models.IntegerField(_("most requests per second"), default=10)

    class Meta:
        verbose_name = _("live quote account")
        verbose_name_plural = _("live quote accounts")
        constraints = [
            UniqueConstraint(fields=("tenant", "name"), name="live_account_name_once_per_tenant"),
            CheckConstraint(condition=Q(cache_seconds__gte=0, cache_seconds__lte=86_400), name="live_account_caches_at_most_a_day"),
            CheckConstraint(condition=Q(rate_per_second__gte=1, rate_per_second__lte=1_000), name="live_account_rate_within_bounds"),
        ]

    def __str__(self) -> str:
        return self.name


class LiveService(TenantModel):
    """That a channel is priced by one service of an account, in the provider's own codes.

    `carrier` is the aggregator's name of the carrier, empty for a carrier's own API.
    """

    channel = tenant_key("carriers.Channel", _("channel"))
    account = tenant_key("carriers.LiveAccount", _("live quote account"), on_delete=models.CASCADE)
    carrier = models.CharField(_("carrier at the provider"), max_length=64, blank=True)
    service = models.CharField(_("service at the provider"), max_length=64)

    class Meta:
        verbose_name = _("live service")
        verbose_name_plural = _("live services")
        constraints = [UniqueConstraint(fields=("tenant", "channel"), name="channel_priced_by_one_live_service")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.service}".strip()
