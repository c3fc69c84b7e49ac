"""What shipping costs: carriers, their channels, and the versions of prices, zones, fuel and exchange rates."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from carriers.live_models import LiveAccount as LiveAccount  # noqa: PLC0414
from carriers.live_models import LiveService as LiveService  # noqa: PLC0414
from carriers.tier_models import SellerInTier as SellerInTier  # noqa: PLC0414
from carriers.tier_models import SellerTier as SellerTier  # noqa: PLC0414
from wms.tenancy.models import TenantModel, tenant_key


class Carrier(TenantModel):
    """A company that carries parcels (物流商)."""

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        constraints = [UniqueConstraint(fields=("tenant", "code"), name="carrier_code_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Channel(TenantModel):
    """One carrier service under one contract (物流渠道)."""

    carrier = tenant_key("carriers.Carrier", _("carrier"))
    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [UniqueConstraint(fields=("tenant", "code"), name="channel_code_once_per_tenant")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ZoneChart(TenantModel):
    """One version of a carrier's zones (分区), as carriers.core reads it. Written once, never changed."""

    carrier = tenant_key("carriers.Carrier", _("carrier"))
    code = models.CharField(_("code"), max_length=64)
    document = models.JSONField(_("content"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    source = models.TextField(_("source"), blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("zone chart")
        verbose_name_plural = _("zone charts")
        constraints = [UniqueConstraint(fields=("tenant", "carrier", "code"), name="zone_chart_code_once_per_carrier")]

    def __str__(self) -> str:
        return self.code


class RateCard(TenantModel):
    """One version of a channel's prices (价卡), in force on the days [effective_from, effective_to).

    The document is what carriers.core reads; it is written once. Only the end of its validity may be set later: to the day
    on which the next version begins, which may be its own first day.
    """

    channel = tenant_key("carriers.Channel", _("channel"))
    zone_chart = tenant_key("carriers.ZoneChart", _("zone chart"))
    effective_from = models.DateField(_("in force from"))
    effective_to = models.DateField(_("until (exclusive)"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    document = models.JSONField(_("content"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    source = models.TextField(_("source"), blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("rate card")
        verbose_name_plural = _("rate cards")
        constraints = [
            CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="rate_card_does_not_end_before_it_starts",
            ),
            ExclusionConstraint(
                name="rate_cards_of_a_channel_do_not_overlap",
                index_type="gist",
                expressions=[
                    (Func(F("channel_id"), F("channel_id"), models.Value("[]"), function="int8range"), "&&"),
                    (Func(F("effective_from"), F("effective_to"), function="daterange"), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.effective_from}"


class AreaList(TenantModel):
    """One version of a carrier's list of postcodes by tier: remote areas (偏远), delivery areas. Written once, never changed.

    Rate cards name lists by their code. A version holds from its day until the next one's; of two that begin on one day the
    later written one. The document is what carriers.core reads.
    """

    carrier = tenant_key("carriers.Carrier", _("carrier"))
    code = models.CharField(_("code"), max_length=64)
    effective_from = models.DateField(_("in force from"))
    document = models.JSONField(_("content"))
    entries = models.PositiveIntegerField(_("entries"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    source = models.TextField(_("source"), blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("list of areas")
        verbose_name_plural = _("lists of areas")
        indexes = [Index(fields=("tenant", "carrier", "code", "effective_from"), name="area_list_by_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.effective_from}"


class Holiday(TenantModel):
    """A day on which a country's warehouses and carriers do not work (节假日)."""

    country = models.CharField(_("country"), max_length=2)
    date = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            UniqueConstraint(fields=("tenant", "country", "date"), name="holiday_once_per_country"),
            CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="holiday_country_is_iso"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.date} {self.name}"


class FuelRate(TenantModel):
    """A channel's fuel surcharge in per cent, from a day until the next row's (燃油附加费)."""

    channel = tenant_key("carriers.Channel", _("channel"))
    effective_from = models.DateField(_("from"))
    percent = models.DecimalField(_("per cent"), max_digits=7, decimal_places=3)

    class Meta:
        verbose_name = _("fuel surcharge")
        verbose_name_plural = _("fuel surcharges")
        constraints = [
            UniqueConstraint(fields=("tenant", "channel", "effective_from"), name="fuel_rate_once_per_day"),
            CheckConstraint(condition=Q(percent__gte=0, percent__lte=1000), name="fuel_rate_within_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.effective_from}: {self.percent}"


class FxRate(TenantModel):
    """How many units of `target` one unit of `source` buys, from a day until the next row's."""

    source = models.CharField(_("from currency"), max_length=3)
    target = models.CharField(_("to currency"), max_length=3)
    effective_from = models.DateField(_("from"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            UniqueConstraint(fields=("tenant", "source", "target", "effective_from"), name="fx_rate_once_per_day"),
            CheckConstraint(condition=Q(rate__gt=0), name="fx_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.source}{self.target} {self.effective_from}"
