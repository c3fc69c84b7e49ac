"""What people change of smart allocation, of rules and of default warehouses is in the audit log.

The copy of a whole set of rules that a first change makes is one entry, not one a rule.
"""

from django.db import migrations

from wms.tenancy.rls import audited

TABLES = (
    "allocation_lane",
    "allocation_strategy",
    "allocation_strategywarehouse",
    "allocation_strategychannel",
    "allocation_strategyseller",
    "allocation_strategystore",
    "allocation_strategyban",
    "allocation_defaultwarehouse",
    "allocation_rulesetversion",
    "allocation_exceptionpolicy",
)


class Migration(migrations.Migration):
    dependencies = [("allocation", "0020_draws_of_turns"), ("tenancy", "0008_audit")]

    operations = [
        *(audited(table, use_case="configure") for table in TABLES),
        audited("allocation_rule", use_case="configure", most=1),
    ]
