"""Rules as JSON values, read back with every fault named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from zoneinfo import available_timezones

from allocation.core.rules.postcodes import read_entry
from allocation.core.rules.terms import IDS, NUMBERS, TESTS_OF, Act, Action, Condition, Field, Group, RuleTerms, Test, Unserved
from orders.core.packing import HEAD

type Document = dict[str, Any]

MOST_DEPTH: Final = 4
MOST_CONDITIONS: Final = 100
MOST_VALUES: Final = 2_000
MOST_NUMBER: Final = 2**53

HEAD_TEXTS: Final = {Field.PLATFORM: "platform", Field.STATE: "state_code", Field.SERVICE_LEVEL: "service_level"}
CASEFOLDED: Final = frozenset({Field.PLATFORM, Field.STATE, Field.SERVICE_LEVEL, Field.TAG, Field.CATEGORY})


class RuleFault(ValueError):
    """Why a rule can't be used: a code of a closed list, which field, and the value."""

    def __init__(self, code: str, field: str = "", value: object = "") -> None:
        super().__init__(code, field, value)
        self.code, self.field, self.value = code, field, value


def group_to_document(group: Group) -> Document:
    """Return a group as JSON values."""
    return {"every": group.every, "parts": [_part_to_document(part) for part in group.parts]}


def _part_to_document(part: Condition | Group) -> Document:
    if isinstance(part, Group):
        return group_to_document(part)
    stated = {"field": part.field.value, "test": part.test.value, "values": list(part.values), "within": part.within}
    numbers = {"least": part.least, "most": part.most}
    return {key: value for key, value in {**stated, **numbers}.items() if value not in (None, "", [])}


def group_from_document(document: Mapping[str, Any], *, depth: int = 0) -> Group:
    """Return the group that a document states. Raises RuleFault for what can't be one, an empty one too."""
    parts = document.get("parts") or []
    if not parts:
        raise RuleFault("empty_condition")
    if depth > MOST_DEPTH:
        raise RuleFault("too_deep", value=MOST_DEPTH)
    read = (group_from_document(part, depth=depth + 1) if "parts" in part else condition_from_document(part) for part in parts)
    group = Group(every=bool(document.get("every", True)), parts=tuple(read))
    if sum(1 for _ in group.conditions()) > MOST_CONDITIONS:
        raise RuleFault("too_many_conditions", value=MOST_CONDITIONS)
    return group


def condition_from_document(document: Mapping[str, Any]) -> Condition:
    """Return the condition that a document states, its words in canonical form. Raises RuleFault."""
    try:
        field, test = Field(document.get("field", "")), Test(document.get("test", ""))
    except ValueError:
        raise RuleFault("field_unknown", value=document.get("field", "")) from None
    if test not in TESTS_OF[field]:
        raise RuleFault("test_not_fitting", field, test)
    within = _within(field, str(document.get("within", "")).strip())
    condition = Condition(
        field=field,
        test=test,
        values=_values(field, within, document.get("values") or []),
        least=_number(field, document.get("least")),
        most=_number(field, document.get("most")),
        within=within,
    )
    _refuse_empty(condition)
    return condition


def _within(field: Field, text: str) -> str:
    if field in (Field.STATE, Field.POSTCODE):
        return _code(field, text, letters=2, fault="country_missing")
    if field == Field.VALUE:
        return _code(field, text, letters=3, fault="currency_missing")
    if field == Field.WEEK_TIME and text not in available_timezones():
        raise RuleFault("timezone_unknown", field, text)
    return text if field == Field.WEEK_TIME else ""


def _code(field: Field, text: str, *, letters: int, fault: str) -> str:
    code = text.upper()
    if len(code) != letters or not (code.isascii() and code.isalpha()):
        raise RuleFault(fault, field, text)
    return code


def _values(field: Field, within: str, given: list[Any]) -> tuple[int | str, ...]:
    if len(given) > MOST_VALUES:
        raise RuleFault("too_many_values", field, MOST_VALUES)
    if field in IDS or field == Field.WEEK_TIME:
        return tuple(sorted({_id(field, value) for value in given}))
    return tuple(sorted({_text(field, within, str(value)) for value in given}))


def _id(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise RuleFault("not_a_number", field, value)
    return value


def _text(field: Field, within: str, value: str) -> str:
    text = value.strip()
    if field == Field.COUNTRY:
        return _code(field, text, letters=2, fault="country_missing")
    if field == Field.POSTCODE:
        try:
            return read_entry(within, text)
        except ValueError:
            raise RuleFault("postcode_unreadable", field, value) from None
    folded = text.casefold() if field in CASEFOLDED else text
    most = HEAD[HEAD_TEXTS[field]].itemsize if field in HEAD_TEXTS else 200
    if len(folded.encode()) > most or not folded.isprintable():
        raise RuleFault("text_unusable", field, value)
    return folded


def _number(field: Field, value: Any) -> int | None:
    if value is None or field not in NUMBERS:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_NUMBER:
        raise RuleFault("not_a_number", field, value)
    return value


def _refuse_empty(condition: Condition) -> None:
    """Raise RuleFault for a condition that says nothing, or whose bounds leave nothing between them."""
    if condition.field in NUMBERS:
        bounded = condition.least is not None or condition.most is not None
        if not bounded and not condition.values:
            raise RuleFault("bounds_missing", condition.field)
        if condition.field == Field.WEEK_TIME:
            return
        if bounded and condition.least is not None and condition.most is not None and condition.least > condition.most:
            raise RuleFault("bounds_reversed", condition.field)
    elif not condition.values:
        raise RuleFault("values_missing", condition.field)


def action_to_document(action: Action) -> Document:
    """Return an action as JSON values."""
    return {"act": action.act.value, "warehouse_ids": list(action.warehouse_ids), "channel_ids": list(action.channel_ids)}


def action_from_document(document: Mapping[str, Any]) -> Action:
    """Return the action that a document states. Raises RuleFault."""
    try:
        act = Act(document.get("act", ""))
    except ValueError:
        raise RuleFault("act_unknown", value=document.get("act", "")) from None
    warehouses, channels = (tuple(sorted(set(document.get(name) or ()))) for name in ("warehouse_ids", "channel_ids"))
    if act == Act.REVIEW:
        return Action(act=act)
    if not warehouses and not channels:
        raise RuleFault("nothing_named", act)
    if act == Act.PIN and len(warehouses) != 1:
        raise RuleFault("pin_names_one_warehouse", act)
    return Action(act=act, warehouse_ids=warehouses, channel_ids=channels)


def rule_to_document(rule: RuleTerms) -> Document:
    """Return a rule as JSON values."""
    return {
        "id": rule.id,
        "name": rule.name,
        "condition": group_to_document(rule.condition),
        "action": action_to_document(rule.action),
        "unserved": rule.unserved.value,
        "effective_from": rule.effective_from and rule.effective_from.isoformat(),
        "effective_to": rule.effective_to and rule.effective_to.isoformat(),
    }


def rule_from_document(document: Mapping[str, Any]) -> RuleTerms:
    """Return the rule that `rule_to_document` wrote."""
    return RuleTerms(
        id=document["id"],
        name=document["name"],
        condition=group_from_document(document["condition"]),
        action=action_from_document(document["action"]),
        unserved=Unserved(document["unserved"]),
        effective_from=_day(document["effective_from"]),
        effective_to=_day(document["effective_to"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
