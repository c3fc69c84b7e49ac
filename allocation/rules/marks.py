"""Whether a record can hold all that a set of rules asks about the goods. Call it inside the tenant's scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from allocation.core.tags import MOST_BITS, TagBits
from allocation.rule_models import RuleSetVersion
from allocation.rules.errors import TooManyMarks
from allocation.rules.reading import rows_of, terms_of
from allocation.selectors import read_settings, ship_date_of
from carriers.selectors import read_cards
from wms.tenancy.models import Tenant


def refuse_too_many_marks(draft: RuleSetVersion, *, at: datetime) -> None:
    """Raise TooManyMarks where rate cards and settings, with the draft in force, would ask about more than a record holds."""
    tenant = Tenant.objects.get(pk=draft.tenant_id)
    rules = tuple(terms_of(row) for row in rows_of(draft) if row.enabled)
    settings = replace(read_settings(tenant=tenant, ship_date=ship_date_of(tenant=tenant, at=at)), rules=rules)
    cards = read_cards(terms.rate_card_id for terms in settings.channels if terms.rate_card_id is not None)
    bits = TagBits.of(cards.values(), settings.tags(), settings.marks())
    if bits.count > MOST_BITS:
        raise TooManyMarks(marks=bits.count, most=MOST_BITS)
