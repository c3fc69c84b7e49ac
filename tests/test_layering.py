"""Foreign keys point downwards too: a key named by a string is an import that import-linter can't see (ARCHITECTURE §2)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import Field

FLOORS = {
    "auth": 0,
    "places": 1,
    "tenancy": 1,
    "exports": 2,
    "inventory": 2,
    "carriers": 2,
    "orders": 3,
    "allocation": 4,
    "billing": 5,
    "console": 6,
    "portal": 6,
    "demo": 7,
}
"""The floor that each app stands on. A key may point to the own app or to a lower floor."""

NOT_OURS = {"admin", "contenttypes", "sessions", "messages", "staticfiles", "postgres", "unfold", "auth"}


def our_apps() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.label not in NOT_OURS]


def test_every_app_has_its_floor() -> None:
    assert {"auth", *our_apps()} == set(FLOORS)


@pytest.mark.parametrize("label", our_apps())
def test_foreign_keys_of_an_app_point_to_itself_or_downwards(label: str) -> None:
    targets = {
        (str(field), field.related_model._meta.app_label)
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.is_relation and isinstance(field.related_model, type)
    }

    assert not {(field, target) for field, target in targets if target != label and FLOORS[target] >= FLOORS[label]}
