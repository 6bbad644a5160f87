"""JSON of any shape becomes content, or is called invalid: a bad object of a caller is never a fault of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.content.course import Course
from shared.domain.content.registry import TYPES
from shared.domain.errors import InvalidContent

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
# Names that `from_json` of some kind reads though they are no fields.
_READ_APART = ("page_id", "discussion_topic", "parent_outcome_group", "editor_button", "folder")


@pytest.mark.parametrize("made", sorted({*TYPES.values(), Course}, key=lambda made: made.__name__))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_object_becomes_content_that_survives_json_or_is_invalid(made: Any, data: st.DataObject) -> None:
    names = st.sampled_from([*made.__struct_encode_fields__, *_READ_APART])
    values = data.draw(st.dictionaries(names, _VALUES, max_size=3))
    try:
        content = made.from_json({"id": 1, **values})
    except InvalidContent:
        return
    content.map_html(lambda html, _field: html)
    assert made.from_json(json.loads(json.dumps(content.to_json()))) == content
