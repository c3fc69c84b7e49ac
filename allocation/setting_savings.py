"""What the settings in force save against those before them, from the savings ledger.

Different days bring different orders, so costs are compared as shares of what the nearest warehouses that could serve would have
cost: what the orders under the present settings would have cost at the share of the settings before is what they are held against.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from allocation.overview import AUTOMATIC_MODES

# The days of the changes of smart allocation and of the rules, the last two; then the orders between and since. The days of the
# changes themselves are under both settings and count for neither.
SHARES: Final = """
WITH change AS (
  SELECT DISTINCT (at AT TIME ZONE t.timezone)::date AS day
  FROM tenancy_tenant t CROSS JOIN LATERAL (
    SELECT saved_at AS at FROM allocation_strategyversion WHERE tenant_id = t.id
    UNION ALL SELECT published_at FROM allocation_rulesetversion WHERE tenant_id = t.id AND published_at IS NOT NULL
  ) c WHERE t.id = app_tenant() ORDER BY day DESC LIMIT 2
), bound AS (SELECT max(day) AS changed, CASE WHEN count(*) > 1 THEN min(day) END AS before FROM change)
SELECT b.changed, d.date > b.changed AS present, sum(d.orders)::bigint, sum(d.cost_minor)::bigint, sum(d.nearest_cost_minor)::bigint
FROM bound b JOIN allocation_daytotal d ON d.tenant_id = app_tenant() AND d.date <> b.changed AND (b.before IS NULL OR d.date > b.before)
WHERE d.mode = ANY(%(automatic)s) GROUP BY 1, 2 HAVING sum(d.orders) > 0 AND sum(d.nearest_cost_minor) > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSavings:
    """Since the day `changed`: what automation's orders cost, and what they would have cost at the share of before, in minor units."""

    changed: date
    orders: int
    cost_minor: int
    at_share_before_minor: int

    @property
    def saved_minor(self) -> int:
        """Return what the present settings saved."""
        return self.at_share_before_minor - self.cost_minor


def savings_of_settings() -> SettingSavings | None:
    """Return what the last change of settings saved, None where there were no orders on either side of one; in the tenant's scope."""
    with connection.cursor() as cursor:
        cursor.execute(SHARES, {"automatic": [mode.value for mode in AUTOMATIC_MODES]})
        sides = {present: (changed, orders, cost, nearest) for changed, present, orders, cost, nearest in cursor.fetchall()}
    if len(sides) < 2:
        return None
    changed, orders, cost, nearest = sides[True]
    _, _, cost_before, nearest_before = sides[False]
    at_share_before = (2 * nearest * cost_before + nearest_before) // (2 * nearest_before)
    return SettingSavings(changed=changed, orders=orders, cost_minor=cost, at_share_before_minor=at_share_before)
