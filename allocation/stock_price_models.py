"""What units are worth to the orders that are still to come (see allocation.core.stock_prices)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel


class StockPriceVersion(TenantModel):
    """The prices of a company's scarce units, as they were found at a moment. Written once, never changed.

    A unit of sku_ids[i] in warehouse_ids[i] costs prices_minor[i]. A settings version names the prices that it was used with, so a
    record needs no more than that.
    """

    solved_at = models.DateTimeField(_("found"))
    orders = models.IntegerField(_("orders looked at"))
    sku_ids = ArrayField(models.BigIntegerField())
    warehouse_ids = ArrayField(models.BigIntegerField())
    prices_minor = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("prices of stock")
        verbose_name_plural = _("prices of stock")
        indexes = [Index(fields=["tenant", "-id"], name="stock_prices_newest_first")]

    def __str__(self) -> str:
        return f"{self.solved_at:%Y-%m-%d %H:%M}"
