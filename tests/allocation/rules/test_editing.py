"""What people may do to rules, what is refused and by which sentence, and that a draft decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from allocation.core.rules.findings import Trouble
from allocation.models import Rule, RuleSetVersion
from allocation.rules.editing import (
    StatedRule,
    archive_rule,
    discard_draft,
    duplicate_rule,
    reorder_rules,
    save_rule,
    set_rule_enabled,
)
from allocation.rules.errors import (
    NothingToPublish,
    RuleDaysReversed,
    RuleInvalid,
    RuleLaneMissing,
    RuleNameMissing,
    RuleNamesInactive,
    RuleNamesUnknown,
    RuleNameTaken,
    RuleOrderStale,
    RuleSetUnknown,
    RuleUnknown,
    TooManyMarks,
)
from allocation.rules.publishing import publish_rules, restore_rules
from allocation.rules.reading import check_rules, kept_findings, rules_in_force
from tests.world import NOON, add_carrier, add_channel, add_lane, add_tenant, add_warehouse
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

AMAZON = {"every": True, "parts": [{"field": "platform", "test": "is", "values": ["amazon"]}]}


class House:
    """A company with a warehouse, a channel, and the lane between them."""

    def __init__(self) -> None:
        self.tenant = add_tenant()
        self.warehouse = add_warehouse(tenant=self.tenant)
        self.channel = add_channel(carrier=add_carrier(tenant=self.tenant))
        add_lane(warehouse=self.warehouse, channel=self.channel)
        self.who: dict[str, Any] = {"tenant_id": self.tenant.pk, "actor": "Li", "at": NOON}

    def stated(self, name: str = "Amazon", **fields: Any) -> StatedRule:
        return StatedRule(**{"name": name, "condition": AMAZON, "action": self.pin(), **fields})

    def pin(self) -> dict[str, Any]:
        return {"act": "pin", "warehouse_ids": [self.warehouse.pk]}

    def save(self, name: str = "Amazon", *, key: int | None = None, **fields: Any) -> int:
        return save_rule(stated=self.stated(name, **fields), key=key, **self.who).key

    def in_force(self) -> list[str]:
        with tenant_scope(tenant_id=self.tenant.pk):
            return [rule.name for rule in rules_in_force()]

    def versions(self) -> list[tuple[int, str]]:
        with tenant_scope(tenant_id=self.tenant.pk):
            return list(RuleSetVersion.objects.order_by("number").values_list("number", "state"))

    def revision(self) -> int:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Tenant.objects.get().settings_revision


@pytest.fixture
def house() -> House:
    return House()


def test_a_draft_decides_nothing_until_it_is_published(house):
    before = house.revision()
    house.save()
    assert house.in_force() == []
    assert house.revision() == before

    number = publish_rules(comment="first", **house.who)

    assert (number, house.in_force(), house.versions()) == (1, ["Amazon"], [(1, "active")])
    assert house.revision() > before


def test_a_change_of_what_is_in_force_makes_a_draft_of_it(house):
    key = house.save()
    publish_rules(comment="", **house.who)
    house.save("Renamed", key=key)
    assert house.in_force() == ["Amazon"]
    publish_rules(comment="", **house.who)
    assert house.in_force() == ["Renamed"]
    assert house.versions() == [(1, "archived"), (2, "active")]


def test_a_rule_keeps_its_key_through_versions_and_a_new_one_never_takes_an_old_key(house):
    first, second = house.save("A"), house.save("B")
    publish_rules(comment="", **house.who)
    archive_rule(key=second, **house.who)
    publish_rules(comment="", **house.who)
    assert house.save("C") not in (first, second)


def test_rules_are_asked_in_the_order_that_people_give_them(house):
    a, b, c = (house.save(name) for name in "ABC")
    reorder_rules(keys=[c, a, b], **house.who)
    publish_rules(comment="", **house.who)
    assert house.in_force() == ["C", "A", "B"]
    for wrong in ([a, b], [a, b, c, c], [a, b, 99]):
        with pytest.raises(RuleOrderStale):
            reorder_rules(keys=wrong, **house.who)


def test_a_rule_that_is_switched_off_does_not_decide(house):
    key = house.save()
    set_rule_enabled(key=key, enabled=False, **house.who)
    publish_rules(comment="", **house.who)
    assert house.in_force() == []


def test_a_duplicate_stands_behind_the_rule_and_is_switched_off(house):
    a, _ = house.save("A"), house.save("B")
    copy = duplicate_rule(key=a, name="A (2)", **house.who)
    with tenant_scope(tenant_id=house.tenant.pk):
        rows = list(Rule.objects.order_by("position").values_list("name", "enabled"))
    assert rows == [("A", True), ("A (2)", False), ("B", True)]
    assert copy.key != a


def test_an_earlier_version_is_restored_as_a_draft(house):
    house.save("Old")
    publish_rules(comment="", **house.who)
    house.save("New")
    publish_rules(comment="", **house.who)
    house.save("Unfinished")
    restore_rules(number=1, **house.who)
    assert house.in_force() == ["Old", "New"]
    publish_rules(comment="back", **house.who)
    assert house.in_force() == ["Old"]
    with pytest.raises(RuleSetUnknown):
        restore_rules(number=77, **house.who)


def test_a_discarded_draft_leaves_what_is_in_force(house):
    house.save("A")
    publish_rules(comment="", **house.who)
    house.save("B")
    discard_draft(tenant_id=house.tenant.pk)
    assert house.in_force() == ["A"]
    with pytest.raises(NothingToPublish):
        publish_rules(comment="", **house.who)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"name": " "}, RuleNameMissing, "needs a name"),
        ({"condition": {"every": True, "parts": []}}, RuleInvalid, "no condition"),
        ({"condition": {"every": True, "parts": [{"field": "units", "test": "between"}]}}, RuleInvalid, "lower or an upper bound"),
        ({"condition": {"every": True, "parts": [{"field": "seller", "test": "is", "values": [999]}]}}, RuleNamesUnknown, "seller 999"),
        ({"action": {"act": "restrict", "warehouse_ids": [999]}}, RuleNamesUnknown, "warehouse 999"),
        ({"action": {"act": "forbid", "channel_ids": [999]}}, RuleNamesUnknown, "channel 999"),
        ({"action": {"act": "restrict"}}, RuleInvalid, "Name a warehouse or a channel"),
        ({"effective_from": date(2026, 3, 2), "effective_to": date(2026, 3, 2)}, RuleDaysReversed, "before it begins"),
    ],
)
def test_what_can_be_no_rule_is_refused_by_a_sentence_that_says_what_to_do(house, fields, error, words):
    with pytest.raises(error, match=words) as refused:
        save_rule(stated=house.stated(**{"name": "R", **fields}), **house.who)
    with translation.override("zh-hans"):
        assert words not in str(refused.value)
    assert house.versions() == []


def test_a_name_that_is_taken_is_refused(house):
    key = house.save("A")
    house.save("A", key=key)
    with pytest.raises(RuleNameTaken):
        house.save("A")


def test_a_warehouse_that_is_switched_off_or_ships_by_no_named_channel_is_refused(house):
    off = add_warehouse(tenant=house.tenant, code="OFF", active=False)
    apart = add_warehouse(tenant=house.tenant, code="APART")
    with pytest.raises(RuleNamesInactive, match="OFF"):
        house.save(action={"act": "pin", "warehouse_ids": [off.pk]})
    with pytest.raises(RuleLaneMissing):
        house.save(action={"act": "pin", "warehouse_ids": [apart.pk], "channel_ids": [house.channel.pk]})
    house.save(action={"act": "pin", "warehouse_ids": [house.warehouse.pk], "channel_ids": [house.channel.pk]})


def test_what_has_gone_since_it_was_saved_is_refused_when_it_is_published(house):
    house.save()
    with tenant_scope(tenant_id=house.tenant.pk):
        house.warehouse.active = False
        house.warehouse.save()
    with pytest.raises(RuleNamesInactive):
        publish_rules(comment="", **house.who)
    assert house.in_force() == []


def test_a_rule_of_another_company_does_not_exist(house):
    key = house.save()
    stranger = add_tenant(code="west")
    with pytest.raises(RuleUnknown):
        set_rule_enabled(tenant_id=stranger.pk, key=key, enabled=False, actor="Eve", at=NOON)
    theirs = add_warehouse(tenant=stranger)
    with pytest.raises(RuleNamesUnknown):
        house.save("Theirs", action={"act": "pin", "warehouse_ids": [theirs.pk]})


def test_saving_tells_what_is_wrong_with_the_set(house):
    other = add_warehouse(tenant=house.tenant, code="DAL")
    first = house.save("All")
    saved = save_rule(
        stated=house.stated(
            "Narrow", condition={"every": True, "parts": [*AMAZON["parts"], {"field": "units", "test": "between", "least": 2}]}
        ),
        **house.who,
    )
    assert [(finding.trouble, finding.earlier.id) for finding in saved.findings] == [(Trouble.SHADOWED, first)]
    reorder_rules(keys=[saved.key, first], **house.who)
    assert check_rules(tenant_id=house.tenant.pk) == ()
    house.save("Narrow", key=saved.key, condition=AMAZON, action={"act": "pin", "warehouse_ids": [other.pk]})
    assert [finding.trouble for finding in check_rules(tenant_id=house.tenant.pk)] == [Trouble.SHADOWED]
    set_rule_enabled(key=saved.key, enabled=False, **house.who)
    assert check_rules(tenant_id=house.tenant.pk) == ()


def test_an_unchanged_set_is_not_compared_again_and_a_changed_one_is(house):
    narrow = {"every": True, "parts": [*AMAZON["parts"], {"field": "units", "test": "between", "least": 2}]}
    house.save("All")
    key = house.save("Narrow", condition=narrow)
    first = check_rules(tenant_id=house.tenant.pk)
    misses = kept_findings.cache_info().misses
    assert [finding.trouble for finding in first] == [Trouble.SHADOWED]
    assert check_rules(tenant_id=house.tenant.pk) == first
    assert kept_findings.cache_info().misses == misses
    set_rule_enabled(key=key, enabled=False, **house.who)
    assert check_rules(tenant_id=house.tenant.pk) == ()


def test_more_tags_than_a_record_can_hold_are_refused(house):
    many = {"every": False, "parts": [{"field": "tag", "test": "any", "values": [f"tag {number}" for number in range(63)]}]}
    house.save("Full", condition=many)
    more = {"every": True, "parts": [{"field": "category", "test": "all", "values": ["lamps"]}]}
    with pytest.raises(TooManyMarks, match="64"):
        house.save("One more", condition=more)
    house.save("One more", condition=more, enabled=False)
