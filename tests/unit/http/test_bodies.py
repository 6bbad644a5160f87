"""Parameters as Rails reads them."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.answers import ApiError
from shared.http.bodies import nested


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("export_type=zip", {"export_type": "zip"}),
        ("select[pages][]=1&select[pages][]=2", {"select": {"pages": ["1", "2"]}}),
        ("select[pages][wiki_page_5]=1", {"select": {"pages": {"wiki_page_5": "1"}}}),
        ("select[all_quizzes]=1&select[files][]=3", {"select": {"all_quizzes": "1", "files": ["3"]}}),
        ("a=1&a=2", {"a": "2"}),
        ("", {}),
    ],
)
def test_brackets_in_names_nest_lists_and_hashes(form: str, expected: dict[str, Any]) -> None:
    assert nested(parse_qsl(form)) == expected


@pytest.mark.parametrize("form", ["a[]=1&a[b]=2", "a[b]=2&a[]=1", "a[b]=1&a[b][]=2", "=1"])
def test_a_name_used_in_two_ways_is_a_bad_request(form: str) -> None:
    with pytest.raises(ApiError) as caught:
        nested(parse_qsl(form, keep_blank_values=True))
    assert caught.value.status == 400


def test_a_name_that_is_nested_too_deep_cannot_be_processed_and_is_named() -> None:
    with pytest.raises(ApiError) as caught:
        nested([("a" + "[b]" * 20, "1")])
    assert caught.value.status == 422
    assert caught.value.body["errors"][0]["parameter"].startswith("a[b][b]")


@given(st.lists(st.tuples(st.text(alphabet="ab[]=.", max_size=12), st.text(max_size=3)), max_size=8))
def test_no_form_crashes_the_reader(pairs: list[tuple[str, str]]) -> None:
    with suppress(ApiError):  # the one answer for names that cannot be read
        assert isinstance(nested(pairs), dict)
