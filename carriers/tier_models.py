"""Price tiers of sellers."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class SellerTier(TenantModel):
    """A price tier of sellers (卖家价格等级): what it adds to channels' prices in per cent, or below zero takes off.

    `channel_percents` are per cents as decimal text by the codes of channels that differ from the general one.
    """

    code = models.CharField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=120)
    percent = models.DecimalField(
        _("markup in per cent"),
        max_digits=7,
        decimal_places=3,
        default=0,
        help_text=_("Of a channel's price; below zero it is a discount."),
    )
    channel_percents = models.JSONField(_("other per cents by channel"), default=dict, db_default=Value({}, models.JSONField()), blank=True)

    class Meta:
        verbose_name = _("seller tier")
        verbose_name_plural = _("seller tiers")
        constraints = [
            UniqueConstraint(fields=("tenant", "code"), name="seller_tier_code_once_per_tenant"),
            CheckConstraint(condition=Q(percent__gte=-100, percent__lte=1000), name="seller_tier_within_bounds"),
            CheckConstraint(
                condition=Exact(Func(F("channel_percents"), function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="seller_tier_percents_by_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SellerInTier(TenantModel):
    """That a seller's prices are those of a tier; a seller is in one tier or in none."""

    seller = tenant_key("tenancy.Seller", _("seller"))
    tier = tenant_key("carriers.SellerTier", _("seller tier"))

    class Meta:
        verbose_name = _("seller in a tier")
        verbose_name_plural = _("sellers in tiers")
        constraints = [UniqueConstraint(fields=("tenant", "seller"), name="seller_in_one_tier")]

    def __str__(self) -> str:
        return f"{self.seller_id}: {self.tier_id}"
