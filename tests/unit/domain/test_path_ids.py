"""What a path may call a course, a group or a user by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.export import Context, ContextType
from shared.domain.path_ids import Alias, parse_context, parse_id

COURSE, GROUP, USER = ContextType.COURSE, ContextType.GROUP, ContextType.USER


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        (COURSE, "12", 12),
        (COURSE, "9223372036854775807", 2**63 - 1),
        (COURSE, "9223372036854775808", None),
        (COURSE, "12a", None),
        (COURSE, "-1", None),
        (COURSE, "", None),
        (COURSE, "²", None),
        (COURSE, "self", None),
        (COURSE, "sis_course_id:A-1", Alias("sis_course_id", "A-1")),
        (COURSE, "sis_course_id:a:b/c", Alias("sis_course_id", "a:b/c")),
        (COURSE, "sis_course_id:", None),
        (COURSE, "sis_user_id:A-1", None),
        (COURSE, "sis_integration_id:i", Alias("integration_id", "i")),
        (COURSE, "lti_context_id:abc", Alias("lti_context_id", "abc")),
        (GROUP, "sis_group_id:G", Alias("sis_group_id", "G")),
        (USER, "sis_user_id:U", Alias("sis_user_id", "U")),
        (USER, "sis_login_id:Ada@Example.edu", Alias("login_id", "ada@example.edu")),
        (USER, "hex:sis_user_id:c384", Alias("sis_user_id", "Ä")),
        (USER, "hex:sis_user_id:c38", None),
        (USER, "hex:sis_user_id:00", None),
        (USER, "uuid:0F8FAD5B-D9CB-469F-A165-70867728950E", Alias("uuid", "0f8fad5b-d9cb-469f-a165-70867728950e")),
        (USER, "uuid:short", None),
    ],
)
def test_an_id_is_a_number_or_a_name_of_a_known_form(kind: ContextType, text: str, meant: object) -> None:
    assert parse_id(kind, text) == meant


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_the_hex_form_says_what_the_plain_form_says(value: str) -> None:
    plain, as_hex = f"sis_course_id:{value}", f"hex:sis_course_id:{value.encode().hex()}"
    assert parse_id(COURSE, as_hex) == parse_id(COURSE, plain) == Alias("sis_course_id", value)


@given(st.sampled_from(ContextType), st.integers(1, 2**63 - 1))
def test_the_path_of_a_context_is_read_as_that_context(kind: ContextType, number: int) -> None:
    assert parse_context(Context(kind, number).path) == (kind, number)
