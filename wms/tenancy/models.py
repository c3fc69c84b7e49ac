"""Companies that run warehouses, their sellers, and who of the people may act for whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from wms.tenancy.scope import ScopeMissing, current_scope


class TenantManager(models.Manager[Any]):
    """A manager that refuses to be asked outside a tenant scope, where the database would silently answer nothing."""

    def get_queryset(self) -> models.QuerySet[Any]:
        if current_scope() is None:
            raise ScopeMissing(model=self.model._meta.label)
        return super().get_queryset()


class TenantModel(models.Model):
    """A row that belongs to one tenant. The database seals it (see wms.tenancy.rls)."""

    tenant = models.ForeignKey(
        "tenancy.Tenant", models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name=_("company")
    )

    objects = TenantManager()

    class Meta:
        abstract = True


def tenant_key(to: str, verbose_name: Any, *, on_delete: Any = models.PROTECT, **options: Any) -> Any:
    """Return a foreign key to another row of the same tenant.

    The constraint in the database is the composite (tenant_id, x_id), made by the migration, so Django makes none.
    """
    options.setdefault("related_name", "+")
    return models.ForeignKey(to, on_delete, db_constraint=False, db_index=False, verbose_name=verbose_name, **options)


JOINT_FROM_ORDERS = 5
"""Below this the few cents that deciding together can save are not worth the milliseconds that it takes."""


class Tenant(models.Model):
    """A company that runs overseas warehouses.

    A batch in which `joint_from_orders` orders or more come too late for their best warehouse is decided together; null: never.
    Planned orders are decided again now and then where that saves `reoptimise_from_minor`; null: never.
    With `stock_price_days` what a unit is worth to orders still to come counts besides costs, as if those of so many days came again.
    Where it `requires_second_factor`, none of its people sits down without one.
    """

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    settings_revision = models.BigIntegerField(_("settings revision"), default=0, editable=False)
    joint_from_orders = models.PositiveIntegerField(
        _("decide together from so many contended orders"), null=True, blank=True, default=JOINT_FROM_ORDERS, db_default=JOINT_FROM_ORDERS
    )
    reoptimise_from_minor = models.PositiveBigIntegerField(_("decide planned orders again where it saves so much"), null=True, blank=True)
    stock_price_days = models.PositiveSmallIntegerField(_("price scarce stock by the orders of so many days"), null=True, blank=True)
    requires_second_factor = models.BooleanField(_("requires a second factor of its people"), default=False, db_default=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="tenant_currency_is_iso"),
            CheckConstraint(condition=Q(joint_from_orders__gte=1), name="tenant_joint_from_one_order_on"),
            CheckConstraint(condition=Q(reoptimise_from_minor__gte=1), name="tenant_reoptimises_for_something"),
            CheckConstraint(condition=Q(stock_price_days__range=(1, 90)), name="tenant_prices_stock_by_90_days_at_most"),
        ]

    def __str__(self) -> str:
        return self.name


class Seller(TenantModel):
    """An owner of goods in the tenant's warehouses."""

    code = models.SlugField(_("code"))
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [UniqueConstraint(fields=("tenant", "code"), name="seller_code_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ADMIN = "admin", _("company administrator")
    OPERATOR = "operator", _("operator")
    OPERATIONS = "operations", _("operations staff")
    SELLER = "seller", _("seller")
    READ_ONLY = "read_only", _("read-only")


class Membership(TenantModel):
    """That a person may act for a tenant (or for one of its sellers), and as what; `offered`: once the person accepts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    seller = tenant_key("tenancy.Seller", _("seller"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True, db_default=True)
    offered = models.BooleanField(_("offered, not yet accepted"), default=False, db_default=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            UniqueConstraint(fields=("tenant", "user"), name="membership_once_per_tenant"),
            CheckConstraint(condition=~Q(offered=True, active=True), name="membership_opens_nothing_while_offered"),
            CheckConstraint(
                condition=Q(role="seller", seller__isnull=False) | (~Q(role="seller") & Q(seller__isnull=True)),
                name="membership_names_a_seller_only_for_sellers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class ApiKey(TenantModel):
    """What a program signs in with, for the tenant or for one of its sellers, in place of a person.

    The key itself is shown once and never stored: `sha256` is of the whole, `prefix` its beginning, by which people tell keys apart.
    """

    seller = tenant_key("tenancy.Seller", _("seller"), null=True, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role)
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("beginning"), max_length=16)
    sha256 = models.CharField(max_length=64)
    created_by = models.CharField(_("created by"), max_length=150)
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            UniqueConstraint(fields=("sha256",), name="api_key_once"),
            CheckConstraint(
                condition=Q(role="seller", seller__isnull=False) | (~Q(role="seller") & Q(seller__isnull=True)),
                name="api_key_names_a_seller_only_for_sellers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditVerb(models.TextChoices):
    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")
    BROUGHT_IN = "brought_in", _("brought in by file")
    EXPORTED = "exported", _("exported")
    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_REFUSED = "sign_in_refused", _("tried a wrong password")
    CODE_REFUSED = "code_refused", _("tried a wrong code")
    CAME_IN = "came_in", _("came into the company")


class AuditEntry(TenantModel):
    """One thing that somebody did (操作日志): written by the database beside each audited row, or by wms.tenancy.audit; never changed.

    `actor` is empty where no person was signed in: a command, or a worker. `use_case` is one of wms.tenancy.access. `subject` is a
    table's name, or a word for what is no row; `changes` has [before, after] by column, cut short, and never a secret.
    """

    seller = tenant_key("tenancy.Seller", _("seller"), null=True, blank=True)
    at = models.DateTimeField(_("when"), db_default=Now())
    actor = models.CharField(_("person"), max_length=150, blank=True)
    use_case = models.CharField(_("use case"), max_length=32)
    verb = models.CharField(_("what was done"), max_length=16, choices=AuditVerb)
    subject = models.CharField(_("object"), max_length=64)
    subject_key = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=150, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=1)
    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=("tenant", "actor", "id"), name="audit_entry_by_person")]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject}"


class FailedSignIn(models.Model):
    """One wrong password, by the fingerprint of who was tried and from where; no tenant's, since nobody has signed in yet."""

    fingerprint = models.CharField(max_length=64)
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=("fingerprint", "failed_at"), name="failed_sign_in_by_whom")]

    def __str__(self) -> str:
        return self.fingerprint[:12]


class SecondFactor(models.Model):
    """What a person proves besides the password; the person's, no tenant's: who works for several companies has one.

    `sealed` holds what the authenticator app and we share (see wms.sealing). Until a first code has come (`confirmed_at`) it asks for
    nothing. `last_step` is the 30-second step of the last code that was taken: none is taken twice.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sealed = models.TextField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=-1)
    wrong_codes = models.PositiveIntegerField(default=0)
    wrong_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """One of the codes that stand in for the app when it is lost, as a fingerprint; gone once it is used."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [UniqueConstraint(fields=("factor", "sha256"), name="recovery_code_once")]

    def __str__(self) -> str:
        return self.sha256[:12]
