"""What a company sets about its exceptions, from a terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.world import add_tenant

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("exception_settings", "--tenant", "eastlake", *arguments, stdout=out)
    return out.getvalue().strip()


def test_each_is_set_by_itself_and_the_other_stays() -> None:
    add_tenant(code="eastlake")
    assert run() == "A person decides after 2 rejections; waiting is overdue after 24 hours."
    assert run("--most-rejections", "3") == "A person decides after 3 rejections; waiting is overdue after 24 hours."
    assert run("--overdue-hours", "8") == "A person decides after 3 rejections; waiting is overdue after 8 hours."


@pytest.mark.parametrize("arguments", [("--most-rejections", "0"), ("--overdue-hours", "10001")])
def test_refuses_what_makes_no_sense(arguments: tuple[str, str]) -> None:
    add_tenant(code="eastlake")
    with pytest.raises(CommandError, match="between 1 and 10000"):
        run(*arguments)
