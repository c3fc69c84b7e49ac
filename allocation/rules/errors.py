"""Why a rule, or a set of them, can't be used as somebody wished."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allocation.core.rules.documents import RuleFault
from allocation.rules.words import FIELDS
from wms.errors import DomainError


class RuleUnknown(DomainError):
    code = "rule_unknown"
    sentence = _("There is no such rule in the draft: somebody may have archived it. Load the page again.")


class RuleNameMissing(DomainError):
    code = "rule_name_missing"
    sentence = _("A rule needs a name of 1 to 120 characters.")


class RuleNameTaken(DomainError):
    code = "rule_name_taken"
    sentence = _("There is already a rule “%(name)s”: choose another name.")


class RuleDaysReversed(DomainError):
    code = "rule_days_reversed"
    sentence = _("The rule ends on %(until)s, before it begins on %(begin)s: choose a later end, or leave it open.")


class RuleNamesUnknown(DomainError):
    code = "rule_names_unknown"
    sentence = _("There is no %(kind)s %(value)s in this company: choose one of those that are offered.")


class RuleNamesInactive(DomainError):
    code = "rule_names_inactive"
    sentence = _("%(kind)s %(value)s is switched off: switch it on first, or choose another.")


class RuleLaneMissing(DomainError):
    code = "rule_lane_missing"
    sentence = _("None of the warehouses that the rule names ships by any channel that it names: choose others.")


class RuleOrderStale(DomainError):
    code = "rule_order_stale"
    sentence = _("The order names other rules than the draft has: somebody changed it. Load the page again.")


class TooManyRules(DomainError):
    code = "too_many_rules"
    sentence = _("A set has at most %(most)s rules: archive some that are no longer needed.")


class TooManyMarks(DomainError):
    code = "too_many_marks"
    sentence = _(
        "Rules, strategies and rate cards together ask about %(marks)s tags and categories; a record can hold %(most)s: "
        "use fewer different ones."
    )


class NothingToPublish(DomainError):
    code = "nothing_to_publish"
    sentence = _("There is no draft: change a rule first.")


class RuleSetUnknown(DomainError):
    code = "rule_set_unknown"
    sentence = _("There is no version %(number)s of the rules.")


class RuleInvalid(DomainError):
    """What a rule states can't be used; `fault` is one of FAULTS."""

    code = "rule_invalid"

    def __init__(self, fault: RuleFault) -> None:
        super().__init__(fault=fault.code, field=FIELDS.get(fault.field, fault.field), value=fault.value)
        self.fault = fault

    def __str__(self) -> str:
        return str(FAULTS[self.fault.code]) % self.fields


FAULTS: dict[str, Promise] = {
    "empty_condition": _("A rule, or a group in it, has no condition: it would match every order. Add one, or remove the group."),
    "too_deep": _("Groups stand at most %(value)s deep in each other: take one apart."),
    "too_many_conditions": _("A rule has at most %(value)s conditions: make two rules of it."),
    "too_many_values": _("%(field)s: at most %(value)s values in one condition. Use a tag or a category instead."),
    "field_unknown": _("A rule can't ask about “%(value)s”: choose one of the offered fields."),
    "test_not_fitting": _("%(field)s can't be compared by “%(value)s”: choose one of the offered comparisons."),
    "values_missing": _("%(field)s: name at least one value."),
    "text_unusable": _("%(field)s: “%(value)s” is empty, too long, or holds what cannot be printed."),
    "country_missing": _("%(field)s: a country is two letters, such as US: “%(value)s”."),
    "currency_missing": _("%(field)s: a currency is three letters, such as USD: “%(value)s”."),
    "timezone_unknown": _("%(field)s: there is no time zone “%(value)s”."),
    "postcode_unreadable": _(
        "%(field)s: “%(value)s” is no postcode there. Write 10001 for one, 100* for all that begin so, 10001..10099 for a range."
    ),
    "not_a_number": _("%(field)s: “%(value)s” is no number that can be used here."),
    "bounds_missing": _("%(field)s: give a lower or an upper bound."),
    "bounds_reversed": _("%(field)s: the lower bound is above the upper one."),
    "act_unknown": _("A rule can't do “%(value)s”: choose one of the offered actions."),
    "nothing_named": _("Name a warehouse or a channel: the rule would do nothing."),
    "pin_names_one_warehouse": _("A rule that pins names exactly one warehouse."),
}
