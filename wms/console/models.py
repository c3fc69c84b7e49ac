"""What the console keeps: filters that people saved, and files between upload and confirmation."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, UniqueConstraint
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


class Upload(TenantModel):
    """A file that a person brought and has yet to confirm. `user_id` is whose it is: nobody else sees it.

    `kind` is the page that it was brought to, `answers` what was filled in beside it. The name is shown and never opened.
    """

    user_id = models.IntegerField()
    kind = models.CharField(max_length=32)
    file_name = models.CharField(_("file"), max_length=120)
    answers = models.JSONField(default=dict)
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        indexes = [Index(fields=("tenant", "user_id"), name="upload_by_person")]

    def __str__(self) -> str:
        return self.file_name
