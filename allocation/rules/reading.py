"""The rules of a company as the core reads them. Call these inside the tenant's scope, unless they name the tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from allocation.core.rules.documents import action_from_document, group_from_document
from allocation.core.rules.examples import Article, Catalogue, StoreFacts
from allocation.core.rules.findings import Finding, findings_of
from allocation.core.rules.terms import Field, RuleTerms, Unserved
from allocation.rule_models import Rule, RuleSetState, RuleSetVersion
from inventory.models import Sku
from orders.models import Store
from wms.tenancy.scope import tenant_scope

SETS_KEPT: Final = 16
"""So many sets of rules, of whichever companies, are remembered with their findings by each process."""


def terms_of(row: Rule) -> RuleTerms:
    """Return a stored rule as the core reads it, under the key that names it through all versions."""
    return RuleTerms(
        id=row.key,
        name=row.name,
        condition=group_from_document(row.condition),
        action=action_from_document(row.action),
        unserved=Unserved(row.unserved),
        effective_from=row.effective_from,
        effective_to=row.effective_to,
    )


def rules_in_force() -> tuple[RuleTerms, ...]:
    """Return the rules that decide now, switched-off ones left out, in the order in which they are asked."""
    rows = Rule.objects.filter(version__state=RuleSetState.ACTIVE, enabled=True)
    return tuple(terms_of(row) for row in rows.order_by("position", "key"))


def draft_or_active() -> RuleSetVersion | None:
    """Return the version that people work on: the draft, where there is none what is in force."""
    by_state = {version.state: version for version in RuleSetVersion.objects.exclude(state=RuleSetState.ARCHIVED)}
    return by_state.get(RuleSetState.DRAFT) or by_state.get(RuleSetState.ACTIVE)


def rows_of(version: RuleSetVersion | None) -> list[Rule]:
    """Return the rules of a version in their order."""
    return [] if version is None else list(Rule.objects.filter(version=version).order_by("position", "key"))


def check_rules(*, tenant_id: int, only: int | None = None) -> tuple[Finding, ...]:
    """Return the troubles of the set that people work on; with `only`, a rule's key, those that concern that rule."""
    with tenant_scope(tenant_id=tenant_id):
        terms = tuple(terms_of(row) for row in rows_of(draft_or_active()) if row.enabled)
        catalogue = catalogue_of(terms)
    return kept_findings(terms, tuple(catalogue.stores.items()), tuple(catalogue.articles.items()), only)


@lru_cache(maxsize=SETS_KEPT)
def kept_findings(
    rules: tuple[RuleTerms, ...], stores: tuple[tuple[int, StoreFacts], ...], articles: tuple[tuple[int, Article], ...], only: int | None
) -> tuple[Finding, ...]:
    """Return the findings of a set: the same words about the same goods have the same troubles, however often a page is loaded."""
    return findings_of(rules, catalogue=Catalogue(stores=dict(stores), articles=dict(articles)), only=only)


def catalogue_of(rules: Sequence[RuleTerms]) -> Catalogue:
    """Return the stores and articles that rules name."""
    stores = Store.objects.filter(pk__in=_named(rules, Field.STORE)).order_by("pk")
    articles = Sku.objects.filter(pk__in=_named(rules, Field.SKU)).order_by("pk")
    return Catalogue(
        stores={row.pk: StoreFacts(seller_id=row.seller_id, platform=row.platform) for row in stores},
        articles={row.pk: Article(sku_id=row.pk, seller_id=row.seller_id, tags=tuple(row.tags), category=row.category) for row in articles},
    )


def _named(rules: Iterable[RuleTerms], field: Field) -> set[int]:
    conditions = (condition for rule in rules for condition in rule.condition.conditions())
    return {int(value) for condition in conditions if condition.field == field for value in condition.values}
