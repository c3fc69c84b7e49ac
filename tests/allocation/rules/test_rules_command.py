"""Rules from a terminal: a set is written down, tried, put in force and restored; what is wrong is said and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from allocation.models import RuleSetVersion
from allocation.rules.reading import rules_in_force
from tests.allocation.scene import Scene
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

TWO_RULES = """
[[rule]]
name = "Lamps from NJ1"
unserved = "exception"
effective_from = 2026-01-01
condition.parts = [{field = "sku", values = ["LAMP"]}, {field = "weight", most = "3 kg"}]
action = {act = "restrict", warehouses = ["NJ1"], channels = ["GROUND"]}

[[rule]]
name = "Dear or at night"
[rule.condition]
every = false
parts = [
  {field = "value", within = "USD", least = 500.5},
  {every = true, parts = [
    {field = "week_time", values = ["monday"], least = 22:00:00, most = "06:00"}, {field = "country", values = ["US"]},
  ]},
]
[rule.action]
act = "review"
"""


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap and NJ1 dear, with an order for a lamp and one for a rug."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.receive("RUG", DAL=5, NJ1=5)
    scene.place("A-1001", LAMP=2)
    scene.place("A-1002", RUG=1)
    return scene


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rules", "--tenant", "eastlake", "--actor", "Li", *arguments, stdout=out)
    return out.getvalue()


def written(tmp_path: Path, text: str, name: str = "rules.toml") -> str:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def in_force(scene: Scene) -> list[str]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return [rule.name for rule in rules_in_force()]


def test_a_set_is_written_down_tried_put_in_force_and_decides(scene: Scene, tmp_path: Path) -> None:
    added = run("add", written(tmp_path, TWO_RULES)).splitlines()
    assert added[:2] == ["Rule 1 is in the draft.", "Rule 2 is in the draft."]
    assert added[2].startswith("“Dear or at night” contradicts “Lamps from NJ1”, which comes first: some orders fit both.")
    listed = run("list").splitlines()
    assert listed[0] == "Version 1, draft"
    assert "SKU any article has LAMP and weight up to 3 kg" in listed[4]
    assert listed[4].endswith("ship only from or by NJ1, GROUND  exception order")
    assert "matched and decided" in run("try", "A-1001")
    assert "did not match: SKU any article has LAMP" in run("try", "A-1002")
    assert [line.split()[-1] for line in run("count").splitlines()[2:]] == ["1", "0", "1"]
    assert in_force(scene) == []
    assert run("publish", "--comment", "first") == "Version 1 is in force.\n"
    scene.drain()
    assert scene.decision(scene.placed[0]) == ("rule", "NJ1", 700)
    assert scene.decision(scene.placed[1]) == ("smart", "DAL", 500)


def test_what_is_shown_is_what_adding_reads(scene: Scene, tmp_path: Path) -> None:
    run("add", written(tmp_path, TWO_RULES))
    for key in ("1", "2"):
        shown = run("show", key)
        again = {**json.loads(shown), "name": f"Copy of {key}"}
        run("add", written(tmp_path, json.dumps(again), "rule.json"))
        copy = str(int(key) + 2)
        assert json.loads(run("show", copy)) == again
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = list(RuleSetVersion.objects.get().rules.order_by("key"))
    assert [row.condition for row in rows[:2]] == [row.condition for row in rows[2:]]
    assert [row.action for row in rows[:2]] == [row.action for row in rows[2:]]


def test_rules_are_switched_ordered_copied_changed_and_archived(scene: Scene, tmp_path: Path) -> None:
    run("add", written(tmp_path, TWO_RULES))
    run("off", "1")
    run("duplicate", "2", "Second")
    run("order", "3", "2")
    assert [line.split()[0] for line in run("list").splitlines()[4:]] == ["3", "2", "1"]
    run("on", "1")
    changed = {**json.loads(run("show", "1")), "name": "Renamed"}
    run("change", "1", written(tmp_path, json.dumps(changed), "rule.json"))
    run("archive", "3")
    run("publish")
    assert in_force(scene) == ["Dear or at night", "Renamed"]


def test_a_rule_that_can_never_match_is_told_when_it_is_added_and_asked_for(scene: Scene, tmp_path: Path) -> None:
    assert "Nothing is wrong" in run("findings")
    narrower = TWO_RULES.replace("Dear or at night", "Never").replace('{field = "value", within = "USD", least = 500.5},', "")
    run("add", written(tmp_path, TWO_RULES))
    run("add", written(tmp_path, "[[rule]]" + narrower.split("[[rule]]")[2]))
    assert "“Never” can never match" in run("findings")


def test_versions_are_listed_restored_and_drafts_discarded(scene: Scene, tmp_path: Path) -> None:
    run("add", written(tmp_path, TWO_RULES))
    run("publish", "--comment", "peak season")
    run("archive", "1")
    run("publish")
    history = run("history").splitlines()[2:]
    assert [line.split()[0] for line in history] == ["2", "1"]
    assert "peak season" in history[1]
    run("restore", "1")
    assert in_force(scene) == ["Dear or at night"]
    run("discard")
    run("restore", "1")
    run("publish")
    assert in_force(scene) == ["Lamps from NJ1", "Dear or at night"]


ONE = 'name = "R"\ncondition.parts = [{field = "platform", values = ["amazon"]}]\naction = {act = "pin", warehouses = ["NJ1"]}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ONE.replace("NJ1", "XX"), "There is no warehouse “XX” in this company"),
        (ONE.replace('warehouses = ["NJ1"]', 'channels = ["XX"]'), "There is no channel “XX”"),
        (ONE.replace('field = "platform", values = ["amazon"]', 'field = "sku", values = ["NONE"]'), "There is no SKU “NONE”"),
        (ONE.replace('{field = "platform", values = ["amazon"]}', ""), "has no condition"),
        (ONE.replace('"platform"', '"colour"'), "can't ask about “colour”"),
        (ONE.replace('values = ["amazon"]', "value = 1"), "“value” is not known in a condition. Known are: field, test"),
        (ONE.replace('values = ["amazon"]', 'values = "amazon"'), "“values” in a condition can't be “amazon”"),
        (ONE.replace('field = "platform", values = ["amazon"]', 'field = "weight", most = "heavy"'), "is not a weight"),
        (ONE.replace('field = "platform", values = ["amazon"]', 'field = "units", least = "many"'), "is no number"),
        (ONE + 'unserved = "perhaps"\n', "“unserved” in a rule can't be “perhaps”"),
        (ONE + "effective_from = 2026-02-01\neffective_to = 2026-01-01\n", "before it begins"),
        (ONE.replace('name = "R"', 'name = ""'), "needs a name"),
        ("name = ", "can't be read as TOML or JSON"),
    ],
)
def test_what_can_be_no_rule_is_said_and_none_of_the_file_is_stored(scene: Scene, tmp_path: Path, text: str, words: str) -> None:
    good = ONE.replace('"R"', '"Good"')
    tables = "\n".join(f"[[rule]]\n{each}" for each in (good, text)) if "name = \n" not in f"{text}\n" else text
    with pytest.raises(CommandError, match=words):
        run("add", written(tmp_path, tables))
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not RuleSetVersion.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish",), "There is no draft"),
        (("show", "9"), "There is no such rule"),
        (("order", "9"), "There is no such rule"),
        (("try", "A-9"), "0 orders have the number A-9"),
        (("restore", "7"), "There is no version 7"),
        (("add", "/nowhere/rules.toml"), "can't be read"),
    ],
)
def test_says_what_is_wrong(scene: Scene, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
