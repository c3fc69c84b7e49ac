"""Work on a company's allocation rules: edit the draft, look at what it does, publish it, restore a version."""

from allocation.rules.editing import (
    SavedRule,
    StatedRule,
    archive_rule,
    discard_draft,
    duplicate_rule,
    reorder_rules,
    save_rule,
    set_rule_enabled,
)
from allocation.rules.publishing import publish_rules, restore_rules
from allocation.rules.reading import check_rules, draft_or_active, rules_in_force, terms_of

__all__ = [
    "SavedRule",
    "StatedRule",
    "archive_rule",
    "check_rules",
    "discard_draft",
    "draft_or_active",
    "duplicate_rule",
    "publish_rules",
    "reorder_rules",
    "restore_rules",
    "rules_in_force",
    "save_rule",
    "set_rule_enabled",
    "terms_of",
]
