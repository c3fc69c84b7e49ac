import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from wms.tenancy.prefixes import prefix_range

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4)


@given(prefix=texts, text=texts)
def test_a_text_lies_in_the_range_exactly_if_it_starts_with_the_prefix(prefix: str, text: str) -> None:
    low, high = prefix_range(prefix)

    assert (low <= text and (high is None or text < high)) == text.startswith(prefix)


@pytest.mark.parametrize(
    ("prefix", "high"), [("1001", "1002"), ("a9", "a:"), ("é", "ê"), ("", None), ("\U0010ffff", None), ("a\U0010ffff", "b")]
)
def test_the_upper_end_is_the_next_text_of_the_same_length(prefix: str, high: str | None) -> None:
    assert prefix_range(prefix) == (prefix, high)


@pytest.mark.django_db
def test_the_database_sorts_text_by_code_point_as_ranges_need() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'a' > 'B' AND 'é' > 'z' AND '-1' < '0'")
        assert cursor.fetchone() == (True,)
