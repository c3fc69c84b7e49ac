"""Versions of a company's set of allocation rules (分仓规则), and the rules of each."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from allocation.core.rules.terms import Unserved
from wms.tenancy.models import TenantModel, tenant_key


class RuleSetState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("in force")
    ARCHIVED = "archived", _("archived")


class UnservedChoice(models.TextChoices):
    NEXT_RULE = Unserved.NEXT_RULE.value, _("ask the next rule")
    SMART = Unserved.SMART.value, _("smart allocation")
    EXCEPTION = Unserved.EXCEPTION.value, _("exception order")


class RuleSetVersion(TenantModel):
    """One version of a company's rules. Only the draft changes; publishing puts it in force and archives the one before."""

    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=8, choices=RuleSetState, default=RuleSetState.DRAFT)
    based_on = models.PositiveIntegerField(_("made from version"), null=True)
    author = models.CharField(_("by"), max_length=120)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        constraints = [
            UniqueConstraint(fields=("tenant", "number"), name="rule_set_number_once_per_tenant"),
            UniqueConstraint(fields=("tenant",), condition=Q(state="draft"), name="rule_set_one_draft_per_tenant"),
            UniqueConstraint(fields=("tenant",), condition=Q(state="active"), name="rule_set_one_in_force_per_tenant"),
            CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True) | ~Q(state="draft"), name="rule_set_draft_is_unpublished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Rule(TenantModel):
    """One rule of a version; the smallest position is asked first.

    `key` names the rule through all versions, and in records. `condition` and `action` are what allocation.core.rules reads.
    """

    version = tenant_key("allocation.RuleSetVersion", _("version"), on_delete=models.CASCADE, related_name="rules")
    key = models.BigIntegerField(_("rule"))
    position = models.PositiveIntegerField(_("priority"))
    name = models.CharField(_("name"), max_length=120)
    enabled = models.BooleanField(_("on"), default=True)
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    effective_to = models.DateField(_("until (exclusive)"), null=True, blank=True)
    condition = models.JSONField(_("conditions"))
    action = models.JSONField(_("action"))
    unserved = models.CharField(_("when it cannot be served"), max_length=12, choices=UnservedChoice)
    author = models.CharField(_("by"), max_length=120)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("allocation rule")
        verbose_name_plural = _("allocation rules")
        constraints = [
            UniqueConstraint(fields=("tenant", "version", "key"), name="rule_once_per_version"),
            UniqueConstraint(fields=("tenant", "version", "name"), name="rule_name_once_per_version"),
            CheckConstraint(
                condition=Q(effective_from__isnull=True) | Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="rule_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name
