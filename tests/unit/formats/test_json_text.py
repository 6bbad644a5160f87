from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_comes_back_and_no_markup_stands_in_its_text(value: object) -> None:
    try:
        text = json_text.dump(value)
        text.encode()
    except UnicodeEncodeError:  # halves of characters, which hypothesis makes too
        return
    assert json_text.load(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


@pytest.mark.parametrize(
    "text", ['{"a": "\\ud800"}', '{"\\udfff": 1}', "NaN", "[-Infinity]", "1e999", "[" * 100_000, "{", "", "'a'"]
)
def test_what_a_database_cannot_hold_is_no_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_text.load(text)


def test_whole_characters_written_as_halves_are_characters() -> None:
    value = json_text.load('"\\ud83d\\ude00"')
    assert value == "\N{GRINNING FACE}"
    assert msgspec.json.decode(msgspec.json.encode(value)) == value
