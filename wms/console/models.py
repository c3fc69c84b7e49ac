"""What people keep for themselves in the console."""

from __future__ import annotations

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel


class SavedFilter(TenantModel):
    """A filter of the allocation records under a name: its owner's own, or shared with everyone in the company.

    `document` is what allocation.record_search reads; `owner` is a user name.
    """

    owner = models.CharField(_("owner"), max_length=150)
    name = models.CharField(_("name"), max_length=80)
    shared = models.BooleanField(_("shared"), default=False)
    document = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [UniqueConstraint(fields=("tenant", "owner", "name"), name="saved_filter_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name
