"""Where postcodes lie: reference facts that all tenants share and nobody edits at run time."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class Postcode(models.Model):
    """The centroid of a postcode, in degrees."""

    country = models.CharField(_("country"), max_length=2)
    postcode = models.CharField(_("postcode"), max_length=10)
    state = models.CharField(_("state"), max_length=10, blank=True)
    lat = models.FloatField(_("latitude"))
    lon = models.FloatField(_("longitude"))

    class Meta:
        verbose_name = _("postcode")
        verbose_name_plural = _("postcodes")
        constraints = [
            UniqueConstraint(fields=("country", "postcode"), name="postcode_once_per_country"),
            CheckConstraint(condition=Q(lat__range=(-90, 90), lon__range=(-180, 180)), name="postcode_lies_on_earth"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.postcode}"
