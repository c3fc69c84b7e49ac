"""Tables that people asked for and that a worker writes in the background."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from wms.tenancy.models import TenantModel, tenant_key


class ExportState(models.IntegerChoices):
    WAITING = 1, _("waiting")
    RUNNING = 2, _("being written")
    DONE = 3, _("ready")
    FAILED = 4, _("failed")
    CANCELLED = 5, _("cancelled")


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ExportJob(TenantModel):
    """One export: what was asked for by whom, how far it is, and until when it can be fetched.

    `parameters` are those of the selection; `touched_at` moves while a worker is at it, so that one that died is noticed.
    """

    seller = tenant_key("tenancy.Seller", _("seller"), null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False, verbose_name=_("person"))
    selection = models.CharField(_("what"), max_length=40)
    parameters = models.JSONField(_("filter"), default=dict)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat)
    language = models.CharField(_("language"), max_length=10)
    state = models.SmallIntegerField(_("state"), choices=ExportState, default=ExportState.WAITING)
    rows_done = models.IntegerField(_("rows written"), default=0)
    rows_total = models.IntegerField(_("rows"), null=True)
    size_bytes = models.BigIntegerField(_("size"), default=0)
    fault = models.TextField(_("fault"), blank=True)
    requested_at = models.DateTimeField(_("requested"))
    touched_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [Index(fields=("tenant", "user", "id"), name="export_by_person")]
        constraints = [CheckConstraint(condition=Q(rows_done__gte=0), name="export_rows_not_negative")]

    def __str__(self) -> str:
        return f"{self.selection}-{self.pk}.{self.format}"


class ExportPart(TenantModel):
    """A piece of a finished file. In the database, it is sealed as all else, and every web host can hand it out."""

    seller = tenant_key("tenancy.Seller", _("seller"), null=True)
    job = tenant_key("exports.ExportJob", _("export"), on_delete=models.CASCADE)
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [UniqueConstraint(fields=("tenant", "job", "number"), name="export_part_once")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"
